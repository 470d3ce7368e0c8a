"""Response goals: set for everybody and for a team, in opening time; what is beyond them is told and listed."""

import re

import pytest

from hub.clock import HOUR, MINUTE
from hub.model import Role
from hub.store.conversations import mark_conversation
from hub.store.goals import Goal, list_goals
from hub.store.teams import add_team, forget_team

WEEK = {f"{way}{day}": time for day in range(5) for way, time in (("from", "09:00"), ("to", "18:00"))}
PAGE = "/settings/goals"


def rows(page: str) -> list[str]:
    return re.findall(r'<li id="row-([0-9a-f]{32})"', page)


@pytest.fixture
async def office(signed_in, says, hub, clock):
    """Two customers who wrote an hour apart, the first one of them to the team of bills."""
    visitor = await signed_in(Role.ADMIN)
    team = await hub.store.write(add_team, "Billing", [], 0)
    first = (await says("My bill?", sender="+12025550100")).conversation_id
    await hub.store.write(mark_conversation, first, team_id=team.id)
    clock.forward(HOUR)
    second = (await says("Hello?", sender="+12025550101")).conversation_id
    return visitor, team, [first, second]


async def test_a_goal_holds_at_once_and_for_its_team_alone(office, clock):
    visitor, team, [bill, _] = office
    assert rows((await visitor.get("/inbox?view=overdue"))[1]) == []
    saved = await visitor.post(f"{PAGE}/{team.id}", {"minutes": "61", "open": "always"}, PAGE)
    assert saved.status == 303
    _, page = await visitor.get("/inbox?view=waiting")
    assert (len(re.findall("waits late", page)), len(re.findall("waits over", page))) == (1, 0)
    clock.forward(MINUTE)
    _, page = await visitor.get("/inbox?view=overdue")
    assert rows(page) == [bill]
    assert "longer than the goal" in page
    await visitor.post(f"{PAGE}/{team.id}/removal", {}, PAGE)
    assert rows((await visitor.get("/inbox?view=overdue"))[1]) == []


async def test_those_who_wait_longest_lead_the_overdue_of_all_teams(office, clock):
    visitor, team, ids = office
    for whose, minutes in (("everybody", "30"), (team.id, "100")):
        await visitor.post(f"{PAGE}/{whose}", {"minutes": minutes, "open": "always"}, PAGE)
    clock.forward(HOUR)
    assert rows((await visitor.get("/inbox?view=overdue"))[1]) == ids


async def test_hours_and_closed_days_are_kept_as_they_were_written(office, hub):
    visitor, team, _ = office
    form = WEEK | {"from5": "22:00", "to5": "06:00", "hours": "2", "open": "hours", "closed": "2026-12-25"}
    form |= {"from3": "9", "to3": "18.00", "from4": "9:00", "to4": "24:00"}
    await visitor.post(f"{PAGE}/{team.id}", form, PAGE)

    week = (*((540, 1_080),) * 4, (540, 1_440), (1_320, 1_800), None)
    assert await hub.store.read(list_goals) == {team.id: Goal(120, week, ("2026-12-25",))}
    _, page = await visitor.get(PAGE)
    assert "25 Dec 2026" in page
    assert re.search(r'name="to5" value="06:00"', page)
    assert re.search(r"Now: (open, closes|closed, opens) ", page)
    assert "Now: open, around the clock" in page
    assert "Billing: 120 minutes" in (await visitor.get("/audit"))[1]

    await hub.store.write(forget_team, team.id, 0)
    assert not await hub.store.read(list_goals)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"minutes": "0"}, "1 minute to 30 days"),
        ({"minutes": "-5"}, "1 minute to 30 days"),
        ({"hours": "721"}, "1 minute to 30 days"),
        ({"hours": "²"}, "1 minute to 30 days"),
        ({"open": "hours"}, "At least one day"),
        ({"open": "hours", "from0": "09:00"}, "Write both times"),
        ({"open": "hours", "from0": "09:00", "to0": "25:00"}, "Write both times"),
        ({"open": "hours", "from0": "24:00", "to0": "06:00"}, "Write both times"),
        ({"open": "hours", "from0": "09:00", "to0": "23:59:59"}, "Write both times"),
        ({"open": "hours", "from0": "09:00", "to0": "24:30"}, "Write both times"),
        ({"hours": "43201", "minutes": "abc"}, "1 minute to 30 days"),
        ({"open": "hours", "from0": "22:00", "to0": "08:00", "from1": "07:00", "to1": "18:00"}, "cannot begin before"),
        ({"closed": "2026-02-30"}, "no day of the calendar"),
    ],
)
async def test_what_cannot_be_is_said_and_stays_in_the_form(office, hub, wrong, told):
    visitor, _, _ = office
    _, page = await visitor.get(PAGE)
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    data = {"csrf": found[1] if found else "", "minutes": "45", "open": "always", "closed": "2026-12-24"} | wrong
    async with visitor.session.post(f"{visitor.base}{PAGE}/everybody", data=data) as answer:
        text = await answer.text()
    assert (answer.status, told in text) == (422, True)
    typed = [value for name, value in wrong.items() if name != "open"]
    assert [value for value in typed if f'value="{value}"' not in text] == []
    assert not await hub.store.read(list_goals)


async def test_goals_are_for_those_who_manage_and_of_teams_there_are(office, signed_in):
    visitor, _, _ = office
    assert (await visitor.post(f"{PAGE}/{'0' * 32}", {"minutes": "5", "open": "always"}, PAGE)).status == 404
    assert (await visitor.post(f"{PAGE}/nobody", {"minutes": "5", "open": "always"}, PAGE)).status == 404
    agent = await signed_in(Role.AGENT)
    assert (await agent.get(PAGE))[0] == 403
    assert (await agent.post(f"{PAGE}/everybody", {"minutes": "5", "open": "always"})).status == 403


async def test_public_holidays_of_a_state_are_closed_days(office, hub):
    visitor, team, _ = office
    form = {"hours": "2", "open": "always", "closed": "2026-12-24", "then": "holidays"}
    assert (await visitor.post(f"{PAGE}/{team.id}", form | {"state": "BY"}, PAGE)).status == 303
    closed = (await hub.store.read(list_goals))[team.id].closed
    assert closed == tuple(sorted(closed))
    assert {"2026-12-24", "2026-12-25", "2027-01-06", "2027-03-26"} <= set(closed)
    assert (await visitor.post(f"{PAGE}/{team.id}", form | {"state": "XX"}, PAGE)).status == 422
    assert (await hub.store.read(list_goals))[team.id].closed == closed
    await visitor.post(f"{PAGE}/{team.id}", form | {"state": ""}, PAGE)
    assert "2027-01-06" not in (await hub.store.read(list_goals))[team.id].closed

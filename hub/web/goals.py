"""Response goals and business hours in the settings: for everybody, and for each team that wants its own."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.complaints import move_goals
from hub.context import Hub
from hub.errors import InvalidInput
from hub.goals import Goals, read_goals
from hub.hours import WHOLE_DAY, Now, look
from hub.ids import is_id
from hub.public_holidays import STATES, list_holidays
from hub.store.audited import audit_about
from hub.store.goals import COMPLAINT, EVERYBODY, SOLUTION, Goal, forget_goal, mark_goal
from hub.store.surveys import LONGEST_REST, OFF, SCALES, USUAL_DAYS, SurveyRule, list_rules, mark_rule
from hub.store.teams import get_team, list_teams
from hub.web.forms import Form, read_fields, read_form
from hub.web.keys import HUB
from hub.web.locale import zone_of
from hub.web.mending import told
from hub.web.pages import render

LONGEST = 43_200  # minutes of a goal
MOST_DAYS = 200  # that are closed
HOLIDAYS = "holidays"  # what the button asks for, besides saving
_CLOCK = re.compile("([0-9]{1,2})(?:[:.]([0-5][0-9]))?")
USUAL = ((540, 1_080),) * 5 + (None, None)  # what the form offers first: Monday to Friday, nine to six


@dataclass(frozen=True, slots=True)
class Card:
    """One form. id: a team's, or "everybody"; own: whether it has a goal of its own; fields: what stands in it, by
    name; closed: ISO dates."""

    id: str
    name: str
    own: bool
    now: Now
    fields: Mapping[str, str]
    closed: Sequence[str]
    survey: SurveyRule | None


async def index(request: web.Request) -> web.Response:
    return await _page(request)


async def _page(request: web.Request, typed: Form | None = None, problem: str = "", field: str = "") -> web.Response:
    """typed: what was refused, to be mended."""
    hub, id = request.app[HUB], request.match_info.get("id")
    cards = [_typed(card, typed) if typed and card.id == id else card for card in await hub.store.read(_load, hub)]
    zone = zone_of(hub.settings.company.timezone)
    values = {"cards": cards, "problem": problem, "field": field, "saved": request.query.get("saved", ""), "zone": zone}
    values["states"] = STATES.get(hub.settings.company.country, {})
    return render(request, "goals.html", status=422 if problem else 200, **values)


def _typed(card: Card, form: Form) -> Card:
    days = [str(day) for day in form.getall("closed", []) if day]
    wrong = [day for day in days if not _is_day(day)]
    fields = {name: str(value) for name, value in form.items()} | {"closed": "".join(wrong[:1])}
    return replace(card, fields=fields, closed=[day for day in days if day not in wrong])


def goals_of(conn: Connection, hub: Hub) -> Goals:
    settings = hub.settings
    return read_goals(conn, settings.inbox.goal_minutes, zone_of(settings.company.timezone))


def _load(conn: Connection, hub: Hub) -> Sequence[Card]:
    goals, now = goals_of(conn, hub), hub.clock.now()
    names = {EVERYBODY: ""} | {team.id: team.name for team in list_teams(conn)}
    rules = list_rules(conn, list(names))
    return [_card(goals, id, name, now, rules.get(id)) for id, name in names.items()]


def _card(goals: Goals, id: str, name: str, now: int, survey: SurveyRule | None) -> Card:
    goal, own = goals.of(id), id in goals.by_team
    return Card(id or "everybody", name, own, look(goals.hours(id), now), _fields(goal), goal.closed, survey)


def _fields(goal: Goal) -> Mapping[str, str]:
    hours, minutes = divmod(goal.minutes, 60)
    more = {"complaint": str(-(-goal.complaint // 60)), "solution": str(-(-goal.solution // 60))}
    fields = more | {
        "hours": str(hours or ""),
        "minutes": str(minutes or ""),
        "open": "hours" if goal.week else "always",
    }
    for number, day in enumerate(goal.week or USUAL):
        fields |= {f"from{number}": _clock(day[0]), f"to{number}": _clock(day[1])} if day else {}
    return fields


async def update(request: web.Request) -> web.Response:
    hub, id = request.app[HUB], request.match_info["id"]
    form = await read_form(request)
    team = EVERYBODY if id == "everybody" else id
    if team and not is_id(team):
        raise web.HTTPNotFound
    try:
        goal = _read(form)
        if form.get("then") == HOLIDAYS:
            goal = _closed_on_holidays(hub, goal, str(form.get("state", "")))
    except InvalidInput as wrong:
        return await _page(request, form, **told(request, wrong))
    name = (await hub.store.read(get_team, team)).name if team else "everybody"
    audit_about(f"{name}: {goal.minutes} minutes")
    await hub.store.write(_change, hub, mark_goal, team, goal)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/settings/goals?saved={id}#g-{id}")


async def update_survey(request: web.Request) -> web.Response:
    """Whether customers are asked how it was; of a team "" is what counts for everybody."""
    hub, id = request.app[HUB], request.match_info["id"]
    kind, days = await read_fields(request, "kind", "days")
    team = EVERYBODY if id == "everybody" else id
    if team and not is_id(team):
        raise web.HTTPNotFound
    if kind not in (OFF, *SCALES, *([""] if team else [])):
        raise InvalidInput("there is no such survey", "kind")
    rule = SurveyRule(kind, min(max(_number(days.strip()) or USUAL_DAYS, 1), LONGEST_REST)) if kind else None
    name = (await hub.store.read(get_team, team)).name if team else "everybody"
    audit_about(f"{name}: survey {kind or 'as everybody'}")
    await hub.store.write(mark_rule, team, rule)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/settings/goals?saved={id}#g-{id}")


async def destroy(request: web.Request) -> web.Response:
    """The team goes by what counts for everybody again."""
    hub, id = request.app[HUB], request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    audit_about(f"{(await hub.store.read(get_team, id)).name}: as everybody")
    await hub.store.write(_change, hub, forget_goal, id)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/settings/goals?saved={id}#g-{id}")


def _closed_on_holidays(hub: Hub, goal: Goal, state: str) -> Goal:
    """Also on the public holidays of this year and the next. Raises InvalidInput for a place whose are not known."""
    company = hub.settings.company
    year = datetime.fromtimestamp(hub.clock.now() / 1000, zone_of(company.timezone)).year
    days = list_holidays(company.country, state, (year, year + 1))
    if not days:
        raise InvalidInput(f"the public holidays of {company.country} {state[:40]} are not known", "state", "holidays")
    return replace(goal, closed=tuple(sorted({*goal.closed, *days})))


def _change(conn: Connection, hub: Hub, change: Callable[..., None], *args: Any) -> None:
    """What is complained of already goes by the new goals too."""
    change(conn, *args)
    move_goals(conn, hub.settings.inbox.goal_minutes, zone_of(hub.settings.company.timezone))


def _read(form: Form) -> Goal:
    hours, minutes = (_number(str(form.get(name, "")).strip()) for name in ("hours", "minutes"))
    if not 1 <= hours * 60 + minutes <= LONGEST:
        raise InvalidInput(f"a goal has 1 to {LONGEST} minutes", "minutes", "goal")
    days = {str(day) for day in form.getall("closed", []) if day}
    if len(days) > MOST_DAYS:
        raise InvalidInput(f"at most {MOST_DAYS} days are closed", "closed", "closed_days")
    week = () if form.get("open") == "always" else _week(form)
    more = {name: _hours(form, name, usual) for name, usual in (("complaint", COMPLAINT), ("solution", SOLUTION))}
    return Goal(hours * 60 + minutes, week, tuple(sorted(_day(day) for day in days)), **more)


def _hours(form: Form, name: str, usual: int) -> int:
    """Of a complaint's goal, in minutes; what is left empty is as usual."""
    hours = _number(str(form.get(name, "")).strip())
    if hours * 60 > LONGEST:
        raise InvalidInput(f"a goal has 1 to {LONGEST} minutes", name, "goal")
    return hours * 60 or usual


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{0,5}", text):
        raise InvalidInput(f"{text[:40]!r} is no number", "minutes", "goal")
    return int(text or 0)


def _day(text: str) -> str:
    if not _is_day(text):
        raise InvalidInput(f"{text[:40]!r} is no day", "closed", "no_day")
    return text


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _week(form: Form) -> tuple[tuple[int, int] | None, ...]:
    """Raises InvalidInput for a week that is never open, and for a day that begins before the one before has ended."""
    week = tuple(_span(form, day) for day in range(7))
    if not any(week):
        raise InvalidInput("at least one day is open", "open", "never_open")
    for day, after in enumerate(week):
        before = week[day - 1]
        if before and after and before[1] - WHOLE_DAY > after[0]:
            raise InvalidInput("a day begins before the one before it has ended", f"from{day}", "hours_overlap")
    return week


def _span(form: Form, day: int) -> tuple[int, int] | None:
    names = f"from{day}", f"to{day}"
    if not any(form.get(name) for name in names):
        return None
    start, end = _minutes(form, names[0]), _minutes(form, names[1], midnight=WHOLE_DAY)
    return start, end if end > start else end + WHOLE_DAY


def _minutes(form: Form, name: str, midnight: int | None = None) -> int:
    """Of 09:00, 9.00 or 9; midnight: what 24:00 means, where it means anything."""
    text = str(form.get(name, "")).strip()
    found = _CLOCK.fullmatch(text)
    hours, minutes = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if (hours, minutes) == (24, 0) and midnight is not None:
        return midnight
    if hours > 23:
        raise InvalidInput(f"{text[:40]!r} is no time of day", name, "no_clock")
    return hours * 60 + minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"

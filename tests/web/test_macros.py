"""Macros: for oneself or for everybody, applied to one conversation or many, all of it or nothing, undone as one."""

import pytest
from sqlalchemy import select

from hub.model import Role
from hub.store.agents import list_agents
from hub.store.conversations import get_conversation, list_conversation_labels
from hub.store.customers import mark_customer
from hub.store.macros import EVERYBODY, add_macro, list_macros
from hub.store.messages import list_messages
from hub.store.snippets import add_snippet, change_snippet
from hub.store.tables import deliveries
from hub.store.teams import add_team, change_team, forget_team
from hub.store.visibility import Visibility

FORM = {"name": "Refund", "labels": "refund", "priority": "high", "agent": "me", "note": "as agreed", "then": "done"}


async def snippet(hub, text, language="", team_id=None):
    words = {"title": "Refund", "shortcut": "refund", "language": language, "text": text, "team_id": team_id}
    return await hub.store.write(add_snippet, words, hub.clock.now())


async def stands(hub, id):
    case = await hub.store.read(get_conversation, id)
    labels = (await hub.store.read(list_conversation_labels, [id]))[id]
    said = [one.text for one in await hub.store.read(list_messages, id)]
    return case.state, case.priority, case.assignee_id, case.team_id, tuple(labels), said


async def apply(visitor, id, macro_id):
    page = f"/conversations/{id}?view=open"
    return await visitor.post(f"/conversations/{id}/macro", {"view": "open", "macro": macro_id}, page=page)


async def undo(visitor, answer, page):
    did = answer.headers["Location"].partition("did=")[2].partition(".")[0]
    return await visitor.post(f"/bulk/{did}/restoration", {"view": "open"}, page=page)


def list_queued(conn):
    return list(conn.scalars(select(deliveries.c.id).where(deliveries.c.state.in_(("held", "queued")))))


async def mine(hub, email="agent@example.com"):
    """The agent's id, and the macros it is offered."""
    agent = next(one for one in await hub.store.read(list_agents) if one.email == email)
    return agent.id, await hub.store.read(list_macros, Visibility(agent.id))


async def test_one_macro_does_all_of_it_and_one_undo_takes_it_back(signed_in, says, hub):
    visitor = await signed_in()
    id = (await says("My money, please", sender="+12025550177")).conversation_id
    before = await stands(hub, id)
    kept = await snippet(hub, "It is on its way.")
    await visitor.post("/settings/macros", FORM | {"reply": kept.id})
    _, page = await visitor.get("/settings/macros")
    assert "label refund" in page
    me, [macro] = await mine(hub)
    assert macro.agent_id == me

    answer = await apply(visitor, id, macro.id)
    assert answer.status == 303
    state, priority, assignee, team, labels, said = await stands(hub, id)
    assert (state, priority, assignee, team, labels) == ("closed", "high", me, None, ("refund",))
    assert said == ["My money, please", "as agreed", "It is on its way."]
    await undo(visitor, answer, "/inbox?view=done")
    assert await stands(hub, id) == before
    assert not await hub.store.read(list_queued)


async def test_a_macro_says_no_words_of_a_team_that_is_not_seen(signed_in, says, hub):
    visitor = await signed_in()
    message = await says("My money, please", sender="+12025550177")
    await hub.store.write(mark_customer, message.customer_id, hub.clock.now(), language="en")
    team = await hub.store.write(add_team, "Board", (), 0)
    await hub.store.write(change_team, team.id, 0, private=True)
    await snippet(hub, "We go bankrupt.", "en", team.id)
    kept = await snippet(hub, "Es ist unterwegs.", "de")
    await visitor.post("/settings/macros", {"name": "Refund", "reply": kept.id})
    _, [macro] = await mine(hub)

    await apply(visitor, message.conversation_id, macro.id)
    assert (await stands(hub, message.conversation_id))[-1] == ["My money, please", "Es ist unterwegs."]
    words = {"title": "x", "shortcut": "refund", "language": "de", "text": "Es ist unterwegs.", "team_id": team.id}
    await hub.store.write(change_snippet, kept.id, words, 0)
    assert (await apply(visitor, message.conversation_id, macro.id)).status == 404


async def test_rows_that_are_chosen_get_a_macro_and_stand_as_they_stood_by_one_undo(signed_in, says, hub):
    visitor = await signed_in()
    ids = [(await says(f"Number {n}", sender=f"+1202555017{n}")).conversation_id for n in range(3)]
    team = await hub.store.write(add_team, "Billing", [], hub.clock.now())
    acts = {"team": team.id, "note": "for you", "snooze": "tomorrow"}
    macro = await hub.store.write(add_macro, "To billing", EVERYBODY, acts, hub.clock.now())
    before = [await stands(hub, id) for id in ids]
    _, page = await visitor.get("/inbox?view=open")
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    form = [("csrf", token), ("view", "open"), ("act", f"macro:{macro.id}"), *(("id", id) for id in ids)]
    answer = await visitor.answer("POST", "/bulk", data=form)
    assert {(one[0], one[3]) for one in [await stands(hub, id) for id in ids]} == {("snoozed", team.id)}
    await undo(visitor, answer, "/inbox?view=open")
    assert [await stands(hub, id) for id in ids] == before


async def test_a_gap_in_the_answer_stops_the_whole_macro(signed_in, says, hub):
    visitor = await signed_in()
    id = (await says("Hello", sender="+12025550177")).conversation_id
    kept = await snippet(hub, "Dear {{ customer.fields.title }}")
    macro = await hub.store.write(add_macro, "Hi", EVERYBODY, {"reply": kept.id, "labels": ["x"]}, hub.clock.now())
    before = await stands(hub, id)
    assert (await apply(visitor, id, macro.id)).status == 422
    assert await stands(hub, id) == before


async def test_an_answer_is_in_the_customers_language_where_its_shortcut_has_it(signed_in, says, hub):
    visitor = await signed_in()
    said = await says("Hallo", sender="+12025550177")
    await hub.store.write(mark_customer, said.customer_id, hub.clock.now(), language="de")
    english, _ = await snippet(hub, "On its way.", "en"), await snippet(hub, "Ist unterwegs.", "de")
    macro = await hub.store.write(add_macro, "Way", EVERYBODY, {"reply": english.id}, hub.clock.now())
    await apply(visitor, said.conversation_id, macro.id)
    assert (await stands(hub, said.conversation_id))[-1] == ["Hallo", "Ist unterwegs."]


async def test_only_who_manages_makes_and_changes_macros_for_everybody(signed_in, agent, says, hub):
    admin, other = await signed_in(Role.ADMIN), await signed_in()
    for visitor, name in ((admin, "Ours"), (other, "Mine")):
        await visitor.post("/settings/macros", FORM | {"name": name, "whose": "all"})
    me, offered = await mine(hub)
    assert {(one.name, one.agent_id) for one in offered} == {("Ours", None), ("Mine", me)}
    ours, own = next(one for one in offered if not one.agent_id), next(one for one in offered if one.agent_id)
    assert (await other.post(f"/settings/macros/{ours.id}", FORM)).status == 404
    assert (await other.post(f"/settings/macros/{ours.id}/removal")).status == 404
    assert (await admin.post(f"/settings/macros/{own.id}/removal")).status == 404
    id = (await says("Hello", sender="+12025550177")).conversation_id
    assert (await apply(admin, id, own.id)).status == 404
    await other.post(f"/settings/macros/{own.id}/removal")
    assert [one.name for one in (await mine(hub))[1]] == ["Ours"]


async def test_a_macro_of_a_team_is_offered_to_whoever_sees_that_team(signed_in, agent, hub):
    owner, other = await signed_in(Role.ADMIN), await signed_in()
    team = await hub.store.write(add_team, "Board", (), 0)
    await hub.store.write(change_team, team.id, 0, private=True)
    await owner.post("/settings/macros", FORM | {"name": "Theirs", "whose": team.id})
    assert (await owner.post("/settings/macros", FORM | {"whose": "0" * 32})).status == 404
    _, page = await owner.get("/settings/macros")
    assert "Theirs" in page
    _, page = await other.get("/settings/macros")
    assert "Theirs" not in page
    await hub.store.write(forget_team, team.id, 0)
    _, page = await other.get("/settings/macros")
    assert "Theirs" in page


@pytest.mark.parametrize("wrong", [{"name": ""}, {"labels": "x" * 41}, {"then": "never"}, {"agent": "nobody"}])
async def test_a_macro_that_makes_no_sense_is_told_and_kept_in_the_form(signed_in, wrong):
    visitor = await signed_in()
    answer = await visitor.post("/settings/macros", FORM | wrong)
    assert answer.status == 422
    assert 'value="high" selected' in await answer.text()

"""Rules: made and tried on their page, done once in the transaction that lands a message, and never in its way."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import update

from hub.conversations import prioritise
from hub.errors import InvalidInput
from hub.ids import new_id
from hub.inbound.at_once import accept_now
from hub.model import ConversationState, Role
from hub.rules import acting
from hub.rules.sentences import failing, read_sentence
from hub.rules.suggestion import telling_words
from hub.store.audit import list_audit
from hub.store.conversations import get_conversation, list_conversation_labels
from hub.store.rules import Incoming, add_rule, change_rule, list_rules
from hub.store.tables import messages
from hub.store.teams import add_team
from tests.pager import page

INVOICE = {"if": {"words": ["Invoice", "Rechnung"]}, "then": {"labels": ["billing"], "priority": "high"}}
FORM = {"name": "Invoices", "when": "message", "words": "invoice, Rechnung", "where": "any", "labels": "billing"}


@pytest.fixture
def ruled(hub):
    """A hub that asks its rules."""
    return replace(hub, reactions=(acting.heard,))


@pytest.fixture
def writes(ruled):
    async def write(text: str, id: str = "p1", sender: str = "+12025550101"):
        unit = page(**{"from": sender, "id": id, "text": text})
        return await accept_now(ruled.reader, ruled.channels["texts"], unit)

    return write


async def keep(hub, sentence, name="Invoices"):
    return await hub.store.write(add_rule, name, sentence, hub.clock.now())


async def labels_of(hub, message):
    return (await hub.store.read(list_conversation_labels, [message.conversation_id]))[message.conversation_id]


async def events_of(hub, message):
    page = await hub.live.since(0)
    return [one for one in page if one.conversation_id == message.conversation_id]


def incoming(**facts):
    usual = {"message_id": new_id(), "conversation_id": new_id(), "at": 1, "channel": "mail", "team_id": None}
    said = {"sender": "ada@shop.example.com", "subject": "Rechnung 17", "text": "Guten Tag", "customer_name": "Ada"}
    return Incoming(**{**usual, **said, "language": "de-AT", "begins": True, "labels": ("vip",), **facts})


@pytest.mark.parametrize(
    ("asked", "failed"),
    [
        ({}, ""),
        ({"channel": "mail", "words": ["rechnung"], "where": "subject", "language": "de", "label": "vip"}, ""),
        ({"sender": "@example.com"}, ""),
        ({"sender": "ADA@shop.example.com"}, ""),
        ({"sender": "@ample.com"}, "sender"),
        ({"sender": "ada@example.com"}, "sender"),
        ({"channel": "texts"}, "channel"),
        ({"words": ["rechnung"], "where": "text"}, "words"),
        ({"language": "en"}, "language"),
        ({"label": "late"}, "label"),
        ({"team": "0" * 32}, "team"),
    ],
)
def test_the_first_condition_that_does_not_hold_is_named(asked, failed):
    assert failing(read_sentence({"if": asked, "then": {"close": True}}), incoming()) == failed


async def test_a_rule_acts_once_and_is_named_in_the_conversation(ruled, writes, signed_in):
    await keep(ruled, INVOICE)
    message, other = await writes("My INVOICE is wrong"), await writes("Hello", "p2", "+12025550102")
    await writes("My INVOICE is wrong")  # the provider says it again
    conversation = await ruled.store.read(get_conversation, message.conversation_id)
    told = Counter(event.type for event in await events_of(ruled, message))
    _, shown = await (await signed_in()).get(f"/conversations/{message.conversation_id}")

    assert await labels_of(ruled, message) == ["billing"]
    assert conversation.priority == "high"
    assert told["rule.applied"] == told["conversation.labelled"] == 1
    assert "By the rule “Invoices”" in shown
    assert await labels_of(ruled, other) == []


async def test_a_rule_that_finds_all_done_leaves_no_trace_and_one_below_sees_what_the_one_above_did(ruled, writes):
    team = await ruled.store.write(add_team, "Billing", [], 1)
    await keep(ruled, {"then": {"team": team.id, "priority": "high"}})
    await keep(ruled, {"if": {"team": team.id}, "then": {"labels": ["billing"]}})
    message = await writes("Hello")
    await writes("Are you there?", "p2")
    told = Counter(event.type for event in await events_of(ruled, message))

    assert await labels_of(ruled, message) == ["billing"]
    assert (told["rule.applied"], told["conversation.assigned"]) == (2, 1)


async def test_a_rule_for_beginnings_leaves_what_follows_alone(ruled, writes):
    await keep(ruled, {"when": "begins", "then": {"close": True}})
    first = await writes("One")
    closed = await ruled.store.read(get_conversation, first.conversation_id)
    second = await writes("Two", "p2")
    after = await ruled.store.read(get_conversation, second.conversation_id)

    assert closed.state == ConversationState.CLOSED
    assert (after.id, after.state) == (closed.id, ConversationState.OPEN)


async def test_rules_go_in_order_until_one_stops_and_one_that_is_off_is_not_asked(ruled, writes):
    off = await keep(ruled, {"then": {"labels": ["off"]}})
    await ruled.store.write(change_rule, off.id, 1, active=False)
    await keep(ruled, {"then": {"labels": ["one"], "note": "Look here"}})
    await keep(ruled, {"then": {"labels": ["two"]}, "stops": True})
    await keep(ruled, {"then": {"labels": ["three"]}})

    assert await labels_of(ruled, await writes("Hello")) == ["one", "two"]


async def test_a_rule_that_fails_holds_no_message_up_and_says_why(ruled, writes, signed_in):
    await keep(ruled, {"then": {"labels": ["half"], "team": new_id()}, "stops": True}, "Broken")
    await keep(ruled, {"then": {"labels": ["whole"]}}, "Sound")
    message = await writes("Hello")
    rules = await ruled.store.read(list_rules)
    _, shown = await (await signed_in(Role.OWNER)).get("/settings/rules")

    assert message.text == "Hello"
    assert await labels_of(ruled, message) == ["whole"]
    assert [rule.problem for rule in rules] == ["no_team", ""]
    assert "It failed on" in shown
    assert "The team is not there any more." in shown


async def test_a_rule_that_cannot_be_read_is_shown_as_broken_and_the_others_can_be_changed(signed_in, hub):
    broken = await keep(hub, {"weather": "rain"}, "From tomorrow")
    sound = await keep(hub, INVOICE, "Sound")
    owner = await signed_in(Role.OWNER)
    for opened, name in ((broken, "From tomorrow"), (sound, "Sound")):
        status, shown = await owner.get(f"/settings/rules?open={opened.id}")
        assert (status, f'value="{name}"' in shown) == (200, True)
        assert "This rule cannot be read" in shown
    await owner.post(f"/settings/rules/{broken.id}", FORM, page="/settings/rules")
    assert "cannot be read" not in (await owner.get("/settings/rules"))[1]


async def test_a_rule_is_made_changed_moved_switched_and_deleted_on_its_page(signed_in, hub):
    owner = await signed_in(Role.OWNER)
    team = await hub.store.write(add_team, "Billing", [], hub.clock.now())
    form = FORM | {"team": team.id, "channel": "texts", "stops": "yes"}
    made = await owner.post("/settings/rules", form, page="/settings/rules")
    [kept] = await hub.store.read(list_rules)
    second = await keep(hub, {"then": {"close": True}}, "Second")
    _, shown = await owner.get(f"/settings/rules?open={kept.id}")
    changed = await owner.post(f"/settings/rules/{kept.id}", form | {"name": "Bills"}, page="/settings/rules")
    moved = await owner.post(f"/settings/rules/{second.id}/place", {"way": "up"}, page="/settings/rules")
    off = await owner.post(f"/settings/rules/{kept.id}/state", {"state": "off"}, page="/settings/rules")
    rules = await hub.store.read(list_rules)
    gone = await owner.post(f"/settings/rules/{kept.id}/removal", page="/settings/rules")

    assert {one.status for one in (made, changed, moved, off, gone)} == {303}
    assert kept.sentence == {
        "if": {"channel": "texts", "words": ["invoice", "Rechnung"]},
        "then": {"labels": ["billing"], "team": team.id},
        "stops": True,
    }
    assert 'value="invoice, Rechnung"' in shown
    assert [(rule.name, rule.active) for rule in rules] == [("Second", True), ("Bills", False)]
    assert [rule.id for rule in await hub.store.read(list_rules)] == [second.id]
    told = [note.about for note in await hub.store.read(list_audit, deed="rule_changed", limit=9)]
    assert told[:3] == ["Bills: deleted", "Bills: off", f"{second.id}"]
    assert told[3:] == ["Bills", "Invoices"]


async def test_a_rule_is_tried_on_what_came_before_it_counts(signed_in, hub, says):
    said, other = await says("The invoice, please"), await says("Hello", "+12025550102")
    called = await says("The invoice, spoken", "+12025550103")
    as_call = update(messages).where(messages.c.id == called.id).values(kind="voicemail")
    await hub.store.write(lambda conn: conn.execute(as_call))
    owner = await signed_in(Role.OWNER)
    tried = await owner.post("/settings/rules/trial", FORM, page="/settings/rules")
    page = await tried.text()

    assert tried.status == 200
    assert "For 1 message this rule would have acted." in page
    assert "none of the words" in page
    assert {said.conversation_id, other.conversation_id} == set(_linked(page))
    assert 'value="Invoices"' in page
    assert await hub.store.read(list_rules) == []
    assert await labels_of(hub, said) == []


def _linked(page):
    return [part[:32] for part in page.split('href="/conversations/')[1:]]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "Give the rule a name"),
        ({"labels": ""}, "choose at least one thing"),
        ({"when": "lunch"}, "not offered"),
        ({"team": "nobody"}, "not offered"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(signed_in, hub, wrong, told):
    owner = await signed_in(Role.OWNER)
    answer = await owner.post("/settings/rules", FORM | wrong, page="/settings/rules")
    page = await answer.text()

    assert answer.status == 422
    assert told in page
    assert 'value="invoice, Rechnung"' in page
    assert await hub.store.read(list_rules) == []


async def test_rules_are_for_those_who_manage(signed_in):
    assert (await (await signed_in(Role.AGENT)).get("/settings/rules"))[0] == 403


async def test_a_condition_on_a_team_that_is_gone_stays_when_its_rule_is_saved(signed_in, hub):
    gone = new_id()
    rule = await keep(hub, {"if": {"team": gone}, "then": {"close": True}})
    _, shown = await (await signed_in(Role.OWNER)).get(f"/settings/rules?open={rule.id}")

    assert f'<option value="{gone}" selected>removed since</option>' in shown


@pytest.mark.parametrize("odd", [None, [], "x", {}])
def test_what_is_no_sentence_is_said_to_be_none(odd):
    with pytest.raises(InvalidInput):
        read_sentence(odd)


async def test_a_conversation_suggests_a_rule_by_what_is_in_it_and_only_to_who_may_see_it(signed_in, says, hub):
    visitor = await signed_in(role=Role.ADMIN)
    said = await says("Where is it?", sender="+12025550177")
    await hub.store.write(prioritise, said.conversation_id, "high", hub.clock.now(), None)
    _, page = await visitor.get(f"/settings/rules?from={said.conversation_id}")
    assert 'name="sender" value="+12025550177"' in page  # a text has no subject
    assert '<option value="high" selected>' in page
    assert "For 1 message of the last 1" in page
    assert (await visitor.get(f"/settings/rules?from={new_id()}"))[0] == 404
    agent = await signed_in(role=Role.AGENT)
    assert (await agent.get(f"/settings/rules?from={said.conversation_id}"))[0] == 403


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Re: Invoice 4711", ["invoice"]),
        ("AW: WG: Ihre Rechnung, Rechnung Nr. 12", ["ihre", "rechnung"]),
        ("4711", []),
        ("Störung am Gerät", ["störung", "gerät"]),
    ],
)
def test_words_of_a_subject_that_tell_what_it_is_about(subject, words):
    assert telling_words(subject) == words

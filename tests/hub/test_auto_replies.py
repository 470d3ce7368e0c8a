"""Automatic replies: who is answered by a machine, with what, and that nobody waits less for it."""

from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from hub.clock import DAY, HOUR, FakeClock, parse_iso
from hub.context import Hub
from hub.conversations import close
from hub.goals import opening
from hub.hours import Hours
from hub.ids import new_id
from hub.inbound.at_once import accept_now
from hub.model import AddressState, Direction
from hub.outbound.compose import build
from hub.outbound.plan import may_leave
from hub.outbound.verdicts import Refused
from hub.rules.answer_words import language_of
from hub.rules.answering import Way, answer
from hub.rules.silence import Asked, Silence, silence
from hub.rules.talking import with_bots
from hub.store.auto_replies import BEGINS, CLOSED, AutoReply, Told, Words, add_auto_reply, list_auto_replies
from hub.store.conversations import Conversation, get_conversation, recount
from hub.store.customers import list_addresses, mark_address, mark_customer
from hub.store.deliveries import list_deliveries
from hub.store.goals import EVERYBODY, Goal, mark_goal
from hub.store.messages import Message, list_messages
from hub.store.reports import list_parts
from hub.store.standing import Standing
from hub.store.visibility import EVERYTHING
from tests.pager import page

WORKDAYS = ((540, 1_080),) * 5 + (None, None)  # 9 to 18
SATURDAY, MONDAY = parse_iso("2026-11-28T12:00:00+01:00"), parse_iso("2026-11-30T12:00:00+01:00")
ADA = "+12025550101"
NIGHT = {
    "en": Words("{{ company.name }} is closed", "We are back {{ hours.opens }}."),
    "de": Words("Geschlossen", "Wir sind {{ hours.opens }} wieder da."),
}


@pytest.fixture
async def answering_hub(hub: Hub, clock: FakeClock) -> Hub:
    """It is Saturday."""
    clock.instant = SATURDAY
    await hub.store.write(mark_goal, EVERYBODY, Goal(60, WORKDAYS))
    return with_bots(hub)


@pytest.fixture
def says(answering_hub, clock):
    async def say(text="Where is it?", sender=ADA, channel="texts", **more):
        clock.forward(1)
        unit = page(**{"from": sender, "id": new_id(), "text": text, **more})
        return await accept_now(answering_hub.reader, answering_hub.channels[channel], unit)

    return say


async def keep(hub, **facts) -> AutoReply:
    usual = {"id": new_id(), "name": "Night", "active": True, "when": CLOSED, "channels": (), "words": NIGHT}
    reply = AutoReply(**{**usual, **facts})
    await hub.store.write(add_auto_reply, reply)
    return reply


async def answers(hub, landed) -> list[Message]:
    said = await hub.store.read(list_messages, landed.conversation_id)
    return [one for one in said if one.direction == Direction.OUT]


async def test_who_writes_outside_of_business_hours_is_told_when_somebody_is_there(hub, says):
    await keep(hub)
    landed = await says()
    [told] = await answers(hub, landed)
    assert told.text == "We are back Monday 30 November, 09:00."
    assert (told.automatic, told.to_handle, told.parts["auto_reply"]["when"]) == (True, ADA, CLOSED)


async def test_the_customers_language_is_spoken(hub, says, clock):
    await keep(hub)
    landed = await says()
    await hub.store.write(mark_customer, landed.customer_id, 1, language="de-AT")
    clock.instant = SATURDAY + 7 * DAY
    assert (await answers(hub, await says()))[-1].text == "Wir sind Montag, 7. Dezember, 09:00 wieder da."
    assert [language_of(NIGHT, tag, "en") for tag in ("de-AT", "fr", "")] == ["de", "en", "en"]


async def test_nobody_waits_less_for_it(hub, says):
    await keep(hub)
    landed = await says("Where is it?")
    before = await hub.store.read(get_conversation, landed.conversation_id)
    assert before.waiting_since == SATURDAY + 1
    assert (before.last_preview, before.last_direction) == ("Where is it?", "in")
    assert await hub.store.write(recount, landed.conversation_id) == SATURDAY + 1
    after = await hub.store.read(get_conversation, landed.conversation_id)
    assert (after.last_preview, after.unread, after.message_count) == ("Where is it?", 1, 2)
    parts = await hub.store.read(list_parts, 0, SATURDAY + DAY, EVERYTHING)
    assert [part.direction for part in parts] == ["in"]


async def test_somebody_is_there_and_so_the_machine_says_nothing(hub, says, clock):
    await keep(hub)
    clock.instant = MONDAY
    assert await answers(hub, await says()) == []


async def test_one_that_says_a_message_came_goes_to_the_first_of_a_conversation(hub, says, clock):
    await keep(hub, when=BEGINS, words={"en": Words("Thank you", "We got it.")})
    clock.instant = MONDAY
    landed = await says()
    assert [one.text for one in await answers(hub, landed)] == ["We got it."]
    clock.forward(2 * DAY)
    assert len(await answers(hub, await says())) == 1
    await hub.store.write(close, landed.conversation_id, clock.now(), None)
    assert len(await answers(hub, await says())) == 2


async def test_of_two_the_one_about_the_hours_goes_and_only_on_its_channels(hub, says):
    await keep(hub, when=BEGINS, words={"en": Words("", "We got it.")})
    await keep(hub, channels=("mail",))
    assert [one.text for one in await answers(hub, await says())] == ["We got it."]
    [told] = await answers(hub, await says(sender="ada@example.com", channel="mail"))
    assert (told.subject, told.text[:11]) == ("Example Company is closed", "We are back")


async def test_many_messages_of_one_sender_are_answered_once_a_day(hub, says, clock):
    await keep(hub, hours=1)
    landed = [await says(f"{n}", "ada@example.com", "mail", subject=f"Nr. {n}") for n in range(10)]
    [told] = await answers(hub, landed[-1])
    clock.forward(DAY - 11)
    assert await answers(hub, await says("again", "ada@example.com", "mail")) == [told]
    clock.forward(10)
    assert len(await answers(hub, await says("again", "ada@example.com", "mail"))) == 2


async def test_in_one_conversation_it_rests_for_as_long_as_was_set(hub, says, clock):
    await keep(hub, hours=48, words={"en": Words("", "Closed")})
    first = await says()
    clock.instant = SATURDAY + 25 * HOUR  # Sunday
    assert len(await answers(hub, await says())) == 1
    clock.instant = SATURDAY + 7 * DAY
    assert len(await answers(hub, await says())) == 2
    assert first.conversation_id


async def test_machines_forms_and_ourselves_are_not_answered(hub, says):
    await keep(hub)
    kinds: tuple[dict[str, object], ...] = (
        {"sorted_as": "auto_reply"},
        {"parts": {"unanswerable": "Precedence: bulk"}},
        {"keyword": "start"},
        {"sender": "support@example.com"},
        {"parts": {"reply_to": [{"address": "victim@example.org"}]}, "sender": "no-reply@shop.example"},
    )
    for said in kinds:
        assert await answers(hub, await says(channel="mail", **{"sender": "ada@example.com", **said})) == [], said


async def test_a_blocked_address_is_not_answered(hub, says, clock):
    await keep(hub, hours=1)
    ada = {"sender": "ada@example.com", "channel": "mail"}
    landed = await says(**ada)
    [mine] = await hub.store.read(list_addresses, landed.customer_id)
    await hub.store.write(mark_address, landed.customer_id, mine.address, AddressState.BLOCKED, "STOP")
    clock.instant = SATURDAY + 7 * DAY
    assert len(await answers(hub, await says(**ada))) == 1
    assert [one.problem for one in await hub.store.read(list_auto_replies)] == [""]


async def test_one_that_cannot_be_filled_in_says_why_and_the_message_lands(hub, says):
    await keep(hub, words={"en": Words("", "{{ customer.name }}, hello")})
    landed = await says()
    assert landed.text
    assert await answers(hub, landed) == []
    [kept] = await hub.store.read(list_auto_replies)
    assert "customer" in kept.problem
    assert kept.failed_at


async def test_a_crowd_of_senders_is_not_answered_beyond_the_limit(hub, clock):
    clock.instant = SATURDAY
    await keep(hub, when=BEGINS, words={"en": Words("", "We got it.")})
    way = Way(hub.outbox_deps, hub.settings.company, 60, most=2)
    reader = replace(hub, reactions=(partial(answer, way),)).reader
    units = [page(**{"from": f"s{n}@example.com", "id": f"{n}", "text": "Hello"}) for n in range(3)]
    landed = [await accept_now(reader, hub.channels["mail"], unit) for unit in units]
    assert [len(await answers(hub, one)) for one in landed] == [1, 1, 0]


async def test_the_mail_says_that_a_machine_wrote_it_and_carries_no_word_of_the_sender(hub, says):
    await keep(hub)
    landed = await says("Spam", "ada@example.com", "mail", subject="Spam", name="Buy now")
    [told] = await answers(hub, landed)
    [item] = (await hub.store.read(list_deliveries, [told.id]))[told.id]
    mail = await hub.store.read(build, hub.signer, hub.base_url, item, hub.channels["mail"])
    assert (mail.headers["Auto-Submitted"], mail.options["return_path"]) == ("auto-replied", "")
    assert {"X-Auto-Response-Suppress", "X-Hub-Loop"} <= set(mail.headers)
    said = await hub.store.read(list_messages, landed.conversation_id)
    assert (mail.in_reply_to, mail.references) == (said[0].provider_id, (said[0].provider_id,))
    assert "Spam" not in (mail.subject + mail.text)
    assert mail.recipient_name == ""
    assert may_leave(item, Standing("ok", conversation="open"), SATURDAY + DAY + 1).__class__ is not Refused
    assert may_leave(item, Standing("ok", conversation="open"), SATURDAY + DAY + 2).reason == "too_late"


def asked(**facts) -> Asked:
    blank = dict.fromkeys(Message.__dataclass_fields__, "") | {"parts": {}, "automatic": False, "kind": "text"}
    message = Message(**blank | {"peer": ADA, "from_handle": ADA} | facts.pop("message", {}))
    row = dict.fromkeys(Conversation.__dataclass_fields__) | {"id": "c", "state": "open"}
    usual = {"kind": "sms", "keyword": "", "said_at": SATURDAY, "told": (), "own": frozenset({"+4930"})}
    state = {"state": facts.pop("state", "open")}
    return Asked(message=message, conversation=Conversation(**row | state), **{**usual, **facts})


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, None),
        ({"message": {"kind": "voicemail"}}, Silence.NO_WORDS),
        ({"keyword": "stop"}, Silence.KEYWORD),
        ({"message": {"from_handle": "www@shop.example"}}, Silence.CLAIMED),
        ({"own": frozenset({ADA})}, Silence.OURSELVES),
        ({"message": {"peer": "72727", "from_handle": "72727"}}, Silence.MACHINE),
        ({"message": {"peer": "Bank", "from_handle": "Bank"}}, Silence.MACHINE),
        ({"message": {"automatic": True}}, Silence.FORBIDDEN),
        ({"message": {"parts": {"unanswerable": "Precedence: bulk"}}}, Silence.FORBIDDEN),
        ({"said_at": SATURDAY - DAY - 1}, Silence.LATE),
        ({"state": "closed"}, Silence.OVER),
        ({"told": (Told("other", "sms", ADA, SATURDAY - DAY + 1),)}, Silence.AGAIN),
        ({"told": (Told("other", "sms", ADA, SATURDAY - DAY),)}, None),
        ({"told": (Told("c", "email", "a@b.example", SATURDAY - 47 * HOUR),)}, Silence.SOON),
        ({"told": (Told("c", "email", "a@b.example", SATURDAY - 48 * HOUR),)}, None),
    ],
)
def test_a_machine_is_silent_for_each_of_these_reasons(facts, why):
    assert silence(asked(**facts), 48, SATURDAY) == why


def test_the_next_opening_is_told_in_the_readers_language():
    hours = Hours(ZoneInfo("Europe/Berlin"), WORKDAYS)
    assert opening(hours, "de", SATURDAY) == "Montag, 30. November, 09:00"
    assert opening(hours, "fr", SATURDAY) == "Monday 30 November, 09:00"
    assert opening(hours, "en", MONDAY) == opening(replace(hours, week=()), "en", SATURDAY) == ""

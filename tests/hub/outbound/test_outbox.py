"""hub.outbound: everything leaves through one door, recorded before it leaves, and only once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from hub.channel import Capabilities
from hub.clock import HOUR, MINUTE, SECOND, FakeClock
from hub.context import Hub
from hub.conversations import add_note, close, reopen
from hub.errors import Conflict, InvalidInput, SendDeferred, SendDoubtful, SendRejected, Unreadable
from hub.inbound.at_once import accept_now
from hub.jobs.loops import Jobs
from hub.model import Address, AddressState, Attachment, DeliveryState, Receipt, Sent
from hub.outbound.claim import claim_deliveries, commit
from hub.outbound.compose import Reply
from hub.outbound.deps import SenderDeps
from hub.outbound.outbox import queue_message, queue_reply
from hub.outbound.outcomes import settled as settled_as
from hub.outbound.pacing import Breaker
from hub.outbound.plan import may_leave
from hub.outbound.receipts import apply_receipt
from hub.outbound.recovery import reap
from hub.outbound.sending_again import send_again
from hub.outbound.taking_back import cancel
from hub.outbound.verdicts import GO, LeaveRule, NotBefore, Verdict
from hub.reasons import Reason, Why
from hub.registry import Registry
from hub.store.blobs import add_attachment
from hub.store.consents import GRANTED, Consent, append_consent, find_consent
from hub.store.conversations import get_conversation
from hub.store.customers import find_address, list_addresses, mark_address
from hub.store.deliveries import Delivery, get_delivery, list_attempts, list_deliveries, mark_state
from hub.store.events import list_events, number_events
from hub.store.messages import Message, get_message
from hub.store.processes import add_process, list_processes
from tests.pager import PagerChannel, PagerSettings, page, status

ADA = "+4915112345678"
Eventually = Callable[[Callable[[], Awaitable[object]]], Awaitable[object]]


async def ask(hub: Hub, channel: str = "texts", sender: str = ADA, id: str = "m1") -> Message:
    return await accept_now(hub.reader, hub.channels[channel], page(**{"from": sender, "id": id, "text": "Hello?"}))


async def answer(hub: Hub, asked: Message, **reply: object) -> str:
    values = {"text": "Here it is."} | reply
    queued = await hub.store.write(
        queue_reply,
        hub.outbox_deps,
        asked.conversation_id or "",
        Reply(**values),
        hub.clock.now(),  # type: ignore[arg-type]
    )
    hub.live.wake()
    return queued.delivery_id


async def claimed_by(hub: Hub, channel: str, owner: str, now: int, limit: int) -> list[Delivery]:
    claim = await hub.store.write(claim_deliveries, LeaveRule(may_leave), channel, owner, now, limit)
    return claim.leased


def pager(hub: Hub, name: str = "texts") -> PagerChannel:
    channel = hub.channels[name]
    assert isinstance(channel, PagerChannel)
    return channel


async def settled(hub: Hub, delivery_id: str, eventually: Eventually, *states: str) -> Delivery:
    async def look() -> Delivery | None:
        found = await hub.store.read(get_delivery, delivery_id)
        return found if found.state in states else None

    found = await eventually(look)
    assert isinstance(found, Delivery)
    return found


async def test_reply_leaves_on_the_channel_the_customer_used(hub: Hub, jobs: Jobs, eventually: Eventually) -> None:
    delivery_id = await answer(hub, await ask(hub))

    delivery = await settled(hub, delivery_id, eventually, "sent")
    assert delivery.provider_id == "page-1"
    assert [(out.text, out.recipient) for out in pager(hub).provider] == [("Here it is.", Address("sms", ADA))]
    [attempt] = (await hub.store.read(list_attempts, [delivery_id]))[delivery_id]
    assert (attempt.phase, attempt.provider_id) == ("sent", "page-1")


async def test_reply_by_mail_carries_threading_and_signed_addresses(
    hub: Hub, jobs: Jobs, eventually: Eventually
) -> None:
    asked = await ask(hub, "mail", "ada@example.com", "<abc@customer.example>".strip("<>"))
    delivery_id = await answer(hub, asked)
    await settled(hub, delivery_id, eventually, "sent")

    [mail] = pager(hub, "mail").provider
    assert mail.in_reply_to == "abc@customer.example"
    assert mail.references == ("abc@customer.example",)
    assert hub.signer.delivery_of(mail.message_id) == delivery_id
    assert hub.signer.conversation_of(mail.reply_to) == asked.conversation_id


async def test_held_message_can_be_taken_back_and_then_never_leaves(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    asked = await ask(hub)
    delivery_id = await answer(hub, asked, hold_ms=5 * SECOND)
    held = await hub.store.read(get_delivery, delivery_id)
    assert held.state == "held"

    await hub.store.write(cancel, held.message_id, clock.now(), None)
    clock.forward(60 * SECOND)
    after = await answer(hub, asked, text="second")
    await settled(hub, after, eventually, "sent")

    assert [out.text for out in pager(hub).provider] == ["second"]
    sent = await hub.store.read(get_delivery, after)
    for message_id, why in ((sent.message_id, "already left"), (held.message_id, "already cancelled")):
        with pytest.raises(Conflict, match=why):
            await hub.store.write(cancel, message_id, clock.now(), None)


async def test_what_never_leaves_cannot_be_cancelled_and_is_told_so(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    note = await hub.store.write(add_note, asked.conversation_id, "a note", "", "Lena", clock.now())

    for message_id, why in ((asked.id, "came from the customer"), (note, "not one that leaves")):
        with pytest.raises(Conflict, match=why):
            await hub.store.write(cancel, message_id, clock.now(), None)


async def test_a_customer_whose_answer_is_taken_back_waits_again(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    before = await hub.store.read(get_conversation, asked.conversation_id or "")
    clock.forward(SECOND)
    await hub.store.write(add_note, before.id, "Who knows this?", None, "Lena", clock.now())
    held = await hub.store.read(get_delivery, await answer(hub, asked, hold_ms=5 * SECOND))
    answered = await hub.store.read(get_conversation, before.id)
    assert (answered.waiting_since, answered.last_preview) == (None, "Here it is.")

    await hub.store.write(cancel, held.message_id, clock.now(), None)

    after = await hub.store.read(get_conversation, before.id)
    told = ("waiting_since", "last_preview", "last_message_at", "last_direction", "message_count")
    assert [getattr(after, name) for name in told] == [getattr(before, name) for name in told]


async def test_taking_back_the_last_word_opens_the_conversation_again_where_the_customer_waits(
    hub: Hub, clock: FakeClock
) -> None:
    asked = await ask(hub)
    before = await hub.store.read(get_conversation, asked.conversation_id or "")
    last_word = await hub.store.read(get_delivery, await answer(hub, asked, hold_ms=5 * SECOND))
    await hub.store.write(close, before.id, clock.now(), None)

    await hub.store.write(cancel, last_word.message_id, clock.now(), None)

    after = await hub.store.read(get_conversation, before.id)
    assert (after.state, after.closed_at, after.waiting_since) == ("open", None, before.waiting_since)
    assert before.waiting_since is not None


async def test_a_customer_whom_the_answer_did_not_reach_waits_again_until_it_is_sent_again(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    asked = await ask(hub)
    before = await hub.store.read(get_conversation, asked.conversation_id or "")
    pager(hub).trouble = [SendRejected("no such number")]
    lost = await answer(hub, asked, hold_ms=SECOND)
    await hub.store.write(close, before.id, clock.now(), None)
    clock.forward(2 * SECOND)
    await settled(hub, lost, eventually, "failed")

    after = await hub.store.read(get_conversation, before.id)
    assert (after.state, after.waiting_since) == ("open", before.waiting_since)

    again = await hub.store.write(send_again, hub.outbox_deps, lost, clock.now())
    assert (await hub.store.read(get_conversation, before.id)).waiting_since is None
    await settled(hub, again, eventually, "sent")


async def test_pressing_send_again_twice_sends_again_once(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    pager(hub).trouble = [SendRejected("no such number")]
    lost = await answer(hub, await ask(hub))
    await settled(hub, lost, eventually, "failed")

    pressed = [hub.store.write(send_again, hub.outbox_deps, lost, clock.now()) for _ in range(5)]
    outcomes = await asyncio.gather(*pressed, return_exceptions=True)

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    [again] = [outcome for outcome in outcomes if isinstance(outcome, str)]
    await settled(hub, again, eventually, "sent")
    assert len(pager(hub).provider) == 1


async def put_off(hub: Hub, delivery_id: str) -> bool:
    """Tried, and waiting for its next try."""
    tried = await hub.store.read(list_attempts, [delivery_id])
    return bool(tried) and (await hub.store.read(get_delivery, delivery_id)).state == "queued"


async def test_what_failed_and_waits_to_be_sent_again_can_be_taken_back(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    pager(hub).trouble = [SendRejected("no such number"), SendDeferred("too busy", retry_after=60)]
    lost = await settled(hub, await answer(hub, await ask(hub)), eventually, "failed")
    again = await hub.store.write(send_again, hub.outbox_deps, lost.id, clock.now())
    await eventually(lambda: put_off(hub, again))

    taken = await hub.store.write(cancel, lost.message_id, clock.now(), None)

    assert (await hub.store.read(get_delivery, again)).state == "cancelled"
    assert (taken.left, taken.words_left) == ((), False)
    assert (await hub.store.read(get_message, lost.message_id)).deleted_at == clock.now()
    with pytest.raises(Conflict, match="already cancelled"):
        await hub.store.write(cancel, lost.message_id, clock.now(), None)


async def test_what_may_have_left_before_it_was_sent_again_stays_in_sight_when_that_is_taken_back(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    pager(hub).trouble = [SendDoubtful("the line broke"), SendDeferred("too busy", retry_after=60)]
    doubt = await settled(hub, await answer(hub, await ask(hub)), eventually, "unknown")
    again = await hub.store.write(send_again, hub.outbox_deps, doubt.id, clock.now())
    await eventually(lambda: put_off(hub, again))

    taken = await hub.store.write(cancel, doubt.message_id, clock.now(), None)

    assert (await hub.store.read(get_delivery, again)).state == "cancelled"
    assert ([one.id for one in taken.left], taken.words_left) == ([doubt.id], True)
    assert (await hub.store.read(get_message, doubt.message_id)).deleted_at is None


async def test_who_stopped_one_channel_is_not_written_to_on_another_of_the_same_number(hub: Hub) -> None:
    hub.channels.admit(PagerChannel("wa", PagerSettings(), hub.channels["texts"].tools, "whatsapp"))
    asked = await ask(hub)
    stop = page(**{"from": ADA, "id": "m2", "text": "STOP", "keyword": "stop"})
    await accept_now(hub.reader, hub.channels["texts"], stop)

    with pytest.raises(InvalidInput, match="cannot be reached on any channel"):
        await answer(hub, asked)
    wanted = await hub.store.read(get_delivery, await answer(hub, asked, channel="wa"))
    assert wanted.channel == "wa"


@pytest.mark.parametrize("sender", ["72727", "info-bank", "withheld-ca123"])
async def test_what_is_no_full_number_is_reached_where_it_wrote_from_and_nowhere_else(hub: Hub, sender: str) -> None:
    asked = await ask(hub, sender=sender)

    [address] = await hub.store.read(list_addresses, asked.customer_id)

    assert (address.kind, address.handle) == ("sms", sender)


async def test_more_or_larger_files_than_a_channel_carries_are_refused_at_once(hub: Hub) -> None:
    asked = await ask(hub)
    hub.channels["texts"].capabilities = Capabilities(max_attachments=2, max_attachment_bytes=10)  # type: ignore[misc]
    files = [await hub.store.write(add_attachment, Attachment("a.txt", "text/plain", b"12345"), 1) for _ in range(3)]
    [large] = [await hub.store.write(add_attachment, Attachment("b.txt", "text/plain", b"1234567"), 1)]

    for ids, why in ((files, "at most 2 files"), ([files[0], large], "at most 10 bytes")):
        with pytest.raises(InvalidInput, match=why):
            await answer(hub, asked, attachments=ids)
    await answer(hub, asked, attachments=files[:2])


async def test_taking_back_a_second_word_leaves_an_answered_conversation_closed(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    await answer(hub, asked)
    later = await hub.store.read(get_delivery, await answer(hub, asked, not_before=clock.now() + 60 * SECOND))
    await hub.store.write(close, asked.conversation_id or "", clock.now(), None)

    await hub.store.write(cancel, later.message_id, clock.now(), None)

    assert (await hub.store.read(get_conversation, asked.conversation_id or "")).state == "closed"


async def test_whoever_waited_when_a_conversation_was_closed_waits_again_when_it_is_reopened(
    hub: Hub, clock: FakeClock
) -> None:
    asked = await ask(hub)
    before = await hub.store.read(get_conversation, asked.conversation_id or "")
    await hub.store.write(close, before.id, clock.now(), None)

    await hub.store.write(reopen, before.id, clock.now(), None)

    after = await hub.store.read(get_conversation, before.id)
    assert (after.state, after.waiting_since) == ("open", before.waiting_since)


async def test_scheduled_reply_waits_and_is_cancelled_when_the_customer_writes_first(
    hub: Hub, clock: FakeClock
) -> None:
    asked = await ask(hub)
    waits = await answer(hub, asked, not_before=clock.now() + 60 * SECOND, cancel_on_inbound=True)
    stays = await answer(hub, asked, not_before=clock.now() + 60 * SECOND)

    await ask(hub, id="m2")

    assert (await hub.store.read(get_delivery, waits)).state == "cancelled"
    assert (await hub.store.read(get_delivery, stays)).state == "held"


async def test_deferred_message_is_tried_again_later(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    pager(hub).trouble = [SendDeferred("busy", retry_after=0.05)]
    asked = await ask(hub)
    delivery_id = await answer(hub, asked)

    async def deferred() -> bool:
        found = await hub.store.read(get_delivery, delivery_id)
        return found.attempts == 1 and found.state == "queued"

    await eventually(deferred)
    clock.forward(SECOND)
    delivery = await settled(hub, delivery_id, eventually, "sent")
    assert delivery.attempts == 2
    assert len(pager(hub).provider) == 1


async def test_recipients_that_are_put_off_keep_nobody_else_waiting(
    hub: Hub, jobs: Jobs, eventually: Eventually
) -> None:
    pager(hub).trouble = [SendDeferred("450 4.1.2 try later", of_provider=False) for _ in range(30)]
    put_off = [await answer(hub, await ask(hub, id=f"m{at}", sender=f"+1202555{at:04}")) for at in range(30)]

    async def all_tried() -> bool:
        return all([(await hub.store.read(get_delivery, id)).attempts == 1 for id in put_off])

    await eventually(all_tried)
    healthy = await answer(hub, await ask(hub, id="last", sender="+12025559999"))
    await settled(hub, healthy, eventually, "sent")
    assert {(await hub.store.read(get_delivery, id)).state for id in put_off} == {"queued"}


async def test_a_message_that_is_put_off_for_hours_says_so_once(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    pager(hub).trouble = [SendDeferred("451 4.7.1 try later", retry_after=0.05, of_provider=False) for _ in range(4)]
    delivery_id = await answer(hub, await ask(hub))

    reasons, tried = [], 0

    async def put_off() -> bool:
        found = await hub.store.read(get_delivery, delivery_id)
        return found.attempts == tried and found.state == "queued"

    for later in (3 * HOUR, HOUR, HOUR, SECOND):
        tried += 1
        await eventually(put_off)
        reasons.append((await hub.store.read(get_delivery, delivery_id)).why)
        clock.forward(later)
    delivery = await settled(hub, delivery_id, eventually, "sent")
    await hub.store.write(number_events)
    [told] = [one for one in await hub.store.read(list_events, 0) if one.type == "delivery.delayed"]

    late = Reason(Why.DELAYED, "451 4.7.1 try later")
    assert reasons == [Reason("", late.detail), Reason("", late.detail), late, late]
    assert (told.message_id, told.data["reason"]) == (delivery.message_id, late.detail)
    assert told.data["until"] == delivery.give_up_at


async def test_message_that_outlives_its_lifetime_fails_visibly(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    pager(hub).trouble = [SendDeferred("busy", retry_after=10**6)]
    delivery_id = await answer(hub, await ask(hub))

    delivery = await settled(hub, delivery_id, eventually, "failed")
    assert delivery.why == Reason(Why.GAVE_UP, "busy")


async def test_doubtful_message_stands_as_unknown_and_is_not_sent_again(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    pager(hub).trouble = [SendDoubtful("the answer never came")]
    asked = await ask(hub)
    delivery_id = await answer(hub, asked)
    await settled(hub, delivery_id, eventually, "unknown")

    clock.forward(3600 * SECOND)
    later = await answer(hub, asked, text="next")
    await settled(hub, later, eventually, "sent")
    assert (await hub.store.read(get_delivery, delivery_id)).state == "unknown"

    again = await hub.store.write(send_again, hub.outbox_deps, delivery_id, clock.now())
    hub.live.wake()
    await settled(hub, again, eventually, "sent")
    assert [out.text for out in pager(hub).provider] == ["next", "Here it is."]


async def test_hard_bounce_marks_the_address_and_stops_later_messages(
    hub: Hub, jobs: Jobs, eventually: Eventually
) -> None:
    pager(hub).trouble = [SendRejected("no such number", bounced=True)]
    asked = await ask(hub)
    first = await answer(hub, asked)
    queued = await answer(hub, asked, text="second")
    await settled(hub, first, eventually, "failed")

    second = await settled(hub, queued, eventually, "failed", "sent")
    address = await hub.store.read(find_address, asked.customer_id, "sms", ADA)
    assert address is not None
    assert address.state == "bounced"
    assert second.state in ("failed", "sent")
    with pytest.raises(InvalidInput, match="bounced"):
        await answer(hub, asked, channel="texts")


async def test_withdrawn_consent_wins_over_what_is_queued(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    await hub.store.write(append_consent, asked.customer_id, Consent("sms", "news", "granted"), 1)
    wanted = await answer(hub, asked, purpose="news")
    await hub.store.write(append_consent, asked.customer_id, Consent("sms", "news", "withdrawn"), 2)

    claimed = await claimed_by(hub, "texts", hub.process_id, clock.now(), 10)

    assert claimed == []
    delivery = await hub.store.read(get_delivery, wanted)
    assert (delivery.state, delivery.why) == ("cancelled", Reason(Why.CONSENT_WITHDRAWN))


async def test_blocked_address_is_refused_at_the_claim(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    delivery_id = await answer(hub, asked)
    await hub.store.write(mark_address, asked.customer_id, Address("sms", ADA), "blocked", "STOP")

    assert await claimed_by(hub, "texts", hub.process_id, clock.now(), 10) == []
    refused = await hub.store.read(get_delivery, delivery_id)
    assert (refused.state, refused.why) == ("failed", Reason(Why.ADDRESS_BLOCKED, "STOP"))


async def test_a_reply_refused_at_the_claim_is_told_and_the_customer_waits_again(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    before = await hub.store.read(get_conversation, asked.conversation_id or "")
    await answer(hub, asked)
    await hub.store.write(close, before.id, clock.now(), None)
    await hub.store.write(mark_address, asked.customer_id, Address("sms", ADA), "blocked", "STOP")

    await claimed_by(hub, "texts", hub.process_id, clock.now(), 10)

    await hub.store.write(number_events)
    assert "delivery.failed" in [event.type for event in await hub.store.read(list_events, 0, 100)]
    after = await hub.store.read(get_conversation, before.id)
    assert (after.state, after.waiting_since) == ("open", before.waiting_since)


async def test_what_would_never_leave_is_refused_when_it_is_written(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    lost = await answer(hub, asked)
    await hub.store.write(mark_address, asked.customer_id, Address("sms", ADA), "blocked", "STOP")
    await claimed_by(hub, "texts", hub.process_id, clock.now(), 10)

    with pytest.raises(InvalidInput, match="the address is blocked: STOP"):
        await answer(hub, asked, to=Address("sms", ADA))
    with pytest.raises(InvalidInput, match="the address is blocked: STOP"):
        await hub.store.write(send_again, hub.outbox_deps, lost, clock.now())
    with pytest.raises(InvalidInput, match="no consent"):
        await answer(hub, await ask(hub, "mail", "ada@example.com", "m9"), purpose="news")


async def test_nothing_is_sent_again_over_a_channel_that_is_gone(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    lost = await answer(hub, asked)
    await hub.store.write(mark_state, lost, DeliveryState.FAILED, Reason(detail="no route"), clock.now())
    without = replace(hub, channels=Registry({"mail": hub.channels["mail"]}))

    with pytest.raises(Conflict, match="no channel texts"):
        await hub.store.write(send_again, without.outbox_deps, lost, clock.now())


async def test_agents_overtake_campaigns(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    await hub.store.write(append_consent, asked.customer_id, Consent("sms", "news", GRANTED), clock.now())
    slow = await answer(hub, asked, lane="campaign", purpose="news")
    fast = await answer(hub, asked, text="now")

    claimed = await claimed_by(hub, "texts", hub.process_id, clock.now(), 10)
    assert [item.id for item in claimed] == [fast, slow]


async def test_delivery_is_claimed_by_one_process_only(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    ids = {await answer(hub, asked, text=str(n)) for n in range(20)}

    claims = await asyncio.gather(*(claimed_by(hub, "texts", f"{n:032x}", clock.now(), 5) for n in range(8)))
    claimed = [item.id for claim in claims for item in claim]
    assert sorted(claimed) == sorted(ids)


async def test_death_before_committing_queues_again_and_after_it_is_unknown(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    before, after = await answer(hub, asked, text="a"), await answer(hub, asked, text="b")
    await hub.store.write(add_process, "f" * 32, "elsewhere", 1)
    rule = LeaveRule(may_leave)
    claim = await hub.store.write(claim_deliveries, rule, "texts", "f" * 32, clock.now(), 10)
    claimed = {item.id: (item, standing) for item, standing in zip(claim.leased, claim.standings, strict=True)}
    assert await hub.store.write(commit, rule, [claimed[after]], clock.now()) == {claimed[after][0].attempt_id}

    processes, seen_at = await hub.store.read(list_processes)
    [silent] = [one for one in processes if one.id == "f" * 32]
    await hub.store.write(reap, silent, seen_at, clock.now())

    assert (await hub.store.read(get_delivery, before)).state == "queued"
    assert (await hub.store.read(get_delivery, after)).state == "unknown"
    assert not await hub.store.write(
        commit, LeaveRule(may_leave), [claimed[before]], clock.now()
    )  # a process thought dead may not send it


async def one_waits_behind_another(hub: Hub, eventually: Eventually) -> tuple[str, str, asyncio.Event]:
    """Two claimed messages to one address, of which the provider does not answer for the first."""
    pager(hub).gate = answered = asyncio.Event()
    asked = await ask(hub)
    first, second = await answer(hub, asked, text="a"), await answer(hub, asked, text="b")

    async def claimed() -> bool:
        states = [(await hub.store.read(get_delivery, id)).state for id in (first, second)]
        return bool(pager(hub).provider) and states == ["sending", "sending"]

    await eventually(claimed)
    return first, second, answered


async def test_stop_wins_over_what_waits_for_its_turn(hub: Hub, jobs: Jobs, eventually: Eventually) -> None:
    first, second, answered = await one_waits_behind_another(hub, eventually)
    waiting = await hub.store.read(get_delivery, second)
    to = Address(waiting.kind, waiting.handle)
    await hub.store.write(mark_address, waiting.customer_id, to, AddressState.BLOCKED, "STOP")
    answered.set()

    assert (await settled(hub, first, eventually, "sent")).state == "sent"
    assert (await settled(hub, second, eventually, "sent", "failed", "unknown")).reason == Why.ADDRESS_BLOCKED
    assert [message.text for message in pager(hub).provider] == ["a"]


async def test_night_that_fell_holds_what_waits_for_its_turn(
    hub: Hub, office: SenderDeps, clock: FakeClock, eventually: Eventually
) -> None:
    nightfall, morning = clock.now() + MINUTE, clock.now() + HOUR

    def by_day(item: object, standing: object, at: int) -> Verdict:
        return NotBefore(morning, "night") if nightfall <= at < morning else GO

    jobs = Jobs(hub, replace(office, leave_rule=LeaveRule(by_day)), ("delivery",))
    await jobs.start()
    try:
        first, second, answered = await one_waits_behind_another(hub, eventually)
        clock.forward(MINUTE)
        answered.set()

        assert (await settled(hub, first, eventually, "sent")).state == "sent"
        assert (await settled(hub, second, eventually, "sent", "held")).due_at == morning
        clock.forward(HOUR)
        hub.live.wake()
        assert (await settled(hub, second, eventually, "sent")).attempts == 1
        assert [message.text for message in pager(hub).provider] == ["a", "b"]
    finally:
        await jobs.stop()


@pytest.mark.parametrize("state", ["held", "queued", "sending", "cancelled", "unknown"])
async def test_adapter_that_says_sent_and_not_sent_is_asked_once(hub: Hub, clock: FakeClock, state: str) -> None:
    asked = await ask(hub)
    await answer(hub, asked)
    [item] = await claimed_by(hub, "texts", hub.process_id, clock.now(), 10)

    ended = settled_as(item, Sent("page-1", DeliveryState(state)), Breaker(), clock.now())

    assert ended.outcome.state == "unknown"
    assert f"says Sent and '{state}'" in ended.outcome.why.detail


async def test_receipts_only_move_forward(hub: Hub, jobs: Jobs, eventually: Eventually) -> None:
    asked = await ask(hub)
    delivery_id = await answer(hub, asked)
    await settled(hub, delivery_id, eventually, "sent")

    await hub.intake.accept("texts", [status("page-1", "delivered")])
    await settled(hub, delivery_id, eventually, "delivered")
    await hub.intake.accept("texts", [status("page-1", "sent"), status("page-1", "failed", "late")])
    await hub.intake.accept("texts", [status("page-1", "read")])
    await settled(hub, delivery_id, eventually, "read")


async def test_no_receipt_says_what_no_provider_can_know(hub: Hub, jobs: Jobs, eventually: Eventually) -> None:
    delivery_id = await answer(hub, await ask(hub))
    await settled(hub, delivery_id, eventually, "sent")
    for state in set(DeliveryState) - {"sent", "delivered", "read", "failed"}:
        receipt = Receipt(provider_id="page-1", state=state)
        with pytest.raises(Unreadable, match=state):
            await hub.store.write(apply_receipt, hub.signer, "texts", receipt, hub.clock.now())


async def test_receipt_that_overtakes_the_providers_answer_is_kept(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    pager(hub).gate = said = asyncio.Event()
    asked = await ask(hub)
    delivery_id = await answer(hub, asked)

    async def handed() -> bool:
        return bool(pager(hub).provider)

    await eventually(handed)
    await hub.intake.accept("texts", [status("page-1", "delivered")])
    said.set()
    await settled(hub, delivery_id, eventually, "sent", "delivered")
    clock.forward(5 * SECOND)  # the receipt that nobody knew is looked at again
    hub.intake.news.set()
    delivery = await settled(hub, delivery_id, eventually, "delivered")
    assert delivery.provider_id == "page-1"


async def test_note_never_reaches_a_channel(hub: Hub, jobs: Jobs) -> None:
    asked = await ask(hub)
    note_id = await hub.store.write(add_note, asked.conversation_id or "", "angry", None, "Lena", hub.clock.now())

    assert await hub.store.read(list_deliveries, [note_id]) == {}
    conversation = await hub.store.read(get_conversation, asked.conversation_id or "")
    assert conversation.last_direction == "in"


async def test_same_client_id_is_one_message(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    first = await answer(hub, asked, client_id="c1")
    again = await answer(hub, asked, client_id="c1")

    assert first == again


async def test_message_to_a_customer_opens_a_conversation_of_its_own_when_none_is_open(
    hub: Hub, clock: FakeClock
) -> None:
    asked = await ask(hub)
    queued = await hub.store.write(queue_message, hub.outbox_deps, asked.customer_id, Reply(text="Hi"), clock.now())
    assert queued.conversation_id == asked.conversation_id
    assert (await hub.store.read(get_delivery, queued.delivery_id)).state == DeliveryState.QUEUED


async def test_complaint_withdraws_every_consent_on_that_channel(hub: Hub, jobs: Jobs, eventually: Eventually) -> None:
    asked = await ask(hub)
    for purpose in ("news", "offers"):
        await hub.store.write(append_consent, asked.customer_id, Consent("sms", purpose, "granted"), 1)
    delivery_id = await answer(hub, asked)
    await settled(hub, delivery_id, eventually, "sent")

    await hub.intake.accept("texts", [status("page-1", "delivered", "marked as spam", complaint=True)])
    await settled(hub, delivery_id, eventually, "delivered")

    states = {await hub.store.read(find_consent, asked.customer_id, "sms", p) for p in ("news", "offers")}
    assert states == {"withdrawn"}

"""Phone calls: many webhooks tell one call's story; it stands once in the conversation and grows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from hub.clock import SECOND
from hub.desk import HELD
from hub.inbound.addresses import normalise_sender
from hub.inbound.identity import identify
from hub.inbound.placement import place
from hub.inbound.transcription import ask_for_words
from hub.inbound.voicemails import announce, append_received, attach, leave_voicemail, write_down
from hub.model import Attachment, CallUpdate, DeliveryState, Direction, Inbound, MessageKind
from hub.outbound.delivery_events import append_delivery_event
from hub.phone_calls.steps import note_step
from hub.reasons import NO_REASON, Reason, Why
from hub.store.calls import THIRD, Call, add_call, find_call, mark_call
from hub.store.conversations import (
    ANSWERED,
    Utterance,
    get_conversation,
    mark_conversation,
    mark_utterance,
    recount,
)
from hub.store.customers import lock_customer
from hub.store.deliveries import Delivery, find_by_provider_id, find_delivery, mark_provider_id, mark_reason, mark_state
from hub.store.messages import NewMessage, append_message, get_message, mark_message

# the better news stays, in whatever order the webhooks come: adapters say `completed` only when people talked
RANK = {"": 0, "queued": 0, "initiated": 0, "ringing": 1, "missed": 2, "failed": 2, "answered": 3, "completed": 4}
ENDED = ("completed", "missed", "failed")
OUTBOUND = {  # what the call's fate says of the delivery that asked for it
    "ringing": DeliveryState.SENT,
    "answered": DeliveryState.DELIVERED,
    "completed": DeliveryState.DELIVERED,
    "missed": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
}


@dataclass(frozen=True, slots=True)
class CallDeps:
    """country: numbers without + are read as of it; channel: the configured name, and its type.
    writes_down: an engine has the words of voicemails."""

    country: str
    reopen_days: int
    channel: str
    channel_type: str
    writes_down: bool = False


def land_call(
    conn: Connection, deps: CallDeps, raw_id: str, update: CallUpdate, files: Mapping[str, Attachment], at: int
) -> None:
    """Find or begin the call, move it forward, add its recording."""
    held = _hold(conn, deps.channel, update.call_id)
    if held is None and update.asked:
        return  # it was erased meanwhile
    before = held or _begin(conn, deps, update, at)
    update = _of_moved(conn, before, update, at)
    call = _advance(conn, before, update, at)
    changed = held is None or _facts(call) != _facts(before)
    for step in (*_steps_of(held, call, update), update.step):
        changed = (bool(step) and note_step(conn, call.message_id, step, update.occurred_at or at)) or changed
    if update.transcript:
        changed = write_down(conn, call, update)
    brought = files.get(update.recording.reference) if update.recording else None
    if update.voicemail and (brought or update.lost):
        left = leave_voicemail(conn, call, update, brought, raw_id, at)
        if left and brought and deps.writes_down:
            ask_for_words(conn, deps.channel, left, at)
    elif attach(conn, get_message(conn, call.message_id), update, brought, at):
        changed = True
    if changed:
        announce(conn, call, call.message_id, at)


def _of_moved(conn: Connection, call: Call, update: CallUpdate, at: int) -> CallUpdate:
    """What an update means for a call whose legs were parted: it ends with the leg of whoever talks with the customer,
    and has lasted since it was answered."""
    left = update.step.get("left")
    if left and left == call.legs.get("third"):
        mark_call(conn, call.message_id, legs={**call.legs, "place": HELD, "third": "", "phone": ""})
        message = get_message(conn, call.message_id)
        mark_message(conn, message.id, parts={**message.parts, THIRD: ""})
        return replace(update, step={"what": "returned"})
    if not call.legs.get("moved") or call.state != "answered":
        return update
    if left == call.legs.get("agent") or update.state in ENDED:
        ours = (
            update.state == "completed" or left or update.call_id in (call.legs.get("customer"), call.legs.get("agent"))
        )
        then = update.occurred_at or at
        seconds = max(then - (call.answered_at or then), 0) // SECOND
        return replace(update, state="completed" if ours else "", duration=seconds, reason_code="", reason="")
    return update


def _steps_of(before: Call | None, now: Call, update: CallUpdate) -> Iterator[Mapping[str, Any]]:
    """What its state tells of its story."""
    was = before.state if before else ""
    if update.state == "answered":
        yield {"what": "answered", "words": update.agent}
    if now.state in ENDED and was not in ENDED:
        yield {"what": "ended"}


def _hold(conn: Connection, channel: str, call_id: str) -> Call | None:
    """The call as it is once nobody else can move it: its webhooks are read side by side."""
    call = find_call(conn, channel, call_id)
    if call is None:
        return None
    lock_customer(conn, call.customer_id)
    return find_call(conn, channel, call_id)


def _begin(conn: Connection, deps: CallDeps, update: CallUpdate, at: int) -> Call:
    channel = deps.channel
    delivery = _asked_for(conn, channel, update)
    if delivery is not None:
        return _placed(conn, channel, delivery, update, at)
    caller = normalise_sender(update.customer, deps.country)
    customer_id = identify(conn, caller, Inbound(caller, update.call_id, ""), None, at).customer_id
    lock_customer(conn, customer_id)
    again = find_call(conn, channel, update.call_id)  # another webhook of this call was faster
    if again is not None:
        return again
    conversation = place(conn, customer_id, None, "", deps.reopen_days, at, channel=channel)
    started_at = min(update.occurred_at or at, at)
    new = NewMessage(
        customer_id=customer_id,
        conversation_id=conversation.id,
        channel=channel,
        channel_type=deps.channel_type,
        direction=update.direction,
        kind=MessageKind.CALL,
        provider_id=update.call_id,
        peer=caller.handle,
        from_handle=caller.handle if update.direction == Direction.IN else update.line,
        to_handle=update.line if update.direction == Direction.IN else caller.handle,
        parts={"state": "ringing"},
        occurred_at=started_at,
        created_at=at,
    )
    message_id = append_message(conn, new) or ""
    said = Utterance(channel, deps.channel_type, update.direction, MessageKind.CALL, "ringing", "", started_at)
    mark_utterance(conn, conversation, said)
    append_received(conn, new, message_id, at)
    return _add(conn, message_id, customer_id, channel, update, started_at)


def _asked_for(conn: Connection, channel: str, update: CallUpdate) -> Delivery | None:
    """The click-to-call this call belongs to."""
    found = find_delivery(conn, update.reference) if update.reference else None
    return found or find_by_provider_id(conn, channel, update.call_id)


def _placed(conn: Connection, channel: str, delivery: Delivery, update: CallUpdate, at: int) -> Call:
    lock_customer(conn, delivery.customer_id)
    mark_provider_id(conn, delivery.id, update.call_id)
    return find_call(conn, channel, update.call_id) or _add(
        conn, delivery.message_id, delivery.customer_id, channel, update, min(update.occurred_at or at, at)
    )


def _add(
    conn: Connection, message_id: str, customer_id: str, channel: str, update: CallUpdate, started_at: int
) -> Call:
    call = Call(
        message_id,
        customer_id,
        channel,
        update.call_id,
        update.direction,
        "ringing",
        update.agent,
        None,
        started_at,
        None,
        None,
    )
    add_call(conn, call)
    return call


def _advance(conn: Connection, call: Call, update: CallUpdate, at: int) -> Call:
    """Move the state forward only; facts once known stay. Answers the call as it is now."""
    news = _news(call, update, at)
    now = replace(call, **news)
    if news:
        mark_call(conn, call.message_id, **news)
        _tell(conn, now, taken=news.get("state") in ANSWERED)
    if "state" in news or _says_why(update):
        _settle(conn, call, update, at)
    return now


def _news(call: Call, update: CallUpdate, at: int) -> dict[str, Any]:
    """What is said now and was not known."""
    then = update.occurred_at or at
    talked = update.duration
    if update.asked and update.state == "completed" and talked is None and call.answered_at is not None:
        talked = max(then - call.answered_at, 0) // SECOND
    said = {
        "agent": update.agent,
        "duration": None if update.voicemail else talked,
        "answered_at": then if update.state == "answered" else None,
        "ended_at": then if update.state in ENDED else None,
    }
    nothing = (None, "")
    facts = {name: what for name, what in said.items() if what not in nothing and getattr(call, name) in nothing}
    return facts | ({"state": update.state} if _says_more(update, call) else {})


def _says_more(update: CallUpdate, call: Call) -> bool:
    """The better news - or the same, when only the newcomer says why."""
    ahead = RANK.get(update.state, 0) - RANK.get(call.state, 0)
    return ahead > 0 or (ahead == 0 and _says_why(update) and update.state != call.state)


def _facts(call: Call) -> dict[str, Any]:
    """What the reader sees of it."""
    return {"state": call.state, "agent": call.agent, "duration": call.duration}


def _tell(conn: Connection, call: Call, *, taken: bool) -> None:
    """The message and the inbox row show the call's facts; taken: somebody talks with the customer now."""
    message = get_message(conn, call.message_id)
    mark_message(conn, message.id, parts={**message.parts, **_facts(call)})
    if message.conversation_id is None:
        return
    conversation = get_conversation(conn, message.conversation_id)
    if conversation.last_kind == MessageKind.CALL and conversation.last_message_at <= message.occurred_at:
        mark_conversation(conn, conversation.id, last_preview=call.state)
    if taken:
        recount(conn, conversation.id)


def _settle(conn: Connection, call: Call, update: CallUpdate, at: int) -> None:
    delivery = find_by_provider_id(conn, call.channel, call.call_id)
    state = OUTBOUND.get(update.state)
    if delivery is None or state is None:
        return
    why = NO_REASON
    if state == DeliveryState.FAILED:  # until a report says more
        why = Reason(update.reason_code or ("" if update.reason else Why.CALL_UNANSWERED), update.reason)
    if mark_state(conn, delivery.id, state, why, at) or (
        _says_why(update) and mark_reason(conn, delivery.id, why, Why.CALL_UNANSWERED, at)
    ):
        append_delivery_event(conn, delivery, state, why, at)


def _says_why(update: CallUpdate) -> bool:
    return bool(update.reason_code or update.reason)

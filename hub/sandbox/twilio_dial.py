"""Rings the numbers of a <Dial>, all at once, and connects the first who answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from hub.sandbox.twilio_line import PhoneLine, ring
from hub.sandbox.twilio_phones import Phone
from hub.sandbox.twilio_state import TwilioCall

INVALID_CALLER_ID = 13214
NO_NUMBER = 13224
Whisper = Callable[[TwilioCall, Phone, str], Awaitable[bool]]


@dataclass(frozen=True)
class Dialled:
    """fields: what the action is told. spent: seconds on the caller's clock; talked: with the other side."""

    fields: dict[str, str] = field(default_factory=dict)
    caller_gone: bool = False
    spent: int = 0
    talked: int = 0
    other: str = ""


@dataclass(frozen=True)
class Ringing:
    child: TwilioCall
    phone: Phone
    outcome: str
    whisper_url: str

    @property
    def seconds(self) -> int:
        return self.phone.after


async def dial(
    line: PhoneLine,
    call: TwilioCall,
    verb: Element,
    phones: Mapping[str, Phone],
    patience: int,
    page: str,
    whisper: Whisper,
) -> Dialled:
    """patience: seconds until the caller gives up; page: what relative addresses in the verb are relative to."""
    caller_id = verb.get("callerId", call.from_)
    targets = [noun for noun in verb if noun.tag == "Number"] or [verb]
    if caller_id not in (*line.state.numbers, call.from_, call.to):
        line.state.alert(INVALID_CALLER_ID, f"Dial: Invalid callerId value {caller_id}")
        return Dialled(caller_gone=True)
    timeout = int(verb.get("timeout", "30"))
    rings = [await _ring(line, call, noun, caller_id, phones, timeout, page) for noun in targets]
    answering = sorted((one for one in rings if one.outcome == "answered"), key=lambda one: one.seconds)
    waited = answering[0].seconds if answering else max(_until_over(one, timeout) for one in rings)
    await line.wait(min(waited, patience))
    if waited >= patience or call.hung_up_by_api:
        return await _given_up(line, rings, min(waited, patience))
    for one in rings:
        if one not in answering[:1]:
            await line.finish(one.child, "canceled" if one.outcome == "answered" else one.outcome, 0)
    if not answering:
        outcome = rings[0].outcome if len(rings) == 1 else "no-answer"
        return Dialled(_fields(rings[0].child, outcome), spent=waited)
    return await _talk(line, answering[0], waited, int(verb.get("timeLimit", "14400")), whisper)


async def _ring(
    line: PhoneLine,
    call: TwilioCall,
    noun: Element,
    caller_id: str,
    phones: Mapping[str, Phone],
    seconds: int,
    page: str,
) -> Ringing:
    number = "".join((noun.text or "").split())
    call.heard.append(("Dial", number))
    events = noun.get("statusCallbackEvent", "completed") if noun.tag == "Number" else ""
    child = line.state.add_call(
        direction="outbound-dial",
        from_=caller_id,
        to=number,
        status="queued",
        parent_sid=call.sid,
        callback=urljoin(page, noun.get("statusCallback", "")) if noun.get("statusCallback") else "",
        callback_events=tuple(events.replace(",", " ").split()),
    )
    await line.progress(child, "initiated")
    await line.progress(child, "ringing")
    phone = line.phone_of(number, phones)
    whisper_url = urljoin(page, noun.get("url", "")) if noun.tag == "Number" and noun.get("url") else ""
    return Ringing(child, phone, ring(phone, seconds), whisper_url)


def _until_over(one: Ringing, timeout: int) -> int:
    return one.seconds if one.outcome in ("busy", "failed") else timeout


async def _given_up(line: PhoneLine, rings: list[Ringing], spent: int) -> Dialled:
    for one in rings:
        await line.finish(one.child, "no-answer", 0)
    return Dialled(_fields(rings[0].child, "no-answer"), caller_gone=True, spent=spent)


async def _talk(line: PhoneLine, one: Ringing, waited: int, limit: int, whisper: Whisper) -> Dialled:
    child, talk = one.child, min(one.phone.talk, limit)
    await line.progress(child, "in-progress")
    if one.whisper_url and not await whisper(child, one.phone, one.whisper_url):
        await line.finish(child, "completed", 1)
        return Dialled(_fields(child, "completed") | {"DialBridged": "false"}, spent=waited)
    await line.wait(talk)
    await line.finish(child, "completed", talk)
    fields = _fields(child, "completed") | {"DialCallDuration": str(talk), "DialBridged": "true"}
    return Dialled(fields, spent=waited + talk, talked=talk, other=child.to)


def _fields(child: TwilioCall, status: str) -> dict[str, str]:
    return {"DialCallStatus": status, "DialCallSid": child.sid, "DialBridged": "false"}

"""Rings the numbers of a <Dial>, all at once, and connects the first who answers."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin
from xml.etree.ElementTree import Element

from hub.sandbox.twilio_line import PhoneLine, ring
from hub.sandbox.twilio_phones import Phone
from hub.sandbox.twilio_state import TwilioCall

INVALID_CALLER_ID = 13214
NO_NUMBER = 13224
NOUNS = ("Number", "Client")
Follow = Callable[[TwilioCall, Phone], Coroutine[Any, Any, None]]
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
    parameters: str = ""

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
    follow: Follow,
) -> Dialled:
    """patience: seconds until the caller gives up; page: what addresses in the verb are relative to; follow: how
    the other side goes on when it is sent to another document."""
    caller_id = verb.get("callerId", call.from_)
    targets = [noun for noun in verb if noun.tag in NOUNS] or [verb]
    if caller_id not in (*line.state.numbers, call.from_, call.to):
        line.state.alert(INVALID_CALLER_ID, f"Dial: Invalid callerId value {caller_id}")
        return Dialled(caller_gone=True)
    timeout = int(verb.get("timeout", "30"))
    rings = [await _ring(line, call, noun, caller_id, phones, timeout, page) for noun in targets]
    if any(line.seats.is_there(one.child.to) for one in rings):
        answering, waited = await _ring_browsers(line, call, rings, min(timeout, patience))
    else:
        answering = sorted((one for one in rings if one.outcome == "answered"), key=lambda one: one.seconds)
        waited = answering[0].seconds if answering else max(_until_over(one, timeout) for one in rings)
        await line.wait(min(waited, patience))
    if waited >= patience or call.gone.is_set():
        return await _given_up(line, rings, min(waited, patience))
    for one in rings:
        if one not in answering[:1]:
            await line.finish(one.child, "canceled" if one.outcome == "answered" else one.outcome, 0)
    if not answering:
        outcome = rings[0].outcome if len(rings) == 1 else "no-answer"
        return Dialled(_fields(rings[0].child, outcome), spent=waited)
    return await _talk(line, call, answering[0], waited, int(verb.get("timeLimit", "14400")), whisper, follow)


async def _ring_browsers(
    line: PhoneLine, call: TwilioCall, rings: list[Ringing], seconds: int
) -> tuple[list[Ringing], int]:
    """Who answered, and after how many real seconds; a number beside them rings in vain."""
    there = [one for one in rings if line.seats.is_there(one.child.to)]
    told = {one.child.to: one.parameters for one in there}
    began = line.state.clock.now()
    winner = await line.seats.ring([one.child for one in there], call, seconds, told)
    return [one for one in there if one.child is winner], (line.state.clock.now() - began) // 1000


async def _ring(
    line: PhoneLine,
    call: TwilioCall,
    noun: Element,
    caller_id: str,
    phones: Mapping[str, Phone],
    seconds: int,
    page: str,
) -> Ringing:
    number = _target(noun)
    call.heard.append(("Dial", number))
    events = noun.get("statusCallbackEvent", "completed") if noun.tag in NOUNS else ""
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
    told = urlencode({str(one.get("name")): str(one.get("value")) for one in noun.findall("Parameter")})
    return Ringing(child, phone, ring(phone, seconds), whisper_url, told)


def _target(noun: Element) -> str:
    if noun.tag == "Client":
        return f"client:{(noun.findtext('Identity') or noun.text or '').strip()}"
    return "".join((noun.text or "").split())


def _until_over(one: Ringing, timeout: int) -> int:
    """A browser that is not there is given up at once."""
    return one.seconds if one.outcome in ("busy", "failed") or one.child.to.startswith("client:") else timeout


async def _given_up(line: PhoneLine, rings: list[Ringing], spent: int) -> Dialled:
    for one in rings:
        await line.finish(one.child, "no-answer", 0)
    return Dialled(_fields(rings[0].child, "no-answer"), caller_gone=True, spent=spent)


async def _talk(
    line: PhoneLine, call: TwilioCall, one: Ringing, waited: int, limit: int, whisper: Whisper, follow: Follow
) -> Dialled:
    child = one.child
    known = one.phone.talk is not None and not line.seats.is_there(child.to)
    longest = min(one.phone.talk or 0, limit) if known else None
    await line.progress(child, "in-progress")
    if one.whisper_url and not await whisper(child, one.phone, one.whisper_url):
        await line.finish(child, "completed", 1)
        return Dialled(_fields(child, "completed") | {"DialBridged": "false"}, spent=waited)
    talk = await line.talk((call, child), longest)
    if child.moved.is_set():
        line.courier.spawn(follow(child, one.phone))
    else:
        await line.finish(child, "completed", talk)
    fields = _fields(child, "completed") | {"DialCallDuration": str(talk), "DialBridged": "true"}
    return Dialled(fields, spent=waited + talk, talked=talk, other=child.to)


def _fields(child: TwilioCall, status: str) -> dict[str, str]:
    return {"DialCallStatus": status, "DialCallSid": child.sid, "DialBridged": "false"}

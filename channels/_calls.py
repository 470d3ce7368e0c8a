"""Reads what became of a call out of the provider's webhooks.

`completed` is said only of calls in which people talked; `missed` (by us, or the customer did not answer) and
`failed` of those that ended otherwise. The hub keeps the better news, in whatever order they come.
"""

import re
from collections.abc import Mapping
from typing import Any

from hub.errors import Unreadable
from hub.model import Address, CallUpdate, Direction, Event, RemoteFile
from hub.reasons import Why
from hub.telephony import SEAT

from ._twilio import number_of, scope_of

OVER = ("completed", "busy", "no-answer", "failed", "canceled")
CONNECTED = ("completed", "answered")
# what stands for a caller who does not say who calls: words, and the same words dialled by their letters
WITHHELD = frozenset(
    " anonymous restricted unknown unavailable +266696687 +7378742833 +2562533 +8656696 +86282452253".split(" ")
)
CALLED_BY = ("whatsapp", "sip", "sips")
WHATSAPP_ID = re.compile(r"whatsapp:([A-Z]{2}\.[A-Za-z0-9._~=+/:-]{1,160})")
E164 = re.compile(r"\+[1-9]\d{4,14}")
PHONE = re.compile(rf"{E164.pattern}|{SEAT.pattern}")
OF_CUSTOMER = {
    "busy": Why.CUSTOMER_BUSY,
    "no-answer": Why.CUSTOMER_SILENT,
    "failed": Why.CUSTOMER_NOT_REACHED,
    "canceled": Why.CUSTOMER_CANCELLED,
}
OF_AGENT = {
    "busy": Why.AGENT_BUSY,
    "no-answer": Why.AGENT_SILENT,
    "failed": Why.AGENT_NOT_REACHED,
    "canceled": Why.AGENT_CANCELLED,
}
STEP = ("what", "words", "team", "label", "waits_since", "waits", "phones", "task")

OTHER = {"agent": "customer", "customer": "agent"}

MOST_SECONDS = 10_000_000
MOST_INSTANT = 10**14
BEGAN_AT, ENDED_AT = "HubBeganAt", "HubEndedAt"  # milliseconds; only in what backfill wrote

Fields = Mapping[str, str]
Query = Mapping[str, Any]


def read_call(kind: str, fields: Fields, query: Query, line: str) -> tuple[Event, ...]:
    """kind: the webhook's action; query: our own parameters; line: our number."""
    readers = {
        "call": _incoming,
        "chosen": _chosen,
        "queued": _queued,
        "dialed": _dialed,
        "transfer": _queued,
        "voicemail": _voicemail,
        "recording": _recording,
        "transcript": _transcript,
        "status": _status,
        "bridge": _bridge,
        "bridged": _bridged,
        "ended": _ended,
    }
    if not fields.get("CallSid") or kind not in readers:
        raise Unreadable(f"a {kind} without CallSid")
    update = readers[kind](fields, query, line)
    return (update,) if update else ()


def _incoming(fields: Fields, query: Query, line: str) -> CallUpdate:
    return _update(fields, query, line, state="ringing")


def _chosen(fields: Fields, query: Query, line: str) -> CallUpdate | None:
    """Another round of the same menu is no news."""
    return _update(fields, query, line) if query.get("what") else None


def _queued(fields: Fields, query: Query, line: str) -> CallUpdate:
    return _update(fields, query, line, state="missed" if query.get("last") else "")


def _dialed(fields: Fields, query: Query, line: str) -> CallUpdate | None:
    """An agent's phone stopped ringing, or the talk is over."""
    if fields.get("DialCallStatus") in CONNECTED:
        talked, agent = number_of(fields.get("DialCallDuration"), MOST_SECONDS), str(query.get("agent", ""))
        return _update(fields, query, line, state="completed", duration=talked, agent=agent)
    if query.get("last"):
        return _update(fields, query, line, state="missed")
    return _update(fields, query, line) if "phones" in query else None


def _voicemail(fields: Fields, query: Query, line: str) -> CallUpdate | None:
    if not fields.get("RecordingUrl"):
        return None
    return _update(fields, query, line, state="missed", voicemail=True, **_recorded(fields))


def _recording(fields: Fields, query: Query, line: str) -> CallUpdate | None:
    if fields.get("RecordingStatus", "completed") != "completed" or not fields.get("RecordingUrl"):
        return None
    if query.get("of") == "call" or fields.get("RecordingSource") == "DialVerb":
        found = _recorded(fields)
        return _update(fields, query, line, recording=found["recording"], recording_id=found["recording_id"])
    return _voicemail(fields, query, line)


def _transcript(fields: Fields, query: Query, line: str) -> CallUpdate | None:
    said = fields.get("TranscriptionText", "").strip()
    if fields.get("TranscriptionStatus", "completed") != "completed" or not said:
        return None
    return _update(fields, query, line, transcript=said, recording_id=fields.get("RecordingSid", ""))


def _status(fields: Fields, query: Query, line: str) -> CallUpdate | None:
    status, leg = fields.get("CallStatus", ""), query.get("leg", "")
    if leg in ("agent", "customer"):  # a leg that one of our documents dialled
        if status != "in-progress" or not fields.get("ParentCallSid"):
            return None
        agent, parent = str(query.get("agent", "")), fields["ParentCallSid"]
        legs = {leg: fields["CallSid"], OTHER[leg]: parent, "parent": OTHER[leg], "place": ""}
        call = str(query.get("call", "")) or parent
        return _update(fields, query, line, call_id=call, state="answered", agent=agent, told={"legs": legs})
    if leg == "third":
        told = {"left": fields["CallSid"]} if status in OVER else {"third_talks": status == "in-progress"}
        return _update(fields, query, line, told=told)
    if query.get("ref"):
        return _placed(fields, query, line)
    if status not in OVER:
        return None
    return _update(fields, query, line, state="missed", reason_code=OF_CUSTOMER.get(status, ""))


def _placed(fields: Fields, query: Query, line: str) -> CallUpdate | None:
    """How far a click-to-call has come on the agent's side."""
    status, agent = fields.get("CallStatus", ""), str(query.get("agent", ""))
    if status not in OVER:
        return _update(fields, query, line, state="ringing", agent=agent)
    code = OF_AGENT.get(status, "")  # of a completed call /bridged knows
    return _update(fields, query, line, state="failed", reason_code=code, agent=agent)


def _bridge(fields: Fields, query: Query, line: str) -> CallUpdate:
    return _update(fields, query, line, state="ringing", agent=fields.get("To", ""))


def _bridged(fields: Fields, query: Query, line: str) -> CallUpdate:
    status = fields.get("DialCallStatus", "")
    if status in CONNECTED:
        return _update(
            fields,
            query,
            line,
            state="completed",
            duration=number_of(fields.get("DialCallDuration"), MOST_SECONDS),
            agent=fields.get("To", ""),
        )
    state = "failed" if status == "failed" else "missed"
    code = OF_CUSTOMER.get(status, "")
    return _update(fields, query, line, state=state, reason_code=code, reason="" if code else status)


def _ended(fields: Fields, query: Query, line: str) -> CallUpdate:
    """What the provider says when it is asked about a call whose end it never told."""
    if query.get("talked"):
        seconds = number_of(fields.get("DialCallDuration"), MOST_SECONDS)
        return _update(fields, query, line, state="completed", duration=seconds, asked=True)
    code = OF_CUSTOMER.get(fields.get("CallStatus", ""), "")
    return _update(fields, query, line, state="missed", reason_code=code, asked=True)


def _update(fields: Fields, query: Query, line: str, **facts: Any) -> CallUpdate:
    call_id = facts.pop("call_id", "") or str(query.get("call", "")) or fields["CallSid"]
    told = facts.pop("told", {})
    reference = str(query.get("ref", ""))
    placed = bool(reference)
    moment = number_of(fields.get(BEGAN_AT) or fields.get(ENDED_AT), MOST_INSTANT)
    return CallUpdate(
        call_id=call_id,
        customer=address_of(str(query.get("customer", "")) or fields.get("From", ""), call_id, fields),
        direction=Direction.OUT if placed else Direction.IN,
        line=line,
        occurred_at=moment,
        reference=reference,
        step=_step(query) | told,
        **facts,
    )


def _step(query: Query) -> dict[str, Any]:
    """What our own answers told besides; a list of telephones may be empty, and is news then."""
    told = {name: query[name] for name in STEP if query.get(name) not in (None, "")}
    return told if any(name in told for name in ("what", "waits_since", "waits", "phones")) else {}


def caller_of(name: str) -> str:
    """The phone behind a caller's name. WhatsApp (https://www.twilio.com/docs/voice/whatsapp-business-calling) and SIP
    name it too: `whatsapp:+49...`, `sip:+49...@host`."""
    scheme, _, rest = name.partition(":")
    number = rest.partition("@")[0].partition(";")[0]
    return number if scheme in CALLED_BY and E164.fullmatch(number) else name


def address_of(name: str, call_id: str, fields: Fields) -> Address:
    """Who withholds the number is somebody new each time; on WhatsApp its id says who it is, letter for letter, as in
    the account's messages."""
    if id := WHATSAPP_ID.fullmatch(name):
        return Address("whatsapp", id[1], scope_of(id[1], fields.get("AccountSid", "")))
    hidden = name.strip().lower() in WITHHELD
    return Address("voice", f"withheld-{call_id.lower()}" if hidden else caller_of(name))


def _recorded(fields: Fields) -> dict[str, Any]:
    return {
        "recording": RemoteFile(fields["RecordingUrl"], "recording"),
        "recording_id": fields.get("RecordingSid", ""),
        "duration": number_of(fields.get("RecordingDuration"), MOST_SECONDS),
    }

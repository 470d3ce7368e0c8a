"""What the provider lists of calls, written as the webhooks that were lost."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from hub.channel import Raw
from hub.clock import instant_of
from hub.telephony import Talk

from ._calls import BEGAN_AT, ENDED_AT
from ._twilio_api import Record


def as_webhooks(call: Record, talk: Record | None) -> list[Raw]:
    """talk: the leg to the agent's phone on which people talked, if they did."""
    fields = {"CallSid": call.sid, "From": call.from_, "To": call.to, "Direction": "inbound"}
    began = call.start_time or call.date_created
    if began:
        fields[BEGAN_AT] = str(instant_of(began))
    ringing = _raw("call", call.sid, {**fields, "CallStatus": "ringing"})
    if talk is None:
        ended = {**fields, "CallStatus": call.status, "CallDuration": str(call.duration or "0")}
        return [ringing, _raw("status", f"{call.sid}/{call.status}", ended)]
    talked = {**fields, "DialCallSid": talk.sid, "DialCallStatus": "completed", "DialCallDuration": str(talk.duration)}
    return [ringing, _raw("dialed", f"{call.sid}/{talk.sid}", talked, agent=talk.to)]


def message_left(recording: Record, account: str, customer: str) -> Raw:
    """account: the address of ours at the provider."""
    fields = {
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": f"{account}/Recordings/{recording.sid}",
        "RecordingStatus": "completed",
        "RecordingDuration": str(recording.duration or ""),
        "RecordingSource": recording.source,
    }
    return _raw("recording", f"{recording.sid}/completed", fields, customer=customer)


def end_of(talk: Talk, call: Record | None, legs: Sequence[Record]) -> Raw:
    """call: the leg that is over; None: the provider no longer knows it. legs: those that the call dialled."""
    fields = {"CallSid": talk.call_id, "CallStatus": call.status if call else "completed"}
    if call and call.end_time:
        fields[ENDED_AT] = str(instant_of(call.end_time))
    spoke = [leg for leg in legs if leg.status == "completed" and str(leg.duration or "0") != "0"]
    if spoke:
        fields["DialCallDuration"] = str(spoke[-1].duration)
    talked = {"talked": "1"} if spoke or talk.customer_leg else {}
    return _raw("ended", talk.call_id, fields, customer=talk.customer, **talked)


def _raw(kind: str, key: str, fields: Mapping[str, str], **query: str) -> Raw:
    return Raw(kind, key, urlencode(fields).encode(), query)

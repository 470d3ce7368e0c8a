"""Words the sandbox's state as the provider's REST resources: field names, dates, pages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from hub.clock import DAY, iso, parse_iso
from hub.sandbox.twilio_errors import RestError
from hub.sandbox.twilio_state import Content, Media, Number, Recording, TwilioCall, TwilioMessage, TwilioState

VERSION = "2010-04-01"
DEFAULT_PAGE, MAX_PAGE = 50, 1_000
UNUSED_OF_NUMBER: Mapping[str, Any] = {
    "address_requirements": "none",
    "address_sid": None,
    "beta": False,
    "bundle_sid": None,
    "emergency_address_sid": None,
    "emergency_address_status": "unregistered",
    "emergency_status": "Inactive",
    "identity_sid": None,
    "origin": "twilio",
    "sms_application_sid": "",
    "sms_fallback_method": "POST",
    "sms_fallback_url": "",
    "trunk_sid": None,
    "type": "local",
    "voice_application_sid": "",
    "voice_caller_id_lookup": False,
    "voice_fallback_method": "POST",
    "voice_fallback_url": "",
    "voice_receive_mode": "voice",
}

Item = TypeVar("Item")


def rfc2822(instant: int | None) -> str | None:
    return None if instant is None else format_datetime(datetime.fromtimestamp(instant // 1000, UTC))


def account_json(state: TwilioState) -> dict[str, Any]:
    return {
        "sid": state.account_sid,
        "owner_account_sid": state.account_sid,
        "friendly_name": "Sandbox account",
        "auth_token": state.auth_token,
        "status": "active",
        "type": "Full",
        "date_created": rfc2822(state.created),
        "date_updated": rfc2822(state.created),
        "uri": f"{state.path}.json",
        "subresource_uris": {
            name: f"{state.path}/{path}.json"
            for name, path in (("messages", "Messages"), ("calls", "Calls"), ("recordings", "Recordings"))
        },
    }


def message_json(state: TwilioState, message: TwilioMessage) -> dict[str, Any]:
    uri = f"{state.path}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": state.account_sid,
        "messaging_service_sid": message.messaging_service_sid,
        "direction": message.direction,
        "from": message.from_,
        "to": message.to,
        "body": message.body,
        "status": message.status,
        "num_segments": str(message.segments),
        "num_media": str(len(message.media)),
        "date_created": rfc2822(message.created),
        "date_updated": rfc2822(message.updated),
        "date_sent": rfc2822(message.sent),
        "error_code": message.error_code,
        "error_message": message.error_message,
        "price": _price(state, message),
        "price_unit": "USD",
        "api_version": VERSION,
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
    }


def _price(state: TwilioState, message: TwilioMessage) -> str | None:
    """Known once the message has arrived; money that leaves the account."""
    known = state.price is not None and message.direction != "inbound" and message.status in ("delivered", "read")
    return f"-{state.price * message.segments:.5f}" if known and state.price is not None else None


def content_json(state: TwilioState, content: Content) -> dict[str, Any]:
    asked = {"name": content.name, "category": content.category, "content_type": "twilio/text"}
    return {
        "sid": content.sid,
        "account_sid": state.account_sid,
        "friendly_name": content.name,
        "language": content.language,
        "variables": dict(content.variables),
        "types": {"twilio/text": {"body": content.body}},
        "approval_requests": {**asked, "status": content.status, "rejection_reason": ""},
        "date_created": iso(state.created),
        "date_updated": iso(state.created),
    }


def media_json(state: TwilioState, media: Media) -> dict[str, Any]:
    return {
        "sid": media.sid,
        "account_sid": state.account_sid,
        "parent_sid": media.parent_sid,
        "content_type": media.content_type,
        "date_created": rfc2822(media.created),
        "date_updated": rfc2822(media.created),
        "uri": f"{state.path}/Messages/{media.parent_sid}/Media/{media.sid}.json",
    }


def call_json(state: TwilioState, call: TwilioCall) -> dict[str, Any]:
    uri = f"{state.path}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "account_sid": state.account_sid,
        "parent_call_sid": call.parent_sid,
        "direction": call.direction,
        "from": call.from_,
        "from_formatted": call.from_,
        "to": call.to,
        "to_formatted": call.to,
        "status": call.status,
        "duration": None if call.duration is None else str(call.duration),
        "start_time": rfc2822(call.started),
        "end_time": rfc2822(call.ended),
        "date_created": rfc2822(call.created),
        "date_updated": rfc2822(call.updated),
        "queue_time": "0",
        "caller_name": None,
        "answered_by": None,
        "forwarded_from": None,
        "group_sid": None,
        "trunk_sid": None,
        "stir_verstat": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "api_version": VERSION,
        "uri": f"{uri}.json",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
    }


def recording_json(state: TwilioState, recording: Recording) -> dict[str, Any]:
    return {
        "sid": recording.sid,
        "account_sid": state.account_sid,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "status": "completed",
        "source": recording.source,
        "channels": recording.channels,
        "duration": str(recording.duration),
        "start_time": rfc2822(recording.created),
        "date_created": rfc2822(recording.created),
        "date_updated": rfc2822(recording.created),
        "error_code": None,
        "encryption_details": None,
        "price": None,
        "price_unit": "USD",
        "media_url": state.recording_url(recording),
        "api_version": VERSION,
        "uri": f"{state.path}/Recordings/{recording.sid}.json",
        "subresource_uris": {},
    }


def number_json(state: TwilioState, number: Number) -> dict[str, Any]:
    return {
        "sid": number.sid,
        "account_sid": state.account_sid,
        "phone_number": number.number,
        "friendly_name": number.number,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "sms_url": number.message_url,
        "sms_method": "POST",
        "voice_url": number.voice_url,
        "voice_method": "POST",
        "status_callback": number.status_url,
        "status_callback_method": "POST",
        "date_created": rfc2822(number.created),
        "date_updated": rfc2822(number.created),
        "status": "in-use",
        "api_version": VERSION,
        "uri": f"{state.path}/IncomingPhoneNumbers/{number.sid}.json",
        **UNUSED_OF_NUMBER,
    }


def page_json(
    path: str, key: str, query: Mapping[str, str], items: Sequence[Item], word: Callable[[Item], dict[str, Any]]
) -> dict[str, Any]:
    """One page of a list, with the addresses of its neighbours."""
    size = min(_number(query, "PageSize", DEFAULT_PAGE), MAX_PAGE) or DEFAULT_PAGE
    page = _number(query, "Page", 0)
    start = page * size
    shown = items[start : start + size]
    rest = {name: value for name, value in query.items() if name not in ("Page", "PageSize", "PageToken")}

    def uri(of: int) -> str:
        return f"{path}?{urlencode({**rest, 'PageSize': size, 'Page': of})}"

    return {
        key: [word(item) for item in shown],
        "page": page,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(page - 1) if page else None,
        "next_page_uri": uri(page + 1) if start + size < len(items) else None,
    }


def in_range(instant: int | None, query: Mapping[str, str], name: str) -> bool:
    """DateSent=, DateSent<= and DateSent>= as the API spells them; a bare date means that whole day (GMT)."""
    bounds = {sign: query.get(name + sign, "") for sign in ("", "<", ">")}
    if not any(bounds.values()):
        return True
    if instant is None:
        return False
    moment = instant // 1000 * 1000
    for sign, text in bounds.items():
        if not text:
            continue
        start, whole_day = _instant(text)
        end = start + (DAY - 1 if whole_day else 0)
        fits = {"": start <= moment <= end, "<": moment <= end, ">": moment >= start}[sign]
        if not fits:
            return False
    return True


def _instant(text: str) -> tuple[int, bool]:
    try:
        return parse_iso(text), len(text) == len("2026-11-22")
    except ValueError as trouble:
        raise RestError(20001, f"{text} is not a date") from trouble


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 9 else default

"""Refuses what the provider would refuse: the published error codes, and the checks that lead to them."""

import json
import re
from collections.abc import Mapping
from typing import Any

from hub.sandbox.twilio_state import TwilioState, bare, kind_of

MAX_BODY = 1_600
MAX_MEDIA = 10
E164 = re.compile(r"\+[1-9]\d{1,14}")
BUSINESS_SCOPED = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9._~=+/:-]{1,128}")
MAGIC_TO = {  # the provider's published test numbers
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_CALL_TO = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}
ERRORS: dict[int, tuple[int, str]] = {
    20001: (400, "Bad request: {}"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource {} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service is unavailable. Please try again."),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url is not a valid URL: {}"),
    21210: (400, "The source phone number provided, {}, is not yet verified for your account."),
    21211: (400, "Invalid 'To' Phone Number: {}"),
    21212: (400, "Invalid From Number (caller ID): {}"),
    21213: (400, "A 'From' phone number is required."),
    21214: (400, "'To' phone number cannot be reached"),
    21215: (400, "Account not authorized to call {}."),
    21216: (400, "Account not allowed to call phone number {}"),
    21217: (400, "Phone number does not appear to be valid"),
    21220: (400, "Unable to update record: Call is not in-progress. Cannot redirect."),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {}"),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {} is not a valid, message-capable Twilio phone number for this account."),
    21609: (400, "Invalid 'StatusCallback' URL: {}"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21612: (400, "The 'To' phone number: {}, is not currently reachable using the 'From' phone number via SMS."),
    21614: (400, "'To' number is not a valid mobile number: {}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21619: (400, "A text message body or media urls must be specified."),
    21620: (400, "Media urls: {} are invalid. Please use only valid http and https urls"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21655: (400, "The ContentSid is Invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    21701: (400, "The Messaging Service does not exist"),
    21704: (400, "The Messaging Service contains no phone numbers"),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    30003: (400, "Unreachable destination handset"),
    30005: (400, "Unknown destination handset"),
    30006: (400, "Landline or unreachable carrier"),
    30008: (400, "Unknown error"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63024: (400, "Invalid message recipient"),
    63040: (400, "Template is rejected."),
    63041: (400, "Template is paused."),
    63042: (400, "Template is disabled."),
    63016: (400, "Failed to send freeform message because you are outside the allowed window."),
}


class RestError(Exception):
    """What the REST API answers instead of a resource."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.status, text = ERRORS.get(code, (400, "Error {}"))
        self.code = code
        super().__init__(text.format(detail))

    def payload(self) -> dict[str, Any]:
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": str(self), "more_info": more, "status": self.status}


def message_of(code: int) -> str:
    return ERRORS[code][1].format("") if code in ERRORS else "Unknown error"


def check_message(state: TwilioState, form: Mapping[str, list[str]]) -> None:
    """Raise what POST Messages.json answers to this form."""
    to, from_ = first(form, "To"), first(form, "From")
    if not to:
        raise RestError(21604)
    from_ = from_ or state.sender_of(first(form, "MessagingServiceSid"), to)
    if not from_:
        service = first(form, "MessagingServiceSid")
        raise RestError(21603 if not service else 21704 if service in state.services else 21701)
    _check_pair(state, from_, to)
    _check_content(state, form)
    if callback := first(form, "StatusCallback"):
        _check_url(callback, 21609)
    if (to, from_) in state.opted_out:
        raise RestError(21610)


def check_call(state: TwilioState, form: Mapping[str, list[str]]) -> None:
    """Raise what POST Calls.json answers to this form."""
    to, from_ = first(form, "To"), first(form, "From")
    if not to:
        raise RestError(21201)
    if not from_:
        raise RestError(21213)
    if to in MAGIC_CALL_TO:
        raise RestError(MAGIC_CALL_TO[to], to)
    if not E164.fullmatch(to) and not to.startswith("client:"):
        raise RestError(21211, to)
    if not E164.fullmatch(from_):
        raise RestError(21212, from_)
    if from_ not in state.numbers:
        raise RestError(21210, from_)
    if not first(form, "Twiml"):
        _check_url(first(form, "Url"), 21205)
    if callback := first(form, "StatusCallback"):
        _check_url(callback, 21609)


def first(form: Mapping[str, list[str]], name: str) -> str:
    return form[name][0] if form.get(name) else ""


def variables_in(form: Mapping[str, list[str]]) -> dict[str, str] | None:
    """None where they are no object of texts."""
    try:
        given = json.loads(first(form, "ContentVariables") or "{}")
    except ValueError:
        return None
    return given if isinstance(given, dict) and all(isinstance(one, str) for one in given.values()) else None


def _check_pair(state: TwilioState, from_: str, to: str) -> None:
    person = bare(to)
    if person in MAGIC_TO:
        raise RestError(MAGIC_TO[person], to)
    scoped = kind_of(to) == "whatsapp" and BUSINESS_SCOPED.fullmatch(person)
    if not scoped and not E164.fullmatch(person):
        raise RestError(21211, to)
    if scoped and not state.is_reached(person):
        raise RestError(63024)
    if kind_of(from_) != kind_of(to):
        raise RestError(21910)
    if not from_.startswith("rcs:") and not E164.fullmatch(bare(from_)):
        raise RestError(21212, from_)
    if from_ not in state.numbers:
        raise RestError(63007 if kind_of(from_) == "whatsapp" else 21606, from_)


def _check_content(state: TwilioState, form: Mapping[str, list[str]]) -> None:
    if sid := first(form, "ContentSid"):
        if sid not in state.contents:
            raise RestError(21655)
        if variables_in(form) is None:
            raise RestError(21656)
        return
    body, media = first(form, "Body"), form.get("MediaUrl", [])
    if not body and not media:
        raise RestError(21619)
    if len(body) > MAX_BODY:
        raise RestError(21617)
    if len(media) > (1 if kind_of(first(form, "To")) == "whatsapp" else MAX_MEDIA):
        raise RestError(21623)
    for url in media:
        _check_url(url, 21620)


def _check_url(url: str, code: int) -> None:
    if not re.match(r"https?://[^\s/_]+(/|\?|$)", url):
        raise RestError(code, url)

"""Asks the provider what its webhooks did not tell: messages that came, what became of ours, whether one left."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from hub.channel import FoundInPart, Raw
from hub.clock import SECOND, instant_of
from hub.errors import ReadDeferred, Unreadable

from ._texting_words import SENT_AT
from ._twilio_api import Record, TwilioApi

LOOK_BACK = 10 * SECOND  # clocks differ a little
LISTED = 200
SETTLED = ("delivered", "read", "undelivered", "failed", "canceled")


async def find_sent(api: TwilioApi, from_: str, to: str, text: str, since: int) -> Record | None:
    """The provider's record of what we sent (from_ "": from whichever number), or None. By recipient and text: the API
    knows no key of ours. Not by DateSent, which a queued message lacks."""
    ours = {"From": from_} if from_ else {}
    for one in await api.listed("/Messages", LISTED, To=to, **ours):
        made = instant_of(one.date_created) if one.date_created else since
        if made >= since - LOOK_BACK and one.direction != "inbound" and _same_text(one.body or "", text):
            return one
    return None


async def list_since(api: TwilioApi, api_base: str, own: str, since: int) -> Sequence[Raw]:
    """Messages to our number as their webhooks would have told them, and what became of those from it. Raises
    FoundInPart."""
    moment = datetime.fromtimestamp(since // SECOND, UTC)
    arrived = await api.listed("/Messages", To=own, DateSent_=moment)
    left = await api.listed("/Messages", From=own, DateSent_=moment)
    ended = [one for one in left if one.status in SETTLED and _is_since(one, since)]
    raws = [_as_status(one) for one in ended] + [_as_status(one, priced=True) for one in ended if one.price]
    problem = ""
    for one in arrived:
        if one.direction == "inbound" and _is_since(one, since):
            try:
                raws.append(await _as_webhook(api, api_base, one))
            except ReadDeferred as deferred:  # the others need not wait for its files
                problem = str(deferred)
    if problem:
        raise FoundInPart(raws, problem)
    return raws


async def _as_webhook(api: TwilioApi, api_base: str, one: Record) -> Raw:
    fields = {
        "MessageSid": one.sid,
        "SmsSid": one.sid,
        "SmsMessageSid": one.sid,
        "SmsStatus": "received",
        "AccountSid": one.account_sid,
        "From": one.from_,
        "To": one.to,
        "Body": one.body or "",
        "NumMedia": str(one.num_media or "0"),
        "NumSegments": str(one.num_segments or "1"),
        "ApiVersion": one.api_version or "",
    }
    if moment := one.date_sent or one.date_created:
        fields[SENT_AT] = str(instant_of(moment))
    return Raw("message", one.sid, urlencode(fields | await _media_fields(api, api_base, one)).encode())


async def _media_fields(api: TwilioApi, api_base: str, one: Record) -> dict[str, str]:
    if not int(one.num_media or 0):
        return {}
    try:
        listed = await api.listed(f"/Messages/{one.sid}/Media")
    except Unreadable:  # deleted meanwhile
        listed = []
    fields = {"NumMedia": str(len(listed))}
    for index, media in enumerate(listed):
        fields[f"MediaUrl{index}"] = api_base + media.uri.removesuffix(".json")
        fields[f"MediaContentType{index}"] = media.content_type
    return fields


def _is_since(one: Record, since: int) -> bool:
    """The filter of the list may look at the day only."""
    moment = one.date_sent or one.date_created
    return moment is None or instant_of(moment) >= since // SECOND * SECOND


def _as_status(one: Record, *, priced: bool = False) -> Raw:
    """priced: with what it costs, which is known some time after the message has arrived and told by no webhook."""
    fields = {"MessageSid": one.sid, "MessageStatus": one.status, "To": one.to, "From": one.from_}
    if one.error_code:
        fields |= {"ErrorCode": str(one.error_code), "ErrorMessage": one.error_message or ""}
    if priced:
        fields |= {"Price": str(one.price), "PriceUnit": one.price_unit or ""}
    unit = "price" if priced else one.status
    return Raw("status", f"{one.sid}/{unit}", urlencode(fields).encode(), {"ref": ""})


def _same_text(theirs: str, ours: str) -> bool:
    """A trial account writes a notice before our text."""
    return theirs.strip() == ours.strip() or (bool(ours.strip()) and theirs.strip().endswith(f" - {ours.strip()}"))

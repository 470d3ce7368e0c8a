"""Asks the provider what its webhooks did not tell: messages that came, what became of ours, whether one left."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from hub.channel import FoundInPart, Raw
from hub.clock import SECOND, instant_of
from hub.errors import ReadDeferred, Unreadable

from ._texting_words import SENT_AT
from ._twilio_api import fetched

LOOK_BACK = 10 * SECOND  # clocks differ a little
PAGE = 1000
LISTED = 200
SETTLED = ("delivered", "read", "undelivered", "failed", "canceled")


async def find_sent(client: Any, from_: str, to: str, text: str, since: int) -> Any:
    """The provider's record of what we sent (from_ "": from whichever number), or None. By recipient and text: the API
    knows no key of ours. Not by DateSent, which a queued message lacks."""
    ours = {"from_": from_} if from_ else {}
    for one in await fetched(client.messages.list_async(to=to, **ours, limit=LISTED, page_size=LISTED)):
        made = instant_of(one.date_created) if one.date_created else since
        if made >= since - LOOK_BACK and one.direction != "inbound" and _same_text(one.body or "", text):
            return one
    return None


async def list_since(client: Any, api_base: str, own: str, since: int) -> Sequence[Raw]:
    """Messages to our number as their webhooks would have told them, and what became of those from it. Raises
    FoundInPart."""
    moment = datetime.fromtimestamp(since // SECOND, UTC)
    arrived = await fetched(client.messages.list_async(to=own, date_sent_after=moment, page_size=PAGE))
    left = await fetched(client.messages.list_async(from_=own, date_sent_after=moment, page_size=PAGE))
    raws = [_as_status(one) for one in left if one.status in SETTLED and _is_since(one, since)]
    problem = ""
    for one in arrived:
        if one.direction == "inbound" and _is_since(one, since):
            try:
                raws.append(await _as_webhook(client, api_base, one))
            except ReadDeferred as deferred:  # the others need not wait for its files
                problem = str(deferred)
    if problem:
        raise FoundInPart(raws, problem)
    return raws


async def _as_webhook(client: Any, api_base: str, one: Any) -> Raw:
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
    return Raw("message", one.sid, urlencode(fields | await _media_fields(client, api_base, one)).encode())


async def _media_fields(client: Any, api_base: str, one: Any) -> dict[str, str]:
    if not int(one.num_media or 0):
        return {}
    try:
        listed = await fetched(client.messages(one.sid).media.list_async())
    except Unreadable:  # deleted meanwhile
        listed = []
    fields = {"NumMedia": str(len(listed))}
    for index, media in enumerate(listed):
        fields[f"MediaUrl{index}"] = api_base + media.uri.removesuffix(".json")
        fields[f"MediaContentType{index}"] = media.content_type
    return fields


def _is_since(one: Any, since: int) -> bool:
    """The filter of the list may look at the day only."""
    moment = one.date_sent or one.date_created
    return moment is None or instant_of(moment) >= since // SECOND * SECOND


def _as_status(one: Any) -> Raw:
    fields = {"MessageSid": one.sid, "MessageStatus": one.status, "To": one.to, "From": one.from_}
    if one.error_code:
        fields |= {"ErrorCode": str(one.error_code), "ErrorMessage": one.error_message or ""}
    return Raw("status", f"{one.sid}/{one.status}", urlencode(fields).encode(), {"ref": ""})


def _same_text(theirs: str, ours: str) -> bool:
    """A trial account writes a notice before our text."""
    return theirs.strip() == ours.strip() or (bool(ours.strip()) and theirs.strip().endswith(f" - {ours.strip()}"))

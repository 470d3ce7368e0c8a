"""Twilio's words: ids, signatures, refusals and the message resource, from the published 2010-04-01 description."""

import base64
import hmac
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha1
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST = 1600


def sid(prefix: str) -> str:
    return prefix + uuid.uuid4().hex


def signature(token: str, url: str, params: dict[str, str]) -> str:
    text = url + "".join(key + params[key] for key in sorted(params))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), sha1)).decode()


@dataclass
class Message:
    sid: str
    params: dict[str, str]
    direction: str
    status: str
    at: datetime
    media: list[str] = field(default_factory=list)
    fetched: list[bytes] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.params.get("Body", "")


def shown(message: Message, account: str) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{account}/Messages/{message.sid}"
    at = format_datetime(message.at)
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message.text,
        "date_created": at,
        "date_sent": at if message.status not in ("queued", "accepted") else None,
        "date_updated": at,
        "direction": message.direction,
        "error_code": None,
        "error_message": None,
        "from": message.params.get("From"),
        "messaging_service_sid": message.params.get("MessagingServiceSid"),
        "num_media": str(len(message.media)),
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.params.get("To"),
        "uri": f"{uri}.json",
    }


def problem(params: dict[str, str], media: list[str], numbers: tuple[str, ...]) -> tuple[int, str] | None:
    to, from_ = params.get("To", ""), params.get("From", "")
    if not to:
        return 21604, "A 'To' phone number is required."
    if not from_ and not params.get("MessagingServiceSid"):
        return 21603, "A 'From' phone number is required."
    if to.startswith("whatsapp:") != from_.startswith("whatsapp:"):
        return 63007, "Twilio could not find a Channel with the specified From address"
    if not E164.fullmatch(to.removeprefix("whatsapp:")):
        return 21211, f"Invalid 'To' Phone Number: {to}"
    if from_.removeprefix("whatsapp:") not in numbers:
        return 21606, f"The 'From' phone number provided ({from_}) is not a valid number of this account."
    if not params.get("Body") and not media and not params.get("ContentSid"):
        return 21602, "Message body is required."
    if len(params.get("Body", "")) > LONGEST:
        return 21617, "The concatenated message body exceeds the 1600 character limit."
    if len(media) > 10:
        return 21623, "Number of media files exceeds allowed limit"
    callback = params.get("StatusCallback", "")
    if callback and urlsplit(callback).scheme not in ("http", "https"):
        return 21609, f"The 'StatusCallback' URL {callback} is not a valid URL."
    return None


def refusal(status: int, code: int, text: str, **headers: str) -> web.Response:
    body = {"code": code, "message": text, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return web.json_response(body, status=status, headers={key.replace("_", "-"): v for key, v in headers.items()})

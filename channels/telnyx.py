"""Carries SMS and MMS through Telnyx: signed webhooks in, the messages API (v2) out, receipts by webhook.

The provider tells nothing of a message without its id and knows no key of ours, so that an answer that was lost is
settled by the receipt alone: it carries, signed, the address it was asked for at, and that names the delivery.
"""

import json
from base64 import b64decode
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, SecretStr, field_validator

from hub.channel import Capabilities, Channel, ChannelSettings, Committing, Raw, Received, Webhook
from hub.cleaning import clean
from hub.clock import SECOND
from hub.errors import SendDeferred, SendDoubtful, Unreadable, WebhookForged
from hub.model import Attachment, Event, Outbound, RemoteFile, Sent

from ._telnyx_errors import reason_of, refusal
from ._telnyx_words import BROKEN, error_in, event_in, inbound_of, receipt_of
from ._text_limits import check_contents
from ._twilio import fingerprint, hook_url, number_of

API = "https://api.telnyx.com"
SIGNATURE, TIMESTAMP = "telnyx-signature-ed25519", "telnyx-timestamp"
TOLERANCE = 300  # seconds
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10, sock_connect=5)
MAX_TEXT = 1530  # ten parts
MAX_MEDIA = 10
MOST_SECONDS = 10**11


class TelnyxSettings(ChannelSettings):
    """public_key: the account's, in base64; from: a number in E.164, "" = the profile's pool chooses one."""

    api_key: SecretStr = Field(min_length=1)
    public_key: str
    messaging_profile_id: str = Field(min_length=1)
    from_: str = Field("", alias="from", pattern=r"^(\+[1-9]\d{4,14})?$")
    api_base: str = API

    @field_validator("public_key")
    @classmethod
    def _a_key(cls, text: str) -> str:
        Ed25519PublicKey.from_public_bytes(b64decode(text, validate=True))
        return text

    @field_validator("api_base")
    @classmethod
    def _an_origin(cls, text: str) -> str:
        if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
            raise ValueError(f"must be an address like {API}")
        return text.rstrip("/")


class TelnyxChannel(Channel):
    type = "telnyx"
    Settings = TelnyxSettings
    settings: TelnyxSettings
    capabilities = Capabilities(
        address_kind="sms",
        preference=10,
        max_attachments=MAX_MEDIA,
        max_attachment_bytes=1_000_000,
        max_text=MAX_TEXT,
        delivered_receipts=True,
        segments=True,
        media_links=True,
    )

    async def check(self) -> list[str]:
        url = f"{self.settings.api_base}/v2/messaging_profiles/{self.settings.messaging_profile_id}"
        try:
            async with self._request("GET", url) as answer:
                told = await answer.json(content_type=None)
                if answer.status != 200:
                    return [reason_of(*error_in(told))]
                profile = told["data"]
                here = hook_url(self.tools.base_url, self.name, "message")
                problems = [] if profile["enabled"] else ["the messaging profile is switched off"]
                if str(profile["webhook_api_version"]) != "2":
                    problems.append("the messaging profile's webhooks are not of API version 2")
                if profile["webhook_url"] != here:
                    problems.append(f"the messaging profile calls {profile['webhook_url']}, not {here}")
                return problems
        except (aiohttp.ClientError, TimeoutError, OSError, *BROKEN) as trouble:
            return [f"Telnyx cannot be asked: {trouble!r}"]

    async def receive(self, webhook: Webhook) -> Received:
        self._check_signature(webhook)
        if webhook.action not in ("message", "status"):
            raise WebhookForged(f"{self.name}: there is no /{webhook.action}")
        try:
            event, payload = event_in(webhook.body)
            came = payload["direction"] == "inbound"
            unit = payload["id"] if came else f"{payload['id']}/{event}/{payload['to'][0]['status']}"
            return Received((Raw("message" if came else "status", clean(unit), webhook.body),))
        except BROKEN:  # genuine, but of a kind nobody knows: kept, and set aside by whoever reads it
            return Received((Raw("unknown", fingerprint(webhook.body), webhook.body),))

    def _check_signature(self, webhook: Webhook) -> None:
        """The account's signature over the time and the body; the address is not under it."""
        written = webhook.headers.get(TIMESTAMP, "")
        at = number_of(written, MOST_SECONDS)
        if at is None or abs(self.tools.clock.now() // SECOND - at) > TOLERANCE:
            raise WebhookForged(f"{self.name}: signed at no time near now")
        key = Ed25519PublicKey.from_public_bytes(b64decode(self.settings.public_key))
        try:
            signature = b64decode(webhook.headers.get(SIGNATURE, ""), validate=True)
            key.verify(signature, written.encode() + b"|" + webhook.body)
        except (InvalidSignature, ValueError) as forged:
            raise WebhookForged(f"{self.name}: the signature does not match") from forged

    def read(self, raw: Raw) -> tuple[Event, ...]:
        try:
            _, payload = event_in(raw.body)
            if payload["direction"] == "inbound":
                return (inbound_of(payload, self.address_kind),)
            return (receipt_of(payload),)
        except BROKEN as broken:
            raise Unreadable(f"no message and no receipt: {broken!r}") from broken

    async def fetch(self, file: RemoteFile) -> Attachment:
        content, content_type = await self.tools.fetch(file.reference, allow_origin=self.settings.api_base)
        return Attachment(file.filename, content_type or file.content_type, content)

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        media = tuple(message.options.get("media_urls", ()))
        check_contents(message, media, MAX_TEXT, MAX_MEDIA)
        body = {
            "to": message.recipient.handle,
            "messaging_profile_id": self.settings.messaging_profile_id,
            "webhook_url": hook_url(self.tools.base_url, self.name, "status", ref=message.delivery_id),
            **({"from": self.settings.from_} if self.settings.from_ else {}),
            **({"text": message.text} if message.text else {}),
            **({"media_urls": list(media)} if media else {}),
        }
        await committing()
        try:
            async with self._request("POST", f"{self.settings.api_base}/v2/messages", json=body) as answer:
                return await _answer_in(answer)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as away:  # no byte has left
            raise SendDeferred(f"Telnyx cannot be reached: {away}") from away
        except (aiohttp.ClientError, TimeoutError, OSError) as doubt:
            raise SendDoubtful(f"Telnyx did not answer: {doubt!r}") from doubt

    def _request(self, method: str, url: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.settings.api_key.get_secret_value()}"}
        return self.tools.session.request(method, url, headers=headers, timeout=TIMEOUT, allow_redirects=False, **more)


async def _answer_in(answer: aiohttp.ClientResponse) -> Sent:
    try:
        told = json.loads(await answer.read())
        if 200 <= answer.status < 300:
            return Sent(clean(told["data"]["id"]))
    except BROKEN as broken:
        if answer.status < 300:
            raise SendDoubtful(f"Telnyx's answer cannot be read: {broken!r}") from broken
        told = None
    wait = number_of(answer.headers.get("Retry-After"), MOST_SECONDS)
    raise refusal(answer.status, *error_in(told), wait)

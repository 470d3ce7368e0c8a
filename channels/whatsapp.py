"""Carries WhatsApp through Twilio: the same API as SMS, addresses with a prefix, and read receipts."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from hub.approved import ApprovedTemplate
from hub.channel import Capabilities, Parcel
from hub.clock import DAY, MINUTE
from hub.errors import ReadDeferred, Unreadable
from hub.model import Outbound

from ._choices import MAX_TITLE, MAX_WORDS, MOST_ROWS, Choices
from ._texting import MAX_MEDIA, MAX_TEXT, TextingChannel
from ._twilio_api import fetched

MAX_CAPTION = 1024
MAX_LISTED = 1_000
KNOWN_FOR = MINUTE
CAPTIONED = ("image/", "video/", "application/", "text/plain")  # voice notes and contact cards come without words


class WhatsappChannel(TextingChannel):
    type = "whatsapp"
    prefix = "whatsapp:"
    capabilities = Capabilities(
        max_attachments=MAX_MEDIA,
        max_attachment_bytes=16_000_000,
        max_text=MAX_TEXT,
        delivered_receipts=True,
        read_receipts=True,
        lookup=True,
        media_links=True,
        window=DAY,
        buttons=MOST_ROWS,
        button_signs=MAX_TITLE,
        button_text=MAX_WORDS,
    )
    max_media = 1

    _known: tuple[int, Sequence[ApprovedTemplate]] = (0, ())

    @cached_property
    def _choices(self) -> Choices:
        return Choices(self._api)

    @property
    def known(self) -> Sequence[ApprovedTemplate] | None:
        at, known = self._known
        return known if at else None

    async def approved(self) -> Sequence[ApprovedTemplate]:
        """As the Content API lists them; asked again after a minute. Raises ReadDeferred."""
        at, known = self._known
        now = self.tools.clock.now()
        if not at <= now < at + KNOWN_FOR:
            try:
                content = (await self._api.client()).content.v1
                listed = await fetched(content.content_and_approvals.list_async(limit=MAX_LISTED))
            except Unreadable as untold:  # an account, or a stand-in for the provider, without this API
                raise ReadDeferred(str(untold)) from untold
            known = [_template(one) for one in listed if (one.approval_requests or {}).get("status") == "approved"]
            self._known = (now, known)
        return known

    async def contents_of(self, message: Outbound) -> dict[str, Any]:
        template, titles = message.options.get("whatsapp_template"), tuple(message.options.get("buttons", ()))
        if not template and titles:
            return {"content_sid": await self._choices.named(message.text, titles, message.language)}
        if not template:
            return await super().contents_of(message)
        variables = template.get("variables") or {}
        filled = {"content_variables": json.dumps(variables, ensure_ascii=False)} if variables else {}
        return {"content_sid": template["content_sid"], **filled}

    def parcels(self, text: str, content_types: Sequence[str]) -> Sequence[Parcel]:
        """WhatsApp takes one file a message; the words ride with the first that can carry them, or go ahead alone."""
        if not content_types:
            return super().parcels(text, content_types)
        with_words = bool(text) and len(text) <= MAX_CAPTION and content_types[0].startswith(CAPTIONED)
        ahead = [Parcel(words=True)] if text and not with_words else []
        return [*ahead, *(Parcel(with_words and position == 0, (position,)) for position in range(len(content_types)))]


def _template(listed: Any) -> ApprovedTemplate:
    asked = listed.approval_requests or {}
    kinds = [one for one in (listed.types or {}).values() if isinstance(one, dict)]
    body = next((str(one[part]) for part in ("body", "title") for one in kinds if one.get(part)), "")
    return ApprovedTemplate(
        content_sid=str(listed.sid or ""),
        name=str(asked.get("name") or listed.friendly_name or ""),
        language=str(listed.language or ""),
        body=body,
        variables={str(name): str(example) for name, example in (listed.variables or {}).items()},
        category=str(asked.get("category") or ""),
    )

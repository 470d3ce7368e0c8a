"""Carries WhatsApp through Twilio: the same API as SMS, addresses with a prefix, and read receipts."""

from collections.abc import Sequence

from hub.channel import Capabilities, Parcel

from ._texting import MAX_MEDIA, MAX_TEXT, TextingChannel

MAX_CAPTION = 1024
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
    )
    max_media = 1

    def parcels(self, text: str, content_types: Sequence[str]) -> Sequence[Parcel]:
        """WhatsApp takes one file a message; the words ride with the first that can carry them, or go ahead alone."""
        if not content_types:
            return super().parcels(text, content_types)
        with_words = bool(text) and len(text) <= MAX_CAPTION and content_types[0].startswith(CAPTIONED)
        ahead = [Parcel(words=True)] if text and not with_words else []
        return [*ahead, *(Parcel(with_words and position == 0, (position,)) for position in range(len(content_types)))]

"""Carries WhatsApp through Twilio: the same API as SMS, addresses with a prefix, and read receipts."""

from hub.channel import Capabilities

from ._texting import MAX_MEDIA, MAX_TEXT, TextingChannel


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
    )

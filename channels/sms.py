"""Carries SMS and MMS through Twilio: signed webhooks in, the messaging API out, receipts by status callback."""

from hub.channel import Capabilities

from ._texting import MAX_MEDIA, MAX_TEXT, TextingChannel


class SmsChannel(TextingChannel):
    type = "sms"
    capabilities = Capabilities(
        max_attachments=MAX_MEDIA,
        max_attachment_bytes=5_000_000,
        max_text=MAX_TEXT,
        delivered_receipts=True,
        lookup=True,
        segments=True,
        media_links=True,
    )

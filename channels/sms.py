"""Carries SMS and MMS through Twilio: signed webhooks in, the messaging API out, receipts by status callback."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from hub.channel import Capabilities

from ._texting import MAX_MEDIA, MAX_TEXT, TextingChannel
from ._twilio import TwilioSettings

Prefix = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{0,6}$")]
Number = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{4,14}$")]


class SmsSettings(TwilioSettings):
    """senders: by what a customer's number begins with, the number of ours that texts there instead of `from`;
    messaging_service_sid: of a Twilio Messaging Service, which chooses among its numbers."""

    messaging_service_sid: str = Field("", pattern=r"^(MG[0-9a-fA-F]{32})?$")
    senders: Mapping[Prefix, Number] = Field(default_factory=dict, max_length=250)


class SmsChannel(TextingChannel):
    type = "sms"
    Settings = SmsSettings
    settings: SmsSettings
    capabilities = Capabilities(
        max_attachments=MAX_MEDIA,
        max_attachment_bytes=5_000_000,
        max_text=MAX_TEXT,
        delivered_receipts=True,
        lookup=True,
        segments=True,
        media_links=True,
    )

    @property
    def service(self) -> str:
        return self.settings.messaging_service_sid

    def numbers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([self.settings.from_, *self.settings.senders.values()]))

    def sender_for(self, handle: str) -> str:
        """The longest beginning that fits decides."""
        fitting = [prefix for prefix in self.settings.senders if handle.startswith(prefix)]
        return self.settings.senders[max(fitting, key=len)] if fitting else super().sender_for(handle)

"""Lays letters into the tray: they wait there until somebody prints and posts them (hub.letters)."""

from typing import Annotated, Literal

from pydantic import Field

from hub.channel import Capabilities, Channel, ChannelSettings, Committing
from hub.clock import DAY
from hub.errors import InvalidInput, SendRejected
from hub.model import DeliveryState, Outbound, Sent
from hub.postal import check_printable, read_postal

Line = Annotated[str, Field(max_length=200)]


class Postage(ChannelSettings):
    """What a letter of so many sheets costs to post is called."""

    name: str
    sheets: int = Field(ge=1, le=1000)


class LetterSettings(ChannelSettings):
    """sender: one line, above the address; information: lines of the block beside it; footer: its columns."""

    sender: str = Field(min_length=1, max_length=120)
    country: str = Field("DE", pattern="^[A-Z]{2}$")
    form: Literal["A", "B"] = "B"
    information: tuple[Line, ...] = Field((), max_length=9)
    footer: tuple[Line, ...] = Field((), max_length=4)
    postage: tuple[Postage, ...] = (
        Postage(name="Standardbrief", sheets=3),
        Postage(name="Kompaktbrief", sheets=8),
        Postage(name="Großbrief", sheets=90),
    )


class LetterChannel(Channel):
    type = "letter"
    Settings = LetterSettings
    settings: LetterSettings
    capabilities = Capabilities(attachments=False, subject=True, html=True, lifetime=90 * DAY, max_text=50_000)

    @property
    def own_handle(self) -> str:
        return self.settings.sender

    async def check(self) -> list[str]:
        try:
            read_postal(self.settings.sender, self.settings.country)
        except InvalidInput as wrong:
            return [f"sender: {wrong}"]
        return []

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        """Nothing leaves here, so nothing can leave twice: what died on the way is simply laid here again."""
        try:
            read_postal(message.recipient.handle, self.settings.country)
            check_printable(f"{message.subject}{message.text}")
        except InvalidInput as wrong:
            raise SendRejected(str(wrong)) from wrong
        return Sent(message.delivery_id, DeliveryState.TO_PRINT)

"""The section of a voice channel in config.toml (docs/channels/voice.md)."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from hub.languages import Tag

from ._twilio import TwilioSettings

MAX_PHONES = 20

Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{4,14}$")]
Words = str | dict[Tag, str]


class VoiceSettings(TwilioSettings):
    """greeting, closed: one text, or one per language; phones: rung in order, before the phones of agents on duty.
    menu: the message template that is the first menu; hours: outside of them nobody is rung. api_key and api_secret: of
    the account, for telephones in browsers. transcribe: the provider writes down what callers leave.
    ring: which telephones ring; wait_seconds: how long callers wait in the queue, 0: there is none; music: what they
    hear; callback: they may choose to be called; wrap_up_seconds: after a call the next does not ring; announce: who
    picks up hears who calls."""

    greeting: Words = ""
    closed: Words = ""
    language: Tag = "en"
    phones: tuple[Phone, ...] = Field((), max_length=MAX_PHONES)
    ring_seconds: int = Field(20, ge=5, le=120)
    voicemail_seconds: int = Field(120, ge=5, le=3600)
    hours: bool = False
    menu: str = Field("", pattern=r"^[A-Za-z0-9_-]{0,80}$")
    ring: Literal["order", "all", "idle"] = "order"
    wait_seconds: int = Field(0, ge=0, le=7_200)
    music: str = Field("", pattern=r"^(https?://[^\s<>\"']+)?$")
    callback: bool = True
    wrap_up_seconds: int = Field(0, ge=0, le=3_600)
    announce: bool = False
    record: bool = False
    transcribe: bool = False
    api_key: str = Field("", pattern=r"^(SK[0-9a-fA-F]{32})?$")
    api_secret: SecretStr = SecretStr("")

    def text_of(self, key: str, language: str) -> str:
        """The operator's words for `greeting` or `closed`, in that language, else in the line's; "" for none."""
        words: Words = getattr(self, key)
        return words if isinstance(words, str) else words.get(language) or words.get(self.language, "")

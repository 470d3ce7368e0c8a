"""What stands on the sheets of letters, as the template `letter.typ` takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale, dates

from hub.channel import Channel
from hub.config import CompanySettings
from hub.errors import Conflict, InvalidInput
from hub.languages import LANGUAGES, best_tag
from hub.letters.blocks import blocks_of
from hub.model import Outbound
from hub.postal import PostalAddress, check_printable, read_postal


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said to whom. name, language: the customer's."""

    message: Outbound
    name: str
    language: str


def sheets(
    letters: Sequence[Letter], channel: Channel, company: CompanySettings, day: date, *, cover: bool
) -> dict[str, Any]:
    """cover: a list of all before the first of them. Raises InvalidInput, Conflict."""
    settings: Any = channel.settings
    if channel.type != "letter":
        raise Conflict(f"{channel.name} prints no letters", "paper")
    return {
        "language": company.language,
        "company": company.name,
        "sender": settings.sender,
        "form": settings.form,
        "footer": list(settings.footer),
        "information": list(settings.information),
        "postage": [{"name": one.name, "sheets": one.sheets} for one in settings.postage],
        "cover": cover,
        "words": LANGUAGES[company.language].paper.model_dump(),
        "date": _day(day, company.language),
        "letters": [_letter(one, settings.country, company, day) for one in letters],
    }


def window_of(handle: str, name: str, home: str) -> tuple[PostalAddress, tuple[str, ...]]:
    """The address, and how it stands in the window. Raises InvalidInput."""
    address = read_postal(handle, home)
    window = address.window(name, home)
    check_printable("".join(window))
    return address, window


def _letter(one: Letter, home: str, company: CompanySettings, day: date) -> Mapping[str, Any]:
    tongue = best_tag(one.language, company.language)
    blocks = blocks_of(one.message.html, one.message.text)
    try:
        address, window = window_of(one.message.recipient.handle, one.name, home)
        check_printable("".join((one.message.subject, *(span["text"] for block in blocks for span in block["spans"]))))
    except InvalidInput as wrong:
        raise InvalidInput(f"{one.name}: {wrong}", wrong.field, wrong.code) from wrong
    return {
        "window": list(window),
        "abroad": window[-1] if address.country not in ("", home) else "",
        "subject": one.message.subject,
        "language": tongue,
        "date": _day(day, tongue),
        "words": LANGUAGES[tongue].paper.model_dump(),
        "blocks": blocks,
    }


def _day(day: date, language: str) -> str:
    return str(dates.format_date(day, "long", locale=Locale.parse(LANGUAGES[language].locale)))

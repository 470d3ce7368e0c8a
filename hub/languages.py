"""The languages the hub speaks, one row each: hub/locale/<tag>.toml, and beside it the catalogue of the pages.

A language is added by adding its two files (docs/translating.md).
"""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

FOLDER = Path(__file__).parent / "locale"
SOURCE = "en"  # the language of the keys: what is said where a language has no word for it


class Words(BaseModel):
    """Every word has to be there, and none besides."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Footer(Words):
    unsubscribe: str
    preferences: str
    view: str


class Widget(Words):
    open: str
    close: str
    new: str
    title: str


class Spoken(Words):
    greeting: str
    greeting_voicemail: str
    nobody: str
    recorded: str
    thanks: str
    nothing: str
    connecting: str
    not_answered: str


class Language(Words):
    """name: as its speakers call it; locale: of the CLDR; voice: a language of Twilio's <Say>; catalogue: gettext."""

    name: str
    locale: str
    voice: str
    footer: Footer
    widget: Widget
    spoken: Spoken
    catalogue: Path


def load_languages(folder: Path) -> dict[str, Language]:
    """Tag -> language, of every <tag>.toml. Raises ValidationError for a word that is missing or not known."""
    return {file.stem: _load(file) for file in sorted(folder.glob("*.toml"))}


def _load(file: Path) -> Language:
    return Language(**tomllib.loads(file.read_text("utf-8")), catalogue=file.with_suffix(".po"))


LANGUAGES = load_languages(FOLDER)


def best_tag(wanted: str, fallback: str) -> str:
    """The one we speak for a tag like de-AT or DE_ch; else the fallback."""
    tag = wanted[:2].lower()
    return tag if tag in LANGUAGES else fallback


def known_tag(tag: str) -> str:
    if tag not in LANGUAGES:
        raise ValueError(f"is no language the hub speaks ({', '.join(LANGUAGES)})")
    return tag


Tag = Annotated[str, AfterValidator(known_tag)]

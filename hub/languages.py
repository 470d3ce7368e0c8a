"""The languages the hub speaks, one row each: hub/locale/<tag>.toml, and beside it the catalogue of the pages.

A language is added by adding its two files (docs/translating.md).
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated

from babel import Locale, dates, localedata
from babel.core import get_global
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

FOLDER = Path(__file__).parent / "locale"
SOURCE = "en"  # the language of the keys: what is said where a language has no word for it
NONE = {"und", "mul", "zxx"}  # of the CLDR: no language in particular
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")


class Table(BaseModel):
    """Of the file, in TOML: every word has to be there, and none besides."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Footer(Table):
    unsubscribe: str
    preferences: str
    view: str


class Widget(Table):
    open: str
    close: str
    new: str
    title: str


class Spoken(Table):
    """On the phone. {opens}, {place}, {name} and {team} are filled in; callback_task is for colleagues."""

    greeting: str
    greeting_voicemail: str
    nobody: str
    recorded: str
    thanks: str
    nothing: str
    connecting: str
    not_answered: str
    closed: str
    opens: str
    place: str
    next: str
    callback_offer: str
    callback_promised: str
    after_tone: str
    wrong_key: str
    caller: str
    caller_for: str
    callback_task: str


class Paper(Table):
    """On a quotation and on letters. {number} is filled in; page and page_of stand before two numbers."""

    quotation: str
    number: str
    date: str
    valid_until: str
    what: str
    quantity: str
    price: str
    tax: str
    net: str
    discount: str
    of: str
    gross: str
    answer: str
    accepted_task: str
    declined_task: str
    unanswered_task: str
    page: str
    page_of: str
    letters: str
    recipient: str
    country: str
    pages: str
    postage: str


class Mails(Table):
    """Of the hub itself. {company} and {link} are filled in; the tasks are for colleagues."""

    confirm_subject: str
    confirm_text: str
    data_subject: str
    data_text: str
    data_task: str
    erase_task: str


class Answer(Table):
    """What an automatic reply says that nobody has written anew: message templates (hub.templating.answer)."""

    subject: str
    text: str


class Language(Table):
    """name: as its speakers call it; locale: of the CLDR; voice: a language of Twilio's <Say>; catalogue: gettext."""

    name: str
    locale: str
    voice: str
    footer: Footer
    widget: Widget
    spoken: Spoken
    mails: Mails
    answer: Answer
    paper: Paper
    catalogue: Path


def load_languages(folder: Path) -> dict[str, Language]:
    """Tag -> language, of every <tag>.toml. Raises ValueError for a word that is missing or not known."""
    return {file.stem: _load(file) for file in sorted(folder.glob("*.toml"))}


def _load(file: Path) -> Language:
    try:
        return Language(**tomllib.loads(file.read_text("utf-8")), catalogue=file.with_suffix(".po"))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise ValueError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except ValueError as wrong:
        raise ValueError(f"{file}: {wrong}") from wrong


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


def tag_of(word: str, tongues: tuple[str, ...] = (SOURCE,)) -> str:
    """What is written as a tag (`pt_br`, `ger`) or as a name in one of these languages, as BCP 47 spells it; "" when
    it is no language of the CLDR."""
    if tag := _spelled(word.strip()):
        return tag
    names = _names(tongues)
    return names.get(plain_name(word)) or names.get(plain_name(re.sub(r"\(.*", "", word)), "")


def _spelled(word: str) -> str:
    found = _TAG.fullmatch(word)
    if not found:
        return ""
    known = Locale(SOURCE)
    language = str(get_global("language_aliases").get(found[1].lower(), found[1].lower()))
    script, region = (found[2] or "").title(), (found[3] or "").upper()
    if language not in known.languages or language in NONE:
        return ""
    if (script and script not in known.scripts) or (region and region not in known.territories):
        return ""
    return "-".join(filter(None, (language, script, region)))


@cache
def _names(tongues: tuple[str, ...]) -> Mapping[str, str]:
    """Plain name -> tag; what two languages say differently means what the first of them says."""
    found: dict[str, str] = {}
    for tongue in tongues:
        for code, name in Locale(tongue).languages.items():
            if code not in NONE:
                found.setdefault(plain_name(name), code.replace("_", "-"))
    return found


def plain_name(name: str) -> str:
    """Small letters without accents and dots: names of languages and months are written in many ways."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in letters.replace(".", "") if not unicodedata.combining(letter)).split())


@lru_cache
@lru_cache(maxsize=600)
def locale_of(language: str, region: str = "") -> Locale:
    """As it is written in that region, where that is known; else as the language's own file says."""
    known = localedata.exists(f"{language}_{region}")
    return Locale.parse(f"{language}_{region}" if known else LANGUAGES[language].locale)


def pattern_of(locale: Locale, skeleton: str) -> str:
    """The locale's own order and separators for these fields, names as long as asked for (UTS #35, part 4, "Matching
    Skeletons"; babel finds the nearest pattern, but does not widen it)."""
    nearest = dates.match_skeleton(skeleton, locale.datetime_skeletons) or "yMd"
    widths = {letters: skeleton.count(letters[0]) for letters in ("Ec", "ML")}

    def widened(field: re.Match[str]) -> str:
        kind = next((letters for letters in widths if field[0][0] in letters), "")
        return field[0][0] * widths[kind] if kind else field[0]

    return re.sub(r"'[^']*'|E+|c{3,}|M{3,}|L{3,}", widened, str(locale.datetime_skeletons[nearest].pattern))

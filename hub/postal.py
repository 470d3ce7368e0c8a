"""Postal addresses: the lines of an envelope and the country they are in, and how they stand in a letter's window."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from babel import Locale

from hub.errors import InvalidInput

MAX_LINES = 9  # of the window (DIN 5008): six of the address, and the three of remarks above it
MAX_WIDTH = 44  # characters in 80 mm
NAMED_IN = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "cs", "da", "sv", "fi", "hu", "tr", "el", "ru", "uk")
OTHERWISE = {"uk": "GB", "usa": "US", "england": "GB", "scotland": "GB", "holland": "NL", "schottland": "GB"}
GERMAN = ("DE", "AT", "CH", "LI", "LU")
SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "MODIFIER", "FEMININE", "MASCULINE", "MICRO", "KELVIN", "ANGSTROM", "OHM")
# signs that the typesetter's own fonts draw (typst 0.15: Libertinus Serif, New Computer Modern, DejaVu Sans Mono)
SIGNS = re.compile(
    "[\u0020-\u066d\u1fbd-\u2052\u2054-\u2189\u2190-\u23ff\u2422\u2423\u2460-\u2606\u2609-\u262f\u2638-\u268b\u2690-\u269c"
    "\u26a0-\u26a7\u26aa-\u26af\u2701-\u2704\u2706-\u2709\u270c-\u2714\u2717-\u2726\u272a-\u274b\u2756-\u2794\u2798-\u27af"
    "\u27b1-\u2cff]"
)
POSTCODES = {"DE": r"\d{5}", "AT": r"\d{4}", "CH": r"\d{4}", "LI": r"\d{4}"}


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """lines: recipient, street, postcode and town, in the order of the envelope; country: ISO 3166, "" = at home."""

    lines: tuple[str, ...]
    country: str = ""

    @property
    def handle(self) -> str:
        return ", ".join((*self.lines, *([country_name(self.country, "en")] if self.country else ())))

    def window(self, name: str, home: str) -> tuple[str, ...]:
        """As it stands in the window of a letter from `home`; name: the customer's, where no line names a recipient.
        Raises InvalidInput."""
        lines = (name, *self.lines) if name and not self._names_somebody else self.lines
        abroad = (country_name(self.country, "de" if home in GERMAN else "en").upper(),)
        folded = [part for line in lines for part in _fold(line)]
        folded += abroad if self.country not in ("", home) else ()
        if len(folded) > MAX_LINES:
            raise InvalidInput(
                f"the address takes {len(folded)} lines, the window holds {MAX_LINES}: shorten it",
                "handle",
                "long_post",
            )
        return tuple(folded)

    @property
    def _names_somebody(self) -> bool:
        """A first line with a number is a street already."""
        return len(self.lines) > 2 and not re.search(r"\d", self.lines[0])


def read_postal(text: str, home: str = "DE") -> PostalAddress:
    """Lines, or one line with commas between its parts; the last may be a country. Raises InvalidInput."""
    lines = [" ".join(part.split()) for part in re.split(r"[\n,]", text.replace("\r", ""))]
    lines = [line for line in lines if line]
    country = country_of(lines[-1]) if len(lines) > 1 else ""
    lines = lines[:-1] if country else lines
    if len(lines) < 2:
        raise InvalidInput("an address has a street, and a line with postcode and town", "handle", "no_post")
    code = POSTCODES.get(country or home, r"[^\s]*\d[^\s]*")
    place = next(
        (at for at in reversed(range(1, len(lines))) if re.search(rf"(^|[ -]){code}($|[ ,])", lines[at])), None
    )
    if place is None and not country:
        raise InvalidInput("there is no line with postcode and town", "handle", "no_postcode")
    if place is not None and place < len(lines) - 1 and not country:
        raise InvalidInput(f"no country is called {lines[-1][:40]!r}", "handle", "no_country")
    found = PostalAddress(tuple(_without_prefix(line, country or home) for line in lines), country)
    check_printable(found.handle)
    found.window("", home)
    return found


def _without_prefix(line: str, country: str) -> str:
    """D-12345 Town, as it was written until 1993."""
    return re.sub(r"^(?:D|DE|A|AT|CH|FL)-(?=\d{4,5} )", "", line) if country in POSTCODES else line


def check_printable(text: str) -> None:
    """The typesetter's own fonts draw Latin, Greek and Cyrillic. Raises InvalidInput naming what they do not."""
    strange = [sign for sign in text if not _is_drawn(sign)]
    if strange:
        shown = "".join(dict.fromkeys(strange))[:20]
        raise InvalidInput(f"the fonts of letters cannot print {shown}", "handle", "no_font")


def _is_drawn(sign: str) -> bool:
    """What joins, or makes a sign before it, is not looked at."""
    if sign.isalpha():
        return unicodedata.name(sign, "").startswith(SCRIPTS)
    return unicodedata.category(sign)[0] not in "SPN" or SIGNS.match(sign) is not None


def country_of(word: str) -> str:
    """ISO code of a country by its name in one of many languages, or its code in capitals; "" when it is none."""
    if re.fullmatch(r"[A-Z]{2}", word) and word in Locale("en").territories:
        return word
    return _names().get(word.casefold().strip(" ."), "")


def country_name(code: str, language: str) -> str:
    return str(Locale(language).territories.get(code, code))


@cache
def _names() -> dict[str, str]:
    found = dict(OTHERWISE)
    for tag in NAMED_IN:
        countries = Locale(tag).territories.items()
        found |= {name.casefold(): code for code, name in countries if re.fullmatch(r"[A-Z]{2}", code)}
    return found


def _fold(line: str) -> list[str]:
    """A line that is too long goes on below, broken at a space."""
    folded = [""]
    for word in line.split():
        longer = f"{folded[-1]} {word}".strip()
        if len(longer) <= MAX_WIDTH:
            folded[-1] = longer
        else:
            folded += [word[at : at + MAX_WIDTH] for at in range(0, len(word), MAX_WIDTH)]
    return [part for part in folded if part]

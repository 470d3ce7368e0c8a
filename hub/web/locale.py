"""Speaks the reader's language: message catalogues, dates, numbers and phone numbers.

The catalogues stand beside the table of languages and are compiled when they are loaded. Until an agent chooses, the
browser's Accept-Language decides.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup

from hub.amounts import Writing
from hub.clock import DAY, HOUR, MINUTE, iso
from hub.languages import LANGUAGES, SOURCE, locale_of, pattern_of


def translations(language: str) -> NullTranslations:
    return _compiled(LANGUAGES[language].catalogue) if language != SOURCE else NullTranslations()


@lru_cache
def _compiled(file: Path) -> NullTranslations:
    with file.open("rb") as source:
        catalogue = read_po(source)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def negotiate(accept_language: str, fallback: str) -> str:
    """The first language of the header that we speak."""
    wishes = []
    for position, part in enumerate(accept_language.split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        wishes.append((-weight, position, tag.strip().lower().partition("-")[0]))
    return next((tag for _, _, tag in sorted(wishes) if tag in LANGUAGES), fallback)


def region_of(accept_language: str, language: str) -> str:
    """US of en-US, from the first tag of that language that names one."""
    tags = (part.partition(";")[0].strip().partition("-") for part in accept_language.split(",")[:20])
    named = (region for tag, _, region in tags if tag.lower() == language and len(region) == 2 and region.isalpha())
    return next(named, "").upper()


@lru_cache(maxsize=600)
def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


@dataclass(frozen=True)
class Speaker:
    """What a page says, and how: one per request. region: of the browser's language, as US of en-US; may be empty."""

    language: str
    zone: ZoneInfo
    now: int
    country: str = "DE"
    region: str = ""

    @property
    def locale(self) -> Locale:
        """Of the language as it is written where the reader's browser comes from."""
        return locale_of(self.language, self.region)

    @property
    def separator(self) -> str:
        """Of cells in a CSV file, as spreadsheets expect it: a semicolon where numbers have a comma."""
        return ";" if numbers.get_decimal_symbol(self.locale) == "," else ","

    def gettext(self, text: str) -> str:
        return translations(self.language).gettext(text)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return translations(self.language).ngettext(one, many, n)

    def local(self, instant: int) -> datetime:
        return datetime.fromtimestamp(instant / 1000, UTC).astimezone(self.zone)

    def moment(self, instant: int) -> str:
        """21 Nov 2026, 14:05 / 21.11.2026, 14:05, with the zone."""
        local = self.local(instant)
        day = dates.format_date(local, "medium", locale=self.locale)
        return f"{day}, {self._clock(local)} {local.tzname()}"

    def when(self, instant: int, zone: ZoneInfo | None = None) -> str:
        """Tue 1 Dec, 14:05 / Di., 1. Dez., 14:05"""
        local = datetime.fromtimestamp(instant / 1000, zone or self.zone)
        day = dates.format_date(local, pattern_of(self.locale, "MMMEd"), locale=self.locale)
        return f"{day}, {self._clock(local)}"

    def place(self, zone: ZoneInfo) -> str:
        """Lisbon / Lissabon, for Europe/Lisbon."""
        return str(dates.get_timezone_location(zone.key, locale=self.locale, return_city=True))

    def day(self, instant: int) -> str:
        """Today, yesterday, or the date: the separators in a thread."""
        today, then = self.local(self.now).date(), self.local(instant).date()
        if (today - then).days in (0, 1):
            return self.gettext("Today") if today == then else self.gettext("Yesterday")
        skeleton = "MMMMEEEEd" if today.year == then.year else "yMMMMEEEEd"
        return dates.format_date(then, pattern_of(self.locale, skeleton), locale=self.locale)

    def date(self, day: str) -> str:
        """3 Dec 2026, of 2026-12-03."""
        return dates.format_date(date.fromisoformat(day), "medium", locale=self.locale)

    def weekday(self, day: str) -> str:
        """Thursday, 3 December / Donnerstag, 3. Dezember, of 2026-12-03."""
        return dates.format_date(date.fromisoformat(day), pattern_of(self.locale, "MMMMEEEEd"), locale=self.locale)

    def date_of(self, instant: int) -> str:
        return self.date(self.local(instant).date().isoformat())

    def month(self, day: str) -> str:
        """Dec 2026, of 2026-12-01."""
        return dates.format_date(date.fromisoformat(day), pattern_of(self.locale, "yMMM"), locale=self.locale)

    def clock(self, instant: int, zone: ZoneInfo | None = None) -> str:
        """14:05, in the United States 2:05 PM."""
        return self._clock(datetime.fromtimestamp(instant / 1000, zone or self.zone))

    def _clock(self, local: datetime) -> str:
        return str(dates.format_time(local, "short", locale=self.locale))

    def short(self, instant: int) -> str:
        """For a list row: the time today, then yesterday, then the date."""
        today, then = self.local(self.now).date(), self.local(instant).date()
        if today == then:
            return self.clock(instant)
        if (today - then).days == 1:
            return self.gettext("Yesterday")
        skeleton = "MMMd" if today.year == then.year else "yMMMd"
        return dates.format_date(then, pattern_of(self.locale, skeleton), locale=self.locale)

    def at(self, instant: int) -> Markup:
        """The moment, for people and for programs."""
        return self.time(instant, self.moment(instant))

    def time(self, instant: int, text: str) -> Markup:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(iso(instant), self.moment(instant), text)

    def span(self, milliseconds: int) -> str:
        """How long somebody waits: 5 min, 1 h 12 m, 3 d."""
        if milliseconds < MINUTE:
            return self.gettext("now")
        if milliseconds < HOUR:
            return self.gettext("%(n)d min") % {"n": milliseconds // MINUTE}
        if milliseconds < DAY:
            hours, minutes = milliseconds // HOUR, milliseconds % HOUR // MINUTE
            return self.gettext("%(h)d h %(m)d min") % {"h": hours, "m": minutes}
        return self.gettext("%(n)d d") % {"n": milliseconds // DAY}

    def duration(self, seconds: int) -> Markup:
        """3:41"""
        return Markup('<time datetime="PT{}S">{}:{:02d}</time>').format(seconds, seconds // 60, seconds % 60)

    def number(self, value: int | float) -> str:
        return str(numbers.format_decimal(value, locale=self.locale))

    def money(self, amount: Decimal, currency: str) -> str:
        """Exactly, also where it is less than the smallest coin."""
        return Writing(self.language, currency, self.region).money(amount)

    def share(self, part: int, whole: int) -> str:
        """9.7 %"""
        pattern = self.locale.percent_formats[None].pattern.replace("0", "0.#", 1)
        return str(numbers.format_percent(part / whole, pattern, locale=self.locale))

    def size(self, octets: int) -> str:
        if octets < 1000:
            return f"{octets} B"
        if octets < 1_000_000:
            return f"{self.number(round(octets / 1000))} kB"
        return f"{self.number(round(octets / 1_000_000, 1))} MB"

    def person(self, name: str) -> str:
        """Whom a customer without a name is called: the phone number, made readable, or nobody we know."""
        return self.phone(name) if name.startswith("+") else name or self.gettext("Unknown")

    def phone(self, number: str) -> str:
        """National for the own country, international for others; a name or an id stands as it is."""
        if not number.startswith("+"):
            return number
        try:
            parsed = phonenumbers.parse(number, self.country)
        except phonenumbers.NumberParseException:
            return number
        own = phonenumbers.region_code_for_number(parsed) == self.country
        form = phonenumbers.PhoneNumberFormat
        return phonenumbers.format_number(parsed, form.NATIONAL if own else form.INTERNATIONAL)

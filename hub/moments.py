"""Reads a moment as people write it, in English or German: "tue 2pm", "di 14", "in 3 tagen", "tomorrow 9", "24.11. 8".

No library reads German right, and none says when it guessed; this one knows few words, and refuses the others.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.clock import MINUTE, instant_of, is_on_calendar
from hub.errors import InvalidInput

LONGEST = 100  # characters of such a wish
MORNING = time(9)
DAYS = ("mo", "tu di", "we mi", "th do", "fr", "sa", "su so")
WEEKDAYS = {
    **{short: day for day, shorts in enumerate(DAYS) for short in shorts.split()},
    **{"mon": 0, "monday": 0, "montag": 0, "tue": 1, "tues": 1, "tuesday": 1, "dienstag": 1},
    **{"wed": 2, "wednesday": 2, "mittwoch": 2, "thu": 3, "thur": 3, "thurs": 3, "thursday": 3, "donnerstag": 3},
    **{"fri": 4, "friday": 4, "freitag": 4, "sat": 5, "saturday": 5, "samstag": 5, "sonnabend": 5},
    **{"sun": 6, "sunday": 6, "sonntag": 6},
}
MONTHS = {
    name: month
    for month, names in enumerate(
        (
            *("jan januar january janner", "feb februar february", "mar marz march mrz", "apr april", "mai may"),
            *("jun juni june", "jul juli july", "aug august", "sep sept september", "okt oktober oct october"),
            *("nov november", "dez dezember dec december"),
        ),
        start=1,
    )
    for name in names.split()
}
NEAR = {"today": 0, "heute": 0, "tomorrow": 1, "tmrw": 1, "morgen": 1, "ubermorgen": 2, "uebermorgen": 2}
PARTS = {
    **{"morning": MORNING, "fruh": MORNING, "frueh": MORNING, "vormittag": time(10), "noon": time(12)},
    **{"mittag": time(12), "mittags": time(12), "afternoon": time(14), "nachmittag": time(14), "evening": time(18)},
    **{"abend": time(18), "abends": time(18), "tonight": time(20), "midnight": time(0), "mitternacht": time(0)},
}
UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "minuten"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days", "tag", "tage", "tagen"), timedelta(days=1)),
    **dict.fromkeys(("w", "week", "weeks", "woche", "wochen"), timedelta(weeks=1)),
}
ONES = {
    "a": 1,
    "an": 1,
    "one": 1,
    "ein": 1,
    "eine": 1,
    "einer": 1,
    "einem": 1,
    "zwei": 2,
    "two": 2,
    "drei": 3,
    "three": 3,
}
FILLERS = frozenset("at on the um am den der uhr o'clock next nachster nachsten nachste kommenden kommender by".split())
TOKEN = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})?|\d{1,2}[:.]\d{2}|\d+|[^\W\d_]+|\S")
ISO, DOTTED = re.compile(r"(\d{4})-(\d+)-(\d+)"), re.compile(r"(\d+)[./](\d+)[./](\d+)?")
CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")


@dataclass(slots=True)
class Wish:
    """What has been read so far; ahead: from this very moment on."""

    day: date | None = None
    weekday: int | None = None
    yearless: bool = False
    clock: time | None = None
    ahead: timedelta | None = None


def read_moment(text: str, now: int, zone: ZoneInfo) -> int:
    """The instant meant, in that zone. Raises InvalidInput: not understood, past, or an hour that the clocks leap."""
    here = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    wish = Wish()
    words = TOKEN.findall(_plain(text[:LONGEST]))
    while words:
        if not any(reader(words, wish, here) for reader in READERS):
            raise _unclear(text)
    meant = _meant(wish, here, text)
    if meant <= now:
        raise InvalidInput("that time lies in the past", "later", "past")
    return meant


def wall_instant(naive: datetime, zone: ZoneInfo) -> int:
    """Raises InvalidInput for a time the clocks of that zone leap over, and for one on no calendar."""
    instant = on_calendar(naive.replace(tzinfo=zone))
    back = datetime.fromtimestamp(instant / 1000, zone)
    if abs((back.replace(tzinfo=None) - naive).total_seconds()) >= MINUTE / 1000:
        raise InvalidInput(f"{naive:%H:%M} does not exist on that day: the clocks are put forward", "at", "no_hour")
    return instant


def on_calendar(moment: datetime) -> int:
    """As an instant. Raises InvalidInput for one that some zone's calendar does not know."""
    instant = instant_of(moment)
    if not is_on_calendar(instant):
        raise InvalidInput(f"{moment:%d.%m.} {moment.year} is on no calendar", "at", "no_date")
    return instant


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold().replace("'", ""))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).replace(",", " ")


def _unclear(text: str) -> InvalidInput:
    return InvalidInput(f"{text[:40]!r} is no time the hub understands", "later", "no_moment")


def _meant(wish: Wish, here: datetime, text: str) -> int:
    zone = here.tzinfo
    assert isinstance(zone, ZoneInfo)
    if wish.ahead is not None:
        if wish.clock is None and wish.ahead < timedelta(days=1):
            return instant_of((here.astimezone(UTC) + wish.ahead).replace(second=0, microsecond=0))
        clock = wish.clock or here.time().replace(second=0, microsecond=0)
        return wall_instant(datetime.combine(here.date() + wish.ahead, clock), zone)
    if wish.day is None and wish.weekday is None and wish.clock is None:
        raise _unclear(text)
    return next(_readings(wish, here, zone), 0)


def _readings(wish: Wish, here: datetime, zone: ZoneInfo) -> Iterator[int]:
    """The first one that is still to come; a day that was named in full is what it is."""
    clock = wish.clock or MORNING
    for day in _days(wish, here.date()):
        naive = datetime.combine(day, clock)
        if naive > here.replace(tzinfo=None) or (wish.day is not None and not wish.yearless):
            yield wall_instant(naive, zone)


def _days(wish: Wish, today: date) -> Iterator[date]:
    if wish.weekday is not None:
        first = today + timedelta(days=(wish.weekday - today.weekday()) % 7)
        yield from (first, first + timedelta(weeks=1))
    elif wish.day is None:
        yield from (today, today + timedelta(days=1))
    else:
        yield wish.day
        if wish.yearless and (wish.day.month, wish.day.day) != (2, 29):
            yield wish.day.replace(year=wish.day.year + 1)


def _ahead(words: list[str], wish: Wish, here: datetime) -> bool:
    """in 3 days, in einer stunde, 2h"""
    at = 1 if words[0] == "in" else 0
    if len(words) < at + 2 or wish.ahead is not None or wish.day is not None or wish.weekday is not None:
        return False
    many = int(words[at]) if words[at].isdecimal() and len(words[at]) < 5 else ONES.get(words[at])
    if many is None or words[at + 1] not in UNITS:
        return False
    wish.ahead = UNITS[words[at + 1]] * many
    del words[: at + 2]
    return True


def _near_day(words: list[str], wish: Wish, here: datetime) -> bool:
    """tomorrow, heute; "di morgen" and "morgen fruh" are mornings"""
    if words[0] == "morgen" and (wish.day is not None or wish.weekday is not None) and wish.clock is None:
        wish.clock = MORNING
    elif words[0] in NEAR and wish.day is None and wish.weekday is None and wish.ahead is None:
        wish.day = here.date() + timedelta(days=NEAR[words[0]])
    else:
        return False
    del words[0]
    return True


def _weekday(words: list[str], wish: Wish, here: datetime) -> bool:
    if words[0] not in WEEKDAYS or wish.weekday is not None or wish.day is not None or wish.ahead is not None:
        return False
    wish.weekday = WEEKDAYS[words[0]]
    del words[0]
    if words and words[0] == ".":
        del words[0]
    return True


def _date(words: list[str], wish: Wish, here: datetime) -> bool:
    """2026-11-24, 24.11., 24/11/2026, 24. november, nov 24"""
    if wish.day is not None or wish.ahead is not None:
        return False
    took, year, month, day = 1, None, None, None
    if found := ISO.fullmatch(words[0]):
        year, month, day = (int(part) for part in found.groups())
    elif found := DOTTED.fullmatch(words[0]):
        day, month = int(found[1]), int(found[2])
        year = int(found[3]) + (2000 if len(found[3]) == 2 else 0) if found[3] else None
    elif named := _named_date(words):
        took, day, month, year = named
    if month is None or day is None:
        return False
    try:
        wish.day = date(year or here.year, month, day)
    except ValueError:
        return False
    wish.yearless, wish.weekday = year is None, None
    del words[:took]
    return True


def _named_date(words: list[str]) -> tuple[int, int, int, int | None] | None:
    """How many words, day, month, year."""
    kept = [word for word in words[:4] if word not in (".", "th", "st", "nd", "rd")]
    if len(kept) < 2:
        return None
    first, second = kept[0], kept[1]
    day, month = (first, second) if first.isdecimal() else (second, first)
    if month not in MONTHS or not day.isdecimal():
        return None
    took = max(words.index(first), words.index(second)) + 1
    took += len(words) > took and words[took] in (".", "th", "st", "nd", "rd")
    year = int(words[took]) if len(words) > took and re.fullmatch(r"20\d\d", words[took]) else None
    return took + (year is not None), int(day), MONTHS[month], year


def _clock(words: list[str], wish: Wish, here: datetime) -> bool:
    """14, 2pm, 14:30, 9.30 uhr"""
    found = CLOCK.fullmatch(words[0])
    hour, minute = (int(found[1]), int(found[2])) if found else (_hour(words[0]), 0)
    if hour < 0 or wish.clock is not None:
        return False
    took = 1
    half = words[1] if len(words) > 1 else ""
    if half == "pm" or (half == "am" and not _goes_on_with_a_day(words[2:])):
        if not 1 <= hour <= 12:
            return False
        hour, took = hour % 12 + (12 if half == "pm" else 0), 2
    elif half == "h" and not found:
        took = 2
    if hour > 23 or minute > 59:
        return False
    wish.clock = time(hour, minute)
    del words[:took]
    return True


def _hour(word: str) -> int:
    return int(word) if word.isdecimal() and len(word) < 3 else -1


def _goes_on_with_a_day(words: list[str]) -> bool:
    """ "um 9 am montag": the German word, not the English one."""
    return bool(words) and (words[0] in WEEKDAYS or words[0][0].isdecimal())


def _part_of_day(words: list[str], wish: Wish, here: datetime) -> bool:
    if words[0] not in PARTS or wish.clock is not None:
        return False
    wish.clock = PARTS[words[0]]
    if words[0] == "tonight" and wish.day is None:
        wish.day = here.date()
    del words[0]
    return True


def _filler(words: list[str], wish: Wish, here: datetime) -> bool:
    if words[0] not in FILLERS:
        return False
    del words[0]
    return True


READERS: tuple[Callable[[list[str], Wish, datetime], bool], ...] = (
    *(_ahead, _date, _near_day, _weekday, _clock, _part_of_day, _filler),
)

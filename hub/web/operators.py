"""Reads a search as it is typed: words, and operators in English and German (from:lena ist:offen vor:24.11.)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.clock import instant_of
from hub.errors import InvalidInput
from hub.store.narrowing import Narrowing

OPERATORS = {
    **{"from": "people", "von": "people", "to": "to", "an": "to", "is": "states", "ist": "states"},
    **{"channel": "channels", "kanal": "channels", "in": "channels", "label": "labels", "etikett": "labels"},
    **{"before": "before", "vor": "before", "after": "since", "nach": "since", "has": "files", "hat": "files"},
}
STATES = {
    **{"open": "open", "offen": "open", "snoozed": "snoozed", "später": "snoozed", "spaeter": "snoozed"},
    **{"done": "done", "closed": "done", "erledigt": "done", "unread": "unread", "ungelesen": "unread"},
    **{"waiting": "waiting", "wartet": "waiting", "wartend": "waiting", "reply": "reply", "antwort": "reply"},
    **{"note": "note", "notiz": "note", "call": "call", "anruf": "call", "voicemail": "voicemail"},
}
FILES = frozenset("file files attachment datei dateien anhang".split())
CHANNELS = {"mail": "email", "e-mail": "email", "phone": "voice", "telefon": "voice", "chat": "webchat"}
NEAR = {"today": 0, "heute": 0, "yesterday": 1, "gestern": 1, "week": 7, "woche": 7}
OPERATOR = re.compile(r"(?<!\S)(" + "|".join(OPERATORS) + r'):("[^"]*"|\S+)', re.IGNORECASE)
GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")


@dataclass(slots=True)
class _Asked:
    given: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, value: str) -> None:
        self.given.setdefault(name, []).append(value)


def read_query(query: str, now: int, zone: ZoneInfo) -> tuple[str, Narrowing]:
    """The words, and what narrows them. Raises InvalidInput for a value nobody knows."""
    asked = _Asked()
    for name, value in _operators(query):
        asked.add(OPERATORS[name.lower()], value)
    words = " ".join(OPERATOR.sub(" ", query).split())
    given = asked.given
    today = datetime.fromtimestamp(now / 1000, zone).date()
    days = {name: [_day(value, today, zone) for value in given.get(name, ())] for name in ("before", "since")}
    return words, Narrowing(
        people=tuple(given.get("people", ())),
        to=tuple(given.get("to", ())),
        states=tuple(_known(value, STATES) for value in given.get("states", ())),
        channels=tuple(CHANNELS.get(value.lower(), value.lower()) for value in given.get("channels", ())),
        since=max(days["since"], default=None),
        before=min(days["before"], default=None),
        files=any(_file(value) for value in given.get("files", ())),
        labels=tuple(given.get("labels", ())),
    )


def _operators(query: str) -> Iterator[tuple[str, str]]:
    for found in OPERATOR.finditer(query):
        if value := found[2].strip('"').strip():
            yield found[1], value


def _known(value: str, table: Mapping[str, str]) -> str:
    if value.lower() not in table:
        raise InvalidInput(f"{value[:40]!r} is no state", "is", "no_state")
    return table[value.lower()]


def _file(value: str) -> bool:
    if value.lower() not in FILES:
        raise InvalidInput(f"{value[:40]!r} is nothing a message has", "has", "no_part")
    return True


def _day(value: str, today: date, zone: ZoneInfo) -> int:
    """Its first instant. A day without a year is the last one that was."""
    found = _date(value.lower(), today)
    if found is None:
        raise InvalidInput(f"{value[:40]!r} is no day", "before", "no_day")
    return instant_of(datetime.combine(found, time(), zone))


def _date(value: str, today: date) -> date | None:
    if value in NEAR:
        return today - timedelta(days=NEAR[value])
    german = GERMAN.fullmatch(value)
    try:
        if not german:
            return date.fromisoformat(value)
        day, month = int(german[1]), int(german[2])
        return date(int(german[3]), month, day) if german[3] else _last(day, month, today)
    except ValueError:
        return None


def _last(day: int, month: int, today: date) -> date | None:
    """The last such day that was; from one 29 February to the next it is at most eight years."""
    for year in range(today.year, today.year - 9, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    return None

"""Says in words what a calendar part holds (RFC 5545, RFC 5546): what for, when, where, and what was answered.

For mails that hold nothing else; the words are those of the calendar itself.
"""

import re
from contextlib import suppress
from datetime import date, timedelta

from hub.html.html_text import text_of_html
from hub.html.safe_html import make_safe

MAX_LINES = 5_000
MAX_ANSWERS = 20
MAX_EVENTS = 20
FOLD = re.compile(r"\n[ \t]")
_FOLD = re.compile(rb"\r?\n[ \t]")
LINE = re.compile(
    r'([A-Za-z0-9-]{1,60})((?:;[^=;:]{1,60}=(?:"[^"]*+"|[^;:",]*+)(?:,(?:"[^"]*+"|[^;:",]*+))*+)*+):(.*)', re.DOTALL
)
ESCAPE = re.compile(r"\\(.)")
TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?\Z")
ZONE = re.compile(r';TZID="?([^;"]{1,80})', re.IGNORECASE)
ANSWER = re.compile(r";PARTSTAT=([A-Za-z-]{1,30})", re.IGNORECASE)
SHOWN = ("LOCATION", "DESCRIPTION", "COMMENT")
LINKS = ("URL", "CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")
DURATION = re.compile(r"\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?")
COMPONENTS = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"}


def unfolded(data: bytes) -> bytes:
    """Its lines joined, which goes before decoding: a fold may stand between the octets of a letter (RFC 5545 section
    3.1). With zeros in it the text is UTF-16, where nothing is folded that way."""
    return data if b"\0" in data else _FOLD.sub(b"", data)


def words_of_calendar(source: str) -> str:
    """Its events and tasks, with a blank line between; "" when there are none."""
    method, component, inner = "", "", ""
    found: dict[str, list[tuple[str, str]]] = {}
    told: list[str] = []
    left = 0
    for line in FOLD.sub("", source.replace("\r\n", "\n")).split("\n", MAX_LINES)[:MAX_LINES]:
        match = LINE.match(line)
        if not match:
            continue
        name, value = match[1].upper(), match[3].strip()
        if inner:  # an alarm has words of its own
            inner = "" if name == "END" and value.upper() == inner else inner
        elif name == "METHOD":
            method = value.lower()
        elif name == "BEGIN" and component:
            inner = value.upper()
        elif name == "BEGIN" and value.upper() in COMPONENTS:
            component, found = value.upper(), {}
        elif name == "END" and value.upper() == component:
            component = ""
            if len(told) < MAX_EVENTS:
                told.append(_words(method, found))
            else:
                left += 1
        elif component:
            found.setdefault(name, []).append((match[2], value))
    if component and len(told) < MAX_EVENTS:  # cut off
        told.append(_words(method, found))
    return "\n\n".join(filter(None, dict.fromkeys([*told, f"+ {left} …" if left else ""])))


def _words(method: str, found: dict[str, list[tuple[str, str]]]) -> str:
    return "\n".join(filter(None, _lines(method, found)))


def _lines(method: str, found: dict[str, list[tuple[str, str]]]) -> list[str]:
    asked = [
        answer[1].lower() for given, _ in found.get("ATTENDEE", ())[:MAX_ANSWERS] if (answer := ANSWER.search(given))
    ]
    told = ", ".join(dict.fromkeys(asked)) if method == "reply" else method if method != "publish" else ""
    title = _unescaped(_first(found, "SUMMARY"))
    _end_within(found)
    times = [_when(*found[name][0]) for name in ("DTSTART", "DTEND", "DUE") if found.get(name)]
    rest = [_unescaped(_first(found, name)) for name in SHOWN]
    if (page := _first(found, "X-ALT-DESC")) and not _first(found, "DESCRIPTION"):
        rest.append(text_of_html(make_safe(_unescaped(page), ()).html).strip())
    links = dict.fromkeys(_first(found, name)[:2_000] for name in LINKS)
    rest += [link for link in links if link and not any(link in words for words in rest)]
    when = " – ".join([*times, *_lasting(_first(found, "DURATION"))])
    return [": ".join(filter(None, (told, title))), when, _repeated(_first(found, "RRULE")), *rest]


def _first(found: dict[str, list[tuple[str, str]]], name: str) -> str:
    return found.get(name, [("", "")])[0][1]


def _lasting(value: str) -> list[str]:
    """ "PT1H30M" -> "1 h 30 min" (RFC 5545 section 3.3.6)."""
    numbers = DURATION.match(value)
    given = zip(numbers.groups(), ("wk", "d", "h", "min"), strict=True) if numbers else ()
    words = " ".join(f"{int(number)} {unit}" for number, unit in given if number)
    return [words] if words else []


def _repeated(rule: str) -> str:
    """ "FREQ=WEEKLY;COUNT=5" -> "weekly, count 5"."""
    parts = [part.partition("=")[::2] for part in rule[:500].split(";") if "=" in part]
    return ", ".join(
        value.lower() if name.upper() == "FREQ" else f"{name.lower()} {_when('', value)}" for name, value in parts
    )


def _end_within(found: dict[str, list[tuple[str, str]]]) -> None:
    """Of whole days the end named is the day after the last (RFC 5545 section 3.6.1); of one day none is left."""
    first, end = _first(found, "DTSTART"), _first(found, "DTEND")
    if len(first) == len(end) == len("20261201"):
        with suppress(ValueError, OverflowError):
            last = f"{date.fromisoformat(end) - timedelta(days=1):%Y%m%d}"
            found["DTEND"] = [("", last)] if last > first else []


def _when(given: str, value: str) -> str:
    """ "20261201T100000Z" -> "2026-12-01 10:00 UTC"; as it stands where it is no time."""
    match = TIME.match(value)
    if not match:
        return value[:60]
    year, month, day, hour, minute, universal = match.groups()
    zone = ZONE.search(given)
    clock = f" {hour}:{minute}" if hour else ""
    return f"{year}-{month}-{day}{clock}" + (" UTC" if universal else f" {zone[1]}" if zone and hour else "")


def _unescaped(value: str) -> str:
    return ESCAPE.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], value)[:20_000].strip()

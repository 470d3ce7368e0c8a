"""Says in words what a calendar part holds (RFC 5545, RFC 5546): what for, when, where, and what was answered.

For mails that hold nothing else; the words are those of the calendar itself.
"""

import re
from contextlib import suppress
from datetime import date, timedelta

MAX_LINES = 5_000
MAX_ANSWERS = 20
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
COMPONENTS = {"VEVENT", "VTODO", "VJOURNAL"}


def unfolded(data: bytes) -> bytes:
    """Its lines joined, which goes before decoding: a fold may stand between the octets of a letter (RFC 5545 section
    3.1). With zeros in it the text is UTF-16, where nothing is folded that way."""
    return data if b"\0" in data else _FOLD.sub(b"", data)


def words_of_calendar(source: str) -> str:
    """The first event or task; "" when there is none."""
    method, component, inner = "", "", ""
    found: dict[str, list[tuple[str, str]]] = {}
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
            component = value.upper()
        elif name == "END" and value.upper() == component:
            break
        elif component:
            found.setdefault(name, []).append((match[2], value))
    return "\n".join(filter(None, _lines(method, found)))


def _lines(method: str, found: dict[str, list[tuple[str, str]]]) -> list[str]:
    asked = [
        answer[1].lower() for given, _ in found.get("ATTENDEE", ())[:MAX_ANSWERS] if (answer := ANSWER.search(given))
    ]
    told = ", ".join(dict.fromkeys(asked)) if method == "reply" else method if method != "publish" else ""
    title = _unescaped(found.get("SUMMARY", [("", "")])[0][1])
    _end_within(found)
    times = [_when(*found[name][0]) for name in ("DTSTART", "DTEND", "DUE") if found.get(name)]
    rest = [_unescaped(value) for name in SHOWN for _, value in found.get(name, ())[:1]]
    return [": ".join(filter(None, (told, title))), " – ".join(times), *rest]


def _end_within(found: dict[str, list[tuple[str, str]]]) -> None:
    """Of whole days the end named is the day after the last (RFC 5545 section 3.6.1); of one day none is left."""
    first, end = (found.get(name, [("", "")])[0][1] for name in ("DTSTART", "DTEND"))
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

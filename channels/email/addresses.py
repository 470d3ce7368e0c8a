"""Reads address lists, message ids and dates out of headers, in one pass and without giving up."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from .words import decode_words, one_line

MAX_ADDRESSES = 10_000
MAX_REFERENCES = 1_000
MAX_USUAL = 500
MAX_HALVES = 2
ENCODED = r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?="  # some programs leave commas and colons in it as they are
TOKEN = re.compile(
    r'(?P<quoted_local>"(?:[^"\\]|\\.)*"@[^\s",;:<>()]+)|"(?P<quoted>(?:[^"\\]|\\.)*)"|<(?P<angle>[^<>]*)>|'
    rf'(?P<comment>\()|(?P<separator>[,;])|(?P<colon>:)|(?P<atom>(?:{ENCODED}|[^\s",;:<>()=]+|=)++)|\s+|(?P<other>.)',
    re.DOTALL,
)
USUAL = re.compile(r"\s*([^\"<>,;:()\\@]*?)\s*<?([^\s\"<>,;:()\\@]+@[A-Za-z0-9.-]+)>?\s*")
RELAYED = re.compile(r"(?:via|vía|über|через)\s", re.IGNORECASE)  # "Ada (via Market)": who wrote, and by whom
COMMENT_EDGE = re.compile(rf"\\.|{ENCODED}|[()]", re.DOTALL)
QUOTED_LOCAL = re.compile(r'\s*"(?:[^"\\]|\\.)*"(?=\s*@)', re.DOTALL)
MESSAGE_ID = re.compile(r"<([^<>\s]{1,900})>")
USUAL_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\b"
)
# a zone with something written against it: +0100CET, GMT+0100, +01:00; the usual reading takes none of them for a zone
GLUED_ZONE = re.compile(
    r"(\d\d?:\d\d(?::\d\d)?)(?:\.\d{1,9})?\s{0,9}\(?(?:(?:GMT|UTC|UT)\s{0,9})?([+-])(\d\d?)(?::?(\d\d))?(?!\d)",
    re.IGNORECASE,
)
HALF_DAY = re.compile(r"\b(0?[1-9]|1[0-2])(:\d\d(?::\d\d)?) ?([AaPp])\.?[Mm]\b\.?")
GLUED_WORD = re.compile(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)")
# what a name of a zone means to all who use it; the usual reading knows America's only, and takes others for UTC
ZONES = {
    "cet": 1,
    "mez": 1,
    "cest": 2,
    "mesz": 2,
    "bst": 1,
    "west": 1,
    "eet": 2,
    "eest": 3,
    "msk": 3,
    "jst": 9,
    "kst": 9,
}
NAMED_ZONE = re.compile(
    rf"(\d\d?:\d\d(?::\d\d)?)\s{{1,9}}({'|'.join(ZONES)})(?![^\W_])(\s{{1,9}}\d{{4}})?", re.IGNORECASE
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ROUTE = re.compile(r"^@[^:]*:")


@dataclass(frozen=True, slots=True)
class Mailbox:
    name: str
    address: str


def mailboxes(value: str) -> list[Mailbox]:
    """Every address in the list; a name without an address has address ""."""
    if len(value) < MAX_USUAL and (usual := USUAL.fullmatch(value)):
        return [Mailbox(_readable(usual[1] or ""), usual[2])]
    found: list[Mailbox] = []
    entry, at = _Entry(), 0
    while len(found) < MAX_ADDRESSES and (match := TOKEN.match(value, at)):
        at, kind = match.end(), match.lastgroup
        if kind == "comment":
            at, text = _comment(value, at)
            entry.comments.append(text)
        elif kind == "separator":
            if not entry.is_continued(match[0], first=not found):
                found += entry.mailboxes()
                entry = _Entry()
        elif match["other"] == '"':  # never closed: looking for its end again at every later quote would take forever
            value = value[:at] + value[at:].replace('"', " ")
        elif kind:
            entry.add(kind, match[kind])
    return [*found, *entry.mailboxes()][:MAX_ADDRESSES]


def _comment(value: str, at: int) -> tuple[int, str]:
    depth, start = 1, at
    for edge in COMMENT_EDGE.finditer(value, at):
        depth += {"(": 1, ")": -1}.get(edge[0], 0)
        if not depth:
            return edge.end(), value[start : edge.start()]
    return len(value), value[start:]


@dataclass(slots=True)
class _Entry:
    """What stands between two commas; halves: names before it that had no address."""

    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angle: str | None = None
    quoted: bool = False
    halves: list[str] = field(default_factory=list)
    between: str = ","

    def add(self, kind: str, text: str) -> None:
        """A token: atom, quoted, quoted_local, angle or colon."""
        if kind == "colon":  # of a link, or behind the name of a group
            is_link = bool(self.words) and self.words[-1].lower().lstrip("[") == "mailto"
            self.words = self.words[:-1] if is_link else []
        elif kind == "angle":
            self.angle = ROUTE.sub("", text.strip()) if self.angle is None else self.angle
        elif kind == "quoted":
            self.words.append(re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if "\\" in text else text)
            self.quoted = True
        elif kind in ("atom", "quoted_local"):
            self.words.append(text)

    def is_continued(self, separator: str, *, first: bool) -> bool:
        """Behind the separator; then what stood before it is kept as half a name."""
        if not self._is_half_a_name() or not (separator == "," or first):
            return False
        self.halves.append(" ".join(self.words))
        self.between, self.words = separator, []
        return True

    def _is_half_a_name(self) -> bool:
        """As in "Meier, Hans <hans@example.com>", which should be quoted and often is not."""
        bare = self.angle is None and not self.quoted and not self.comments
        return bare and bool(self.words) and len(self.halves) < MAX_ADDRESSES and "@" not in "".join(self.words)

    def mailboxes(self) -> list[Mailbox]:
        """The one with the address last; none where there is nothing."""
        joined = min(len(self.halves), MAX_HALVES) if self.angle is not None and self.words and not self.quoted else 0
        alone, halves = self.halves[: len(self.halves) - joined], self.halves[len(self.halves) - joined :]
        name = f"{self.between} ".join(_readable(text) for text in (*halves, " ".join(self.words)))
        return [*(Mailbox(_readable(half), "") for half in alone), *self._last(" ".join(name.split()))]

    def _last(self, name: str) -> list[Mailbox]:
        comment = _readable(" ".join(self.comments))
        lone = next((word for word in self.words if "@" in word), "")
        if self.angle is not None:
            said = f"{name} ({comment})" if name and RELAYED.match(comment) else name or comment
            return [Mailbox(said, _spec(self.angle))]
        if lone:
            others = _readable(" ".join(word for word in self.words if word != lone))
            return [Mailbox(others or comment, _spec(lone.strip("'")))]
        if "@" in name and " " not in name:
            return [Mailbox(comment, _spec(name))]
        return [Mailbox(name, "")] if name else []


def _readable(text: str) -> str:
    return one_line(decode_words(text)).strip("'\"")


def _spec(text: str) -> str:
    """The bare address: no spaces outside its quotes, no mailto:, and decoded where somebody encoded it."""
    quoted = QUOTED_LOCAL.match(text)
    local, rest = (quoted[0], text[quoted.end() :]) if quoted else ("", text)
    address = one_line(local) + re.sub(r"\s+", "", one_line(decode_words(rest)))
    address = address if "@[" in address else address.strip("[]").rstrip(".")
    return address[7:] if address[:7].lower() == "mailto:" else address


def normalised(address: str) -> str:
    """Lower case with an IDNA domain: how customers are recognised."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not at:
        return address.strip().lower()
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return f"{local}@{domain}"


def message_ids(value: str) -> list[str]:
    """The ids without angle brackets, in order, each once."""
    ids = MESSAGE_ID.findall(value) or [word.strip("<>,;\"'") for word in value.split() if "@" in word]
    return list(dict.fromkeys(ids))[:MAX_REFERENCES]


def _foreign_months() -> dict[str, int]:
    """The beginnings of names, in the languages whose programs were seen to write them."""
    named = (
        "jan gen ene янв січ sty led oca ιαν",
        "feb fév fev фев лют lut úno şub φεβ",
        "mar mär mrt мар бер bře μαρ már",
        "apr avr abr апр кві kwi dub nis απρ ápr",
        "mai mag maj май мая тра kvě máj",
        "jun juin giu июн чер cze haz ιουν jún",
        "jul juil lug июл лип čvc tem ιουλ júl",
        "aug aoû ago авг сер sie srp ağu αυγ",
        "sep set сен вер wrz zář eyl σεπ sze",
        "oct okt ott out окт жов paź říj eki οκτ",
        "nov ноя νοε",
        "dec déc dez dic дек гру gru pro ara δεκ",
    )
    return {name: number for number, names in enumerate(named, 1) for name in names.split()}


FOREIGN_MONTHS = _foreign_months()
FOREIGN_DAY = re.compile(r"(?:[^\W\d_]{2,12}\.?,? )?(\d{1,2})\.? ([^\W\d_]{3,12})\.? (\d{4})(?=[ ,])")


def date_of(value: str) -> datetime | None:
    """None when no date can be made of it."""
    try:
        if usual := USUAL_DATE.match(value):
            day, month, year, hour, minute, second, sign, hours, minutes = usual.groups()
            east = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(-east if sign == "-" else east)
            number = MONTHS.index(month) + 1
            return datetime(int(year), number, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone)
        plain = _in_english(value[:200])
        parsed = parsedate_tz(_loosened(plain)) or parsedate_tz(plain)
        if parsed is None:
            return datetime.fromisoformat(value.strip()[:40]).astimezone(UTC)
        offset = parsed[9] or 0
        zone = timezone(timedelta(seconds=offset)) if abs(offset) < 86_400 else UTC
        return datetime(*parsed[:5], min(parsed[5], 59), tzinfo=zone)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _in_english(value: str) -> str:
    """A program that wrote days in its user's language meant those of RFC 5322."""
    found = None if value.isascii() else FOREIGN_DAY.search(value)
    found = found or FOREIGN_DAY.match(value)
    month = found and next((number for name, number in FOREIGN_MONTHS.items() if found[2].lower().startswith(name)), 0)
    return f"{found[1]} {MONTHS[month - 1]} {found[3]}{value[found.end() :]}" if found and month else value


def _loosened(value: str) -> str:
    """Words, numbers and the zone apart from each other; a zone's name as its hours."""
    value = HALF_DAY.sub(lambda found: f"{int(found[1]) % 12 + 12 * (found[3] in 'Pp')}{found[2]}", value)
    value = NAMED_ZONE.sub(lambda found: f"{found[1]}{found[3] or ''} +{ZONES[found[2].lower()]:02}00", value)
    if zone := GLUED_ZONE.search(value):
        time, sign, hours, minutes = zone.groups()
        value = f"{value[: zone.start()]}{time} {sign}{hours:0>2}{minutes or '00'}"
    return GLUED_WORD.sub(" ", value)

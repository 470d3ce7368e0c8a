"""What IMAP commands say: words, sequence sets, search keys and fetch items of RFC 3501."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from hub.sandbox.post_office import Mail, Mailbox

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|\(([^()]*)\)|([^\s()"]+)')
_SECTION = re.compile(r"BODY(?:\.PEEK)?\[([^\]]*)\]", re.IGNORECASE)


def words(arguments: str, literals: list[bytes]) -> list[str]:
    """Atoms, quoted strings and literals of a command."""
    found = []
    for quoted, listed, atom in _TOKEN.findall(arguments):
        if quoted.startswith("\\literal"):
            found.append(literals[int(quoted.removeprefix("\\literal"))].decode("utf-8", "replace"))
        else:
            found.append(re.sub(r"\\(.)", r"\1", quoted) or listed or atom)
    return found


def in_set(uid: int, wanted: str, highest: int) -> bool:
    """RFC 3501 sequence set: 4, 7:9, 12:* (and * alone is the highest)."""
    for part in wanted.split(","):
        first, colon, last = part.partition(":")
        low = highest if first == "*" else int(first)
        high = (highest if last == "*" else int(last)) if colon else low
        if min(low, high) <= uid <= max(low, high):
            return True
    return False


def matches(mail: Mail, criteria: str, box: Mailbox) -> bool:
    words = [word.strip("()") for word in criteria.split() if word.upper() not in ("CHARSET", "UTF-8", "US-ASCII")]
    pending = iter(words)
    for word in pending:
        name = word.upper()
        if name == "UID" and not in_set(mail.uid, next(pending, "0"), box.uid_next - 1):
            return False
        if name == "HEADER":
            field, value = next(pending, ""), next(pending, "").strip('"')
            if not _has_header(mail, field, value):
                return False
        if name == "UNSEEN" and "\\Seen" in mail.flags:
            return False
        if name == "SEEN" and "\\Seen" not in mail.flags:
            return False
        if re.fullmatch(r"[\d:*,]+", word) and not in_set(mail.uid, word, box.uid_next - 1):
            return False
    return True


def _has_header(mail: Mail, field: str, value: str) -> bool:
    head = mail.raw.partition(b"\r\n\r\n")[0].decode("latin-1").lower()
    lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    return any(line.startswith(f"{field.lower()}:") and value.lower() in line for line in lines)


def items(mail: Mail, items: str) -> bytes:
    """The answer to what a FETCH asked for; BODY[] and RFC822 mark the mail as seen, BODY.PEEK[] does not."""
    asked = items.upper()
    answer = [b"UID %d" % mail.uid]
    if "FLAGS" in asked:
        answer.append(f"FLAGS ({' '.join(sorted(mail.flags))})".encode())
    if "RFC822.SIZE" in asked:
        answer.append(b"RFC822.SIZE %d" % len(mail.raw))
    if "INTERNALDATE" in asked:
        moment = datetime.fromtimestamp(mail.at / 1000, UTC)
        answer.append(f'INTERNALDATE "{moment:%d-%b-%Y %H:%M:%S} +0000"'.encode())
    for section in _SECTION.findall(items):
        part = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if section.upper().startswith("HEADER") else mail.raw
        answer.append(b"BODY[%s] {%d}\r\n%s" % (section.encode(), len(part), part))
    if re.search(r"RFC822(?![.\w])", asked):
        answer.append(b"RFC822 {%d}\r\n%s" % (len(mail.raw), mail.raw))
    if re.search(r"BODY\[|RFC822(?![.\w])", asked):
        mail.flags.add("\\Seen")
    return b" ".join(answer)


def set_flags(mail: Mail, how: str, flags: Iterable[str]) -> None:
    if how.startswith("+"):
        mail.flags |= set(flags)
    elif how.startswith("-"):
        mail.flags -= set(flags)
    else:
        mail.flags = set(flags)

"""What a contact card says, line by line: a vCard (RFC 6350, also 3.0 and 2.1) as somebody shares it in a chat."""

import quopri
import re

CARD = ("text/vcard", "text/x-vcard", "text/directory")
CARD_FRAME = ("BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "PHOTO", "LOGO", "SOUND", "KEY")


def card_lines(card: str) -> list[str]:
    """Every property of a vCard (RFC 6350) as "name: value", without what frames it; the name first."""
    lines, sorted_name = [], ""
    if "QUOTED-PRINTABLE" in card.upper():
        card = re.sub(r"=\r?\n", "", card)
    for line in re.sub(r"\r?\n[ \t]", "", card).splitlines():
        head, colon, value = line.partition(":")
        name, *params = head.upper().split(";")
        name = name.rpartition(".")[2]
        if not colon or name in CARD_FRAME or not value.strip(";, "):
            continue
        if any("QUOTED-PRINTABLE" in param for param in params):
            value = quopri.decodestring(value.encode()).decode(errors="replace")
        if name == "N":
            sorted_name = _plain_value(value)
        else:
            lines.append(f"{name.lower()}: {_plain_value(value)}")
    has_name = any(line.startswith("fn: ") for line in lines)
    return lines if has_name or not sorted_name else [f"fn: {sorted_name}", *lines]  # 2.1 asks for no FN


def _plain_value(value: str) -> str:
    parts = [part.strip() for part in re.split(r"(?<!\\);", value) if part.strip()]
    return re.sub(r"\\([,;\\])", r"\1", re.sub(r"\\[nN]", " ", ", ".join(parts)))

"""Reads text/enriched (RFC 1896) and the older text/richtext (RFC 1341 section 7.1.3) as plain text."""

import re

ENRICHED = re.compile(r"<<|<(/?)([A-Za-z0-9-]{1,60})>|\n+|[^<\n]+|<")
RICHTEXT = re.compile(r"<(/?)([A-Za-z0-9-]{1,40})>|\s+|[^<\s]+|<")
BREAKS = {"nl": "\n", "np": "\n\n", "paragraph": "\n", "/paragraph": "\n", "lt": "<"}
SPACES, BLANKS = re.compile(r" {2,}"), re.compile(r" ?\n ?")


def text_of_enriched(source: str) -> str:
    """A line end is a space and n of them are n - 1, but not within <nofill>; a <param> is no text."""
    found: list[str] = []
    verbatim = unread = 0
    for match in ENRICHED.finditer(source):
        piece, command = match[0], (match[2] or "").lower()
        step = -1 if match[1] else 1
        if command == "nofill":
            verbatim = max(verbatim + step, 0)
        elif command == "param":
            unread = max(unread + step, 0)
        elif command or unread:
            continue
        elif piece[0] == "\n" and not verbatim:
            found.append(piece[1:] or " ")
        else:
            found.append("<" if piece == "<<" else piece)
    return "".join(found).strip()


def text_of_richtext(source: str) -> str:
    """Every line end is a space; <nl> ends a line, <lt> is the character, a <comment> is no text."""
    found: list[str] = []
    unread = 0
    for match in RICHTEXT.finditer(source):
        command = (match[1] or "") + (match[2] or "").lower()
        if match[2] and command.strip("/") == "comment":
            unread = max(unread + (-1 if match[1] else 1), 0)
        elif not unread:
            found.append(BREAKS.get(command, "") if match[2] else " " if match[0].isspace() else match[0])
    return BLANKS.sub("\n", SPACES.sub(" ", "".join(found))).strip()

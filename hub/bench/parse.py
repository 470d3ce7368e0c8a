"""Measures mail reading: CPU per mail of everything the hub does to its bytes, against parsing them alone.

Ours is the product's own reader with the way to its child and back (the unit is pickled, the events are packed as
plain data and checked, as they are for the child): parsing, charsets, safe HTML, new and quoted text, bounce and
auto-reply detection, attachments.
Theirs is the stdlib parser with its cheapest policy (compat32), which only takes the mail apart.
"""

import gc
import pickle
import time
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32
from importlib import import_module
from typing import Any

from hub.bench import Options
from hub.bench._large import SHAPES
from hub.bench._rounds import paired
from hub.inbound.answers import READ, pack, unpack
from hub.inbound.parse_worker import GARBAGE
from hub.registry import PACKAGE

KINDS = 20  # different mails, so that no cache holds the answer
LARGE = 1_000_000  # bytes of a mail, and twice as many
TEXT_LINES, HTML_ROWS, FILE_BYTES = 48, 12, 6_000

Read = Callable[[str, str, bytes, Mapping[str, Any]], Any]


def run(options: Options) -> dict[str, Any]:
    read: Read = import_module(f"{PACKAGE}.email.inbound").read_mail
    mails = [sample_mail(number) for number in range(KINDS)]
    parser = BytesParser(policy=compat32)

    def ours(mail: bytes) -> None:
        asked = pickle.dumps((read, "mail", "hash", mail, {"rcpt_tos": ["support@hub.example"]}))
        call, *unit = pickle.loads(asked)  # noqa: S301 - our own words
        unpack(pack(READ, call(*unit)))

    def theirs(mail: bytes) -> None:
        parser.parsebytes(mail)

    def alone(mail: bytes) -> None:  # what copying a mail to the child costs is the memory's, and grows in steps
        read("mail", "hash", mail, {"rcpt_tos": ["support@hub.example"]})

    for mail in mails:  # warm: imports, compiled patterns
        ours(mail)
        theirs(mail)
    gc.freeze()  # as the child does, and as seldom as there; both sides gain
    gc.set_threshold(GARBAGE)
    seconds = options.seconds / 2
    measured = paired(options.rounds, lambda: _cost(ours, mails, seconds), lambda: _cost(theirs, mails, seconds))
    doubled = {name: _doubled(alone, make, min(options.rounds, 3)) for name, make in SHAPES.items()}
    return {
        "benchmark": "parse",
        **measured,
        "doubling": max(doubled.values()),
        "doubling_is": "CPU for reading a mail of 2 MB against one of 1 MB, the worst shape",
        "doubling_by_shape": doubled,
        "unit": "microseconds of CPU per mail",
        "mail_bytes": round(sum(map(len, mails)) / len(mails)),
        "ours_is": "the hub's reader, to the child and back",
        "theirs_is": "email.parser.BytesParser(policy=compat32), parsing only",
    }


def _doubled(work: Callable[[bytes], None], make: Callable[[int], bytes], rounds: int) -> float:
    small, large = make(LARGE), make(2 * LARGE)
    work(large)  # warm: the first mail of a size pays for its memory
    found = paired(rounds, lambda: _cost(work, [large], 0.05), lambda: _cost(work, [small], 0.05))
    return float(found["ratio"])


def _cost(work: Callable[[bytes], None], mails: list[bytes], seconds: float) -> float:
    """Microseconds of CPU per mail."""
    done, started = 0, time.process_time()
    while (spent := time.process_time() - started) < seconds:
        for mail in mails:
            work(mail)
        done += len(mails)
    return spent / done * 1_000_000


def sample_mail(number: int) -> bytes:
    """About 20 KB: an answer with text, styled HTML and a small attachment, as mail programs write it."""
    message = EmailMessage()
    message["Return-Path"] = "<ada@example.com>"
    for hop in range(5):
        message["Received"] = (
            f"from mx{hop}.example.com (mx{hop}.example.com [192.0.2.{hop}]) by mail{hop}.hub.example with ESMTPS id "
            f"4D2E{number:04d}{hop} for <support@hub.example>; Thu, 12 Nov 2026 09:10:1{hop} +0100"
        )
    message["From"] = "Ada Lövelace <ada@example.com>"
    message["To"] = "Support <support@hub.example>"
    message["Subject"] = f"Re: Grüße zur Bestellung {number}"
    message["Date"] = "Thu, 12 Nov 2026 09:10:11 +0100"
    message["Message-ID"] = f"<{number}.abc@mail.example.com>"
    message["In-Reply-To"] = "<token.signature@hub.example>"
    message["References"] = " ".join(f"<{number}.{hop}@mail.example.com>" for hop in range(8))
    message.set_content(_text(number), cte="quoted-printable")
    message.add_alternative(_html(number), subtype="html", cte="quoted-printable")
    content = bytes((number + at) % 256 for at in range(FILE_BYTES))
    message.add_attachment(content, "application", "pdf", filename=f"Rechnung {number} ä.pdf")
    return message.as_bytes().replace(b"\n", b"\r\n")


def _text(number: int) -> str:
    said = (
        f"vielen Dank für die schnelle Antwort zur Bestellung {number}. Das Päckchen ist heute angekommen,",
        "leider war die Straßenkarte nicht dabei. Können Sie bitte nachsehen, ob sie noch im Lager liegt?",
        "Wenn nicht, hätte ich gern den Betrag zurück; eine Gutschrift wäre mir auch recht.",
        "",
    )
    new = "\n".join(said * (TEXT_LINES // 8))
    quoted = "\n".join(f"> {line}" for line in said * (TEXT_LINES // 8))
    return f"{new}\nAm 11.11.2026 um 17:03 schrieb Support <support@hub.example>:\n{quoted}\n"


def _html(number: int) -> str:
    """A newsletter's way of writing: tables, the same few styles again and again, a link to somewhere else in each."""
    rows = "".join(
        f'<tr><td width="120" style="padding:4px 8px;border-bottom:1px solid #dddddd"><img src="https://shop.example/i/'
        f'{number}/{row}.jpg" width="104" alt="Artikel {row}"></td><td style="padding:4px 8px;font-family:Arial,sans-'
        f'serif;font-size:13px;line-height:18px;color:#333333">Artikel {row} der Bestellung {number} ist wieder auf '
        f'Lager und wird zu Ihnen gesendet. <a href="https://shop.example/artikel/{number}/{row}?von=brief&amp;nr={row}"'
        ' style="color:#1155cc;text-decoration:none">Zur Seite des Artikels</a></td></tr>'
        for row in range(HTML_ROWS)
    )
    head = '<p class="MsoNormal">Guten Tag,</p><p class="MsoNormal">hier ist, was sich geändert hat:</p>'
    return (
        f'<html><head><style>p {{margin:0}}</style></head><body>{head}<table width="600">{rows}</table></body></html>'
    )

"""One mail, understood: who, when, what was written, what is attached - and what was wrong with it.

Everything is best effort on hostile or broken bytes: `understand` never raises, it fills `problems`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from .addresses import Mailbox, date_of, mailboxes, message_ids
from .bodies import read_bodies
from .files import File
from .mime import Part, normal_line_ends, parse
from .words import header_text, raw_text

NOBODY = Mailbox("", "")


@dataclass(slots=True)
class Mail:
    """root gives access to every header; text and html are what the sender wrote, untouched. flowed: the parameters
    of text when its lines are to be put together again (see flowed.py); sealed: signed or encrypted -> by what."""

    raw: bytes
    root: Part
    sender: Mailbox = NOBODY
    to: list[Mailbox] = field(default_factory=list)
    cc: list[Mailbox] = field(default_factory=list)
    reply_to: list[Mailbox] = field(default_factory=list)
    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: list[str] = field(default_factory=list)
    date: datetime | None = None
    text: str = ""
    flowed: dict[str, str] = field(default_factory=dict)
    html: str = ""
    files: list[File] = field(default_factory=list)
    sealed: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def header(self, name: str) -> str:
        value = self.root.first(name)
        return header_text(value[:50_000], self.root.parameters.get("charset", "")) if value else ""

    def addresses(self, name: str) -> list[Mailbox]:
        if not self.root.first(name):
            return []
        charset = self.root.parameters.get("charset", "")
        return mailboxes(", ".join(raw_text(value, charset) for value in self.root.all(name)[:50]))


def understand(raw: bytes) -> Mail:
    """Never raises."""
    problems: list[str] = []
    raw = normal_line_ends(raw)
    mail = Mail(raw, parse(raw, problems), problems=problems)
    _read_headers(mail)
    bodies = read_bodies(raw, mail.root, problems)
    mail.text, mail.html, mail.flowed, mail.files = bodies.text, bodies.html, bodies.flowed, bodies.files
    mail.sealed = bodies.sealed
    return mail


def read_headers(raw: bytes) -> Mail:
    """Only the headers (of a mail that came back inside a bounce)."""
    problems: list[str] = []
    mail = Mail(raw, parse(normal_line_ends(raw), problems), problems=problems)
    _read_headers(mail)
    return mail


def _read_headers(mail: Mail) -> None:
    senders = mail.addresses("from")
    named = [sender for sender in senders if sender.address]
    mail.sender = (named or senders or [NOBODY])[0]
    if not mail.sender.address:
        mail.problems.append("no sender address")
    elif len(named) > 1:
        mail.problems.append("more than one sender: the first counts")
    mail.to, mail.cc, mail.reply_to = mail.addresses("to"), mail.addresses("cc"), mail.addresses("reply-to")
    mail.subject = mail.header("subject")
    mail.message_id = next(iter(message_ids(mail.header("message-id"))), "") or mail.header("message-id").strip("<> ")
    mail.in_reply_to = next(iter(message_ids(mail.header("in-reply-to"))), "")
    mail.references = message_ids(header_text(b" ".join(mail.root.all("references"))[:100_000]))
    mail.date = date_of(mail.header("date"))
    if not mail.date:
        mail.problems.append("no readable date")

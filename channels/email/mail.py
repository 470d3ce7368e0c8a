"""One mail, understood: who, when, what was written, what is attached - and what was wrong with it.

Everything is best effort on hostile or broken bytes: `understand` never raises, it fills `problems`.
"""

import hashlib
import html
import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from .addresses import Mailbox, date_of, mailboxes, message_ids
from .charsets import text_of
from .mime import Part, content, normal_line_ends, parse
from .words import header_text, one_line, raw_text, safe_filename

MAX_TEXT = 2_000_000
MAX_HTML = 1_000_000
ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "application/ms-tnef": ".dat",
    "application/zip": ".zip",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/csv": ".csv",
    "text/plain": ".txt",
    "text/html": ".html",
    "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
}
META_CHARSET = re.compile(rb"<meta[^>]{1,200}charset=[\"' ]*([A-Za-z0-9_-]{2,30})", re.IGNORECASE)
BODIES = {"text/plain", "text/html"}
NOBODY = Mailbox("", "")
NOT_SHOWN = {"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext", "text/rtf"}


@dataclass(frozen=True, slots=True)
class File:
    """An attachment with its bytes."""

    filename: str
    content_type: str
    content: bytes
    inline: bool
    content_id: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(slots=True)
class Mail:
    """root gives access to every header; text and html are what the sender wrote, untouched. flowed: the parameters
    of text when its lines are to be put together again (see flowed.py)."""

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
    problems: list[str] = field(default_factory=list)

    def header(self, name: str) -> str:
        return header_text(self.root.first(name)[:50_000], self.root.parameters.get("charset", ""))

    def addresses(self, name: str) -> list[Mailbox]:
        charset = self.root.parameters.get("charset", "")
        return mailboxes(", ".join(raw_text(value, charset) for value in self.root.all(name)[:50]))


def understand(raw: bytes) -> Mail:
    """Never raises."""
    problems: list[str] = []
    raw = normal_line_ends(raw)
    mail = Mail(raw, parse(raw, problems), problems=problems)
    _read_headers(mail)
    _read_bodies(mail)
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


@dataclass(slots=True)
class _Found:
    """What a subtree of parts holds: bodies as (plain text, HTML), one of them may be missing, and files."""

    bodies: list[tuple[str, str]] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    plain: list[Part] = field(default_factory=list)

    def add(self, other: "_Found") -> None:
        self.bodies += other.bodies
        self.files += other.files
        self.plain += other.plain

    @property
    def text(self) -> str:
        """Nothing when a part of it is HTML only: what is shown must be complete."""
        return "\n".join(text for text, _ in self.bodies) if all(text for text, _ in self.bodies) else ""

    @property
    def page(self) -> str:
        shown = any(page for _, page in self.bodies)
        return "\n".join(page or _as_html(text) for text, page in self.bodies) if shown else ""


def _read_bodies(mail: Mail) -> None:
    found = _walk(mail, mail.root, [], related=False)
    if not found.bodies and (named := _named_texts(mail.root)):
        found = _walk(mail, mail.root, named, related=False)
    mail.text, mail.html = found.text, found.page
    mail.flowed = _flowed(found.plain) if found.text else {}
    files = [_named(file, number) for number, file in enumerate(found.files, 1)]
    mail.files = [_shown_inside(file, mail.html) for file in files]


def _named_texts(part: Part) -> list[Part]:
    """What to show when every text bears a file name, as those of phones do: the first, in all its alternatives."""
    if not part.children:
        return [part] if _is_text(part) and _filename(part) else []
    found = [texts for texts in map(_named_texts, part.children) if texts]
    if part.content_type == "multipart/alternative":
        return [text for texts in found for text in texts]
    return found[0] if found else []


def _flowed(plain: list[Part]) -> dict[str, str]:
    """Of the one plain text; several are each their own."""
    alone = len(plain) == 1 and plain[0].parameters.get("format", "").lower() == "flowed"
    return plain[0].parameters if alone else {}


def _as_html(text: str) -> str:
    return f'<div style="white-space: pre-wrap">{html.escape(text)}</div>'


def _walk(mail: Mail, part: Part, named: list[Part], *, related: bool) -> _Found:
    """Depth first; mime limits the depth. named: the parts to show although they bear a file name."""
    if not part.children:
        shown = _is_text(part) and (not _filename(part) or any(part is text for text in named))
        return _body(mail, part) if shown else _file(mail, part, related=related)
    related = related or part.content_type == "multipart/related"
    children = [_walk(mail, child, named, related=related) for child in part.children]
    found = _Found()
    for child in children:
        found.add(child)
    return _one_of(children, found.files) if part.content_type == "multipart/alternative" else found


def _one_of(children: list[_Found], files: list[File]) -> _Found:
    """The first plain text and the last HTML, each with all that its branch says; the files of every branch."""
    plain = next((child for child in children if child.text), _Found())
    page = next((child.page for child in reversed(children) if child.page), "")
    body = (plain.text, page)
    return _Found([body] if any(body) else [], files, plain.plain)


def _body(mail: Mail, part: Part) -> _Found:
    text = _text(part, content(mail.raw, part, mail.problems), mail.problems)
    if not text.strip():
        return _Found()
    if part.content_type == "text/html":
        return _Found([("", text[:MAX_HTML])])
    return _Found([(text[:MAX_TEXT], "")], plain=[part])


def _file(mail: Mail, part: Part, *, related: bool) -> _Found:
    if part.content_type in NOT_SHOWN and part.disposition != "attachment":
        return _Found()
    data = content(mail.raw, part, mail.problems)
    if part.content_type.startswith("multipart/") and not data:
        return _Found()
    content_id = raw_text(part.first("content-id")[:1_000]).strip().strip("<>")
    inline = part.disposition == "inline" or (related and part.disposition != "attachment" and bool(content_id))
    return _Found(files=[File(safe_filename(_filename(part)), part.content_type, data, inline, one_line(content_id))])


def _is_text(part: Part) -> bool:
    return part.content_type in BODIES and part.disposition != "attachment"


def _filename(part: Part) -> str:
    return part.disposition_parameters.get("filename") or part.parameters.get("name") or ""


def _text(part: Part, data: bytes, problems: list[str]) -> str:
    limit = MAX_HTML if part.content_type == "text/html" else MAX_TEXT
    if len(data) > limit:
        problems.append(f"a body is longer than {limit} bytes: only the beginning is shown")
    charset = part.parameters.get("charset", "")
    if not charset and part.content_type == "text/html" and (named := META_CHARSET.search(data, 0, 2_000)):
        charset = named[1].decode("ascii")
    text = text_of(data[:limit], charset, problems)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _shown_inside(file: File, page: str) -> File:
    """What the HTML shows is inline, whatever its disposition says."""
    return replace(file, inline=True) if file.content_id and f"cid:{file.content_id}" in page else file


def _named(file: File, number: int) -> File:
    if file.filename:
        return file
    name = f"attachment-{number}{ENDINGS.get(file.content_type, '')}"
    if file.content_type == "message/rfc822":
        subject = safe_filename(read_headers(file.content[:100_000]).subject.replace("/", "-"))
        name = f"{subject or 'message'}.eml"
    return replace(file, filename=name)

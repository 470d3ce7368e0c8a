"""Decides which parts of a mail are what its sender wrote and which are files.

Nothing is left out in silence: every part is shown, is a file, or is named in `problems`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from .calendars import unfolded, words_of_calendar
from .charsets import text_of
from .cms import is_encrypted, signed_content
from .enriched import text_of_enriched, text_of_richtext
from .files import NAMES, File, named, shown_inside
from .found import Body, Found
from .mime import Part, content, parse
from .rtf import text_of_rtf
from .seals import OPENPGP, SMIME, open_armour, seal_of
from .tnef import open_winmail
from .words import header_text, one_line, raw_text, safe_filename

MAX_TEXT = 2_000_000
MAX_HTML = 1_000_000
MAX_OPENED = 5  # signed mails within signed mails
CHARSET_INSIDE = re.compile(
    rb"(?:<meta[^>]{1,200}charset=|<\?xml[^>]{1,100}encoding=)[\"' ]*([A-Za-z0-9_-]{2,30})", re.IGNORECASE
)
PAGES = {"text/html", "application/xhtml+xml"}
OTHER_PAGES = {"text/watch-html", "text/x-amp-html"}  # shown where there is no ordinary one
OTHER_TEXTS: dict[str, Callable[[str], str]] = {
    "text/enriched": text_of_enriched,
    "text/richtext": text_of_richtext,
}
BODIES = {"text/plain", *PAGES, *OTHER_PAGES, *OTHER_TEXTS}
CALENDARS = {"text/calendar", "application/ics"}
RTF = {"text/rtf", "application/rtf", "application/x-rtf"}
WINMAIL = {"application/ms-tnef", "application/vnd.ms-tnef"}
SIGNED = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
ARMOUR = {
    "signed": ("signature.asc", "application/pgp-signature"),
    "encrypted": ("encrypted.asc", "application/pgp-encrypted"),
}
ENCRYPTED = ("enveloped-data", "authenveloped-data")  # RFC 8551 section 3.2.2


@dataclass(slots=True)
class Bodies:
    """What is read out of all parts. flowed: the parameters of text when its lines are to be put together again (see
    flowed.py); sealed: signed or encrypted -> by what."""

    text: str = ""
    html: str = ""
    flowed: dict[str, str] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    sealed: dict[str, str] = field(default_factory=dict)


def read_bodies(raw: bytes, root: Part, problems: list[str]) -> Bodies:
    sealed: dict[str, str] = {}
    found = _Walk(raw, problems, sealed).whole(root)
    text, page = found.text, found.page
    if not text:
        _name_unshown([body.plain for body in found.bodies if body.page], problems)
    plain = [body.plain for body in found.bodies]
    alone = plain[0] if text and len(plain) == 1 else None
    flowed = alone.parameters if alone and alone.parameters.get("format", "").lower() == "flowed" else {}
    return Bodies(text, page, flowed, shown_inside(named(found.files), page), sealed)


def _name_unshown(parts: list[Part | None], problems: list[str]) -> None:
    for part in parts:
        if part:
            name = safe_filename(_filename(part))
            problems.append(f"left out: {part.content_type}{f' ({name})' if name else ''}, another form of the text")


@dataclass(slots=True)
class _Walk:
    """Through the parts that lie in the same bytes; opened: how many signed mails are around them."""

    raw: bytes
    problems: list[str]
    sealed: dict[str, str]
    opened: int = 0
    shown_names: list[Part] = field(default_factory=list)  # to show although they bear a file name

    def whole(self, root: Part) -> Found:
        found = self._part(root)
        if not found.bodies and (texts := _named_texts(root)):
            self.shown_names = texts
            found = self._part(root)
        if found.words and found.says_nothing():
            found.bodies = found.words[:1]
        return found

    def _part(self, part: Part, *, related: bool = False) -> Found:
        """Depth first; mime limits the depth."""
        if not part.children:
            return self._leaf(part, related=related)
        self._note_seal(*seal_of(part))
        related = related or part.content_type == "multipart/related"
        children = [self._part(child, related=related) for child in part.children]
        files = [file for child in children for file in child.files]
        if part.content_type == "multipart/encrypted":
            files = [
                file if file.filename or file.content_type in NAMES else replace(file, filename="encrypted.asc")
                for file in files
            ]
        words = [body for child in children for body in child.words]
        if part.content_type == "multipart/alternative":
            return Found(self._one_of([child for child in children if child.bodies]), files, words)
        return Found([body for child in children for body in child.bodies], files, words)

    def _note_seal(self, seal: str, by: str) -> None:
        if seal:
            self.sealed.setdefault(seal, by)
        if seal == "encrypted":
            self.problems.append("not shown: what is encrypted")

    def _one_of(self, children: list[Found]) -> list[Body]:
        """The first plain text and the last HTML, each with all that its branch says."""
        plain = _chosen([(child, text) for child in children if (text := child.text)])
        rich = _chosen([(child, page) for child in reversed(children) if (page := child.page)])
        for child in children:
            if child is not plain[0] or len(child.bodies) > 1 or child.bodies[0].rich:
                unread = [
                    body.plain for body in child.bodies if child is not plain[0] and (body.page or child is not rich[0])
                ]
                _name_unshown([*unread, *(body.rich for body in child.bodies if child is not rich[0])], self.problems)
        bodies = plain[0].bodies
        alone = bodies[0].plain if len(bodies) == 1 else None
        shown = rich[0].bodies[0].rich if rich[1] else None
        body = Body(plain[1], rich[1], alone, shown, other=plain[0].other and rich[0].other)
        return [body] if body.text or body.page else []

    def _leaf(self, part: Part, *, related: bool) -> Found:
        if _is_text(part) and (not _filename(part) or any(part is text for text in self.shown_names)):
            if body := self._body(part):
                return self._unarmoured(body)
            if not _filename(part):
                return Found()
        data = content(self.raw, part, self.problems)
        if part.content_type.startswith("multipart/") and not data:
            return Found()
        file = _file(part, data, related=related)
        return self._opened(part, file) or Found(files=[file], words=list(_words(part, data, self.problems)))

    def _unarmoured(self, body: Body) -> Found:
        """Without what OpenPGP wrote around it, which becomes a file."""
        found = open_armour(body.text)
        if found is None:
            return Found([body])
        self._note_seal(found.seal, OPENPGP)
        name, kind = ARMOUR[found.seal]
        body.text = found.words
        return Found(
            [body] if found.words else [], [File(name, kind, found.rest.encode(), inline=False, content_id="")]
        )

    def _body(self, part: Part) -> Body | None:
        data = content(self.raw, part, self.problems)
        text = _text(part, data, self.problems) if not data.isspace() else ""
        kind = part.content_type
        if not text.strip():
            return None
        if kind in PAGES or kind in OTHER_PAGES:
            return Body("", text[:MAX_HTML], rich=part, other=kind in OTHER_PAGES)
        if kind in OTHER_TEXTS:
            return Body(OTHER_TEXTS[kind](text[:MAX_TEXT]) or text, plain=part, other=True)
        return Body(text[:MAX_TEXT], plain=part)

    def _opened(self, part: Part, file: File) -> Found | None:
        """What other programs packed into one file; the file stays, too."""
        if part.content_type in WINMAIL or file.filename.lower() == "winmail.dat":
            return self._winmail(file)
        if part.content_type in SIGNED or file.filename.lower().endswith(".p7m"):
            return self._signed(part, file)
        return None

    def _signed(self, part: Part, file: File) -> Found | None:
        if is_encrypted(file.content) or part.parameters.get("smime-type", "").lower() in ENCRYPTED:
            self._note_seal("encrypted", SMIME)
            return None
        try:
            inner = signed_content(file.content)
        except ValueError:
            return None
        problems: list[str] = []
        root = parse(inner, problems)
        if self.opened >= MAX_OPENED or not root.first("content-type"):  # signed documents are no mails
            return None
        self.problems += problems
        self._note_seal("signed", SMIME)
        found = _Walk(inner, self.problems, self.sealed, self.opened + 1).whole(root)
        found.files.append(file)
        return found

    def _winmail(self, file: File) -> Found | None:
        try:
            packed = open_winmail(file.content)
        except ValueError as reason:
            self.problems.append(f"not shown: what is in {file.filename or 'winmail.dat'} ({reason})")
            return None
        files = [
            File(safe_filename(one.filename), one.content_type, one.content, bool(one.content_id), one.content_id)
            for one in packed.files
            if not one.embedded
        ]
        if len(files) < len(packed.files):
            self.problems.append(f"not shown: an object inside {file.filename}")
        said = bool(packed.text.strip() or packed.html.strip())
        return Found(files=[*files, file], words=[Body(packed.text, packed.html)] if said else [])


def _chosen(found: list[tuple[Found, str]]) -> tuple[Found, str]:
    """The first that is of an ordinary kind, else the first."""
    return next((one for one in found if not one[0].other), found[0] if found else (Found(), ""))


def _words(part: Part, data: bytes, problems: list[str]) -> Iterator[Body]:
    """What a file says, where that is easily read."""
    if part.content_type in CALENDARS:
        said = words_of_calendar(text_of(unfolded(data[:MAX_TEXT]), part.parameters.get("charset", ""), problems))
    elif part.content_type in RTF:
        said = text_of_rtf(data)
    elif part.content_type.startswith("text/") and not _filename(part) and part.disposition != "attachment":
        said = _text(part, data, problems)[:MAX_TEXT]  # RFC 2046 section 4.1.4
    else:
        return
    if said.strip():
        yield Body(said)


def _named_texts(part: Part) -> list[Part]:
    """What to show when every text bears a file name, as those of phones do: the first, in all its alternatives."""
    if not part.children:
        return [part] if _is_text(part) and _filename(part) else []
    found = [texts for texts in map(_named_texts, part.children) if texts]
    if part.content_type == "multipart/alternative":
        return [text for texts in found for text in texts]
    return found[0] if found else []


def _file(part: Part, data: bytes, *, related: bool) -> File:
    content_id = one_line(header_text(part.first("content-id")[:1_000]).strip("<> "))
    location = one_line(unquote(raw_text(part.first("content-location")[:2_000])))
    called = bool(content_id or location)
    inline = part.disposition == "inline" or (related and part.disposition != "attachment" and called)
    return File(safe_filename(_filename(part)), part.content_type, data, inline, content_id, location)


def _is_text(part: Part) -> bool:
    return part.content_type in BODIES and part.disposition != "attachment"


def _filename(part: Part) -> str:
    return part.disposition_parameters.get("filename") or part.parameters.get("name") or ""


def _up_to(data: bytes, limit: int) -> bytes:
    """Its whole lines: what is cut within a letter, or away from the escape before it, cannot be read."""
    return data if len(data) <= limit else data[: data.rfind(b"\n", 0, limit) + 1 or limit]


def _text(part: Part, data: bytes, problems: list[str]) -> str:
    limit = MAX_TEXT if part.content_type == "text/plain" else MAX_HTML
    if len(data) > limit:
        problems.append(f"not shown: what a text holds beyond {limit} bytes")
    charset = part.parameters.get("charset", "")
    if not charset and part.content_type in PAGES and (told := CHARSET_INSIDE.search(data, 0, limit)):
        charset = "" if told[1].lower().startswith(b"utf-16") else told[1].decode("ascii")  # else it could not be read
    text = text_of(_up_to(data, limit), charset, problems)
    return "\n".join(text.split("\r\n")).replace("\r", "\n")

"""Decides which parts of a mail are what its sender wrote and which are files.

Nothing is left out in silence: every part is shown, is a file, or is named in `problems`.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from .calendars import unfolded, words_of_calendar
from .charsets import text_of
from .cms import is_encrypted, signed_content
from .enriched import text_of_enriched, text_of_richtext
from .files import File, named, shown_inside
from .mime import Part, content, parse
from .rtf import text_of_rtf
from .tnef import open_winmail
from .words import header_text, one_line, raw_text, safe_filename

MAX_TEXT = 2_000_000
MAX_HTML = 1_000_000
MAX_OPENED = 5  # signed mails within signed mails
CHARSET_INSIDE = re.compile(
    rb"(?:<meta[^>]{1,200}charset=|<\?xml[^>]{1,100}encoding=)[\"' ]*([A-Za-z0-9_-]{2,30})", re.IGNORECASE
)
ANY_TAG = re.compile(r"<[^<>]*>")
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
ENCRYPTED = ("enveloped-data", "authenveloped-data")  # RFC 8551 section 3.2.2


@dataclass(slots=True)
class Bodies:
    """What is read out of all parts. flowed: the parameters of text when its lines are to be put together again (see
    flowed.py)."""

    text: str = ""
    html: str = ""
    flowed: dict[str, str] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)


@dataclass(slots=True)
class _Body:
    """Plain text, HTML or both in one place of a mail, and which parts they are; other: of a kind that is shown only
    where there is no ordinary one."""

    text: str = ""
    page: str = ""
    plain: Part | None = None
    rich: Part | None = None
    other: bool = False


@dataclass(slots=True)
class _Found:
    """What a subtree of parts holds. words: what files say, for a mail that says nothing else."""

    bodies: list[_Body] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    words: list[_Body] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Nothing when a part of it is HTML only: what is shown must be complete."""
        texts = [body.text for body in self.bodies]
        return "\n".join(texts) if all(texts) else ""

    @property
    def page(self) -> str:
        shown = any(body.page for body in self.bodies)
        return "\n".join(body.page or _as_html(body.text) for body in self.bodies) if shown else ""

    @property
    def other(self) -> bool:
        return all(body.other for body in self.bodies)

    def says_nothing(self) -> bool:
        return not any(body.text.strip() or _is_visible(body.page) for body in self.bodies)


def read_bodies(raw: bytes, root: Part, problems: list[str]) -> Bodies:
    found = _Walk(raw, problems).whole(root)
    text, page = found.text, found.page
    if not text:
        _name_unshown([body.plain for body in found.bodies if body.page], problems)
    plain = [body.plain for body in found.bodies]
    alone = plain[0] if text and len(plain) == 1 else None
    flowed = alone.parameters if alone and alone.parameters.get("format", "").lower() == "flowed" else {}
    return Bodies(text, page, flowed, shown_inside(named(found.files), page))


def _is_visible(page: str) -> bool:
    return "<img" in page.lower() or bool(html.unescape(ANY_TAG.sub("", page)).strip())


def _as_html(text: str) -> str:
    return f'<div style="white-space: pre-wrap">{html.escape(text)}</div>'


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
    opened: int = 0
    shown_names: list[Part] = field(default_factory=list)  # to show although they bear a file name

    def whole(self, root: Part) -> _Found:
        found = self._part(root)
        if not found.bodies and (texts := _named_texts(root)):
            self.shown_names = texts
            found = self._part(root)
        if found.words and found.says_nothing():
            found.bodies = found.words[:1]
        return found

    def _part(self, part: Part, *, related: bool = False) -> _Found:
        """Depth first; mime limits the depth."""
        if not part.children:
            return self._leaf(part, related=related)
        related = related or part.content_type == "multipart/related"
        children = [self._part(child, related=related) for child in part.children]
        files = [file for child in children for file in child.files]
        words = [body for child in children for body in child.words]
        if part.content_type == "multipart/alternative":
            return _Found(self._one_of([child for child in children if child.bodies]), files, words)
        return _Found([body for child in children for body in child.bodies], files, words)

    def _one_of(self, children: list[_Found]) -> list[_Body]:
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
        body = _Body(plain[1], rich[1], alone, shown, other=plain[0].other and rich[0].other)
        return [body] if body.text or body.page else []

    def _leaf(self, part: Part, *, related: bool) -> _Found:
        if _is_text(part) and (not _filename(part) or any(part is text for text in self.shown_names)):
            if body := self._body(part):
                return _Found([body])
            if not _filename(part):
                return _Found()
        data = content(self.raw, part, self.problems)
        if part.content_type.startswith("multipart/") and not data:
            return _Found()
        file = _file(part, data, related=related)
        return self._opened(part, file) or _Found(files=[file], words=list(_words(part, data, self.problems)))

    def _body(self, part: Part) -> _Body | None:
        data = content(self.raw, part, self.problems)
        text = _text(part, data, self.problems) if not data.isspace() else ""
        kind = part.content_type
        if not text.strip():
            return None
        if kind in PAGES or kind in OTHER_PAGES:
            return _Body("", text[:MAX_HTML], rich=part, other=kind in OTHER_PAGES)
        if kind in OTHER_TEXTS:
            return _Body(OTHER_TEXTS[kind](text[:MAX_TEXT]) or text, plain=part, other=True)
        return _Body(text[:MAX_TEXT], plain=part)

    def _opened(self, part: Part, file: File) -> _Found | None:
        """What other programs packed into one file; the file stays, too."""
        if part.content_type in WINMAIL or file.filename.lower() == "winmail.dat":
            return self._winmail(file)
        if part.content_type in SIGNED or file.filename.lower().endswith(".p7m"):
            return self._signed(part, file)
        return None

    def _signed(self, part: Part, file: File) -> _Found | None:
        if is_encrypted(file.content) or part.parameters.get("smime-type", "").lower() in ENCRYPTED:
            self.problems.append("not shown: what is encrypted")
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
        found = _Walk(inner, self.problems, self.opened + 1).whole(root)
        found.files.append(file)
        return found

    def _winmail(self, file: File) -> _Found | None:
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
        return _Found(files=[*files, file], words=[_Body(packed.text, packed.html)] if said else [])


def _chosen(found: list[tuple[_Found, str]]) -> tuple[_Found, str]:
    """The first that is of an ordinary kind, else the first."""
    return next((one for one in found if not one[0].other), found[0] if found else (_Found(), ""))


def _words(part: Part, data: bytes, problems: list[str]) -> Iterator[_Body]:
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
        yield _Body(said)


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

"""Makes the HTML of a stranger's mail safe to show: balanced, self-contained, fetching nothing, running nothing.

nh3 (html5ever, a browser's parser) decides what the bytes mean and which elements stay; the rules here decide every
attribute. Links and images are looked at last, in the serialised result: small images that came with the mail are put
in as data, everything else becomes an inert placeholder that names no address.
"""

import base64
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import unquote

from hub.html.controls import said
from hub.html.css import safe_style
from hub.html.fit import fit
from hub.html.outlook import with_margins

PRECHECK_FROM = 50_000
MAX_NESTING = 300
MAX_ATTRIBUTES = 500
MAX_CACHED = 400  # characters of a tag's attributes, or of one
OFTEN_NEW = {"href", "src", "alt", "title"}
MAX_INLINE_IMAGE = 64_000
MAX_INLINE_TOTAL = 256_000
MAX_SOURCE = 100_000  # characters
MAX_LINK = 4_000  # characters
LINK = ' rel="noopener noreferrer nofollow" target="_blank"'
MARK = "\ufdd0"  # put into the source where quoted text begins; never shown

TAGS = set(
    "a abbr acronym address b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em "
    "figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike "
    "strong sub sup table tbody td tfoot th thead tr tt u ul var wbr".split()
)
WITHOUT_CONTENT = set(
    "script style title template iframe frame frameset embed applet audio video canvas svg math datalist head".split()
)
VOID = set("area base br col embed hr img input link meta param source track wbr".split())
CLOSE_THEMSELVES = set("p li td tr th dd dt option tbody thead tfoot".split())
TAG = re.compile(
    r"<(/?)([a-zA-Z][^\s/>]*+)((?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?)?)*+)>"
)
TAG_START = re.compile(r"</?[a-zA-Z]")
ATTRIBUTE = re.compile(r"[^\s/>=]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]*))?")
ANY_TAG = re.compile(r"<[^>]*>?")
WEB_LINK = re.compile(
    r"(?:https?://[^\s/?#<>\"'`\\]++(?=[/?#]|\Z)|mailto:|tel:\+?[0-9(])(?: ++|[^\s<>\"'`\\]++)*+", re.IGNORECASE
)
BLANKS = re.compile("[\x00-\x1f\x7f]+")
BRACKETS = re.compile("[<>`]")
WRITTEN_TAG = re.compile(r'<([a-z0-9]+)((?: [a-z-]+="[^"]*")+)>')
WRITTEN_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
UNQUOTED = re.compile(r"[&<>\"']")
_PLAIN_ADDRESS = re.compile(
    r"https?://[\w.-]++(?:/[\w./~%=+,;:@!$*()?#-]*+(?:&amp;[\w./~%=+,;:@!$*()?#-]*+)*+)?", re.ASCII
)
_PLAIN_TEXT = re.compile(r"[\w .,:;!?()/+-]{1,500}")
PLAIN = {
    "href": _PLAIN_ADDRESS,
    "src": _PLAIN_ADDRESS,
    "alt": _PLAIN_TEXT,
    "title": _PLAIN_TEXT,
}  # what no rule changes
RASTER_DATA = re.compile(r"data:image/(?:png|gif|jpe?g|webp);base64,([A-Za-z0-9+/\s]{8,}={0,2})\Z", re.IGNORECASE)
RASTERS = {b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif", b"\xff\xd8\xff": "jpeg"}


def _fits(pattern: str) -> Callable[[str], str | None]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda value: value.strip() if compiled.fullmatch(value.strip()) else None


def _text(value: str) -> str | None:
    plain = value if value.isprintable() else BLANKS.sub(" ", value)
    return (BRACKETS.sub("", plain) if BRACKETS.search(plain) else plain)[:500]


def _link(value: str) -> str | None:
    """As a browser reads it: white space around it is dropped, a space behind the host is written as %20."""
    address = (value if value.isprintable() else BLANKS.sub("", value)).strip()
    return address.replace(" ", "%20") if len(address) < MAX_LINK and WEB_LINK.fullmatch(address) else None


_colour = _fits(r"#[0-9a-f]{3,8}|[a-z]{3,30}")
_length = _fits(r"\d{1,4}%?")
_word = _fits(r"[a-z-]{1,20}")
RULES: dict[str, Callable[[str], str | None]] = {
    "style": lambda value: safe_style(value) or None,
    "href": _link,
    "src": lambda value: (value if value.isprintable() else BLANKS.sub("", value)).strip()[:MAX_SOURCE],
    "title": _text,
    "alt": _text,
    "width": _length,
    "height": _length,
    "color": _colour,
    "bgcolor": _colour,
    "face": _fits(r"[a-z0-9 ,_'-]{1,200}"),
    "size": _fits(r"[+-]?\d{1,2}"),
    "border": _fits(r"\d{1,2}"),
    "cellpadding": _fits(r"\d{1,2}"),
    "cellspacing": _fits(r"\d{1,2}"),
    "colspan": _fits(r"\d{1,3}"),
    "rowspan": _fits(r"\d{1,3}"),
    "span": _fits(r"\d{1,3}"),
    "start": _fits(r"-?\d{1,6}"),
    "value": _fits(r"-?\d{1,6}"),
    "type": _fits(r"[1aAiI]|disc|circle|square|decimal"),
    "align": _word,
    "valign": _word,
    "dir": _fits(r"ltr|rtl|auto"),
    "lang": _fits(r"[a-z0-9-]{1,35}"),
    "nowrap": lambda value: "nowrap",
    "reversed": lambda value: "",
}
EVERYWHERE = {"style", "title", "align", "dir", "lang", "color", "bgcolor", "width", "height"}
ATTRIBUTES = {
    "*": EVERYWHERE,
    "a": {"href"},
    "img": {"src", "alt", "border"},
    "font": {"face", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan", "valign", "nowrap"},
    "th": {"colspan", "rowspan", "valign", "nowrap"},
    "tr": {"valign"},
    "tbody": {"valign"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value", "type"},
    "hr": {"size"},
}


@cache
def _cleaner() -> Any:
    """Its library is 1.5 MB, loaded for the first HTML."""
    return import_module("nh3").Cleaner(
        tags=TAGS,
        clean_content_tags=WITHOUT_CONTENT,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel=None,
        strip_comments=True,
    )


class InlineFile(Protocol):
    """A file that came with the page; content_id and location: how the page may name it, or ""."""

    @property
    def content_id(self) -> str: ...
    @property
    def location(self) -> str: ...
    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """html may be shown; marked still carries the MARKs; remote_images are the addresses left out, in order: the
    placeholder `data-remote="N"` stands for the N-th, `data-file="N"` for the N-th attachment."""

    html: str
    marked: str
    remote_images: tuple[str, ...]


def make_safe(source: str, files: Sequence[InlineFile]) -> SafeHtml:
    """source may hold MARKs; files are the attachments `cid:` refers to."""
    if len(source) > PRECHECK_FROM and _is_hostile(source):
        source = f"<div>{html.escape(ANY_TAG.sub(' ', source))}</div>"
    images = _Images(files)
    marked = WRITTEN_TAG.sub(images.tag, fit(_cleaner().clean(with_margins(said(source)))))
    return SafeHtml(marked.replace(MARK, ""), marked, tuple(images.remote))


def _is_hostile(source: str) -> bool:
    """Nested or attributed so heavily that parsing it as a browser does would take more than linear time."""
    depth, start = 0, TAG_START.search(source)
    while start:
        match = TAG.match(source, start.start())
        attributes = match[3] if match else source[start.end() :]
        if len(attributes) > 2 * MAX_ATTRIBUTES and sum(1 for _ in ATTRIBUTE.finditer(attributes)) > MAX_ATTRIBUTES:
            return True
        if match is None:
            break
        name = match[2].lower()
        if name not in VOID and name not in CLOSE_THEMSELVES:
            depth = max(depth + (-1 if match[1] else 1), 0)
        if depth > MAX_NESTING:
            return True
        start = TAG_START.search(source, match.end())
    return False


def _ruled(written: str) -> str:
    """The attributes of a tag as their rules leave them, in the same order."""
    return "".join([f' {name}="{value}"{LINK if name == "href" else ""}' for name, value in _kept(written)])


def _kept(written: str) -> list[tuple[str, str]]:
    kept = []
    for name, value in WRITTEN_ATTRIBUTE.findall(written):
        given = _given(name, value) if name in OFTEN_NEW or len(value) > MAX_CACHED else _given_before(name, value)
        if given is not None:
            kept.append((name, given))
    return kept


def _given(name: str, value: str) -> str | None:
    """As the rule of the attribute leaves it, ready to be written."""
    if (plain := PLAIN.get(name)) and len(value) < MAX_LINK and plain.fullmatch(value):
        return value
    given = RULES[name](_unescaped(value))
    return html.escape(given) if given and UNQUOTED.search(given) else given


_given_before = lru_cache(maxsize=2_048)(_given)
_ruled_before = lru_cache(maxsize=1_024)(_ruled)


class _Images:
    """Decides about each <img> of one mail."""

    def __init__(self, files: Sequence[InlineFile]) -> None:
        self.files: dict[str, tuple[int, InlineFile]] = {}
        for index, file in enumerate(files):
            location = file.location.rpartition("/")[2]  # the page may stand in the same folder
            for name in (f"cid:{unquote(file.content_id)}", file.location, location):
                if name and name != "cid:":
                    self.files.setdefault(name, (index, file))
        self.remote: list[str] = []
        self.room = MAX_INLINE_TOTAL

    def tag(self, match: re.Match[str]) -> str:
        name, written = match[1], match[2]
        if name != "img":
            often = name != "a" and len(written) <= MAX_CACHED
            return f"<{name}{_ruled_before(written) if often else _ruled(written)}>"
        attributes = dict(_kept(written))
        source = html.unescape(attributes.pop("src", ""))
        found = None if _is_pixel(attributes) else self._source(source)
        if found is None:
            return ""
        alt = attributes.pop("alt", "")
        kept = "".join([f' {name}="{value}"' for name, value in attributes.items()])
        return f'<img alt="{alt}"{kept} {found[0]}="{found[1]}">'

    def _source(self, source: str) -> tuple[str, str] | None:
        """RFC 2392 (cid:, percent-encoded) and RFC 2557 (Content-Location)."""
        scheme = source[:8].lower()
        if scheme.startswith("data:"):
            return self._data(source)
        if self.files and (came := self._came_along(source, scheme)):
            return self._inline(came[1].content) or ("data-file", str(came[0]))
        if scheme.startswith(("http://", "https://")):
            self.remote.append(source)
            return "data-remote", str(len(self.remote) - 1)
        return ("data-missing", "1") if source else None

    def _came_along(self, source: str, scheme: str) -> tuple[int, InlineFile] | None:
        called = f"cid:{source[4:].strip('<> ')}" if scheme.startswith("cid:") else source
        return self.files.get(called) or self.files.get(unquote(called))

    def _data(self, source: str) -> tuple[str, str] | None:
        match = RASTER_DATA.match(source)
        content = base64.b64decode(match[1] + "==") if match else b""
        return self._inline(content)

    def _inline(self, content: bytes) -> tuple[str, str] | None:
        kind = raster_of(content)
        if not kind or len(content) > min(MAX_INLINE_IMAGE, self.room):
            return None
        self.room -= len(content)
        return "src", f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def raster_of(content: bytes) -> str:
    """png, gif, jpeg or webp, by its first octets; "" for anything else."""
    kind = next((kind for magic, kind in RASTERS.items() if content.startswith(magic)), "")
    return kind or ("webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else "")


def _unescaped(value: str) -> str:
    """The few escapes html5ever writes."""
    if "&" not in value:
        return value
    value = value.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\xa0")
    return value.replace("&amp;", "&")


def _is_pixel(attributes: dict[str, str]) -> bool:
    return attributes.get("width") in ("0", "1") or attributes.get("height") in ("0", "1")

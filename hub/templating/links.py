"""Tracked links: found once when a template is compiled, so that rendering only puts a signed address in.

Only a whole, literal http(s) address in an `href` is tracked. One with `{{ }}` inside stays as it is: what it
leads to is not known beforehand, and /c/ redirects to stored addresses only. So does one that names no host.
"""

import re
import string
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from jinja2 import nodes
from yarl import URL

from hub.html.references import attribute_value

HREF = re.compile(
    r"""(?<![\w-])href\s*=\s*(?:"(https?://[^"<>]+)"|'(https?://[^'<>]+)'|(https?://[^\s"'<>]+)(?=[\s>]))""",
    re.IGNORECASE,
)
NOT_CLICKED = re.compile(r"<(?:link|base)\b[^<>]*$", re.IGNORECASE)
MAX_LINKS = 200
_KEPT = string.ascii_letters + string.digits + string.punctuation
_IGNORED = str.maketrans("", "", "\t\r\n")  # by browsers, in an address


def location_of(url: str) -> str:
    """The address as an HTTP header says it: the host in IDNA, everything else that is no printable ASCII as
    percent-encoded UTF-8, the rest untouched. Raises ValueError when there is no such host."""
    parts = urlsplit(url)
    host, wanted = URL(url).raw_host, parts.hostname
    if not host or not wanted:
        raise ValueError(f"{url!r} names no host")
    place = parts.netloc if wanted.isascii() else _with_host(parts.netloc, host)
    return quote(urlunsplit(parts._replace(netloc=place)), safe=_KEPT)


def with_tags(url: str, tags: Mapping[str, str]) -> str:
    """With these in its query; an address that brings any of its own says already where somebody comes from."""
    parts = urlsplit(url)
    if any(name.startswith("utm_") for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return url
    told = urlencode({name: " ".join(value.split()) for name, value in tags.items() if value}, quote_via=quote)
    return urlunsplit(parts._replace(query=f"{parts.query}&{told}" if parts.query else told))


def _with_host(place: str, host: str) -> str:
    """user:password@host:port with another host."""
    before, at, rest = place.rpartition("@")
    _, colon, port = rest.rpartition(":") if rest.rpartition(":")[2].isdigit() else ("", "", "")
    return f"{before}{at}{host}{colon}{port}"


class Links:
    """The addresses of one template version, in order of appearance; the n-th is rendered from `_link_n`."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def cut(self, data: nodes.TemplateData) -> list[nodes.Node]:
        """The text around each link, and a name in its place."""
        pieces: list[nodes.Node] = []
        at = 0
        for found in HREF.finditer(data.data):
            url = attribute_value(found[1] or found[2] or found[3]).translate(_IGNORED).strip()
            if NOT_CLICKED.search(data.data, 0, found.start()) or not self._room_for(url) or not _leads_anywhere(url):
                continue
            pieces += [_data(data.data[at : found.start()] + 'href="', data), self._name(url, data), _data('"', data)]
            at = found.end()
        return [*pieces, _data(data.data[at:], data)]

    def _room_for(self, url: str) -> bool:
        return url in self.urls or len(self.urls) < MAX_LINKS

    def _name(self, url: str, data: nodes.TemplateData) -> nodes.Node:
        if url not in self.urls:
            self.urls.append(url)
        name = nodes.Name(f"_link_{self.urls.index(url)}", "load", lineno=data.lineno)
        return nodes.MarkSafe(name, lineno=data.lineno)  # our own address: escaping it would only cost time


def _leads_anywhere(url: str) -> bool:
    try:
        return bool(location_of(url))
    except ValueError:
        return False


def _data(text: str, like: nodes.TemplateData) -> nodes.TemplateData:
    return nodes.TemplateData(text, lineno=like.lineno)

"""Tracked links: found once when a template is compiled, so that rendering only puts a signed address in.

Only a whole, literal http(s) address in an `href` is tracked. One with `{{ }}` inside stays as it is: what it
leads to is not known beforehand, and /c/ redirects to stored addresses only.
"""

import re
from html import unescape

from jinja2 import nodes

HREF = re.compile(r"""(?<![\w-])href\s*=\s*(?:"(https?://[^"<>]+)"|'(https?://[^'<>]+)')""", re.IGNORECASE)
NOT_CLICKED = re.compile(r"<(?:link|base)\b[^<>]*$", re.IGNORECASE)
MAX_LINKS = 200


class Links:
    """The addresses of one template version, in order of appearance; the n-th is rendered from `_link_n`."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def cut(self, data: nodes.TemplateData) -> list[nodes.Node]:
        """The text around each link, and a name in its place."""
        pieces: list[nodes.Node] = []
        at = 0
        for found in HREF.finditer(data.data):
            url = unescape(found[1] or found[2]).strip()
            if NOT_CLICKED.search(data.data, 0, found.start()) or not self._room_for(url):
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


def _data(text: str, like: nodes.TemplateData) -> nodes.TemplateData:
    return nodes.TemplateData(text, lineno=like.lineno)

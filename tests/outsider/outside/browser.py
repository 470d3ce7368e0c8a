"""A browser without JavaScript: cookies, redirects, plain forms."""

import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin


class Page(HTMLParser):
    """The forms of a page: [(action, [(name, type, value)])]."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, list[tuple[str, str, str]]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.forms.append((found.get("action", ""), found.get("method", "get").lower(), []))
        elif tag == "input" and self.forms:
            self.forms[-1][2].append((found.get("name", ""), found.get("type", "text"), found.get("value", "")))


class Browser:
    """A browser without JavaScript."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.status = 0
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def open(self, path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """(where it ended, page)"""
        body = urlencode(form).encode() if form is not None else None
        try:
            answer = self.opener.open(urljoin(self.address, path), body, timeout=20)
        except HTTPError as refused:
            answer = refused
        with answer:
            self.status = answer.status or 0
            return answer.url.removeprefix(self.address), answer.read().decode()

    def submit(self, where: str, html: str, answers: dict[str, str]) -> tuple[str, str]:
        """Fill the form that has all the input types in answers (type -> value) and send it."""
        for action, method, inputs in Page(html).forms:
            if set(answers) <= {kind for _, kind, _ in inputs}:
                assert method == "post"
                form = {name: answers.get(kind, value) for name, kind, value in inputs if name}
                return self.open(urljoin(urljoin(self.address, where), action or where), form)
        raise AssertionError(f"no form with {set(answers)} on {where}: {html[:2000]}")

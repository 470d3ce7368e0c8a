"""What the parts of a mail hold, while they are looked through: texts, pages and files."""

import html
import re
from dataclasses import dataclass, field

from .files import File
from .mime import Part

ANY_TAG = re.compile(r"<[^<>]*>")


@dataclass(slots=True)
class Body:
    """Plain text, HTML or both in one place of a mail, and which parts they are; other: of a kind that is shown only
    where there is no ordinary one."""

    text: str = ""
    page: str = ""
    plain: Part | None = None
    rich: Part | None = None
    other: bool = False


@dataclass(slots=True)
class Found:
    """What a subtree of parts holds. words: what files say, for a mail that says nothing else."""

    bodies: list[Body] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    words: list[Body] = field(default_factory=list)

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


def _is_visible(page: str) -> bool:
    return "<img" in page.lower() or bool(html.unescape(ANY_TAG.sub("", page)).strip())


def _as_html(text: str) -> str:
    return f'<div style="white-space: pre-wrap">{html.escape(text)}</div>'

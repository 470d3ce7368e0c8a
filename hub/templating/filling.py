"""Runs a compiled template, and fills in for many what was run for one of them.

What a template only prints is a gap: two readers whose other values are alike get the same text around it. Such a form
is kept when a second reader asks for it, so that where all are unlike nothing is kept.
"""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from jinja2 import Template
from jinja2.exceptions import TemplateError
from markupsafe import escape

from hub.templating.meter import MAX_OUTPUT, TooMuch, refill
from hub.templating.phrases import Phrase, phrase
from hub.templating.problems import BrokenTemplate, Problem
from hub.templating.sandbox import MissingValue

FORMS, SEEN = 64, 1_024  # of one template, kept
# what a stranger's template may run into while it runs; all of it is the author's to mend, none of it ours
RUNS_INTO = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
_MARK = secrets.token_hex(8)  # nobody can have written it
_GAP = re.compile(rf"\x02{_MARK}\.(\d+)\x03")
_ABSENT, _THERE = object(), object()
_EMPTY: Mapping[str, Any] = {}

Names = tuple[tuple[str, ...], ...]
Filled = tuple[Sequence[str], Sequence[int], int]
"""The text with room for what comes into its gaps, which gap is which, and how long the text around them is."""


class Form:
    """One compiled file. gaps: names it only prints; decisive: all others that it uses."""

    def __init__(self, template: Template, gaps: Iterable[str], decisive: Iterable[str], *, escaped: bool) -> None:
        self._template = template
        self._gaps: Names = tuple(tuple(name.split(".")) for name in sorted(gaps))
        named = [*self._gaps, *(tuple(name.split(".")) for name in sorted(decisive))]
        self._groups: Names = tuple(dict.fromkeys(path[:-1] for path in named))
        self._spots = [(self._groups.index(path[:-1]), path[-1]) for path in named]
        self._bare = [len(path) == 1 or not escaped for path in self._gaps]  # an address of ours, which is no text
        self._forms: dict[tuple[Any, ...], Filled] = {}
        self._seen: set[int] = set()

    def pieces(self, values: Mapping[str, Any]) -> Sequence[str]:
        """The text in pieces, in turn what is the same for many and what is not. Raises BrokenTemplate."""
        try:
            groups = [_group(values, path) for path in self._groups]
            found = [groups[group].get(name, _ABSENT) for group, name in self._spots]
            count = len(self._gaps)
            key = (*(_kind(value, gap=True) for value in found[:count]), *map(_kind, found[count:]))
            form = self._forms.get(key) or self._form(key, values)
        except (TypeError, AttributeError):  # lists and groups decide, or no group stands where one is named
            form = None
        if form is None:
            return apart(run(self._template, values))
        fixed, places, length = form
        own = [self._written(place, found[place]) for place in places]
        filled = [*fixed]
        filled[1::2] = own
        return filled if length + sum(map(len, own)) <= MAX_OUTPUT else apart(run(self._template, values))

    def _form(self, key: tuple[Any, ...], values: Mapping[str, Any]) -> Filled | None:
        """Made for the second reader who needs it."""
        if hash(key) not in self._seen:
            if len(self._seen) >= SEEN:
                self._seen.clear()
            self._seen.add(hash(key))
            return None
        marked: dict[str, Any] = dict(values)
        for place, path in enumerate(self._gaps):
            if key[place] is _THERE:
                _put(marked, path, f"\x02{_MARK}.{place}\x03")
        parts = _GAP.split("".join(run(self._template, marked)))
        form = parts, [int(place) for place in parts[1::2]], sum(map(len, parts[::2]))
        if len(self._forms) >= FORMS:
            self._forms.pop(next(iter(self._forms)))
        self._forms[key] = form
        return form

    def _written(self, place: int, value: str | int) -> str:
        text = value if type(value) is str else str(value)
        if self._bare[place] or not ("&" in text or "<" in text or ">" in text or '"' in text or "'" in text):
            return text  # asked in that way because five looks take a fifth of a pattern's time
        return str(escape(text))


def apart(pieces: Sequence[str]) -> Sequence[str]:
    """None of them is known to be the same for many."""
    return [part for piece in pieces for part in ("", piece)]


def run(template: Template, values: Mapping[str, Any]) -> Sequence[str]:
    """Its text in pieces. Raises BrokenTemplate with the line where it stopped."""
    refill()
    pieces: list[str] = []
    size = 0
    try:
        for piece in template.root_render_func(template.new_context(dict(values))):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_OUTPUT:
                raise TooMuch(f"the message grows beyond {MAX_OUTPUT} characters")
    except RUNS_INTO as trouble:
        line, missing = _line_of(template, trouble.__traceback__), isinstance(trouble, MissingValue)
        raise BrokenTemplate([Problem(template.name or "template", line, _said(trouble), warning=missing)]) from trouble
    return pieces


def _group(values: Any, path: tuple[str, ...]) -> Any:
    """Empty where there is none; raises TypeError or AttributeError where something else stands on the way."""
    for name in path:
        values = values.get(name, _EMPTY)
    return values


def _put(values: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    """In copies of the groups on the way."""
    *groups, last = path
    for name in groups:
        values[name] = values = dict(values[name])
    values[last] = value


def _kind(value: Any, *, gap: bool = False) -> Any:
    """1, 1.0 and True are equal, and not printed alike. gap: what is only printed, and the same whatever it is."""
    kind = type(value)
    if gap and value and (kind is str or kind is int):
        return _THERE
    return value if kind is str else (kind, value)


def _line_of(template: Template, traceback: TracebackType | None) -> int:
    line = 1
    while traceback:
        if traceback.tb_frame.f_globals.get("__jinja_template__") is template or (
            traceback.tb_frame.f_code.co_filename == template.filename
        ):
            line = template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line


def _said(trouble: Exception) -> Phrase:
    if isinstance(trouble, MissingValue):
        return phrase('"%(name)s" is missing here; add |default("…")', name=trouble.message)
    if isinstance(trouble, TemplateError) and trouble.message:
        return Phrase(trouble.message)
    return phrase("cannot be rendered: %(why)s", why=trouble)

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
_SPECIAL = re.compile("[&<>\"']")
_ABSENT, _THERE = object(), object()

Names = tuple[tuple[str, ...], ...]
Filled = tuple[Sequence[str], Sequence[int]]
"""The text with room for what comes into its gaps, and which gap is which."""


class Form:
    """One compiled file. gaps: names it only prints; decisive: all others that it uses."""

    def __init__(self, template: Template, gaps: Iterable[str], decisive: Iterable[str], *, escaped: bool) -> None:
        self._template, self._escaped = template, escaped
        self._gaps: Names = tuple(tuple(name.split(".")) for name in sorted(gaps))
        self._decisive: Names = tuple(tuple(name.split(".")) for name in sorted(decisive))
        self._forms: dict[tuple[Any, ...], Filled] = {}
        self._seen: set[int] = set()

    def pieces(self, values: Mapping[str, Any]) -> Sequence[str]:
        """The text in pieces, in turn what is the same for many and what is not. Raises BrokenTemplate."""
        try:
            found = [_printable(_at(values, path)) for path in self._gaps]
            key = (
                *(_THERE if type(value) is str and value else _kind(value) for value in found),
                *(_kind(_at(values, path)) for path in self._decisive),
            )
            form = self._forms.get(key) or self._form(key, values)
        except TypeError:  # lists and groups decide
            form = None
        if form is None:
            return apart(run(self._template, values))
        fixed, places = form
        filled = list(fixed)
        filled[1::2] = [self._written(place, found[place]) for place in places]
        return filled if sum(map(len, filled)) <= MAX_OUTPUT else apart(run(self._template, values))

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
        form = parts, [int(place) for place in parts[1::2]]
        if len(self._forms) >= FORMS:
            self._forms.pop(next(iter(self._forms)))
        self._forms[key] = form
        return form

    def _written(self, place: int, value: str) -> str:
        own = len(self._gaps[place]) == 1  # an address of ours, which is no text
        return value if own or not self._escaped or not _SPECIAL.search(value) else str(escape(value))


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


def _at(values: Any, path: tuple[str, ...]) -> Any:
    """Raises TypeError where something else than a group stands on the way."""
    for name in path:
        try:
            values = values[name]
        except KeyError:
            return _ABSENT
    return values


def _put(values: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    """In copies of the groups on the way."""
    *groups, last = path
    for name in groups:
        values[name] = values = dict(values[name])
    values[last] = value


def _printable(value: Any) -> Any:
    return str(value) if type(value) is int and value else value


def _kind(value: Any) -> Any:
    """1, 1.0 and True are equal, and not printed alike."""
    return value if type(value) is str else (type(value), value)


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

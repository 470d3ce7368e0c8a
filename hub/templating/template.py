"""A message template: compiled once per version, rendered once per customer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from jinja2 import Template, nodes
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from markupsafe import escape

from hub.html.html_text import text_of_own_html
from hub.kinds import in_order
from hub.templating import inlining, plaintext
from hub.templating.inspection import names_used, partials_of
from hub.templating.links import Links
from hub.templating.meter import MAX_OUTPUT, TooMuch, refill
from hub.templating.parts import MAIL, MAX_SOURCE, SUBJECT, best_language, split_name, stem_of
from hub.templating.phrases import Phrase, phrase
from hub.templating.problems import BrokenTemplate, Problem
from hub.templating.sandbox import MessageEnvironment, MissingValue
from hub.templating.syntax import phrase_of

# what a stranger's template may run into while it runs; all of it is the author's to mend, none of it ours
RUNS_INTO = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
SUBJECT_FILE = "subject.txt"
COMPILES_INTO = (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message for one customer, on the channels that take one part of it."""

    subject: str = ""
    text: str = ""
    html: str = ""


class MessageTemplate:
    """files: {"email.html": source, "email.de.html": ..., "sms.txt": ...}; partials: what they may include.

    track: find the links in e-mail HTML; `urls` then holds them, and each leads where `values` say by `_link_0`...,
    else where it led. A text made from the HTML names the addresses themselves. Raises BrokenTemplate.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        partials: Mapping[str, str] | None = None,
        *,
        language: str = "en",
        track: bool = False,
    ) -> None:
        self.language = language
        self._partials = dict(partials or {})
        self._links = Links() if track else None
        self._styled = inlining.needs_inlining(*self._partials.values())
        self._environment = MessageEnvironment(self._partials, self._links)
        self._parts: dict[str, dict[str, Template]] = {}
        self._inlined_later: set[tuple[str, str]] = set()
        self.uses: set[str] = set()
        self._used_by: dict[str, set[str]] = {}
        included: set[str] = set()
        for file, source in sorted(files.items()):  # links are numbered alike in whatever order files were kept
            included |= self._add(file, source)
        for partial in sorted(included) if track else ():  # or links would be found while the first customer is written
            with compiling(partial):
                self._environment.get_template(partial)
        self._addresses = {f"_link_{n}": escape(url) for n, url in enumerate(self.urls)}
        if "email.txt" not in self._parts:
            self._derive_texts(files)

    @property
    def urls(self) -> Sequence[str]:
        return tuple(self._links.urls) if self._links else ()

    def uses_in_words(self, part: str) -> set[str]:
        """The names that its subject and text use; all of them where the text is made from the HTML."""
        written = self._used_by.get(f"{part}.txt")
        return self.uses if written is None else written | self._used_by.get(SUBJECT_FILE, set())

    def offers(self, part: str) -> bool:
        """Is there something for the channels that take this part?"""
        return f"{part}.txt" in self._parts or self.has_html(part)

    def has_html(self, part: str) -> bool:
        return f"{part}.html" in self._parts

    def offered(self) -> list[str]:
        """The parts there is something for."""
        return in_order([stem for stem in map(stem_of, self._parts) if self.offers(stem) and stem != SUBJECT])

    def render(self, part: str, language: str, values: Mapping[str, Any]) -> Rendered:
        if not self.offers(part):
            raise BrokenTemplate([Problem(part, 1, phrase("this template has nothing for that channel"))])
        return Rendered(
            self.subject(part, language, values), self.text(part, language, values), self.html(part, language, values)
        )

    def subject(self, part: str, language: str, values: Mapping[str, Any]) -> str:
        """One line, whatever the values hold: it becomes a header. A part without HTML that is no mail has none."""
        if part != MAIL and not self.has_html(part):
            return ""
        return " ".join(self.render_file(SUBJECT_FILE, language, values).split())

    def text(self, part: str, language: str, values: Mapping[str, Any]) -> str:
        if f"{part}.txt" not in self._parts:
            return text_of_own_html(self.html(part, language, {**values, **self._addresses}))
        return self.render_file(f"{part}.txt", language, values).strip()

    def html(self, part: str, language: str, values: Mapping[str, Any]) -> str:
        return "".join(self.html_pieces(part, language, values))

    def html_pieces(self, part: str, language: str, values: Mapping[str, Any]) -> Sequence[str]:
        """The HTML as it is put together: what is the same for everybody is the same object in each."""
        variants = self._parts.get(f"{part}.html")
        if not variants:
            return ()
        chosen = best_language(variants, language, self.language)
        pieces = run(variants[chosen], {**self._addresses, **values})
        later = (f"{part}.html", chosen) in self._inlined_later and any(pieces)
        return [inlining.inline("".join(pieces))] if later else pieces

    def render_file(self, part: str, language: str, values: Mapping[str, Any]) -> str:
        """One file, as it is written; empty when there is none."""
        variants = self._parts.get(part)
        if not variants:
            return ""
        return "".join(run(variants[best_language(variants, language, self.language)], values))

    def _add(self, file: str, source: str) -> set[str]:
        """The partials it needs."""
        named = split_name(file)
        if named is None:
            raise BrokenTemplate([Problem(file, 1, phrase("this is no part of a message; see docs/templates.md"))])
        part, language = named
        used = uses_of(self._environment, file, source, self._partials)
        names = set().union(*used.values())
        self.uses |= names
        self._used_by.setdefault(part, set()).update(names)
        prepared = source
        if part.endswith(".html") and (self._styled or inlining.needs_inlining(source)):
            inlined = None if self._styled else inlining.inline_source(source)
            prepared = inlined or source
            if not inlined:
                self._inlined_later.add((part, language))
        self._parts.setdefault(part, {})[language] = compile_part(self._environment, file, prepared)
        return set(used) - {file}

    def _derive_texts(self, files: Mapping[str, str]) -> None:
        """The text part from the HTML, per language; what a layout adds can only be told once it is rendered."""
        derived: dict[str, Template] = {}
        for file, source in files.items():
            part, language = split_name(file) or ("", "")
            if part == "email.html":
                text = None if partials_of(self._environment.checked(source, file)) else plaintext.text_source(source)
                if text is None:
                    return
                try:
                    derived[language] = compile_part(self._environment, "email.txt", text)
                except BrokenTemplate:
                    return
        if derived:
            self._parts["email.txt"] = derived


def uses_of(
    environment: MessageEnvironment, file: str, source: str, partials: Mapping[str, str]
) -> dict[str, set[str]]:
    """The names that the file and each partial it includes use. Raises BrokenTemplate for all that is wrong without
    running it."""
    found: dict[str, set[str]] = {}

    def visit(name: str, text: str, above: tuple[str, ...]) -> None:
        tree = _parsed(environment, name, text)
        found[name] = names_used(tree)
        for partial, line in partials_of(tree):
            if partial not in partials:
                raise BrokenTemplate([Problem(name, line, phrase('there is no "%(file)s"', file=partial))])
            if partial in (*above, name):
                raise BrokenTemplate([Problem(name, line, phrase('"%(file)s" includes itself', file=partial))])
            if partial not in found:
                visit(partial, partials[partial], (*above, name))

    visit(file, source, ())
    return found


def compile_part(environment: MessageEnvironment, file: str, source: str) -> Template:
    with compiling(file):
        code = environment.compile(source, file, file)
        return Template.from_code(environment, code, environment.globals)  # Jinja's ChainMap takes as long as the rest


@contextmanager
def compiling(file: str) -> Iterator[None]:
    """Whatever Jinja or Python say to the file becomes a BrokenTemplate."""
    refill()
    try:
        yield
    except TemplateSyntaxError as wrong:
        raise BrokenTemplate([Problem(file, wrong.lineno, phrase_of(wrong.message or "is not a template"))]) from wrong
    except COMPILES_INTO as wrong:
        raise BrokenTemplate([Problem(file, 1, phrase("cannot be compiled: %(why)s", why=wrong))]) from wrong


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


def _parsed(environment: MessageEnvironment, file: str, source: str) -> nodes.Template:
    if len(source) > MAX_SOURCE:
        raise BrokenTemplate([Problem(file, 1, phrase("is longer than %(most)s characters", most=MAX_SOURCE))])
    with compiling(file):
        return environment.checked(source, file)


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

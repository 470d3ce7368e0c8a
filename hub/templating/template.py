"""A message template: compiled once per version, rendered once per customer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from jinja2 import Template, nodes
from jinja2.exceptions import TemplateSyntaxError
from markupsafe import escape

from hub.approved import Chosen
from hub.html.html_text import text_of_own_html
from hub.kinds import in_order
from hub.templating import inlining, plaintext
from hub.templating.approved import ApprovedPart, read_written
from hub.templating.filling import Form
from hub.templating.inspection import names_used, only_printed, partials_of
from hub.templating.links import Links
from hub.templating.meter import refill
from hub.templating.names import bought_names
from hub.templating.parts import APPROVED, MAIL, MAX_SOURCE, SUBJECT, best_language, split_name, stem_of
from hub.templating.phrases import phrase
from hub.templating.problems import BrokenTemplate, Problem
from hub.templating.sandbox import MessageEnvironment
from hub.templating.syntax import phrase_of

SUBJECT_FILE = "subject.txt"
COMPILES_INTO = (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message for one customer, on the channels that take one part of it. approved: what is said instead where the
    provider takes no other words."""

    subject: str = ""
    text: str = ""
    html: str = ""
    approved: Chosen | None = None


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
        self._parts: dict[str, dict[str, Form]] = {}
        self._approved: dict[str, dict[str, ApprovedPart]] = {}
        self._inlined_later: set[tuple[str, str]] = set()
        self._mails: dict[str, str] = {}  # language -> HTML as it is compiled
        self.uses: set[str] = set()
        self.fields: set[str] = set()  # of a customer, by name
        self._used_by: dict[str, set[str]] = {}
        included: set[str] = set()
        for file, source in sorted(files.items()):  # links are numbered alike in whatever order files were kept
            included |= self._add(file, source)
        for partial in sorted(included) if track else ():  # or links would be found while the first customer is written
            with compiling(partial):
                self._environment.get_template(partial)
        self._addresses = {f"_link_{n}": escape(url) for n, url in enumerate(self.urls)}
        if "email.txt" not in self._parts:
            self._derive_texts()
        self.bought = bought_names(self.uses)  # what it asks of a customer's orders

    @property
    def urls(self) -> Sequence[str]:
        return tuple(self._links.urls) if self._links else ()

    def uses_in_words(self, part: str) -> set[str]:
        """The names that its subject and text use; all of them where the text is made from the HTML."""
        written = self._used_by.get(f"{part}.txt")
        if written is None:
            return self.uses
        return written | self._used_by.get(SUBJECT_FILE, set()) | self._used_by.get(f"{part}{APPROVED}", set())

    def offers(self, part: str) -> bool:
        """Is there something for the channels that take this part?"""
        return self.says(part) or self.approves(part)

    def says(self, part: str) -> bool:
        """In words of its own?"""
        return f"{part}.txt" in self._parts or self.has_html(part)

    def approves(self, part: str) -> bool:
        """In words that the provider approved of?"""
        return f"{part}{APPROVED}" in self._approved

    def approved_of(self, part: str) -> Sequence[ApprovedPart]:
        """In every language."""
        return tuple(self._approved.get(f"{part}{APPROVED}", {}).values())

    def has_html(self, part: str) -> bool:
        return f"{part}.html" in self._parts

    def offered(self) -> list[str]:
        """The parts there is something for."""
        stems = map(stem_of, (*self._parts, *self._approved))
        return in_order([stem for stem in stems if self.offers(stem) and stem != SUBJECT])

    def render(self, part: str, language: str, values: Mapping[str, Any]) -> Rendered:
        if not self.offers(part):
            raise BrokenTemplate([Problem(part, 1, phrase("this template has nothing for that channel"))])
        asked = (part, language, values)
        if not self.says(part):
            return Rendered(approved=self.approved(*asked))
        return Rendered(self.subject(*asked), self.text(*asked), self.html(*asked), self.approved(*asked))

    def approved(self, part: str, language: str, values: Mapping[str, Any]) -> Chosen | None:
        """What its words for the time when no others are taken come to; None without any. Raises BrokenTemplate."""
        file = f"{part}{APPROVED}"
        variants = self._approved.get(file)
        return variants[best_language(variants, language, self.language)].choose(file, values) if variants else None

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
        """The HTML as it is put together, in turn what is the same for many and what is not."""
        variants = self._parts.get(f"{part}.html")
        if not variants:
            return ()
        chosen = best_language(variants, language, self.language)
        pieces = variants[chosen].pieces({**self._addresses, **values})
        later = (f"{part}.html", chosen) in self._inlined_later and any(pieces)
        return ["", inlining.inline("".join(pieces))] if later else pieces

    def render_file(self, part: str, language: str, values: Mapping[str, Any]) -> str:
        """One file, as it is written; empty when there is none. Of approved words what comes into their gaps."""
        if part in self._approved:
            chosen = self.approved(part.removesuffix(APPROVED), language, values)
            return "\n".join([chosen.content_sid, *chosen.variables.values()]) if chosen else ""
        variants = self._parts.get(part)
        if not variants:
            return ""
        return "".join(variants[best_language(variants, language, self.language)].pieces(values))

    def _add(self, file: str, source: str) -> set[str]:
        """The partials it needs."""
        named = split_name(file)
        if named is None:
            raise BrokenTemplate([Problem(file, 1, phrase("this is no part of a message; see docs/templates.md"))])
        part, language = named
        if part.endswith(APPROVED):
            return self._add_approved(file, part, language, source)
        trees = trees_of(self._environment, file, source, self._partials)
        self._note_names(part, trees)
        prepared = source
        if part.endswith(".html") and (self._styled or inlining.needs_inlining(source)):
            inlined = None if self._styled else inlining.inline_source(source)
            prepared = inlined or source
            if not inlined:
                self._inlined_later.add((part, language))
        if part == "email.html":
            self._mails[language] = prepared if inlining.hides(source) else source
        self._parts.setdefault(part, {})[language] = self._form(file, prepared, list(trees.values()))
        return set(trees) - {file}

    def _note_names(self, part: str, trees: Mapping[str, nodes.Template]) -> None:
        names = {name for tree in trees.values() for name in names_used(tree)}
        self.uses |= names
        self.fields |= {name.split(".")[2] for name in names if name.startswith("customer.fields.")}
        self._used_by.setdefault(part, set()).update(names)

    def _add_approved(self, file: str, part: str, language: str, source: str) -> set[str]:
        """Each gap is a small template; what is wrong in one is told at its line of the file."""
        written = read_written(file, source)
        forms, included = dict[str, Form](), set[str]()
        for name, text in written.variables.items():
            try:
                trees = trees_of(self._environment, file, text, self._partials)
                forms[name] = self._form(file, text, list(trees.values()))
            except BrokenTemplate as broken:
                line = written.lines[name] - 1
                raise BrokenTemplate([replace(each, line=line + each.line) for each in broken.problems]) from broken
            self._note_names(part, trees)
            included |= set(trees) - {file}
        self._approved.setdefault(part, {})[language] = ApprovedPart(written.content_sid, forms)
        return included

    def _form(self, file: str, source: str, trees: Sequence[nodes.Template]) -> Form:
        """The file compiled; trees: its own, and those of what it includes."""
        template = compile_part(self._environment, file, source)
        printed, decisive = only_printed(trees)
        html = file.endswith(".html")
        links = {f"_link_{n}" for n in range(len(self.urls))} if html else set()
        return Form(template, printed | links, decisive, escaped=html)

    def _derive_texts(self) -> None:
        """The text part from the HTML, per language; what a layout adds, or a style hides that is moved to its places
        later, can only be told once it is rendered."""
        derived: dict[str, Form] = {}
        for language, source in self._mails.items():
            later = ("email.html", language) in self._inlined_later and inlining.hides(source)
            if later or partials_of(self._environment.checked(source, "email.html")):
                return
            text = plaintext.text_source(source)
            if text is None:
                return
            try:
                tree = self._environment.checked(text, "email.txt")
                derived[language] = self._form("email.txt", text, [tree])
            except (BrokenTemplate, TemplateSyntaxError):  # half of a condition stood where nobody sees it
                return
        if derived:
            self._parts["email.txt"] = derived


def trees_of(
    environment: MessageEnvironment, file: str, source: str, partials: Mapping[str, str]
) -> dict[str, nodes.Template]:
    """The file and each partial it includes, parsed. Raises BrokenTemplate for all that is wrong without running it."""
    found: dict[str, nodes.Template] = {}

    def visit(name: str, text: str, above: tuple[str, ...]) -> None:
        tree = found[name] = _parsed(environment, name, text)
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


def _parsed(environment: MessageEnvironment, file: str, source: str) -> nodes.Template:
    if len(source) > MAX_SOURCE:
        raise BrokenTemplate([Problem(file, 1, phrase("is longer than %(most)s characters", most=MAX_SOURCE))])
    with compiling(file):
        return environment.checked(source, file)

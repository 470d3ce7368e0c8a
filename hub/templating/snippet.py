"""Fills a snippet for one customer. What is not known stays in sight as ⟨name⟩, for whoever sends it to write."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Template
from jinja2.exceptions import TemplateSyntaxError

from hub.templating import filters
from hub.templating.filling import run
from hub.templating.given_names import first_name
from hub.templating.inspection import names_used
from hub.templating.names import SNIPPET_GROUPS, bought_names
from hub.templating.problems import BrokenTemplate, Problem
from hub.templating.sandbox import MessageEnvironment, Missing
from hub.templating.template import COMPILES_INTO, compile_part
from hub.templating.values import addressed, customer_values

FILE = "snippet"
GAP = re.compile(r"⟨[^⟨⟩\n]{1,80}⟩")


class Blank(str):
    """What to write where a value is missing: seen when it is printed, and false when it is asked for."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


class SnippetEnvironment(MessageEnvironment):
    groups = SNIPPET_GROUPS

    def __init__(self) -> None:
        super().__init__({})
        self.filters |= {"default": _default, "d": _default}

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Blank):
            return obj
        value = super().getitem(obj, argument)
        missing = isinstance(value, Missing) or value in ("", None)
        return Blank(f"⟨{str(argument).replace('_', ' ')[:60]}⟩") if missing else value


def _default(value: Any, fallback: Any = "", boolean: bool = True) -> Any:
    return fallback if isinstance(value, Blank) else filters.default(value, fallback, boolean)


@lru_cache(maxsize=1000)
def _compiled(source: str) -> Template:
    return compile_part(SnippetEnvironment(), FILE, source)


@lru_cache(maxsize=1000)
def asks_for(source: str) -> frozenset[str]:
    """What it names of a customer's orders; of a broken one nothing."""
    try:
        return bought_names(names_used(SnippetEnvironment().checked(source, FILE)))
    except (BrokenTemplate, TemplateSyntaxError, *COMPILES_INTO):
        return frozenset()


def check_snippet(source: str) -> Sequence[Problem]:
    """What keeps it from being inserted, for somebody of whom nothing but a name is known."""
    company = {name: name for name in SNIPPET_GROUPS["company"]}
    try:
        fill_snippet(source, snippet_values(customer_values("Ada Lovelace", "en"), company, "Ada", "ada@example.com"))
    except BrokenTemplate as broken:
        return broken.problems
    return ()


def fill_snippet(source: str, values: Mapping[str, Any]) -> str:
    """Raises BrokenTemplate."""
    return "".join(run(_compiled(source), values)).strip()


def snippet_values(
    customer: Mapping[str, Any], company: Mapping[str, Any], agent_name: str, agent_email: str
) -> dict[str, Any]:
    agent = {"name": agent_name, "first_name": first_name(agent_name), "email": agent_email}
    return {"customer": addressed(customer, company), "company": company, "agent": agent, "context": {}}


def first_gap(text: str) -> str:
    """The first place somebody still has to write, or nothing."""
    found = GAP.search(text)
    return found[0] if found else ""

"""Fills in what a machine answers by itself. It names nothing that a stranger wrote: forged senders would make us carry
their words to whomever they like (R21)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Template

from hub.templating.filling import run
from hub.templating.names import ANSWER_GROUPS
from hub.templating.problems import BrokenTemplate, Problem
from hub.templating.sandbox import MessageEnvironment
from hub.templating.template import compile_part

FILE = "answer"


class AnswerEnvironment(MessageEnvironment):
    groups = ANSWER_GROUPS

    def __init__(self) -> None:
        super().__init__({})


@lru_cache(maxsize=200)
def _compiled(source: str) -> Template:
    return compile_part(AnswerEnvironment(), FILE, source)


def answer_values(company: Mapping[str, Any], opens: str) -> dict[str, Any]:
    """opens: when somebody is there again, in words; "" while somebody is."""
    return {"company": company, "hours": {"opens": opens}, "context": {}}


def check_answer(source: str, company: Mapping[str, Any]) -> Sequence[Problem]:
    """What keeps it from being sent, in and outside of business hours."""
    try:
        for opens in ("tomorrow", ""):
            fill_answer(source, answer_values(company, opens))
    except BrokenTemplate as broken:
        return broken.problems
    return ()


def fill_answer(source: str, values: Mapping[str, Any]) -> str:
    """Raises BrokenTemplate."""
    return "".join(run(_compiled(source), values)).strip()

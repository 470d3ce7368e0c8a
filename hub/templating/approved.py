"""Words that a provider has approved of, as a part of a message: which ones, and what comes into their gaps.

whatsapp.json: {"content_sid": "HX0123...", "variables": {"1": "{{ customer.first_name|default('...') }}"}}
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hub.approved import Chosen
from hub.templating.filling import Form
from hub.templating.parts import MAX_SOURCE
from hub.templating.phrases import Phrase, phrase
from hub.templating.problems import BrokenTemplate, Problem

MOST = 100  # gaps
_SID = re.compile(r"HX[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Written:
    """As somebody wrote it: variables are templates, lines says where each stands."""

    content_sid: str
    variables: Mapping[str, str]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ApprovedPart:
    """The same, compiled."""

    content_sid: str
    variables: Mapping[str, Form]

    def choose(self, file: str, values: Mapping[str, object]) -> Chosen:
        """Raises BrokenTemplate; also for a gap that would stay empty, which WhatsApp refuses. It takes no line breaks
        and no rows of spaces in them either."""
        filled = {name: " ".join("".join(form.pieces(values)).split()) for name, form in self.variables.items()}
        empty = [name for name, text in filled.items() if not text]
        if empty:
            said = phrase('the gap "%(name)s" is empty here; add |default("…")', name=empty[0])
            raise BrokenTemplate([Problem(file, 1, said, warning=True)])
        return Chosen(self.content_sid, filled)


def read_written(file: str, source: str) -> Written:
    """Raises BrokenTemplate."""
    if len(source) > MAX_SOURCE:
        raise BrokenTemplate([Problem(file, 1, phrase("is longer than %(most)s characters", most=MAX_SOURCE))])
    try:
        given = json.loads(source)
    except json.JSONDecodeError as wrong:
        raise _broken(file, phrase("is no JSON: %(why)s", why=wrong.msg), wrong.lineno) from wrong
    except (ValueError, RecursionError) as wrong:
        raise _broken(file, phrase("is no JSON: %(why)s", why=wrong)) from wrong
    if not isinstance(given, dict) or set(given) - {"content_sid", "variables"}:
        raise _broken(file, phrase("holds content_sid and variables, and nothing else"))
    sid, variables = given.get("content_sid"), given.get("variables", {})
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise _broken(file, phrase("content_sid is the id of an approved template, HX and 32 letters and digits"))
    if not isinstance(variables, dict) or not all(isinstance(text, str) for text in variables.values()):
        raise _broken(file, phrase("variables are texts by the names of the gaps"))
    if len(variables) > MOST:
        raise _broken(file, phrase("has more than %(most)s gaps", most=MOST))
    lines = {name: source[: max(source.find(json.dumps(name)), 0)].count("\n") + 1 for name in variables}
    return Written(sid, variables, lines)


def write_source(content_sid: str, variables: Mapping[str, str]) -> str:
    """The file, as the pages keep it."""
    return json.dumps({"content_sid": content_sid, "variables": dict(variables)}, ensure_ascii=False, indent=1)


def _broken(file: str, said: Phrase, line: int = 1) -> BrokenTemplate:
    return BrokenTemplate([Problem(file, line, said)])

"""Finds every text the pages can say: what the templates and the handlers hand to gettext."""

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2.ext import babel_extract

ROOT = Path(__file__).parent.parent.parent
OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
WORDS = ("_", "gettext", "ngettext", "phrase", "TooMuch")

Key = str | tuple[str, str]


def used() -> list[Key]:
    """English texts, plurals as pairs, each once."""
    return list(dict.fromkeys([*_in_templates(), *_in_code()]))


def _in_templates() -> Iterator[Key]:
    for file in sorted((ROOT / "templates" / "pages").rglob("*.html")):
        with file.open("rb") as source:
            for _, function, found, _ in babel_extract(source, WORDS, [], OPTIONS):
                texts = [found] if isinstance(found, str) else [text for text in found if text]
                yield (texts[0], texts[1]) if function == "ngettext" else texts[0]


def _in_code() -> Iterator[Key]:
    hub = ROOT / "hub"
    said_there = [*(hub / "templating").glob("*.py"), *(hub / "campaigns").glob("*.py")]
    phrased = (*said_there, hub / "sequences" / "lifecycle.py")
    for file in sorted([hub / "kinds.py", hub / "reasons.py", *(hub / "web").rglob("*.py"), *phrased]):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if name in WORDS and texts and isinstance(texts[0], str):
                yield (texts[0], texts[1]) if name == "ngettext" else texts[0]

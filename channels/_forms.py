"""What somebody filled in or chose, as lines a person can read: forms and lists."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

SILENT = ("flow_token", "wa_flow_response_params")  # what a form says to its program
QUESTIONS = ("label", "question", "title", "name")
ANSWERS = ("value", "answer", "response", "values", "answers")
MOST_LINES = 500


def answers_of(text: str) -> list[str]:
    """One "label: value" a line for JSON, whatever its shape; the text itself when it is none."""
    tree = _tree(text)
    return _told(tree, text) if isinstance(tree, dict | list) else _as_it_is(text)


def choice_of(text: str) -> list[str]:
    """The answer inside an interactive message of WhatsApp: a form's fields, a row's or a button's words
    (https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components)."""
    tree = _tree(text)
    if not isinstance(tree, dict):
        return answers_of(text)
    for kind in ("list_reply", "button_reply"):
        if isinstance(chosen := tree.get(kind), dict):
            return [str(chosen[part]) for part in ("title", "description") if chosen.get(part)]
    form = tree.get("nfm_reply")
    if isinstance(form, dict) and "response_json" in form:
        answers = form["response_json"]
        return answers_of(answers) if isinstance(answers, str) else _told(answers, text)
    return _told({name: value for name, value in tree.items() if name != "type"}, text)


def _told(tree: Any, text: str) -> list[str]:
    try:
        lines = list(_lines(tree, ""))
    except RecursionError:  # nobody fills in a form like that
        return _as_it_is(text)
    return [*lines[:MOST_LINES], *(["…"] if len(lines) > MOST_LINES else [])]


def _as_it_is(text: str) -> list[str]:
    return [text] if text.strip() else []


def _tree(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _lines(tree: Any, label: str) -> Iterator[str]:
    if isinstance(tree, str) and tree[:1] in ("{", "[") and isinstance(inner := _tree(tree), dict | list):
        yield from _lines(inner, label)
    elif isinstance(tree, Mapping):
        yield from _fields(tree)
    elif isinstance(tree, list):
        plain = [_said(item) for item in tree if not isinstance(item, dict | list)]
        if plain:
            yield _labelled(label, ", ".join(filter(None, plain)))
        for item in tree:
            if isinstance(item, dict | list):
                yield from _lines(item, label)
    elif said := _said(tree):
        yield _labelled(label, said)


def _fields(tree: Mapping[str, Any]) -> Iterator[str]:
    question = next((name for name in QUESTIONS if isinstance(tree.get(name), str)), "")
    answer = next((name for name in ANSWERS if name in tree), "")
    if question and answer:
        yield from _lines(tree[answer], str(tree[question]))
        return
    for name, value in tree.items():
        if name not in SILENT:
            yield from _lines(value, name)


def _labelled(label: str, said: str) -> str:
    return f"{label}: {said}" if label else said


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return "" if value is None else str(value)

"""The acts of rules and macros as fields of a form, which the two share."""

from collections.abc import Mapping
from typing import Any

from hub.conversations import PRIORITIES
from hub.errors import InvalidInput
from hub.rules.sentences import Acts

MAX_LABEL = 40
ACTS = ("labels", "team", "agent", "priority", "note", "close")


def plain_acts(typed: Mapping[str, str]) -> dict[str, Any]:
    """What the form says is done; what is left empty is not."""
    done: dict[str, Any] = {name: typed[name].strip() for name in ACTS if typed[name].strip()}
    labels = split_words(typed["labels"])
    if any(len(label) > MAX_LABEL for label in labels):
        raise InvalidInput(f"a label has at most {MAX_LABEL} characters", "labels", "labels")
    if typed["priority"] not in ("", *PRIORITIES):
        raise InvalidInput("there is no such priority", "priority", "rule_part")
    done |= {"labels": labels} if labels else {}
    return done | ({"close": True} if typed["close"] else {})


def typed_acts(acts: Acts) -> dict[str, str]:
    """What its form shows."""
    shown = {
        "labels": ", ".join(acts.labels),
        "team": acts.team,
        "agent": acts.agent,
        "priority": acts.priority,
        "note": acts.note,
        "close": "yes" if acts.close else "",
    }
    return {field: value or "" for field, value in shown.items()}


def split_words(text: str) -> list[str]:
    """Separated by commas, each without needless blanks."""
    return [word for part in text.split(",") if (word := " ".join(part.split()))]

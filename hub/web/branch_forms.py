"""What a branch of a sequence asks, as the form says it: one choice, and for a condition what belongs to it."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from babel import Locale

from hub.errors import InvalidInput
from hub.fields import FORM_OF_ADDRESS
from hub.ids import is_id
from hub.store.condition_tree import AnyCondition, read_condition
from hub.web.forms import read_fields
from hub.web.segment_forms import COMPARED, FORM, ORDERED, Row, tree_of
from hub.web.segment_rows import rows_of

WRITTEN, CLICKED, SEGMENT, LABEL, OWN, KEPT = "written", "clicked", "segment", "label", "own", "kept"
HOWS = (*COMPARED, *ORDERED)
NEW_BRANCH: Mapping[str, Any] = {"segment": None, "clicked": None, "condition": None, "otherwise": 0}


async def read_branch(request: web.Request, place: int, locale: Locale) -> dict[str, Any]:
    """As somebody wrote it, whole or not."""
    fields = (f"{name}_{place}" for name in ("asks", "label", "field", "how", "value", "kept", "otherwise"))
    asks, label, field, how, value, kept, otherwise = await read_fields(request, *fields)
    step = {"kind": "branch", **NEW_BRANCH}
    step["otherwise"] = int(otherwise) if re.fullmatch("[0-9]{1,2}", otherwise) else 0
    word, _, which = asks.partition(":")
    if word == SEGMENT and is_id(which):
        step["segment"] = which
    elif word == CLICKED and re.fullmatch("[0-9]{1,2}", which):
        step["clicked"] = int(which)
    elif word == LABEL:
        step["condition"] = {"op": "label", "name": label.strip()}
    elif word == OWN:
        step["condition"] = _compared(field, how if how in HOWS else "is", value, locale)
    elif word == KEPT:
        step["condition"] = _kept(kept)
    return step


def _compared(field: str, how: str, value: str, locale: Locale) -> dict[str, Any]:
    """The condition; where something is missing none that could be stored, and shown again as it was written."""
    tree, _ = tree_of([Row(OWN, how, field.strip(), value.strip())], "and", locale)
    if tree["of"]:
        leaf: dict[str, Any] = tree["of"][0]
        return leaf
    return {"op": how, "field": f"fields.{field.strip()}", "value": None}


def _kept(written: str) -> dict[str, Any] | None:
    """A condition that a program made, and that the form only carries along."""
    try:
        return read_condition(json.loads(written)).model_dump(mode="json", exclude_none=True)
    except (InvalidInput, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Asked:
    """A branch as the form holds it; kept: a condition that has no fields of its own, as JSON."""

    asks: str
    label: str = ""
    field: str = ""
    how: str = ""
    value: str = ""
    kept: str = ""


def asked_by(step: Mapping[str, Any]) -> Asked:
    if step.get("segment"):
        return Asked(f"{SEGMENT}:{step['segment']}")
    if step.get("clicked") is not None:
        return Asked(f"{CLICKED}:{step['clicked']}")
    return _of_condition(step["condition"]) if step.get("condition") else Asked(WRITTEN)


def _of_condition(condition: Mapping[str, Any]) -> Asked:
    if condition["op"] == "label":
        return Asked(LABEL, label=str(condition["name"]))
    try:
        rows = rows_of(read_condition(dict(condition)), str)
    except InvalidInput:  # not whole yet
        return Asked(OWN, field=condition["field"].removeprefix("fields."), how=condition["op"])
    if rows and len(rows[1]) == 1 and rows[1][0].kind == OWN:
        [row] = rows[1]
        return Asked(OWN, field=row.name, how=row.how, value=row.value)
    if condition.get("field") == FORM:  # which segments ask in a row of its own
        return Asked(OWN, field=FORM_OF_ADDRESS.key, how=condition["op"], value=str(condition.get("value") or ""))
    return Asked(KEPT, kept=json.dumps(condition))


def conditions_of(steps: Sequence[Mapping[str, Any]]) -> dict[int, AnyCondition]:
    """Place of a branch -> the condition it asks, where it is whole."""
    found: dict[int, AnyCondition] = {}
    for place, step in enumerate(steps):
        with suppress(InvalidInput):
            if step["kind"] == "branch" and step.get("condition"):
                found[place] = read_condition(dict(step["condition"]))
    return found

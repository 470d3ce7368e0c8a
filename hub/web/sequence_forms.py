"""What the editor of a sequence says, step by step: read from its form, moved about, and what is missing in it.

Nothing is stored before somebody saves: adding and moving steps only shows the form again.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from hub.ids import is_id
from hub.sequences.definition import LATER, TALKING, EventName, Exit, Step, leads_on, milliseconds, read_trigger
from hub.web.branch_forms import NEW_BRANCH, read_branch
from hub.web.campaign_forms import ELSE, line
from hub.web.forms import read_fields
from hub.web.pages import speaker

MOST = 50
TRIGGER = -1
UNITS = ("m", "h", "d", "w")
OTHER = ("template", "subject", "text")  # of a second wording
EXITS: Sequence[str] = get_args(Exit)
GOAL = r"clicked|ordered|replied|label:[^\x00-\x1f\x7f\x85\u2028\u2029]{1,200}"
NEW: Mapping[str, Mapping[str, str]] = {
    "message": {"channel": "preferred", "template": "", "subject": "", "text": "", "purpose": ""},
    "wait": {"after": "3d", "until": ""},
    "label": {"name": ""},
    "task": {"title": ""},
    "call": {"title": ""},
    "webhook": {"url": ""},
    "branch": {},
    "end": {},
}
FIRST_FIELDS = {
    **{"message": "text", "wait": "amount", "label": "name", "task": "title", "call": "title"},
    **{"webhook": "url", "branch": "asks"},
}
_STEP: TypeAdapter[Any] = TypeAdapter(Step, config=LATER)


async def read_sequence(request: web.Request) -> dict[str, Any]:
    """name, trigger, steps, exits, goal as somebody wrote them: each step has its fields, whatever stands in them."""
    names = ("name", "event", "amount", "unit", "campaign", "count")
    name, event, amount, unit, campaign, count = await read_fields(request, *names)
    number = min(int(count), MOST) if re.fullmatch(r"[0-9]{1,3}", count) else 0
    [goal] = await read_fields(request, "goal")
    exits = await read_fields(request, *(f"exit_{exit}" for exit in EXITS))
    return {
        "name": line(name),
        "trigger": await _read_trigger(request, event, _duration(amount, unit), campaign),
        "steps": [await _read_step(request, place) for place in range(number)],
        "exits": [exit for exit, said in zip(EXITS, exits, strict=True) if said == "yes"],
        "goal": goal if re.fullmatch(GOAL, goal) else "",
    }


async def _read_trigger(request: web.Request, event: str, after: str, campaign: str) -> dict[str, Any]:
    if event == "segment.entered":
        [segment] = await read_fields(request, "segment")
        return {"event": event, "segment": segment if is_id(segment) else "", "after": after}
    if event == "date":
        field, days, side, at, once = await read_fields(request, "date_field", "date_days", "side", "date_at", "once")
        number = min(int(days), 366) if re.fullmatch("[0-9]{1,4}", days) else 0
        asked = {"days": -number if side == "before" else number, "at": at, "yearly": once != "yes"}
        return {"event": event, "field": line(field).removeprefix("fields."), **asked}
    return {
        "event": event if event in get_args(EventName) else "no_answer",
        "after": after,
        "campaign": campaign if is_id(campaign) and event in ("no_answer", "campaign.sent") else None,
    }


async def _read_step(request: web.Request, place: int) -> dict[str, Any]:
    [kind] = await read_fields(request, f"kind_{place}")
    kind = kind if kind in NEW else "message"
    if kind == "branch":
        step = await read_branch(request, place, speaker(request).locale)
        return step | {"otherwise": min(step["otherwise"], MOST)}
    given = await read_fields(request, *(f"{field}_{place}" for field in NEW[kind]))
    step = {"kind": kind, **dict(zip(NEW[kind], given, strict=True))}
    if kind == "wait":
        amount, unit = await read_fields(request, f"amount_{place}", f"unit_{place}")
        step["after"] = _duration(amount, unit)
    written = {field: said if field == "text" else line(said) for field, said in step.items()}
    if kind != "message":
        return written
    more = {"fallback": await _read_fallback(request, place), "other": await _read_other(request, place)}
    return written | {"channel": written["channel"] or "preferred", **more}


async def _read_other(request: web.Request, place: int) -> dict[str, Any] | None:
    """A second wording, where something is written or chosen for it."""
    given = await read_fields(request, *(f"other_{name}_{place}" for name in (*OTHER, "share", "measure", "enough")))
    template, subject, text, share, measure, enough = given
    if not (template or text.strip() or subject.strip()):
        return None
    return {
        **{"template": line(template), "subject": line(subject), "text": text},
        "share": _bounded(share, 1, 99, 50),
        "measure": measure if measure in ("clicks", "replies", "goal") else "",
        "enough": _bounded(enough, 10, 100_000, 50),
    }


def _bounded(text: str, least: int, most: int, usual: int) -> int:
    return min(max(int(text), least), most) if re.fullmatch("[0-9]{1,6}", text) else usual


async def _read_fallback(request: web.Request, place: int) -> dict[str, Any] | None:
    *behind, patience = await read_fields(request, *(f"{name}_{place}" for name in (*ELSE, "patience")))
    chosen = list(dict.fromkeys(line(name) for name in behind if line(name)))
    hours = min(int(patience), 720) if re.fullmatch("[0-9]{1,4}", patience) else 0
    return {"channels": chosen, "hours": hours} if chosen else None


def _duration(amount: str, unit: str) -> str:
    return f"{int(amount) if re.fullmatch('[0-9]{1,5}', amount) else 0}{unit if unit in UNITS else 'd'}"


def split_duration(duration: str) -> tuple[int, str]:
    """P3D, 3d -> (3, "d"), as a form shows it; seconds as minutes."""
    found = re.search(r"([0-9]+)([a-zA-Z])$", duration)
    amount, unit = (int(found[1]), found[2].lower()) if found else (0, "d")
    minutes = duration.startswith("PT") and unit == "m"
    return (-(-amount // 60), "m") if unit == "s" and not minutes else (amount, unit)


def move(values: dict[str, Any], action: str) -> str | None:
    """Do what a button beside the steps says (add-wait, up-2, remove-0), in place; the field or button to go on at,
    None when it is none of them."""
    found = re.fullmatch(r"(add|up|down|remove)-([a-z]+|[0-9]{1,2})", action)
    steps: list[dict[str, Any]] = values["steps"]
    if found is None or (found[1] == "add") != (found[2] in NEW):
        return None
    if found[1] == "add":
        return _add(steps, found[2])
    place = int(found[2])
    if place >= len(steps):
        return ""
    step = steps.pop(place)
    if found[1] == "remove":
        _renumber(steps, {number: number - 1 for number in range(place + 2, MOST + 1)})
        return "add-message"
    there = max(0, min(place + (1 if found[1] == "down" else -1), len(steps)))
    steps.insert(there, step)
    _renumber(steps, {place + 1: there + 1, there + 1: place + 1})
    edge = {("up", 0): "down", ("down", len(steps) - 1): "up"}.get((found[1], there), found[1])
    return f"{edge}-{there}"


def _renumber(steps: list[dict[str, Any]], moved: Mapping[int, int]) -> None:
    """A branch goes on leading to the step it led to, and asking about the message it asked about."""
    for step in steps:
        if step["kind"] == "branch":
            there = moved.get(step["otherwise"], step["otherwise"])
            step["otherwise"] = there if there <= len(steps) else 0
            step["clicked"] = moved.get(step["clicked"], step["clicked"])


def _add(steps: list[dict[str, Any]], kind: str) -> str:
    """A message is for what the message before it is for."""
    if len(steps) >= MOST:
        return ""
    step: dict[str, Any] = {"kind": kind, **NEW[kind]}
    step |= NEW_BRANCH if kind == "branch" else {}
    if kind == "message":
        step["purpose"] = next((one["purpose"] for one in reversed(steps) if one["kind"] == kind), "")
    steps.append(step)
    field = FIRST_FIELDS.get(kind)
    if field is None:
        return f"add-{kind}"
    return f"{field}_{len(steps) - 1}"


def find_missing(values: Mapping[str, Any]) -> dict[int, str]:
    """Place of a step (TRIGGER: what it begins with) -> the code of what is wrong with it."""
    event = values["trigger"]["event"]
    found = {place: _missing(step, event) for place, step in enumerate(values["steps"])}
    steps = enumerate(values["steps"], 1)
    lost = {number - 1 for number, step in steps if not leads_on(step, number, len(values["steps"]))}
    found |= dict.fromkeys(lost, "branch_back")
    found |= {TRIGGER: _missing_in_trigger(values["trigger"])}
    return {place: code for place, code in found.items() if code}


def _missing_in_trigger(trigger: Mapping[str, Any]) -> str:
    try:
        read_trigger(trigger)
    except ValidationError:
        return {"segment.entered": "no_segment_chosen", "date": "no_date_field"}.get(trigger["event"], "follow_up")
    return ""


def _missing(step: Mapping[str, Any], event: str) -> str:
    if step["kind"] == "message" and not step["template"] and not step["text"].strip():
        return "no_words"
    other = step.get("other")
    if other and not other["template"] and not other["text"].strip():
        return "no_other_words"
    if step["kind"] == "message" and event not in TALKING and not step["purpose"]:
        return "no_purpose"
    if step["kind"] == "wait" and not step["until"] and milliseconds(step["after"]) == 0:
        return "no_wait"
    if step["kind"] == "label" and not step["name"]:
        return "no_label"
    if step["kind"] in ("task", "call") and not step["title"]:
        return "no_task"
    if step["kind"] == "webhook":
        return "" if _is_whole(step) else "no_url"
    if step["kind"] == "branch":
        return "" if _is_whole(step) else "fill_in"
    return "" if _is_whole(step) else "no_wait" if step["kind"] == "wait" else "follow_up"


def _is_whole(step: Mapping[str, Any]) -> bool:
    try:
        _STEP.validate_python(dict(step))
    except ValidationError:
        return False
    return True


def columns_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the store keeps them, once nothing is missing."""
    steps = [_STEP.validate_python(dict(step)).model_dump(mode="json") for step in values["steps"]]
    return {**values, "trigger": read_trigger(values["trigger"]).model_dump(mode="json"), "steps": steps}

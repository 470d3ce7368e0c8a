"""Sequences: follow-ups for silent customers - made in one sentence, started, paused, looked through."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import ValidationError
from sqlalchemy import Connection

from hub.campaigns.content import words_of
from hub.context import Hub
from hub.errors import Conflict, InvalidInput
from hub.ids import is_id
from hub.sequences import lifecycle
from hub.sequences.definition import MessageStep, Trigger
from hub.sequences.forecast import Forecast, forecast
from hub.sequences.hooking import secret_of
from hub.sequences.leaving import take_out
from hub.sequences.splitting import list_standings
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.campaigns import list_campaigns
from hub.store.condition_tree import ids_in
from hub.store.customers import list_customers_by_id
from hub.store.gate import check_customer
from hub.store.segment_choices import list_names, load_choices
from hub.store.segments import list_segments
from hub.store.sequence_goals import count_reached
from hub.store.sequence_versions import count_steps
from hub.store.sequences import (
    Run,
    StoredSequence,
    count_runs,
    forget_sequence,
    get_sequence,
    list_runs,
    list_sequences,
)
from hub.store.step_hooks import StepHook, count_hooks, list_hooks
from hub.store.step_messages import count_sent
from hub.store.templates import list_templates
from hub.store.visibility import Visibility
from hub.templating.folders import find_folders
from hub.templating.phrases import Phrase
from hub.templating.problems import Problem
from hub.web.branch_forms import asked_by, conditions_of
from hub.web.campaign_forms import line
from hub.web.forms import read_fields
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.quotes import money
from hub.web.refusals import refusals, say_refusal
from hub.web.segment_words import in_words
from hub.web.segments import telling_of
from hub.web.sequence_forms import columns_of, find_missing, move, read_sequence, split_duration
from hub.web.sequence_map import draw

PAGE = 50


async def index(request: web.Request) -> web.Response:
    return await _index(request)


async def _index(request: web.Request, problem: str = "", status: int = 200) -> web.Response:
    hub = request.app[HUB]
    values = await hub.store.read(_list) | {"folders": list(find_folders(hub.settings))}
    return render(request, "sequences/index.html", status=status, problem=problem, **values)


def _list(conn: Connection) -> dict[str, Any]:
    found = list_sequences(conn, limit=200)
    counts = count_runs(conn, [sequence.id for sequence in found])
    rows = [(sequence, counts[sequence.id]) for sequence in found]
    return {"rows": rows, "templates": list_templates(conn, limit=200)}


async def create(request: web.Request) -> web.Response:
    """No answer after N days: a message on the preferred channel; or one without steps, for the editor."""
    hub = request.app[HUB]
    try:
        [action] = await read_fields(request, "action")
        values = await _read_name(request) if action == "open" else await _read(request)
        audit_about(values["name"])
        made = await hub.store.write(lifecycle.write_down, values, hub.clock.now())
    except InvalidInput as wrong:
        return await _index(request, say_refusal(request, wrong), 422)
    raise web.HTTPSeeOther(f"/sequences/{made.id}")


async def _read_name(request: web.Request) -> dict[str, Any]:
    [name] = await read_fields(request, "name")
    trigger = Trigger(event="no_answer", after="3d").model_dump(mode="json")
    named = line(name) or speaker(request).gettext("Follow-up")
    return {"name": named, "trigger": trigger, "steps": [], "exits": ["reply", "opt_out"]}


async def _read(request: web.Request) -> dict[str, Any]:
    name, purpose, event, days = await read_fields(request, "name", "purpose", "event", "days")
    template, text = await read_fields(request, "template", "text")
    if not re.fullmatch("[0-9]{1,4}", days) or not int(days):
        raise InvalidInput("give a number of days from 1 to 9999", "days", "days")
    trigger: dict[str, Any] = {"event": event, "after": f"{int(days)}d"}
    step: dict[str, Any] = {"kind": "message", "purpose": line(purpose), "template": line(template), "text": text}
    if not template and not text.strip():
        raise InvalidInput("write the follow-up, or choose a template", "text", "no_words")
    try:
        begins, says = Trigger.model_validate(trigger), MessageStep.model_validate(step)
    except ValidationError as wrong:
        raise InvalidInput(str(wrong.errors()[0]["msg"]), str(wrong.errors()[0]["loc"][0]), "follow_up") from wrong
    return {
        "name": line(name) or speaker(request).gettext("Follow-up"),
        "trigger": begins.model_dump(mode="json"),
        "steps": [says.model_dump(mode="json")],
        "exits": ["reply"],
    }


async def show(request: web.Request) -> web.Response:
    return await _show(request)


async def _show(request: web.Request, status: int = 200, **said: Any) -> web.Response:
    """said: the form as it stands (`values`), where to go on in it (`focus`), what is wrong (`problem`, and `missing`
    of its steps)."""
    hub, id = request.app[HUB], _id(request)
    customer = request.query.get("as", "")
    who = request[VISIBILITY]
    values = said.pop("values", None)
    found = await hub.store.read(_load, hub, id, who, values)
    sequence: StoredSequence = found["sequence"]
    told: list[Forecast] = []
    if is_id(customer):
        now = hub.clock.now()
        await hub.store.read(check_customer, who, customer)
        told = await hub.store.read(forecast, hub.outbox_deps, words_of(hub), id, customer, now)
    values = values or {part: getattr(sequence, part) for part in ("name", "trigger", "steps", "exits", "goal")}
    more = {"focus": "", "problem": "", "missing": {}, "values": values} | said
    return render(
        request,
        "sequences/show.html",
        status=status,
        told=told,
        refusal=partial(say_refusal, request),
        sentences=refusals(speaker(request)),
        split=split_duration,
        asked_by=asked_by,
        secret=secret_of(hub.signer, id),
        money=partial(money, request),
        spots=draw(values["steps"]),
        conditions=_conditions(request, values["steps"], found["named"]),
        channels=[channel for channel in hub.channels.values() if channel.capabilities.writes],
        folders=list(find_folders(hub.settings)),
        **found,
        **more,
    )


def _conditions(request: web.Request, steps: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> dict[int, str]:
    """Place of a branch -> what it asks, in words."""
    telling = telling_of(request, names)
    return {place: in_words(condition, telling) for place, condition in conditions_of(steps).items()}


def _load(conn: Connection, hub: Hub, id: str, who: Visibility, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """values: the form as it stands, whose words are looked at instead of those that are stored."""
    sequence: StoredSequence = get_sequence(conn, id)
    said = sequence if not values or find_missing(values) else replace(sequence, steps=columns_of(values)["steps"])
    runs: list[Run] = list_runs(conn, id, limit=PAGE, who=who)
    known = list_customers_by_id(conn, [run.customer_id for run in runs])
    standing, choices = count_steps(conn, id), load_choices(conn)
    return {
        "sequence": sequence,
        "runs": runs,
        "reached": count_reached(conn, id, sequence.goal),
        "names": {id: customer.name for id, customer in known.items()},
        "counts": count_runs(conn, [id])[id],
        "standing": {step: number for (version, step), number in standing.items() if version == sequence.version},
        "earlier": sum(number for (version, _), number in standing.items() if version != sequence.version),
        "wrong": _by_step(lifecycle.find_problems(conn, words_of(hub), hub.channels, said)),
        "templates": list_templates(conn, limit=200),
        "campaigns": list_campaigns(conn, limit=50),
        "segments": list_segments(conn, limit=100),
        "fields": choices.fields,
        "goal_labels": choices.labels,
        "sent": count_sent(conn, id, sequence.version),
        "sides": list_standings(conn, sequence, hub.clock.now()),
        "hooked": count_hooks(conn, id, sequence.version),
        "hooks": _by_run(list_hooks(conn, id, list(known))),
        "named": _list_named(conn, values or {"steps": sequence.steps}),
    }


def _by_run(hooks: Sequence[StepHook]) -> Mapping[str, list[StepHook]]:
    return {run: [one for one in hooks if one.run_id == run] for run in {one.run_id for one in hooks}}


def _list_named(conn: Connection, values: Mapping[str, Any]) -> Mapping[str, str]:
    return list_names(conn, [id for one in conditions_of(values["steps"]).values() for id in ids_in(one)])


def _by_step(problems: Sequence[Problem]) -> dict[int, list[Problem]]:
    """Place of a step -> what is wrong with it, each said once: the same text may be for many channels."""
    found: dict[int, dict[tuple[int, Phrase], Problem]] = {}
    for each in problems:
        number, _, file = each.file.partition("/")
        found.setdefault(int(number) - 1, {}).setdefault((each.line, each.said), replace(each, file=file))
    return {place: list(said.values()) for place, said in found.items()}


async def change(request: web.Request) -> web.Response:
    """Start, pause or delete; save what the editor says, or show it again with a step more; take a customer out."""
    hub, id = request.app[HUB], _id(request)
    action, run, count = await read_fields(request, "action", "run", "count")
    if action == "delete":
        audit_about(id, Deed.SEQUENCE_REMOVED)
        await hub.store.write(forget_sequence, id)
        raise web.HTTPSeeOther("/sequences")
    if action in ("start", "save"):
        refused = await _save(request) if count else None
        refused = refused or (await _start(request, id) if action == "start" else None)
        if refused:
            return refused
    elif action == "pause":
        audit_about(id, Deed.SEQUENCE_PAUSED)
        await hub.store.write(lifecycle.pause, id, hub.clock.now())
    elif action == "take-out":
        audit_about(id, Deed.SEQUENCE_CHANGED)
        await hub.store.write(take_out, request[VISIBILITY], id, run, hub.clock.now())
    else:
        return await _edit(request, action)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/sequences/{id}")


async def _edit(request: web.Request, action: str) -> web.Response:
    """The form with a step more, or less, or moved; nothing is stored."""
    values = await read_sequence(request)
    focus = move(values, action)
    if focus is None:
        raise web.HTTPBadRequest
    return await _show(request, values=values, focus=focus)


async def _save(request: web.Request) -> web.Response | None:
    """None once it is stored; else the form again, with what is wrong."""
    hub, id = request.app[HUB], _id(request)
    values = await read_sequence(request)
    missing = find_missing(values)
    if missing:
        return await _show(request, 422, values=values, missing=missing)
    audit_about(id, Deed.SEQUENCE_CHANGED)
    try:
        await hub.store.write(lifecycle.change, words_of(hub), hub.channels, id, columns_of(values), hub.clock.now())
    except (Conflict, InvalidInput) as refused:
        return await _show(request, 409, values=values, problem=say_refusal(request, refused))
    return None


async def _start(request: web.Request, id: str) -> web.Response | None:
    """None once it is active; else the page with what is wrong."""
    hub = request.app[HUB]
    audit_about(id, Deed.SEQUENCE_STARTED)
    try:
        prepared = await hub.store.read(lifecycle.prepare, words_of(hub), hub.channels, id)
        await hub.store.write(lifecycle.start, prepared, hub.clock.now())
    except (Conflict, InvalidInput) as refused:
        return await _show(request, 409, problem=say_refusal(request, refused))
    return None


def _id(request: web.Request) -> str:
    if not is_id(request.match_info["id"]):
        raise web.HTTPNotFound
    return request.match_info["id"]

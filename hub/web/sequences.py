"""Sequences: follow-ups for silent customers - made in one sentence, started, paused, looked through."""

from functools import partial
from typing import Any

from aiohttp import web
from pydantic import ValidationError
from sqlalchemy import Connection

from hub.campaigns.content import words_of
from hub.context import Hub
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.sequences import lifecycle
from hub.sequences.definition import MessageStep, Trigger
from hub.sequences.forecast import Forecast, forecast
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.customers import list_customers_by_id
from hub.store.gate import check_customer
from hub.store.sequences import (
    Run,
    StoredSequence,
    count_runs,
    forget_sequence,
    get_sequence,
    list_runs,
    list_sequences,
)
from hub.store.templates import list_templates
from hub.store.visibility import Visibility
from hub.templating.folders import find_folders
from hub.web.campaign_forms import line
from hub.web.forms import read_fields
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.refusals import say_refusal

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
    """No answer after N days: a message on the preferred channel."""
    hub = request.app[HUB]
    try:
        values = await _read(request)
        audit_about(values["name"])
        made = await hub.store.write(lifecycle.write_down, values, hub.clock.now())
    except InvalidInput as wrong:
        return await _index(request, say_refusal(request, wrong), 422)
    raise web.HTTPSeeOther(f"/sequences/{made.id}")


async def _read(request: web.Request) -> dict[str, Any]:
    name, purpose, event, days = await read_fields(request, "name", "purpose", "event", "days")
    template, text = await read_fields(request, "template", "text")
    if not (days.isascii() and days.isdigit() and 0 < int(days) <= 9999):
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
    hub, id = request.app[HUB], _id(request)
    customer = request.query.get("as", "")
    who = request[VISIBILITY]
    values = await hub.store.read(_load, hub, id, who)
    told: list[Forecast] = []
    if is_id(customer):
        now = hub.clock.now()
        await hub.store.read(check_customer, who, customer)
        told = await hub.store.read(forecast, hub.outbox_deps, words_of(hub), id, customer, now)
    return render(request, "sequences/show.html", told=told, refusal=partial(say_refusal, request), **values)


def _load(conn: Connection, hub: Hub, id: str, who: Visibility) -> dict[str, Any]:
    sequence: StoredSequence = get_sequence(conn, id)
    runs: list[Run] = list_runs(conn, id, limit=PAGE, who=who)
    known = list_customers_by_id(conn, [run.customer_id for run in runs])
    return {
        "sequence": sequence,
        "runs": runs,
        "names": {id: customer.name for id, customer in known.items()},
        "counts": count_runs(conn, [id])[id],
        "problems": lifecycle.find_problems(conn, words_of(hub), hub.channels, sequence),
    }


async def change(request: web.Request) -> web.Response:
    """Start, pause or delete."""
    hub, id = request.app[HUB], _id(request)
    [action] = await read_fields(request, "action")
    if action == "delete":
        audit_about(id, Deed.SEQUENCE_REMOVED)
        await hub.store.write(forget_sequence, id)
        raise web.HTTPSeeOther("/sequences")
    if action == "start":
        audit_about(id, Deed.SEQUENCE_STARTED)
        await _start(hub, id)
    elif action == "pause":
        audit_about(id, Deed.SEQUENCE_PAUSED)
        await hub.store.write(lifecycle.pause, id, hub.clock.now())
    else:
        raise web.HTTPBadRequest
    hub.live.wake()
    raise web.HTTPSeeOther(f"/sequences/{id}")


async def _start(hub: Hub, id: str) -> None:
    prepared = await hub.store.read(lifecycle.prepare, words_of(hub), hub.channels, id)
    await hub.store.write(lifecycle.start, prepared, hub.clock.now())


def _id(request: web.Request) -> str:
    if not is_id(request.match_info["id"]):
        raise web.HTTPNotFound
    return request.match_info["id"]

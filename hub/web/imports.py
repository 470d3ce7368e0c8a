"""The wizard that brings customers in from a file: file, columns and basis, check, done - and back again."""

import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import DAY
from hub.errors import InvalidInput
from hub.exchange.batches import EXISTING
from hub.exchange.chosen_columns import recall, remember
from hub.exchange.deciding import Rules
from hub.exchange.sheets import write_rows
from hub.exchange.values import KINDS
from hub.ids import is_id
from hub.store import imports as store
from hub.store.agents import list_agents
from hub.store.audited import audit_about
from hub.store.imports import Import
from hub.store.segment_choices import load_choices
from hub.store.segments import Segment, add_frozen_of_import
from hub.web.downloads import TYPES, disposition_of, send_growing
from hub.web.forms import Form, read_form
from hub.web.import_forms import (
    AGREEABLE,
    Faulty,
    Wrongs,
    choices_of,
    read_columns,
    read_country,
    read_rules,
    shown_columns,
    typed_rules,
)
from hub.web.import_reasons import reason_in
from hub.web.import_words import import_words, targets
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.refusals import refusals

PAGE = 50
PIECE = 1_000_000  # octets of a file that are written together
MAX_FILE = 100_000_000
FIRST_PROBLEMS = 20
AT_ONCE = 500  # problems that stand in memory
UNDO_DAYS = 7
OPEN = ("columns", "checked")
TRIED: dict[str, Any] = {"done": 0, "counts": {}, "problem": ""}


async def index(request: web.Request) -> web.Response:
    _check_whole(request)
    before = request.query.get("before", "")
    rows, agents = await request.app[HUB].store.read(
        lambda conn: (store.list_imports(conn, before if is_id(before) else None, PAGE + 1), list_agents(conn))
    )
    following = rows[PAGE - 1].id if len(rows) > PAGE else ""
    names = {agent.id: agent.name for agent in agents}
    return render(
        request,
        "imports/index.html",
        rows=rows[:PAGE],
        next=following,
        before=before,
        names=names,
        **import_words(request),
    )


async def create(request: web.Request) -> web.Response:
    """Takes the file in, piece by piece; then it is read."""
    _check_whole(request)
    hub, form = request.app[HUB], await read_form(request)
    file = form.get("file")
    if not isinstance(file, web.FileField) or not file.filename:
        raise InvalidInput("choose a file", "file", "import_file")
    name = "".join(sign for sign in file.filename.replace("\\", "/").rpartition("/")[2] if sign.isprintable())[:200]
    audit_about(name)
    id = await hub.store.write(store.begin_import, name.strip() or "file", request[AGENT].id, hub.clock.now())
    number = 0
    while piece := file.file.read(PIECE):
        await hub.store.write(store.add_piece, id, number, piece)
        number += 1
    rules = Rules(country=hub.settings.company.country or "DE").stored()
    await hub.store.write(_move, id, ("arriving",), {"state": "reading", "rules": rules})
    return _on(request, id)


async def show(request: web.Request) -> web.Response:
    _check_whole(request)
    one = await request.app[HUB].store.read(store.get_import, _id(request))
    step = request.query.get("step", "")
    return await _page(request, one, step if one.state in OPEN and step in OPEN else one.state)


async def _page(
    request: web.Request, one: Import, step: str, form: Form | None = None, wrong: Faulty | None = None
) -> web.Response:
    """form: what was sent and is wrong; it stands there again."""
    hub, say = request.app[HUB], speaker(request)
    rules = Rules(**one.rules) if one.rules else Rules()
    problems, choices = await hub.store.read(
        lambda conn: (store.list_problems(conn, one.id, 0, FIRST_PROBLEMS), load_choices(conn))
    )
    return render(
        request,
        "imports/show.html",
        status=422 if wrong else 200,
        one=one,
        step=step,
        rules=typed_rules(form, rules) if form is not None else rules,
        country=str(form.get("country", "")) if form is not None else rules.country,
        columns=shown_columns(one.found.get("columns", ()), form),
        faults=_sentences(request, wrong) if wrong else {},
        problems=problems,
        purposes=choices.purposes,
        fields=choices.fields,
        targets=targets(say.gettext),
        kinds=KINDS,
        existing=EXISTING,
        agreeable=[kind for kind in AGREEABLE if kind in hub.channels.kinds()],
        may_undo=_may_undo(one, hub.clock.now()),
        until=(one.ended_at or 0) + UNDO_DAYS * DAY,
        reason=reason_in(say.gettext),
        **import_words(request),
    )


def _sentences(request: web.Request, wrong: Faulty) -> dict[str, str]:
    """Field -> what is wrong with it; "" -> that something is."""
    known = refusals(speaker(request))
    return {"": known[wrong.code], **{field: known[code] for field, code in wrong.faults.items()}}


async def decide(request: web.Request) -> web.Response:
    """What the columns become and on what basis; from here on it is tried: nothing is written but what would become of
    the rows."""
    _check_whole(request)
    hub, id, form = request.app[HUB], _id(request), await read_form(request)
    one = await hub.store.read(store.get_import, id)
    try:
        await hub.store.write(_decide, one, form)
    except Faulty as wrong:
        return await _page(request, one, "columns", form, wrong)
    return _on(request, id)


def _decide(conn: Connection, one: Import, form: Form) -> None:
    """What is decided is remembered for files with these headings. Raises Faulty for all that is wrong at once."""
    rules, headings = Rules(**one.rules), one.found.get("headings", [])
    columns: Any = one.found.get("columns", [])
    wrong = Wrongs()
    with wrong:
        columns = read_columns(form, columns) if one.found.get("kind") != "vcf" else columns
    with wrong:
        rules = replace(rules, country=read_country(form, rules.country))
    with wrong:
        rules = read_rules(form, rules, columns)
    wrong.tell()
    if chosen := choices_of(columns) if one.found.get("kind") != "vcf" else {}:
        remember(conn, headings, chosen)
    known = {heading: list(choice) for heading, choice in recall(conn, headings).items()}
    changes = {"rules": {**rules.stored(), "columns": known}, "found": {**one.found, "columns": columns}}
    _begin(conn, one.id, OPEN, {"state": "checking", **changes})


async def start(request: web.Request) -> web.Response:
    _check_whole(request)
    hub, id = request.app[HUB], _id(request)
    one = await hub.store.read(store.get_import, id)
    audit_about(one.name)
    await hub.store.write(_begin, id, ("checked",), {"state": "running", "started_at": hub.clock.now()})
    return _on(request, id)


async def undo(request: web.Request) -> web.Response:
    _check_whole(request)
    hub, id = request.app[HUB], _id(request)
    one = await hub.store.read(store.get_import, id)
    if not _may_undo(one, hub.clock.now()):
        raise InvalidInput("too long ago, or undone already", "", "import_over")
    audit_about(one.name)
    await hub.store.write(_move, id, ("done", "failed"), {"state": "undoing", "done": 0})
    return _on(request, id)


async def segment(request: web.Request) -> web.Response:
    """Those who stand in it, kept together, so that they can be written to."""
    _check_whole(request)
    hub, id, say = request.app[HUB], _id(request), speaker(request)
    day = say.date(f"{say.local(hub.clock.now()):%Y-%m-%d}")
    made = await hub.store.write(_together, id, day, hub.clock.now())
    raise web.HTTPSeeOther(f"/segments/{made.id}")


def _together(conn: Connection, id: str, day: str, at: int) -> Segment:
    one = store.get_import(conn, id)
    if one.state != "done":
        raise InvalidInput("nobody is kept as brought in", "", "import_over")
    name = f"{one.name} · {day}"
    audit_about(name)
    return add_frozen_of_import(conn, name, id, at)


async def destroy(request: web.Request) -> web.Response:
    """One that brought nothing in."""
    _check_whole(request)
    await request.app[HUB].store.write(_forget, _id(request))
    raise web.HTTPSeeOther("/imports")


async def problems(request: web.Request) -> web.StreamResponse:
    """The rows that were refused or taken in part, each with its reasons, to be put right and brought in again."""
    _check_whole(request)
    hub = request.app[HUB]
    one = await hub.store.read(store.get_import, _id(request))
    name, separator = f"{one.name.rpartition('.')[0] or one.name}-problems.csv", speaker(request).separator

    async def pieces() -> AsyncIterator[bytes]:
        yield _lines([("Import row", "Import problem", *one.found.get("headings", []))], separator, "\ufeff")
        after = 0
        while rows := await hub.store.read(store.list_problems, one.id, after, AT_ONCE):
            yield _lines([(str(row.number), row.problem, *row.cells) for row in rows], separator)
            after = rows[-1].number

    headers = {"Content-Disposition": disposition_of(name), "Content-Type": TYPES["csv"]}
    return await send_growing(request, pieces(), headers)


def _lines(rows: list[tuple[str, ...]], separator: str, mark: str = "") -> bytes:
    text = io.StringIO(mark, newline="")
    text.seek(0, io.SEEK_END)
    write_rows(text, rows, separator)
    return text.getvalue().encode("utf-8", "replace")


def _begin(conn: Connection, id: str, among: tuple[str, ...], changes: Mapping[str, Any]) -> None:
    store.forget_problems(conn, id)
    store.mark_import(conn, id, among, **{**TRIED, **changes})


def _move(conn: Connection, id: str, among: tuple[str, ...], changes: Mapping[str, Any]) -> None:
    store.mark_import(conn, id, among, **changes)


def _forget(conn: Connection, id: str) -> None:
    one = store.get_import(conn, id)
    if one.is_working or one.started_at is not None:
        raise InvalidInput("it brought customers in", "", "import_started")
    store.forget_import(conn, id)


def _may_undo(one: Import, now: int) -> bool:
    is_over = one.state in ("done", "failed") and one.started_at is not None
    return is_over and now < (one.ended_at or 0) + UNDO_DAYS * DAY


def _check_whole(request: web.Request) -> None:
    """An import reaches every customer: it is not for who sees some teams only."""
    if not request[VISIBILITY].has_all_teams:
        raise web.HTTPForbidden


def _on(request: web.Request, id: str) -> web.Response:
    request.app[HUB].live.wake()
    raise web.HTTPSeeOther(f"/imports/{id}")


def _id(request: web.Request) -> str:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    return id

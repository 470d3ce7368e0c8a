"""Segments: the list, and the builder with its live count and its sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.campaigns.audience import check_free
from hub.ids import is_id
from hub.store import segments as store
from hub.store.audience import Audience, count_audience, count_unconsenting, list_members
from hub.store.audited import audit_about
from hub.store.condition_tree import AnyCondition, Group, ids_in, read_condition
from hub.store.segment_choices import Choices, list_names, load_choices
from hub.store.value import CLASSES
from hub.store.visibility import Visibility
from hub.store.whole_customers import count_customers
from hub.web.customer_classes import class_names
from hub.web.forms import read_form
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import render, speaker
from hub.web.refusals import refusals
from hub.web.sale_forms import shown_amount
from hub.web.segment_forms import HOWS, Row, changed, read_rows, tree_of
from hub.web.segment_rows import rows_of
from hub.web.segment_words import Telling, in_words
from hub.web.tasks import names_of

PAGE = 50
SAMPLES = 5
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What the builder's form says. rows: None for a tree that rows cannot show. incomplete: rows left out of it."""

    name: str
    match: str
    rows: Sequence[Row] | None
    condition: AnyCondition
    purpose: str = ""

    @property
    def incomplete(self) -> int:
        return sum(bool(row.problem) for row in self.rows or ())


@dataclass(frozen=True, slots=True)
class Found:
    """Who is in it: how many of how many; samples: (id, name); unasked: how many agreed to the purpose nowhere."""

    members: int
    customers: int
    samples: Sequence[tuple[str, str]]
    unasked: int
    purpose: str
    names: Mapping[str, str]
    choices: Choices


async def index(request: web.Request) -> web.Response:
    after = request.query.get("after", "")
    page = after if is_id(after) else None
    rows, names = await request.app[HUB].store.read(_list, page)
    sentences = {row.id: in_words(read_condition(row.condition), telling_of(request, names)) for row in rows}
    following = rows[PAGE - 1].id if len(rows) > PAGE else ""
    return render(request, "segments/index.html", rows=rows[:PAGE], sentences=sentences, next=following, after=page)


def _list(conn: Connection, after: str | None) -> tuple[list[store.Segment], Mapping[str, str]]:
    rows = store.list_segments(conn, after, PAGE + 1)
    return rows, list_names(conn, [id for row in rows for id in ids_in(read_condition(row.condition))])


async def propose(request: web.Request) -> web.Response:
    """An empty builder, or with the class of customers that a report names."""
    named = request.query.get("class", "")
    rows = [Row("class", "yes", value=named)] if named in CLASSES else []
    tree, told = tree_of(rows, "and", speaker(request).locale)
    return await _builder(request, None, Draft("", "and", told, read_condition(tree)))


async def show(request: web.Request) -> web.Response:
    segment = await request.app[HUB].store.read(store.get_segment, segment_id(request))
    return await _builder(request, segment, _stored(request, segment))


def _stored(request: web.Request, segment: store.Segment) -> Draft:
    say = speaker(request)
    condition = read_condition(segment.condition)
    match, rows = rows_of(condition, lambda amount: shown_amount(amount, say)) or ("and", None)
    return Draft(segment.name, match, None if segment.frozen_at else rows, condition)


async def draft(request: web.Request) -> web.Response:
    """The builder as it stands, not saved: with a row more or less, counted and read out."""
    form = await read_form(request)
    id, action = str(form.get("id", "")), str(form.get("action", ""))
    segment = await request.app[HUB].store.read(store.get_segment, id) if is_id(id) else None
    return await _builder(request, segment, await _read(request, segment, action), insists=not action)


async def create(request: web.Request) -> web.Response:
    hub, written = request.app[HUB], await _read(request, None)
    if not written.name or written.incomplete:
        return await _builder(request, None, written, status=422)
    audit_about(written.name)
    made = await hub.store.write(_save, None, written, hub.clock.now())
    raise web.HTTPSeeOther(f"/segments/{made.id}")


async def update(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    segment = await hub.store.read(store.get_segment, segment_id(request))
    written = await _read(request, segment)
    if not written.name or written.incomplete:
        return await _builder(request, segment, written, status=422)
    await hub.store.write(_save, segment.id, written, hub.clock.now())
    raise web.HTTPSeeOther(f"/segments/{segment.id}")


async def destroy(request: web.Request) -> web.Response:
    await request.app[HUB].store.write(_forget, segment_id(request))
    raise web.HTTPSeeOther("/segments")


def _forget(conn: Connection, id: str) -> None:
    check_free(conn, id)
    store.forget_segment(conn, id)


def _save(conn: Connection, id: str | None, written: Draft, at: int) -> store.Segment:
    condition = written.condition.model_dump()
    segment = store.get_segment(conn, id) if id else store.add_segment(conn, written.name, condition, at)
    changes: dict[str, Any] = {"name": written.name}
    if written.rows is not None:
        if _grouped(read_condition(segment.condition)) != written.condition:
            check_free(conn, segment.id)
        members = count_audience(conn, Audience(condition=written.condition), at)
        changes |= {"condition": condition, "members": members, "counted_at": at}
    return store.mark_segment(conn, segment.id, changes)


def _grouped(condition: AnyCondition) -> AnyCondition:
    """As the builder writes it."""
    return condition if isinstance(condition, Group) else Group(op="and", of=[condition])


async def _read(request: web.Request, segment: store.Segment | None, action: str = "") -> Draft:
    """The form; what rows cannot show stays as it is stored."""
    form = await read_form(request)
    name = " ".join(str(form.get("name", "")).split())[:MAX_NAME]
    purpose = str(form.get("purpose", "")).strip()[:MAX_NAME]
    kept = _stored(request, segment) if segment else None
    if kept and kept.rows is None:
        return replace(kept, name=name, purpose=purpose)
    match = "or" if form.get("match") == "or" else "and"
    rows = changed(read_rows(form), action, str(form.get(f"add_{action.partition(':')[2]}", "")))
    tree, told = tree_of(rows, match, speaker(request).locale)
    return Draft(name, match, told, read_condition(tree), purpose)


async def _builder(
    request: web.Request, segment: store.Segment | None, written: Draft, *, status: int = 200, insists: bool = True
) -> web.Response:
    """insists: also says of a row that it is empty."""
    hub, say = request.app[HUB], speaker(request)
    found = await hub.store.read(_find, written, request[VISIBILITY], hub.clock.now())
    return render(
        request,
        "segments/edit.html",
        status=status,
        segment=segment,
        draft=written,
        insists=insists,
        found=found,
        sentence=in_words(written.condition, telling_of(request, found.names)),
        kinds=hub.channels.kinds(),
        preferences=[word for word in hub.channels.known()["preferences"] if word],
        types=hub.channels.known()["kinds"],
        currency=hub.settings.company.currency,
        hows=HOWS,
        classes=class_names(say),
        problems=refusals(say),
    )


def _find(conn: Connection, written: Draft, who: Visibility, now: int) -> Found:
    everybody = Audience(condition=written.condition)
    seen = replace(everybody, who=who)
    choices = load_choices(conn)
    purpose = written.purpose if written.purpose in choices.purposes else next(iter(choices.purposes), "")
    ids = list_members(conn, seen, now, None, SAMPLES)
    names = names_of(conn, ids)
    return Found(
        count_audience(conn, everybody, now),
        count_customers(conn),
        [(id, names[id]) for id in ids],
        count_unconsenting(conn, everybody, purpose, now) if purpose else 0,
        purpose,
        list_names(conn, list(ids_in(written.condition))),
        choices,
    )


def telling_of(request: web.Request, names: Mapping[str, str]) -> Telling:
    """What reading a condition out to whoever asks takes; names: of campaigns and segments, by id."""
    channels, say = request.app[HUB].channels, speaker(request)
    return Telling(say, lambda kind: say.gettext(channels.face(kind).label), names)


def segment_id(request: web.Request) -> str:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    return id

"""Fields of customers in the settings: which there are, what they are called, and what each may hold."""

import re
from collections.abc import Mapping, Sequence

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import Conflict, InvalidInput
from hub.fields import Field, FieldType
from hub.store import fields as store
from hub.store.audited import audit_about
from hub.store.segment_choices import list_used_fields
from hub.web.forms import read_fields
from hub.web.keys import HUB
from hub.web.pages import render
from hub.web.refusals import say_refusal
from hub.web.versions import NAME as VERSIONS
from hub.web.versions import Overtaken, check_versions, versions

PAGE = "/settings/fields"
NAMES = (VERSIONS, "was", "key", "label", "type", "choices", "currency")


async def index(request: web.Request) -> web.Response:
    opened = request.query.get("open", "")
    if not opened:
        return await _page(request)
    return await _page(request, _typed(await request.app[HUB].store.read(store.get_field, opened)))


def _typed(field: Field) -> Mapping[str, str]:
    """What its form shows."""
    said = _shown(field)
    return said | {VERSIONS: versions(said)}


def _shown(field: Field) -> dict[str, str]:
    said = {"was": field.key, "key": field.key, "label": field.label, "type": field.type.value}
    return said | {"choices": "\n".join(field.choices), "currency": field.currency}


async def update(request: web.Request) -> web.Response:
    """A new one, or another description of one that is there (was: its key)."""
    hub = request.app[HUB]
    typed = dict(zip(NAMES, await read_fields(request, *NAMES), strict=True))
    try:
        field = _read(typed)
        audit_about(field.key)
        await hub.store.write(_put, field, typed)
    except Overtaken:
        raise
    except (InvalidInput, Conflict) as wrong:
        return await _page(request, typed, say_refusal(request, wrong), getattr(wrong, "field", "key"))
    raise web.HTTPSeeOther(f"{PAGE}?saved=1")


async def destroy(request: web.Request) -> web.Response:
    [key] = await read_fields(request, "key")
    audit_about(key)
    await request.app[HUB].store.write(store.forget_field, key)
    raise web.HTTPSeeOther(PAGE)


def _put(conn: Connection, field: Field, typed: Mapping[str, str]) -> None:
    if not typed["was"]:
        store.add_field(conn, field)
        return
    check_versions(typed[VERSIONS], _shown(store.get_locked_field(conn, field.key)))
    store.change_field(conn, field)


def _read(typed: Mapping[str, str]) -> Field:
    """A key nobody typed is made from the label: Next visit -> next_visit."""
    if typed["type"] not in tuple(FieldType):
        raise InvalidInput("there is no such kind of field", "type")
    made = re.sub(r"\W+", "_", typed["label"].strip().casefold()).strip("_")[:64]
    key = typed["was"] or typed["key"].strip() or made
    return Field(
        key, typed["label"], FieldType(typed["type"]), typed["choices"].splitlines(), typed["currency"].strip()
    )


async def _page(
    request: web.Request, typed: Mapping[str, str] | None = None, problem: str = "", at: str = ""
) -> web.Response:
    """typed: what stands in the form; at: the field of the form that the problem is about."""
    hub = request.app[HUB]
    fields, used = await hub.store.read(_load)
    new = dict.fromkeys(NAMES, "") | {"type": FieldType.TEXT.value, "currency": hub.settings.company.currency}
    values = {"fields": fields, "used": used, "typed": typed or new, "problem": problem, "at": at}
    saved = "saved" in request.query
    return render(request, "fields.html", status=422 if problem else 200, saved=saved, **values)


def _load(conn: Connection) -> tuple[Sequence[Field], Sequence[str]]:
    """Those that are described, and what else customers have."""
    fields = store.list_fields(conn)
    keys = {field.key for field in fields}
    return fields, [key for key in list_used_fields(conn) if key not in keys]

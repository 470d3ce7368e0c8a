"""Two customers who may be one: compared field by field, put together in the direction chosen, taken apart for 30 days.

Only for whoever sees all conversations: a merge concerns every one of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import DAY
from hub.errors import Conflict, NotFound
from hub.fields import Field
from hub.ids import is_id
from hub.store.audited import audit_about
from hub.store.customers import Customer, Reached, get_customer, list_addresses, list_customer_labels
from hub.store.duplicates import Duplicate, list_duplicates
from hub.store.fields import all_fields
from hub.store.merges import (
    FILLED,
    Merge,
    append_merge_event,
    count_moved,
    list_merges,
    merge_customers,
    undo_merge,
)
from hub.store.personal import is_erased
from hub.store.visibility import Visibility
from hub.web.forms import Form, read_fields, read_form
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.locale import Speaker
from hub.web.own_fields import said
from hub.web.pages import render, speaker
from hub.web.tasks import names_of

UNDONE_WITHIN = 30 * DAY


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two; moved: how many rows would go along, by table."""

    customer: Customer
    name: str
    addresses: Sequence[Reached]
    labels: Sequence[str]
    moved: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Own:
    """A field beyond those that everybody has: what it is called, and what each of the two has there, as people say
    it."""

    key: str
    label: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Kin:
    """Beside a customer: who may be the same person, and who was put together of late; names by id."""

    duplicates: Sequence[Duplicate] = ()
    merges: Sequence[Merge] = ()
    names: Mapping[str, str] | None = None


def load_kin(conn: Connection, id: str, who: Visibility, now: int, country: str) -> Kin:
    if not who.has_all_teams:
        return Kin()
    duplicates, merges = list_duplicates(conn, id, who, country), list_merges(conn, id, now - UNDONE_WITHIN)
    ids = [*(one.customer_id for one in duplicates), *(one.absorbed_id for one in merges)]
    return Kin(duplicates, merges, names_of(conn, ids))


async def show(request: web.Request) -> web.Response:
    one, other = _pair(request)
    sides, fields = await request.app[HUB].store.read(_compared, one, other)
    return render(
        request, "customers/merge.html", sides=sides, own=_own(sides, fields, speaker(request)), filled=FILLED
    )


def _compared(conn: Connection, one: str, other: str) -> tuple[list[Side], list[Field]]:
    return [_side(conn, id) for id in (one, other)], all_fields(conn)


def _own(sides: Sequence[Side], fields: Sequence[Field], say: Speaker) -> list[Own]:
    """What either of them has: the described fields in their order, then the others."""
    values = [side.customer.fields for side in sides]
    keys = list(dict.fromkeys(key for value in values for key in value))
    known = [(field.key, field.label, [said(field, value.get(field.key), say) for value in values]) for field in fields]
    others = [key for key in keys if key not in {field.key for field in fields}]
    rows = [*known, *((key, key, [str(value.get(key, "")) for value in values]) for key in others)]
    return [Own(key, label, told[0], told[1]) for key, label, told in rows if key in keys]


def _side(conn: Connection, id: str) -> Side:
    customer = get_customer(conn, id)
    if customer.merged_into or is_erased(conn, id):
        raise NotFound("there is no such customer")
    name = names_of(conn, [id])[id]
    return Side(customer, name, list_addresses(conn, id), list_customer_labels(conn, [id])[id], count_moved(conn, id))


async def create(request: web.Request) -> web.Response:
    """Put them together: `keep` stays, and of each field what was chosen."""
    hub, pair = request.app[HUB], _pair(request)
    form = await read_form(request)
    keep = str(form.get("keep", ""))
    if keep not in pair:
        raise web.HTTPBadRequest
    absorbed = pair[0] if keep == pair[1] else pair[1]
    audit_about(f"{keep} {absorbed}")
    await hub.store.write(_merge, keep, absorbed, form, request[AGENT].id, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther(f"/customers/{keep}")


def _merge(conn: Connection, keep_id: str, absorb_id: str, form: Form, by: str, at: int) -> None:
    both = {id: _side(conn, id).customer for id in (keep_id, absorb_id)}
    chosen: dict[str, Any] = {
        name: getattr(both[id], name) for name in FILLED if (id := str(form.get(f"of_{name}", ""))) in both
    }
    keep, absorbed = both[keep_id].fields, both[absorb_id].fields
    fields = {**absorbed, **keep}
    for key in fields:
        id = str(form.get(f"field_{key}", ""))
        if id in both and key in both[id].fields:
            fields[key] = both[id].fields[key]
    merge = merge_customers(conn, keep_id, absorb_id, by, at, {**chosen, "fields": fields})
    append_merge_event(conn, "customer.merged", merge, at)


async def undo(request: web.Request) -> web.Response:
    """The customer that was taken in is as before."""
    hub, id = request.app[HUB], request.match_info["id"]
    [merge_id] = await read_fields(request, "merge")
    if not request[VISIBILITY].has_all_teams:
        raise web.HTTPForbidden
    now = hub.clock.now()
    undone = await hub.store.read(_undoable, id, merge_id, now - UNDONE_WITHIN)
    audit_about(f"{id} {undone.absorbed_id}")
    merge = await hub.store.write(_undo, undone, now)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/customers/{merge.absorbed_id}")


def _undoable(conn: Connection, id: str, merge_id: str, since: int) -> Merge:
    merge = next((one for one in list_merges(conn, id, since) if one.id == merge_id), None)
    if merge is None:
        raise Conflict("a merge can be undone for 30 days", "too_long_ago")
    return merge


def _undo(conn: Connection, undone: Merge, at: int) -> Merge:
    merge = undo_merge(conn, undone.customer_id, undone.id, at)
    append_merge_event(conn, "customer.unmerged", merge, at)
    return merge


def _pair(request: web.Request) -> tuple[str, str]:
    one, other = request.match_info["id"], request.match_info["other"]
    if not request[VISIBILITY].has_all_teams:
        raise web.HTTPForbidden
    if not is_id(one) or not is_id(other) or one == other:
        raise web.HTTPNotFound
    return one, other

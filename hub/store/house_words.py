"""What the house keeps for itself, and may yet name a customer: what a provider complained of, searches that colleagues
saved, and what was noted of acts. Of whoever is erased it keeps no address."""

from collections.abc import Sequence
from urllib.parse import unquote_plus

from sqlalchemy import Connection, and_, delete, exists, or_, select, update

from hub.cleaning import without_handles
from hub.store.tables import (
    addresses,
    agents,
    audit_notes,
    channel_health,
    customers,
    deliveries,
    events,
    messages,
    raw_inbound,
    saved_views,
)

MOVED = "conversation.moved"


def list_handles(conn: Connection, customer_ids: Sequence[str]) -> list[str]:
    """At which these are reached, but for those of colleagues, who stay."""
    ours = set(conn.scalars(select(agents.c.email)))
    found = conn.scalars(select(addresses.c.handle).where(addresses.c.customer_id.in_(customer_ids)))
    return sorted({handle for handle in found if handle} - ours)


def forget_handles(conn: Connection, handles: Sequence[str]) -> None:
    _forget_problems(conn, handles)
    _forget_searches(conn, handles)
    for handle in handles:
        _forget_notes(conn, handle)


def forget_elsewhere(conn: Connection, customer_ids: Sequence[str], handles: Sequence[str]) -> None:
    """In conversations that were moved to another customer; what is an address of that one's own, too, stays."""
    theirs, others = addresses.c, list_moved_to(conn, customer_ids)
    raws: set[str] = set()
    for column in (
        (messages.c.peer, messages.c.from_handle, messages.c.to_handle, deliveries.c.handle) if others else ()
    ):
        own = exists().where(theirs.customer_id == column.table.c.customer_id, theirs.handle == column)
        foreign = and_(column.table.c.customer_id.in_(others), column.in_(handles), ~own)
        if column.table is messages:
            raws |= set(conn.scalars(select(messages.c.raw_id).where(foreign, messages.c.raw_id.is_not(None))))
        unnamed = {"provider_id": None} if column is messages.c.peer else {}  # one of that peer's own numbers
        conn.execute(update(column.table).where(foreign).values({column.name: "", **unnamed}))
    conn.execute(update(raw_inbound).where(raw_inbound.c.id.in_(raws)).values(body=b"", envelope={}, problem="erased"))


def list_moved_to(conn: Connection, customer_ids: Sequence[str]) -> Sequence[str]:
    """Other customers to whom a conversation of these was moved, also by way of another."""
    found = list(customer_ids)
    for id in found:
        moved = select(events.c.data).where(events.c.customer_id == id, events.c.type == MOVED)
        next = {str(data["target"]) for data in conn.scalars(moved) if "target" in data}
        next |= set(conn.scalars(select(customers.c.merged_into).where(customers.c.id == id)))
        found += sorted(one for one in next - {None, *found} if one)
    return found[len(customer_ids) :]


def _forget_problems(conn: Connection, handles: Sequence[str]) -> None:
    way = channel_health.c
    for row in conn.execute(select(way.channel, way.way, way.problem).where(way.problem != "")).all():
        mine = update(channel_health).where(way.channel == row.channel, way.way == row.way)
        conn.execute(mine.values(problem=without_handles(row.problem, handles)))


def _forget_searches(conn: Connection, handles: Sequence[str]) -> None:
    sought = [handle.casefold() for handle in handles]
    for row in conn.execute(select(saved_views.c.id, saved_views.c.name, saved_views.c.view)).all():
        said = f"{row.name} {unquote_plus(row.view)}".casefold()
        if any(handle in said for handle in sought):
            conn.execute(delete(saved_views).where(saved_views.c.id == row.id))


def _forget_notes(conn: Connection, handle: str) -> None:
    note = audit_notes.c
    naming = or_(note.about.icontains(handle, autoescape=True), note.who.icontains(handle, autoescape=True))
    for row in conn.execute(select(note.id, note.about, note.who).where(naming)).all():
        said = {"about": without_handles(row.about, [handle]), "who": without_handles(row.who, [handle])}
        conn.execute(update(audit_notes).where(note.id == row.id).values(**said))

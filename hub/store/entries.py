"""Whom a sequence begins with where nothing happens to begin it: who stands in a segment, whose date it is."""

from collections.abc import Sequence

from sqlalchemy import Connection, exists, func, or_, select

from hub.store.audience import Audience, members_of
from hub.store.condition_tree import AnyCondition
from hub.store.dialect import text_under
from hub.store.sequences import WAITING
from hub.store.tables import customers, sequence_runs

LOOKED_AT = "sequences.entries"  # the setting that holds when it was looked last


def list_entering(
    conn: Connection, sequence_id: str, segment_id: str, condition: AnyCondition, now: int, after: str, limit: int
) -> list[str]:
    """Who stands in the segment and was never let in for it, nor is in the sequence just now; in one statement, in
    order of their ids, behind `after`."""
    r = sequence_runs.c
    mine = (r.sequence_id == sequence_id, r.customer_id == customers.c.id)
    inside = exists().where(*mine, or_(r.trigger_id == segment_id, r.state == WAITING))
    query = members_of(conn, Audience(condition=condition), now).where(~inside, customers.c.id > after)
    return list(conn.scalars(query.order_by(customers.c.id).limit(limit)))


def list_begun(conn: Connection, sequence_id: str, customer_ids: Sequence[str]) -> set[tuple[str, str]]:
    """(customer, what began it) of all runs of these, over or not."""
    r = sequence_runs.c
    query = select(r.customer_id, r.trigger_id).where(r.sequence_id == sequence_id, r.customer_id.in_(customer_ids))
    return {(row[0], row[1]) for row in conn.execute(query)}


def list_living(conn: Connection, ids: Sequence[str]) -> set[str]:
    """Those of them who are neither merged nor erased."""
    return set(conn.scalars(members_of(conn, Audience(customer_ids=ids), 0)))


def stands_in(conn: Connection, customer_id: str, condition: AnyCondition, now: int) -> bool:
    query = members_of(conn, Audience(condition=condition, customer_ids=(customer_id,)), now)
    return conn.scalar(query) is not None


def list_dated(conn: Connection, field: str, days: Sequence[str], after: str, limit: int) -> list[tuple[str, str, str]]:
    """(customer, date, time zone) of those whose field begins with one of these dates, or where they are given as 05-14
    has that month and day; in order of their ids, behind `after`."""
    said = text_under(conn.dialect.name, customers.c.fields, field)
    short = bool(days) and len(days[0]) == len("05-14")
    part = func.substr(said, 6, 5) if short else func.substr(said, 1, 10)
    living = (customers.c.merged_into.is_(None), customers.c.erased_at.is_(None))
    query = select(customers.c.id, func.substr(said, 1, 10), customers.c.timezone)
    query = query.where(*living, part.in_(days), customers.c.id > after)
    return [(row[0], row[1], row[2]) for row in conn.execute(query.order_by(customers.c.id).limit(limit))]

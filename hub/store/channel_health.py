"""How each channel is, a row for each of its ways, in and out; and how many units passed or were lost, by the hour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select

from hub.clock import HOUR
from hub.store.dialect import upsert
from hub.store.tables import channel_health, channel_hours


@dataclass(frozen=True, slots=True)
class Health:
    """way: in or out; failing_since: the first failure with no success since, `failed_at` the last one; problem:
    in the provider's words; told_at: when somebody was told that it fails."""

    channel: str
    way: str
    passed_at: int | None = None
    failing_since: int | None = None
    failed_at: int | None = None
    problem: str = ""
    rests_until: int = 0
    told_at: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """tried: units that were to pass; lost: those that did not."""

    tried: int = 0
    lost: int = 0


_ROWS = select(*(channel_health.c[name] for name in Health.__dataclass_fields__))


def list_health(conn: Connection) -> dict[tuple[str, str], Health]:
    """(channel, way) -> how it is; of a way of which nothing is known there is none."""
    return {(row.channel, row.way): Health(*row) for row in conn.execute(_ROWS)}


def find_health(conn: Connection, channel: str, way: str) -> Health | None:
    row = conn.execute(_ROWS.where(channel_health.c.channel == channel, channel_health.c.way == way)).first()
    return Health(*row) if row else None


def mark_health(conn: Connection, health: Health) -> None:
    values = {name: getattr(health, name) for name in Health.__dataclass_fields__}
    changed = {name: value for name, value in values.items() if name not in ("channel", "way")}
    row = upsert(conn, channel_health).values(values)
    conn.execute(row.on_conflict_do_update(index_elements=["channel", "way"], set_=changed))


def count_passage(conn: Connection, channel: str, way: str, passage: Passage, at: int) -> None:
    """Add to the counts of the hour."""
    key = {"channel": channel, "way": way, "hour": at // HOUR * HOUR}
    row = upsert(conn, channel_hours).values(key | {"tried": passage.tried, "lost": passage.lost})
    more: Mapping[str, Any] = {
        "tried": channel_hours.c.tried + passage.tried,
        "lost": channel_hours.c.lost + passage.lost,
    }
    conn.execute(row.on_conflict_do_update(index_elements=["channel", "way", "hour"], set_=more))


def count_passages(conn: Connection, since: int) -> dict[tuple[str, str], Passage]:
    """(channel, way) -> what was tried and lost in the hours that begin then or later."""
    sums = (func.sum(channel_hours.c.tried), func.sum(channel_hours.c.lost))
    query = select(channel_hours.c.channel, channel_hours.c.way, *sums).where(channel_hours.c.hour >= since)
    rows = conn.execute(query.group_by(channel_hours.c.channel, channel_hours.c.way))
    return {(row[0], row[1]): Passage(int(row[2]), int(row[3])) for row in rows}


def forget_hours(conn: Connection, before: int) -> None:
    conn.execute(delete(channel_hours).where(channel_hours.c.hour < before))


def forget_health(conn: Connection, channel: str) -> None:
    """The channel is removed: one that takes its name later begins anew."""
    for table in (channel_health, channel_hours):
        conn.execute(delete(table).where(table.c.channel == channel))

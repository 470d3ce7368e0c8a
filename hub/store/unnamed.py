"""Clicks of those who did not agree to be seen: each counts once, and is nobody's.

A row names no customer, no message and no delivery, and only the hour. Its digest is made with a key of the hub
(hub.campaigns.clicks), to know a click that is repeated; a month later it gives way to chance.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, select, update

from hub.clock import DAY, HOUR
from hub.store.dialect import upsert
from hub.store.tables import unnamed_clicks

KNOWN_FOR = 30 * DAY  # so long a repeated click is told to be one
AT_ONCE = 1_000
CLICKED, SCANNED, LINK, GOAL = "clicked", "scanned", "link", "goal"  # what a row counts; LINK is counted elsewhere

_u = unnamed_clicks.c


@dataclass(frozen=True, slots=True)
class Unnamed:
    """about: the campaign or the sequence; variant: of those a test was tried on."""

    digest: str
    about: str
    counts: str
    at: int
    variant: str = ""
    version: int = 0
    step: int = 0


def add_unnamed(conn: Connection, click: Unnamed) -> bool:
    """Whether it is no repetition."""
    row = {
        "digest": click.digest,
        "about": click.about,
        "counts": click.counts,
        "variant": click.variant,
        "version": click.version,
        "step": click.step,
        "at": click.at - click.at % HOUR,
    }
    return conn.execute(upsert(conn, unnamed_clicks).values(row).on_conflict_do_nothing()).rowcount == 1


def drop_unnamed(conn: Connection, digest: str) -> None:
    """Whoever has agreed meanwhile counts by name."""
    conn.execute(delete(unnamed_clicks).where(_u.digest == digest))


def count_unnamed(conn: Connection, about: Sequence[str]) -> dict[str, Counter[str]]:
    """Campaign or sequence -> clicked, scanned, goal -> how many."""
    found: dict[str, Counter[str]] = {id: Counter() for id in about}
    query = select(_u.about, _u.counts, func.count()).where(_u.about.in_(about)).group_by(_u.about, _u.counts)
    for id, counts, number in conn.execute(query) if found else ():
        found[id][counts] = number
    return found


def count_unnamed_variants(conn: Connection, campaign_id: str) -> Mapping[str, int]:
    query = select(_u.variant, func.count()).where(_clicked(campaign_id)).group_by(_u.variant)
    return {row[0]: row[1] for row in conn.execute(query)}


def count_unnamed_steps(conn: Connection, sequence_id: str, version: int) -> Mapping[int, int]:
    """Place of a step -> how many clicked in its message, in that version."""
    query = select(_u.step, func.count()).where(_clicked(sequence_id), _u.version == version)
    return {row[0]: row[1] for row in conn.execute(query.group_by(_u.step))}


def count_unnamed_sides(conn: Connection, sequence_id: str, version: int, step: int, before: int) -> Mapping[str, int]:
    """Letter of a wording -> how many clicked in it until that instant."""
    mine = (_clicked(sequence_id), _u.version == version, _u.step == step, _u.at <= before)
    query = select(_u.variant, func.count()).where(*mine).group_by(_u.variant)
    return {row[0]: row[1] for row in conn.execute(query)}


def count_unnamed_by(conn: Connection, campaign_id: str, since: int, unit: int) -> Counter[int]:
    """How many units after `since` -> how many clicked."""
    unit_of = (_u.at - since - (_u.at - since) % unit) / unit
    query = select(unit_of, func.count()).where(_clicked(campaign_id), _u.at >= since).group_by(unit_of)
    return Counter({int(row[0]): row[1] for row in conn.execute(query)})


def find_last_unnamed(conn: Connection, campaign_id: str) -> int | None:
    found: int | None = conn.scalar(select(func.max(_u.at)).where(_clicked(campaign_id)))
    return found


def forget_digests(conn: Connection, now: int) -> bool:
    """The number stays; what a repetition was known by goes. Whether there may be more."""
    old = select(_u.digest, _u.counts).where(_u.known, _u.at < now - KNOWN_FOR).limit(AT_ONCE)
    rows = conn.execute(old).all()
    for digest in (row.digest for row in rows if row.counts == LINK):
        drop_unnamed(conn, digest)
    by_chance = [{"was": row.digest, "is": secrets.token_hex(32)} for row in rows if row.counts != LINK]
    if by_chance:
        statement = update(unnamed_clicks).where(_u.digest == bindparam("was"))
        conn.execute(statement.values(digest=bindparam("is"), known=False), by_chance)
    return len(rows) == AT_ONCE


def _clicked(about: str) -> ColumnElement[bool]:
    return and_(_u.about == about, _u.counts == CLICKED)

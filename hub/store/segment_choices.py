"""What a condition may name of what is there: labels, purposes, own fields, campaigns, sequences, frozen segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Text, cast, or_, select

from hub.store.condition_tree import ids_in, read_condition
from hub.store.fields import all_fields
from hub.store.tables import campaigns, consent_states, customers, labels, segments, sequences

MOST = 200  # of each that are offered
LOOKED_AT = 500  # customers, the latest, whose fields are offered
PLANNED = ("scheduled", "sending", "paused")


@dataclass(frozen=True, slots=True)
class Choices:
    """campaigns, sequences, frozen: (id, name), the latest first."""

    labels: Sequence[str]
    purposes: Sequence[str]
    fields: Sequence[str]
    campaigns: Sequence[tuple[str, str]]
    sequences: Sequence[tuple[str, str]]
    frozen: Sequence[tuple[str, str]]


def load_choices(conn: Connection) -> Choices:
    described = [field.key for field in all_fields(conn)]
    mailed = select(campaigns.c.id, campaigns.c.name).where(campaigns.c.state != "draft")
    begun = select(sequences.c.id, sequences.c.name).where(sequences.c.started_at.is_not(None))
    frozen = select(segments.c.id, segments.c.name).where(segments.c.frozen_at.is_not(None))
    return Choices(
        list(conn.scalars(select(labels.c.name).order_by(labels.c.name).limit(MOST))),
        load_purposes(conn),
        list(dict.fromkeys((*described, *list_used_fields(conn)))),
        [(id, name) for id, name in conn.execute(mailed.order_by(campaigns.c.id.desc()).limit(MOST))],
        [(id, name) for id, name in conn.execute(begun.order_by(sequences.c.id.desc()).limit(MOST))],
        [(id, name) for id, name in conn.execute(frozen.order_by(segments.c.id.desc()).limit(MOST))],
    )


def list_used_fields(conn: Connection) -> list[str]:
    """What the latest customers have, by name."""
    latest = select(customers.c.fields).where(customers.c.erased_at.is_(None)).order_by(customers.c.id.desc())
    return sorted({key for found in conn.scalars(latest.limit(LOOKED_AT)) for key in found})[:MOST]


def load_purposes(conn: Connection) -> list[str]:
    """For which somebody agreed or refused."""
    return list(
        conn.scalars(select(consent_states.c.purpose).distinct().order_by(consent_states.c.purpose).limit(MOST))
    )


def list_names(conn: Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """What these campaigns, sequences and segments are called."""
    if not ids:
        return {}
    found = [select(table.c.id, table.c.name).where(table.c.id.in_(ids)) for table in (campaigns, sequences, segments)]
    return {id: name for query in found for id, name in conn.execute(query)}


def is_planned(conn: Connection, segment_id: str) -> bool:
    """Does a campaign go to this segment that is scheduled or under way?"""
    named = campaigns.c.audience["segment"].as_string() == segment_id
    return conn.scalar(select(campaigns.c.id).where(campaigns.c.state.in_(PLANNED), named).limit(1)) is not None


def is_followed(conn: Connection, segment_id: str) -> bool:
    """Does a sequence that was started begin with this segment, or ask about it on the way?"""
    named = or_(
        sequences.c.trigger["segment"].as_string() == segment_id, cast(sequences.c.steps, Text).contains(segment_id)
    )
    return conn.scalar(select(sequences.c.id).where(sequences.c.state != "draft", named).limit(1)) is not None


def is_named(conn: Connection, segment_id: str) -> bool:
    """Does another segment ask who stood in this one?"""
    within = cast(segments.c.condition, Text).contains(segment_id)
    others = conn.scalars(select(segments.c.condition).where(within, segments.c.id != segment_id))
    return any(segment_id in ids_in(read_condition(tree)) for tree in others)

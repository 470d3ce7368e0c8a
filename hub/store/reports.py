"""What reports are made of: the conversations of some days with what was said in them, and who holds what just now.

How many conversations are looked at is bounded.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, Select, case, func, select

from hub.model import Direction, MessageKind
from hub.store.calls import IS_CALL
from hub.store.conversations import LOST
from hub.store.messages import OUTCOME
from hub.store.tables import conversations, customers, messages
from hub.store.visibility import Visibility

MOST = 5_000  # conversations of one report, the newest
_c, _m = conversations.c, messages.c


@dataclass(frozen=True, slots=True)
class Part:
    """What one side said in one conversation on one type of channel. author_id: of an agent, None for the customer."""

    conversation_id: str
    name: str
    team_id: str | None
    state: str
    direction: str
    author_id: str | None
    channel_type: str
    first_at: int
    count: int


@dataclass(frozen=True, slots=True)
class Load:
    """What one agent holds, or, under None, nobody. waits: since when the one who waits longest has waited."""

    agent_id: str | None
    open: int
    waiting: int
    waits: int | None


def list_parts(conn: Connection, since: int, until: int, who: Visibility) -> list[Part]:
    """Of the newest MOST conversations with people that began then, without what machines and campaigns say or what
    never arrived."""
    said = (_m.direction.in_(("in", "out")), _m.kind != MessageKind.CAMPAIGN, _m.automatic.is_(False), ~LOST)
    of = (_c.id, customers.c.name, _c.team_id, _c.state, _m.direction, _m.author_id, _m.channel_type)
    query = (
        select(*of, func.min(_m.occurred_at), func.count())
        .join(messages, _m.conversation_id == _c.id)
        .join(customers, customers.c.id == _c.customer_id)
        .where(
            _c.id.in_(_newest(since, until, who, MOST)), *said, _m.deleted_at.is_(None), customers.c.erased_at.is_(None)
        )
        .group_by(*of)
    )
    return [Part(*row) for row in conn.execute(query)]


def has_more(conn: Connection, since: int, until: int, who: Visibility, most: int = MOST) -> bool:
    """Whether more than those began then, whatever was said in them."""
    newest = _newest(since, until, who, most + 1).subquery()
    return (conn.scalar(select(func.count()).select_from(newest)) or 0) > most


def _newest(since: int, until: int, who: Visibility, limit: int) -> Select[tuple[str]]:
    begun = (_c.created_at >= since, _c.created_at < until, _c.sorted_as == "person", _c.merged_into.is_(None))
    query = select(_c.id).where(*begun, *who.of_conversations())
    return query.order_by(_c.created_at.desc(), _c.id.desc()).limit(limit)


def count_outcomes(
    conn: Connection, since: int, until: int, who: Visibility, team: str = ""
) -> dict[tuple[str, str], int]:
    """(direction, outcome) -> calls that began then, of a team or, under "none", of none. Where nobody said it, what
    the provider proves: people talked, or the customer did not pick up; else ""."""
    of = {"": (), "none": (_c.team_id.is_(None),)}.get(team, (_c.team_id == team,))
    state = _m.parts["state"].as_string()
    silent = (state == "missed") & (_m.direction == Direction.OUT)
    proven = case((state == "completed", "reached"), (silent, "no_answer"), else_="")
    said = func.coalesce(func.nullif(_m.parts[OUTCOME].as_string(), ""), proven)
    query = (
        select(_m.direction, said, func.count())
        .join(conversations, _c.id == _m.conversation_id)
        .where(IS_CALL, _m.occurred_at >= since, _m.occurred_at < until, *of, *who.of_conversations())
        .group_by(_m.direction, said)
    )
    return {(way, outcome): count for way, outcome, count in conn.execute(query)}


def list_loads(conn: Connection, who: Visibility) -> list[Load]:
    query = select(_c.assignee_id, func.count(), func.count(_c.waiting_since), func.min(_c.waiting_since))
    query = query.where(_c.state == "open", _c.sorted_as == "person", *who.of_conversations()).group_by(_c.assignee_id)
    return [Load(*row) for row in conn.execute(query)]

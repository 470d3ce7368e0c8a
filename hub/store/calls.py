"""Phone calls: the facts of a message that is a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal_column, select, update

from hub.clock import DAY, HOUR
from hub.desk import Telephone
from hub.store.messages import MESSAGE, NOTED, Message
from hub.store.routing import ANSWERING
from hub.store.tables import agents, calls, conversations, messages, team_members, teams
from hub.store.visibility import Visibility
from hub.telephony import Talk

IS_CALL: ColumnElement[bool] = messages.c.kind == literal_column("'call'")  # as the index of calls has it
MOST_LATE = 20
MOST_OPEN = 50
TALKS = 4 * HOUR  # and no longer, should its end never be told
STEPS = "steps"  # what happened in a call, in the parts of the message that is the call: [{"what", "at", ...}]
THIRD, THIRD_TALKS = "third", "third_talks"  # whose telephone is asked, and whether it was picked up, likewise
UNWRITTEN = "unwritten"  # why the words of a voicemail are missing, likewise of that message
RINGS = "rings"  # the telephones that ring for a caller who waits, likewise


@dataclass(frozen=True, slots=True)
class Call:
    """legs: `customer` and `agent`, by the provider's ids; `parent`, which of the two dialled the other; `third`, of a
    colleague who is asked, with the `phone`; `place`, one of hub.desk, once they were parted."""

    message_id: str
    customer_id: str
    channel: str
    call_id: str
    direction: str
    state: str
    agent: str
    duration: int | None
    started_at: int
    answered_at: int | None
    ended_at: int | None
    legs: Mapping[str, Any] = field(default_factory=dict)


CALL = tuple(calls.c[name] for name in Call.__dataclass_fields__)


def find_call(conn: Connection, channel: str, call_id: str) -> Call | None:
    row = conn.execute(select(*CALL).where(calls.c.channel == channel, calls.c.call_id == call_id)).first()
    return Call(*row) if row else None


def add_call(conn: Connection, call: Call) -> None:
    conn.execute(calls.insert(), {name: getattr(call, name) for name in Call.__dataclass_fields__})


def mark_call(conn: Connection, message_id: str, **changes: Any) -> None:
    conn.execute(update(calls).where(calls.c.message_id == message_id).values(**changes))


def list_calls(conn: Connection, message_ids: Sequence[str]) -> dict[str, Call]:
    query = select(*CALL).where(calls.c.message_id.in_(message_ids))
    return {row.message_id: Call(*row) for row in conn.execute(query)}


def list_telephones(
    conn: Connection, team: str, also: Sequence[str] = (), now: int = 0, rest: int = 0
) -> list[Telephone]:
    """`also`, then those of who answers customers and is not away, in the order they joined. team: its members' alone,
    by its name. rest: milliseconds after a call in which the next does not ring."""
    answering = agents.c.role.in_(ANSWERING)
    query = select(agents.c.phone, agents.c.ready_at).where(
        agents.c.active.is_(True), agents.c.phone != "", agents.c.away_at.is_(None), answering
    )
    if team:
        members = select(team_members.c.agent_id).join(teams, teams.c.id == team_members.c.team_id)
        query = query.where(agents.c.id.in_(members.where(teams.c.name == team)))
    ready = {row.phone: row.ready_at for row in conn.execute(query.order_by(agents.c.id))}
    phones = list(dict.fromkeys([*also, *ready]))
    talks = _list_talks(conn, phones, now)
    return [_telephone(phone, talks.get(phone, (False, 0)), ready.get(phone), now, rest) for phone in phones]


def free_from(ended: int, ready_at: int | None, rest: int) -> int:
    """When who talked until `ended` takes the next call; ready_at: when the agent says so, if that was said since."""
    return ready_at if ready_at is not None and ready_at >= ended else ended + rest


def _telephone(phone: str, talk: tuple[bool, int], ready_at: int | None, now: int, rest: int) -> Telephone:
    talking, ended = talk
    return Telephone(phone, not talking and (not ended or free_from(ended, ready_at, rest) <= now), ended)


def _list_talks(conn: Connection, phones: Sequence[str], now: int) -> dict[str, tuple[bool, int]]:
    """Telephone -> whether somebody talks there, and when the last talk of these hours ended."""
    talking = func.sum(case((calls.c.ended_at.is_(None) & (calls.c.state == "answered"), 1), else_=0))
    query = (
        select(calls.c.agent, talking, func.max(calls.c.ended_at))
        .where(calls.c.agent.in_(phones), calls.c.started_at > now - TALKS)
        .group_by(calls.c.agent)
    )
    return {agent: (bool(busy), ended or 0) for agent, busy, ended in conn.execute(query)}


def count_ahead(conn: Connection, channel: str, queue: str, since: int, now: int) -> int:
    """How many wait there since before that moment."""
    waits = (calls.c.waits_since.is_not(None), calls.c.ended_at.is_(None), calls.c.state == "ringing")
    where = (calls.c.channel == channel, calls.c.queue == queue, calls.c.waits_since < since)
    query = select(func.count()).where(*where, *waits, calls.c.waits_since > now - TALKS)
    return conn.scalar(query) or 0


def list_open_calls(conn: Connection, channel: str, now: int) -> list[Talk]:
    """Those of a day whose end nobody has told, the oldest first."""
    query = (
        select(calls.c.call_id, calls.c.legs, messages.c.peer)
        .join(messages, messages.c.id == calls.c.message_id)
        .where(calls.c.channel == channel, calls.c.ended_at.is_(None), calls.c.started_at > now - DAY)
        .order_by(calls.c.started_at)
        .limit(MOST_OPEN)
    )
    return [
        Talk(row.call_id, row.peer, str(row.legs.get("customer", "")), str(row.legs.get("agent", "")))
        for row in conn.execute(query)
    ]


def list_late_calls(conn: Connection, since: int, who: Visibility) -> list[Message]:
    """The messages that are calls of late, the newest first."""
    query = (
        select(*MESSAGE)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(IS_CALL, messages.c.occurred_at >= since, messages.c.deleted_at.is_(None), *who.of_conversations())
        .order_by(messages.c.occurred_at.desc())
        .limit(MOST_LATE)
    )
    return [Message(*row) for row in conn.execute(query)]


def list_call_notes(conn: Connection, found: Sequence[Message]) -> dict[str, str]:
    """Call -> what is noted about it."""
    noted = {str(call.parts[NOTED]): call.id for call in found if call.parts.get(NOTED)}
    if not noted:
        return {}
    query = select(messages.c.id, messages.c.text).where(messages.c.id.in_(noted), messages.c.deleted_at.is_(None))
    return {noted[id]: text for id, text in conn.execute(query)}

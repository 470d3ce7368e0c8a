"""Phone calls: the facts of a message that is a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from hub.store.tables import calls


@dataclass(frozen=True, slots=True)
class Call:
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

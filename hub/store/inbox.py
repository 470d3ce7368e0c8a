"""The inbox list: one indexed range scan per page, whatever the number of conversations.

The conditions are written out as text because SQLite uses a partial index only when it sees its very words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, literal_column, select

from hub.kinds import SECRET
from hub.store.conversations import list_conversation_labels
from hub.store.tables import APART, addresses, conversations, customers
from hub.store.visibility import EVERYTHING, Visibility

COUNT_UP_TO = 100
_c = conversations.c
_OPEN: ColumnElement[bool] = literal_column("conversations.state = 'open'")
_PEOPLE: ColumnElement[bool] = literal_column("conversations.sorted_as = 'person'")
_APART: ColumnElement[bool] = literal_column(f"({APART})")


@dataclass(frozen=True, slots=True)
class View:
    """name: mine, unassigned, waiting, snoozed, open, apart, done or channel:<type>."""

    name: str
    agent_id: str = ""
    visibility: Visibility = EVERYTHING

    @property
    def channel_type(self) -> str:
        return self.name.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation as the list shows it."""

    id: str
    customer_id: str
    name: str
    state: str
    assignee_id: str | None
    priority: str
    subject: str
    last_message_at: int
    last_preview: str
    last_channel_type: str
    last_direction: str
    last_kind: str
    waiting_since: int | None
    snoozed_until: int | None
    unread: int
    last_channel: str
    sorted_as: str
    labels: Sequence[str] = ()


Cursor = tuple[int, str]
_ROW: tuple[Any, ...] = (
    _c.id,
    _c.customer_id,
    customers.c.name,
    _c.state,
    _c.assignee_id,
    _c.priority,
    _c.subject,
    _c.last_message_at,
    _c.last_preview,
    _c.last_channel_type,
    _c.last_direction,
    _c.last_kind,
    _c.waiting_since,
    _c.snoozed_until,
    _c.unread,
    _c.last_channel,
    _c.sorted_as,
)
_PAGE = select(*_ROW).join(customers, customers.c.id == _c.customer_id).where(customers.c.erased_at.is_(None))


def list_inbox(conn: Connection, view: View, after: Cursor | None, limit: int) -> list[Row]:
    """A page after the cursor; newest first, but the longest wait and the earliest return first in their views."""
    query = _PAGE.where(*_conditions(view)).limit(limit)
    column, rising = _order(view)
    if after:
        at, id = after
        further = (column > at) | ((column == at) & (_c.id > id))
        nearer = (column < at) | ((column == at) & (_c.id < id))
        # the first half is implied by the second; it lets both engines start the scan at the cursor
        query = query.where(column >= at, further) if rising else query.where(column <= at, nearer)
    query = query.order_by(column, _c.id) if rising else query.order_by(column.desc(), _c.id.desc())
    return _complete(conn, [Row(*row) for row in conn.execute(query)])


def cursor_of(view: View, row: Row) -> Cursor:
    if view.name == "waiting":
        return row.waiting_since or 0, row.id
    if view.name == "snoozed":
        return row.snoozed_until or 0, row.id
    return row.last_message_at, row.id


def find_row(conn: Connection, conversation_id: str) -> Row | None:
    row = conn.execute(_PAGE.where(_c.id == conversation_id)).first()
    return _complete(conn, [Row(*row)])[0] if row else None


def count_inbox(conn: Connection, views: Sequence[View]) -> Mapping[str, int]:
    """How many rows each view has; counting stops at COUNT_UP_TO."""
    return {view.name: _count(conn, select(_c.id).where(*_conditions(view))) for view in views}


def count_unread(conn: Connection, agent_id: str) -> int:
    """Conversations assigned to the agent that hold something unread."""
    return _count(conn, select(_c.id).where(*_conditions(View("mine", agent_id)), _c.unread > 0))


def find_longest_wait(conn: Connection, visibility: Visibility = EVERYTHING) -> int | None:
    """Since when the customer who waits longest has waited."""
    waiting = _conditions(View("waiting", visibility=visibility))
    query = select(_c.waiting_since).where(*waiting).order_by(_c.waiting_since).limit(1)
    found: int | None = conn.scalar(query)
    return found


def _conditions(view: View) -> Sequence[ColumnElement[bool]]:
    return *_standing_in(view), *view.visibility.of_conversations()


def _standing_in(view: View) -> Sequence[ColumnElement[bool]]:
    if view.channel_type:
        return _OPEN, _PEOPLE, came_by(view.channel_type)
    if view.name == "mine":
        return _OPEN, _PEOPLE, _c.assignee_id == view.agent_id
    if view.name == "unassigned":
        return _OPEN, _PEOPLE, _c.assignee_id.is_(None)
    if view.name == "waiting":
        return _OPEN, _c.waiting_since.is_not(None)
    if view.name == "apart":
        return (_APART,)
    if view.name in ("snoozed", "done"):
        return (literal_column(f"conversations.state = '{ {'done': 'closed'}.get(view.name, view.name) }'"),)
    return _OPEN, _PEOPLE


def came_by(channel_type: str) -> ColumnElement[bool]:
    """Whether any message of the conversation, not only its last one, came or went by that type of channel."""
    return cast(_c.channels, Text).contains(f'"{channel_type}"', autoescape=True)


def _order(view: View) -> tuple[ColumnElement[Any], bool]:
    if view.name == "waiting":
        return _c.waiting_since, True
    if view.name == "snoozed":
        return _c.snoozed_until, True
    return _c.last_message_at, False


def _count(conn: Connection, query: Select[tuple[str]]) -> int:
    return conn.scalar(select(func.count()).select_from(query.limit(COUNT_UP_TO).subquery())) or 0


def _complete(conn: Connection, rows: Sequence[Row]) -> list[Row]:
    """Labels, and a handle where the customer has no name."""
    labels = list_conversation_labels(conn, [row.id for row in rows])
    names = list_handles(conn, [row.customer_id for row in rows if not row.name])
    return [replace(row, labels=labels[row.id], name=row.name or names.get(row.customer_id, "")) for row in rows]


def list_handles(conn: Connection, customer_ids: Sequence[str]) -> dict[str, str]:
    """Customer id -> the first handle we know; the visitors of the web chat have none worth reading."""
    if not customer_ids:
        return {}
    query = (
        select(addresses.c.customer_id, addresses.c.handle)
        .where(addresses.c.customer_id.in_(customer_ids), addresses.c.kind.not_in(SECRET))
        .order_by(addresses.c.id.desc())
    )
    return {row.customer_id: row.handle for row in conn.execute(query)}

"""The inbox list: range scans of indexes per page, whatever the number of conversations.

The conditions are written out as text because SQLite uses a partial index only when it sees its very words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, Text, cast, exists, func, literal_column, select

from hub.kinds import SECRET
from hub.store.conversations import Conversation, list_conversation_labels
from hub.store.mentions import mentioning
from hub.store.tables import APART, addresses, conversation_labels, conversations, customers
from hub.store.visibility import EVERYTHING, Visibility

COUNT_UP_TO = 100
SORTS = ("waiting", "newest", "oldest")
WAITING_ONLY = ("waiting", "overdue")  # views in which nobody stands who does not wait
REST = 9_000_000_000_000_000  # milliseconds; where nobody waits, a cursor counts back from here
_c = conversations.c
_OPEN: ColumnElement[bool] = literal_column("conversations.state = 'open'")
_PEOPLE: ColumnElement[bool] = literal_column("conversations.sorted_as = 'person'")
_APART: ColumnElement[bool] = literal_column(f"({APART})")
_WAITS: ColumnElement[bool] = literal_column("conversations.waiting_since IS NOT NULL")


@dataclass(frozen=True, slots=True)
class View:
    """name: mine, unassigned, mentions, waiting, overdue, snoozed, open, apart, done, channel:<type>, team:<id> or
    agent:<id>; what else is given narrows it. sort: one of SORTS; labels: ids, all of which a conversation has; over:
    team id -> since when a customer must have waited to be overdue, under "" for the other teams."""

    name: str
    agent_id: str = ""
    visibility: Visibility = EVERYTHING
    sort: str = "newest"
    labels: Sequence[str] = ()
    priority: str = ""
    channel: str = ""
    unread: bool = False
    over: Mapping[str, int] = field(default_factory=dict)

    @property
    def of(self) -> str:
        """What the name of the view says after its colon."""
        return self.name.partition(":")[2]

    @property
    def is_two_fold(self) -> bool:
        """Who waits longest comes first, and then, newest first, those who do not wait."""
        return self.sort == "waiting" and self.name not in ("snoozed", "done", "apart", *WAITING_ONLY)


class Row(NamedTuple):
    """One conversation as the list shows it."""

    id: str
    customer_id: str
    name: str
    state: str
    assignee_id: str | None
    team_id: str | None
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
    _c.team_id,
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


@dataclass(frozen=True, slots=True)
class _Range:
    """Of an index: by which column, whether it rises, on which condition; in a cursor `rest` counts back from REST."""

    column: ColumnElement[Any]
    rises: bool
    only: tuple[ColumnElement[bool], ...] = ()
    rest: bool = False


_BY_WAIT = _Range(_c.waiting_since, True, (_WAITS,))
_BY_RETURN = _Range(_c.snoozed_until, True)
_REST = _Range(_c.last_message_at, False, (_c.waiting_since.is_(None),), rest=True)


def list_inbox(conn: Connection, view: View, after: Cursor | None, limit: int, *, back: bool = False) -> list[Row]:
    """A page after the cursor, or with `back` the one before it; in the order of the view."""
    ranges = _ranges(view)
    first = int(after is not None and len(ranges) > 1 and after[0] > REST // 2)
    rows: list[Row] = []
    for number in range(first, -1, -1) if back else range(first, len(ranges)):
        if len(rows) < limit:
            cursor = after if number == first else None
            rows += _scan(conn, _conditions(view), ranges[number], cursor, limit - len(rows), back)
    return _complete(conn, rows[::-1] if back else rows)


def _ranges(view: View) -> tuple[_Range, ...]:
    if view.is_two_fold:
        return _BY_WAIT, _REST
    if view.name in WAITING_ONLY:
        return (_BY_WAIT,)
    return (_BY_RETURN,) if view.name == "snoozed" else (_Range(_c.last_message_at, view.sort == "oldest"),)


def _scan(
    conn: Connection, within: Sequence[ColumnElement[bool]], part: _Range, cursor: Cursor | None, limit: int, back: bool
) -> list[Row]:
    """Going back, the nearest row comes first."""
    column, rising = part.column, part.rises != back
    query = _PAGE.where(*within, *part.only).limit(limit)
    if cursor:
        at, id = REST - cursor[0] if part.rest else cursor[0], cursor[1]
        further = (column > at) | ((column == at) & (_c.id > id))
        nearer = (column < at) | ((column == at) & (_c.id < id))
        # the first half is implied by the second; it lets both engines start the scan at the cursor
        query = query.where(column >= at, further) if rising else query.where(column <= at, nearer)
    query = query.order_by(column, _c.id) if rising else query.order_by(column.desc(), _c.id.desc())
    return [Row(*row) for row in conn.execute(query).all()]


def cursor_of(view: View, row: Row | Conversation) -> Cursor:
    if view.name in WAITING_ONLY:
        return row.waiting_since or 0, row.id
    if view.name == "snoozed":
        return row.snoozed_until or 0, row.id
    if view.is_two_fold:
        return REST - row.last_message_at if row.waiting_since is None else row.waiting_since, row.id
    return row.last_message_at, row.id


def find_row(conn: Connection, conversation_id: str) -> Row | None:
    row = conn.execute(_PAGE.where(_c.id == conversation_id)).first()
    return _complete(conn, [Row(*row)])[0] if row else None


def count_inbox(conn: Connection, views: Sequence[View]) -> Sequence[int]:
    """How many rows each view has, in one statement; counting stops at COUNT_UP_TO."""
    counted = [_counted(select(_c.id).where(*_conditions(view))).label(f"n{n}") for n, view in enumerate(views)]
    return conn.execute(select(*counted)).one()


def count_unread(conn: Connection, agent_id: str) -> int:
    """Conversations assigned to the agent that hold something unread."""
    return conn.scalar(select(_counted(select(_c.id).where(*_conditions(View("mine", agent_id)), _c.unread > 0)))) or 0


def list_longest_waits(conn: Connection, views: Sequence[View]) -> Sequence[int | None]:
    """Since when the customer who waits longest in each view has waited."""
    waits = [
        select(_c.waiting_since).where(*_conditions(view), _WAITS).order_by(_c.waiting_since).limit(1).scalar_subquery()
        for view in views
    ]
    return conn.execute(select(*(wait.label(f"w{n}") for n, wait in enumerate(waits)))).one()


def count_held(conn: Connection, agent_ids: Sequence[str]) -> dict[str, int]:
    """Agent -> how many open conversations are theirs; who has none is left out."""
    query = select(_c.assignee_id, func.count()).where(_OPEN, _c.assignee_id.in_(agent_ids)).group_by(_c.assignee_id)
    return {row[0] or "": row[1] for row in conn.execute(query)}


def has_conversations(conn: Connection) -> bool:
    return conn.scalar(select(_c.id).limit(1)) is not None


def _conditions(view: View) -> Sequence[ColumnElement[bool]]:
    return *_standing_in(view), *view.visibility.of_conversations()


def _standing_in(view: View) -> Sequence[ColumnElement[bool]]:
    return *_base_of(view), *_narrowed(view)


def _base_of(view: View) -> Sequence[ColumnElement[bool]]:
    if view.name == "waiting":
        return _OPEN, _WAITS
    if view.name == "overdue":
        return _OPEN, _WAITS, *_overdue(view.over)
    if view.name == "mentions":
        return (_c.id.in_(mentioning(view.agent_id)),)
    if view.name == "apart":
        return (_APART,)
    if view.name in ("snoozed", "done"):
        return (literal_column(f"conversations.state = '{ {'done': 'closed'}.get(view.name, view.name) }'"),)
    kind = view.name.partition(":")[0]
    within = {
        "mine": lambda: (_c.assignee_id == view.agent_id,),
        "unassigned": lambda: (_c.assignee_id.is_(None),),
        "channel": lambda: (came_by(view.of),),
        "team": lambda: (_c.team_id == view.of,),
        "agent": lambda: (_c.assignee_id == view.of,),
    }.get(kind, tuple)
    return _OPEN, _PEOPLE, *within()


def _overdue(over: Mapping[str, int]) -> Sequence[ColumnElement[bool]]:
    """The first condition is implied by the second; it lets both engines end the scan where nobody can be overdue."""
    own = {team: at for team, at in over.items() if team}
    late = (_c.team_id.is_(None) | _c.team_id.not_in(own)) & (_c.waiting_since <= over[""])
    for team, at in own.items():
        late |= (_c.team_id == team) & (_c.waiting_since <= at)
    return _c.waiting_since <= max(over.values()), late


def _narrowed(view: View) -> Sequence[ColumnElement[bool]]:
    has = [
        exists().where(conversation_labels.c.conversation_id == _c.id, conversation_labels.c.label_id == label)
        for label in view.labels
    ]
    return (
        *has,
        *((_c.priority == view.priority,) if view.priority else ()),
        *((came_by(view.channel),) if view.channel else ()),
        *((_c.unread > 0,) if view.unread else ()),
    )


def came_by(channel_type: str) -> ColumnElement[bool]:
    """Whether any message of the conversation, not only its last one, came or went by that type of channel."""
    return cast(_c.channels, Text).contains(f'"{channel_type}"', autoescape=True)


def _counted(query: Select[tuple[str]]) -> ScalarSelect[int]:
    return select(func.count()).select_from(query.limit(COUNT_UP_TO).subquery()).scalar_subquery()


def _complete(conn: Connection, rows: Sequence[Row]) -> list[Row]:
    """Labels, and a handle where the customer has no name."""
    labels = list_conversation_labels(conn, [row.id for row in rows])
    names = list_handles(conn, [row.customer_id for row in rows if not row.name])
    return [row._replace(labels=labels[row.id], name=row.name or names.get(row.customer_id, "")) for row in rows]


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

"""Complaints: what a customer is displeased with and wishes, until when it has to be answered and solved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, func, select, update

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.store.tables import complaints, conversations, customers, messages
from hub.store.visibility import EVERYTHING, Visibility

OPEN, ANSWERED, SOLVED, REJECTED = "open", "answered", "solved", "rejected"
STATES = (OPEN, ANSWERED, SOLVED, REJECTED)
ACTIVE = (OPEN, ANSWERED)
CATEGORIES = ("product", "delivery", "invoice", "service", "privacy", "other")
VIEWS = ("open", "mine", "missed", "closed")
Cursor = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Complaint:
    """answer_by, solve_by: its goals, as instants; alert_at: when the next of them is missed; reason: why it was
    rejected, or how it was solved."""

    id: str
    customer_id: str
    conversation_id: str
    message_id: str | None
    team_id: str | None
    category: str
    wish: str
    state: str
    reason: str
    owner_id: str | None
    opened_by: str | None
    opened_at: int
    answer_by: int
    solve_by: int
    alert_at: int | None
    answer_missed_at: int | None
    solve_missed_at: int | None
    answered_at: int | None
    closed_at: int | None
    changed_at: int

    @property
    def is_active(self) -> bool:
        return self.closed_at is None

    @property
    def is_missed(self) -> bool:
        return self.answer_missed_at is not None or self.solve_missed_at is not None

    @property
    def goal_at(self) -> int:
        """The goal that counts now."""
        return self.answer_by if self.state == OPEN else self.solve_by


_t = complaints.c
_COMPLAINTS = select(*(_t[name] for name in Complaint.__slots__))
_ACTIVE = _t.closed_at.is_(None)
COMPLAINS = exists().where(_t.customer_id == customers.c.id, _ACTIVE)  # on `customers`


@dataclass(frozen=True, slots=True)
class ComplaintFilter:
    """view: open, mine (of agent_id), missed (a goal, and still open), closed, or "" for all."""

    view: str = ""
    agent_id: str = ""
    customer_id: str = ""
    visibility: Visibility = EVERYTHING


def add_complaint(conn: Connection, values: Mapping[str, Any], at: int) -> Complaint:
    id = new_id()
    conn.execute(complaints.insert(), {"id": id, "state": OPEN, **values, "opened_at": at, "changed_at": at})
    return get_complaint(conn, id)


def get_complaint(conn: Connection, id: str) -> Complaint:
    row = conn.execute(_COMPLAINTS.where(_t.id == id)).first()
    if row is None:
        raise NotFound("there is no such complaint")
    return Complaint(*row)


def mark_complaint(conn: Connection, id: str, at: int, states: Sequence[str] = STATES, **values: Any) -> Complaint:
    """Raises Conflict where it is in none of these states any more."""
    statement = update(complaints).where(_t.id == id, _t.state.in_(states))
    if not conn.execute(statement.values(**values, changed_at=at)).rowcount:
        raise Conflict("it is not in a state for that any more: look at it again", "sale_state")
    return get_complaint(conn, id)


def forget_complaint(conn: Connection, id: str) -> None:
    conn.execute(complaints.delete().where(_t.id == id))


def list_complaints(conn: Connection, wanted: ComplaintFilter, after: Cursor | None, limit: int) -> list[Complaint]:
    """What is open the oldest first, what is closed and what is everything the latest first; after: `cursor_of`."""
    latest = wanted.view in ("", "closed")
    at = _t.closed_at if wanted.view == "closed" else _t.opened_at
    query = _COMPLAINTS.where(*_conditions(wanted))
    if after:
        same = (at == after[0]) & ((_t.id < after[1]) if latest else (_t.id > after[1]))
        query = query.where((at < after[0] if latest else at > after[0]) | same)
    order = (at.desc(), _t.id.desc()) if latest else (at, _t.id)
    return [Complaint(*row) for row in conn.execute(query.order_by(*order).limit(limit))]


def cursor_of(view: str, one: Complaint) -> Cursor:
    return (one.closed_at or 0 if view == "closed" else one.opened_at), one.id


@dataclass(frozen=True, slots=True)
class Pile:
    """How many there are, and since when the oldest has been open."""

    count: int
    oldest: int | None


def count_complaints(conn: Connection, wanted: ComplaintFilter) -> Pile:
    query = select(func.count(), func.min(_t.opened_at)).where(*_conditions(wanted))
    return Pile(*conn.execute(query).one())


def list_active_of(conn: Connection, conversation_id: str) -> list[Complaint]:
    return [Complaint(*row) for row in conn.execute(_COMPLAINTS.where(_t.conversation_id == conversation_id, _ACTIVE))]


def find_active_about(conn: Connection, message_id: str) -> Complaint | None:
    row = conn.execute(_COMPLAINTS.where(_t.message_id == message_id, _ACTIVE).order_by(_t.opened_at).limit(1)).first()
    return Complaint(*row) if row else None


def list_active(conn: Connection) -> list[Complaint]:
    return [Complaint(*row) for row in conn.execute(_COMPLAINTS.where(_ACTIVE))]


def follow_conversation(conn: Connection, source_id: str, target_id: str) -> None:
    """Two conversations are one: what was complained of in the first belongs to the second."""
    mine = update(complaints).where(_t.conversation_id == source_id)
    conn.execute(mine.values(conversation_id=target_id))


def follow_messages(conn: Connection, ids: Sequence[str], target_id: str) -> None:
    """Messages stand in a conversation of their own: what they complain of belongs to it."""
    mine = update(complaints).where(_t.message_id.in_(ids))
    conn.execute(mine.values(conversation_id=target_id))


def follow_team(conn: Connection, conversation_id: str, team_id: str | None) -> None:
    """A conversation is handed over, and what is open of its complaints with it; their goals stay."""
    conn.execute(update(complaints).where(_t.conversation_id == conversation_id, _ACTIVE).values(team_id=team_id))


def claim_missed(conn: Connection, now: int, limit: int = 100) -> list[tuple[Complaint, str]]:
    """Complaints with the goal that has just been missed, answer or solution; each goal is given once."""
    due = _COMPLAINTS.where(_t.alert_at.is_not(None), _t.alert_at <= now, _ACTIVE)
    claimed = []
    for row in conn.execute(due.order_by(_t.alert_at).limit(limit)).all():
        one = Complaint(*row)
        goal = "answer" if one.state == OPEN and one.answer_missed_at is None else "solution"
        later = one.solve_by if goal == "answer" and one.solve_missed_at is None else None
        noted = {"answer_missed_at": now} if goal == "answer" else {"solve_missed_at": now}
        mine = update(complaints).where(_t.id == one.id, _t.alert_at == one.alert_at, _t.state == one.state)
        if conn.execute(mine.values(**noted, alert_at=later)).rowcount:
            claimed.append((get_complaint(conn, one.id), goal))
    return claimed


def list_opened(conn: Connection, since: int, until: int, visibility: Visibility) -> list[Complaint]:
    """For reports: what was opened in that time."""
    query = _COMPLAINTS.where(_t.opened_at >= since, _t.opened_at < until, *_seen(visibility))
    return [Complaint(*row) for row in conn.execute(query.order_by(_t.opened_at.desc()).limit(MOST))]


MOST = 5_000  # of one report, the latest


def list_words(conn: Connection, ids: Sequence[str], visibility: Visibility) -> dict[str, str]:
    """What each is about, by its message's id, where that message is seen."""
    if not ids:
        return {}
    wanted = (messages.c.id.in_(sorted(set(ids))), *visibility.of_messages())
    rows = conn.execute(select(messages.c.id, messages.c.text).where(*wanted))
    return {row.id: row.text for row in rows}


def _conditions(wanted: ComplaintFilter) -> list[Any]:
    found = [*_seen(wanted.visibility)]
    if wanted.view:
        found.append(_t.closed_at.is_not(None) if wanted.view == "closed" else _ACTIVE)
    if wanted.view == "mine":
        found.append(_t.owner_id == wanted.agent_id)
    if wanted.view == "missed":
        found.append(_t.answer_missed_at.is_not(None) | _t.solve_missed_at.is_not(None))
    if wanted.customer_id:
        found.append(_t.customer_id == wanted.customer_id)
    return found


def _seen(visibility: Visibility) -> tuple[Any, ...]:
    """hub.store.gate says the same of one complaint."""
    if visibility.is_whole:
        return ()
    seen = select(conversations.c.id).where(conversations.c.id == _t.conversation_id)
    return (seen.where(*visibility.of_conversations()).exists(),)

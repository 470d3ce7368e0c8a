"""Tasks: what somebody has to do for a customer, by when, and who does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, literal_column, or_, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.store.tables import customers, tasks, team_members
from hub.store.visibility import EVERYTHING, Visibility

OPEN_VIEWS = ("mine", "team", "overdue", "callbacks", "open")
VIEWS = (*OPEN_VIEWS, "done")
CALLBACK = "callback"  # a kind of task: somebody waits to be called
Cursor = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Task:
    """due_at: when it is overdue; due_on: its day (2026-12-03) where no hour was named; timezone: what both mean. kind:
    CALLBACK, or ""."""

    id: str
    customer_id: str
    conversation_id: str | None
    message_id: str | None
    kind: str
    title: str
    note: str
    due_at: int
    due_on: str
    timezone: str
    owner_id: str | None
    remind_at: int | None
    reminded_at: int | None
    done_at: int | None
    created_by: str | None
    created_at: int
    changed_at: int

    @property
    def waits_since(self) -> int:
        """Of a callback: when it was asked for. In the queue of a phone line it is due since then."""
        return min(self.created_at, self.due_at)


_t = tasks.c
_TASKS = select(*(_t[name] for name in Task.__slots__))


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """view: mine, team (of the agent's teams, of nobody, and where there are no teams everybody's), overdue,
    callbacks, open, done, or "" for all; agent_id: whose."""

    view: str = ""
    agent_id: str = ""
    customer_id: str = ""
    owner_id: str = ""
    now: int = 0
    visibility: Visibility = EVERYTHING


def add_task(conn: Connection, values: Mapping[str, Any], at: int) -> Task:
    """values: columns of the table, at least customer_id, title and due_at."""
    id = new_id()
    conn.execute(tasks.insert(), {"id": id, **values, "created_at": at, "changed_at": at})
    return get_task(conn, id)


def list_open_on_message(conn: Connection, customer_id: str, message_id: str) -> list[Task]:
    query = _TASKS.where(_t.customer_id == customer_id, _t.message_id == message_id, _t.done_at.is_(None))
    return [Task(*row) for row in conn.execute(query.order_by(_t.due_at, _t.id))]


def get_task(conn: Connection, id: str) -> Task:
    row = conn.execute(_TASKS.where(_t.id == id)).first()
    if row is None:
        raise NotFound("there is no such task")
    return Task(*row)


def mark_task(conn: Connection, id: str, at: int, **values: Any) -> Task:
    if not conn.execute(update(tasks).where(_t.id == id).values(**values, changed_at=at)).rowcount:
        raise NotFound("there is no such task")
    return get_task(conn, id)


def forget_task(conn: Connection, id: str) -> None:
    get_task(conn, id)
    conn.execute(tasks.delete().where(_t.id == id))


def list_tasks(conn: Connection, wanted: TaskFilter, after: Cursor | None, limit: int) -> list[Task]:
    """What is open by when it is due, what is done the latest first; after: (due_at or done_at, id)."""
    done = wanted.view == "done"
    at = _t.done_at if done else _t.due_at
    query = _TASKS.where(*_conditions(wanted))
    if after:
        further = (at < after[0]) | ((at == after[0]) & (_t.id < after[1]))
        query = query.where(further if done else (at > after[0]) | ((at == after[0]) & (_t.id > after[1])))
    ordered = query.order_by(at.desc(), _t.id.desc()) if done else query.order_by(at, _t.id)
    return [Task(*row) for row in conn.execute(ordered.limit(limit))]


def cursor_of(view: str, task: Task) -> Cursor:
    return (task.done_at or 0 if view == "done" else task.due_at), task.id


def count_tasks(conn: Connection, wanted: TaskFilter, most: int = 1_000) -> int:
    """Counting stops at `most`."""
    found = _TASKS.with_only_columns(_t.id).where(*_conditions(wanted)).limit(most).subquery()
    return conn.scalar(select(func.count()).select_from(found)) or 0


def list_titles(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """By id, of those there are."""
    if not ids:
        return {}
    query = select(_t.id, _t.title).where(_t.id.in_(sorted(set(ids))))
    return {row.id: row.title for row in conn.execute(query)}


def claim_reminders(conn: Connection, now: int, limit: int = 100) -> list[Task]:
    """Open tasks whose reminder has come; each is given once."""
    due = _t.done_at.is_(None) & _t.reminded_at.is_(None) & _t.remind_at.is_not(None) & (_t.remind_at <= now)
    found = [Task(*row) for row in conn.execute(_TASKS.where(due).order_by(_t.remind_at).limit(limit))]
    ids = update(tasks).where(_t.id.in_([task.id for task in found]), _t.reminded_at.is_(None))
    taken = set(conn.scalars(ids.values(reminded_at=now).returning(_t.id))) if found else set()
    return [task for task in found if task.id in taken]


def _conditions(wanted: TaskFilter) -> list[Any]:
    found = [*_seen(wanted.visibility)]
    if wanted.view:
        found.append(_t.done_at.is_not(None) if wanted.view == "done" else _t.done_at.is_(None))
    if wanted.view == "mine":
        found.append(_t.owner_id == wanted.agent_id)
    if wanted.view == "team":
        found.append(_of_team(wanted.agent_id))
    if wanted.view == "overdue":
        found.append(_t.due_at < wanted.now)
    if wanted.view == "callbacks":
        found.append(_t.kind == literal_column(f"'{CALLBACK}'"))  # as the index says it
    if wanted.customer_id:
        found.append(_t.customer_id == wanted.customer_id)
    if wanted.owner_id:
        found.append(_t.owner_id == wanted.owner_id)
    return found


def _of_team(agent_id: str) -> Any:
    mine = select(team_members.c.team_id).where(team_members.c.agent_id == agent_id)
    colleagues = select(team_members.c.agent_id).where(team_members.c.team_id.in_(mine))
    return or_(~mine.exists(), _t.owner_id.is_(None), _t.owner_id.in_(colleagues))


def _seen(visibility: Visibility) -> tuple[Any, ...]:
    """hub.store.gate says the same of one task."""
    if visibility.is_whole:
        return ()
    people = select(customers.c.id).where(customers.c.id == _t.customer_id, *visibility.of_customers()).exists()
    mine = (_t.owner_id == visibility.agent_id,) if visibility.agent_id else ()
    return (or_(*mine, people & visibility.of_what_was_said(_t.conversation_id)),)

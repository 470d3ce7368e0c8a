"""Imports as they stand: the file while it is needed, how far it is, what was wrong with its rows, what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.store.dialect import insert_many, upsert
from hub.store.tables import import_changes, import_pieces, import_problems, imports, processes

WORKING = ("reading", "checking", "running", "undoing")
OVER = ("done", "undone", "failed")
MOST_PROBLEMS = 100_000  # rows of one import that are told with their reasons


class TakenOver(Conflict):
    """Another process carries on with this import, or somebody moved it on."""


@dataclass(frozen=True, slots=True)
class Import:
    """rules: what was decided (hub.exchange.deciding.Rules as JSON); found: what the file holds; counts: of rows, by
    what became or would become of them; done: the last row that is dealt with."""

    id: str
    name: str
    agent_id: str | None
    state: str
    rules: Mapping[str, Any]
    found: Mapping[str, Any]
    counts: Mapping[str, int]
    done: int
    problem: str
    held_by: str | None
    created_at: int
    started_at: int | None
    ended_at: int | None

    @property
    def is_working(self) -> bool:
        return self.state in WORKING

    @property
    def source(self) -> str:
        """What the addresses and consents that it adds give as their source: no two imports the same."""
        return f"import of {self.name} ({self.id[-8:]})"


@dataclass(frozen=True, slots=True)
class Told:
    """What is wrong with a row; cells: as they stand in the file."""

    number: int
    problem: str
    cells: Sequence[str]


_COLUMNS = tuple(imports.c[name] for name in Import.__dataclass_fields__)


def begin_import(conn: Connection, name: str, agent_id: str, at: int) -> str:
    """Its pieces follow; nobody reads it before they are all there (`mark_import`)."""
    id = new_id()
    row = {"id": id, "name": name, "agent_id": agent_id, "state": "arriving", "created_at": at}
    conn.execute(imports.insert(), row | {"rules": {}, "found": {}, "counts": {}})
    return id


def add_piece(conn: Connection, id: str, number: int, content: bytes) -> None:
    conn.execute(import_pieces.insert(), {"import_id": id, "number": number, "content": content})


def find_piece(conn: Connection, id: str, number: int) -> bytes | None:
    query = select(import_pieces.c.content).where(import_pieces.c.import_id == id, import_pieces.c.number == number)
    return conn.scalar(query)


def get_import(conn: Connection, id: str) -> Import:
    row = conn.execute(select(*_COLUMNS).where(imports.c.id == id)).first()
    if row is None:
        raise NotFound("there is no such import")
    return Import(*row)


def list_imports(conn: Connection, before: str | None, limit: int) -> list[Import]:
    """Newest first."""
    query = select(*_COLUMNS).order_by(imports.c.id.desc()).limit(limit)
    return [Import(*row) for row in conn.execute(query.where(imports.c.id < before) if before else query)]


def mark_import(conn: Connection, id: str, among: Sequence[str], **changes: Any) -> None:
    """Raises Conflict unless it is in one of these states, NotFound where there is none."""
    statement = update(imports).where(imports.c.id == id, imports.c.state.in_(among)).values(**changes)
    if conn.execute(statement).rowcount == 0:
        raise Conflict(f"the import is {get_import(conn, id).state} by now", code="import_moved")


def has_due_imports(conn: Connection) -> bool:
    return conn.scalar(select(imports.c.id).where(imports.c.state.in_(WORKING)).limit(1)) is not None


def claim_import(conn: Connection, holder: str) -> Import | None:
    """The oldest one that has something to do and no other living process does."""
    alive = select(processes.c.id).where(processes.c.id != holder)
    is_free = or_(imports.c.held_by.is_(None), imports.c.held_by.not_in(alive))
    query = select(imports.c.id).where(imports.c.state.in_(WORKING), is_free).order_by(imports.c.id).limit(1)
    id = conn.scalar(query.with_for_update(skip_locked=True))
    if id is None:
        return None
    conn.execute(update(imports).where(imports.c.id == id).values(held_by=holder))
    return get_import(conn, id)


def check_held(conn: Connection, one: Import) -> None:
    """Locks it. Raises TakenOver."""
    query = select(imports.c.id).where(
        imports.c.id == one.id, imports.c.held_by == one.held_by, imports.c.state == one.state
    )
    if conn.scalar(query.with_for_update()) is None:
        raise TakenOver("another process carries on with this import")


def mark_progress(conn: Connection, one: Import, done: int, counts: Mapping[str, int]) -> None:
    conn.execute(update(imports).where(imports.c.id == one.id).values(done=done, counts=dict(counts)))


def add_problems(conn: Connection, id: str, problems: Sequence[Told]) -> None:
    rows = [{"import_id": id, "number": one.number, "problem": one.problem, "cells": one.cells} for one in problems]
    if rows:
        conn.execute(upsert(conn, import_problems).on_conflict_do_nothing(), rows)


def list_problems(conn: Connection, id: str, after: int, limit: int) -> list[Told]:
    columns = (import_problems.c.number, import_problems.c.problem, import_problems.c.cells)
    query = select(*columns).where(import_problems.c.import_id == id, import_problems.c.number > after)
    return [Told(*row) for row in conn.execute(query.order_by(import_problems.c.number).limit(limit))]


def forget_problems(conn: Connection, id: str) -> None:
    conn.execute(delete(import_problems).where(import_problems.c.import_id == id))


def add_changes(conn: Connection, id: str, changes: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """(customer id, what was changed about them: see hub.exchange.batches)."""
    rows = [{"id": new_id(), "import_id": id, "customer_id": of, "change": dict(change)} for of, change in changes]
    if rows:
        insert_many(conn, import_changes, rows)


def forget_file(conn: Connection, id: str) -> None:
    conn.execute(delete(import_pieces).where(import_pieces.c.import_id == id))


def forget_what_files_held(conn: Connection, at: int) -> None:
    """Of all imports, as nobody can say whom a file is about. One that is not over ends here: it would bring in again
    who is erased just now."""
    for table in (import_pieces, import_problems):
        conn.execute(delete(table))
    begun = imports.c.state.not_in(("undoing", *OVER, "old"))
    ended = {"state": "failed", "problem": "somebody was erased meanwhile", "held_by": None, "ended_at": at}
    conn.execute(update(imports).where(begun).values(**ended))
    conn.execute(update(imports).values(found={}))


def forget_rows(conn: Connection, before: int) -> None:
    """What is kept of the rows of those that ended before that instant, but what undoing needs."""
    ended = select(imports.c.id).where(imports.c.state.in_(OVER), imports.c.ended_at < before)
    for table in (import_pieces, import_problems):
        conn.execute(delete(table).where(table.c.import_id.in_(ended)))
    conn.execute(update(imports).where(imports.c.id.in_(ended)).values(found={}))


def forget_import(conn: Connection, id: str) -> None:
    """With all that is kept of it; what it brought in stays."""
    for table in (import_pieces, import_problems, import_changes):
        conn.execute(delete(table).where(table.c.import_id == id))
    conn.execute(delete(imports).where(imports.c.id == id))


def forget_old_imports(conn: Connection, before: int, limit: int = 5) -> int:
    """Of those that ended, or were left lying, before that instant everything goes but the line that says there was
    one; of those that never ran that as well. How many there were."""
    lying = imports.c.state.not_in((*WORKING, *OVER, "old")) & (imports.c.created_at < before)
    kept = (imports.c.state.in_(OVER)) & (imports.c.ended_at < before)
    found = conn.execute(select(imports.c.id, imports.c.state).where(or_(lying, kept)).limit(limit)).all()
    for id, state in found:
        if state in OVER:
            for table in (import_pieces, import_problems, import_changes):
                conn.execute(delete(table).where(table.c.import_id == id))
            conn.execute(update(imports).where(imports.c.id == id).values(state="old", rules={}, found={}))
        else:
            forget_import(conn, id)
    return len(found)

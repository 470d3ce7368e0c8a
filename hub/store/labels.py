"""Keeps labels, words on customers and conversations; hub.store.customers makes those given by a new name."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.store.dialect import insert_or_skip
from hub.store.tables import conversation_labels, customer_labels, labels


@dataclass(frozen=True, slots=True)
class Label:
    id: str
    name: str
    colour: str
    created_at: int


_LABELS = select(labels.c.id, labels.c.name, labels.c.colour, labels.c.created_at)


def list_labels(conn: Connection, after: str | None = None, limit: int = 100) -> list[Label]:
    query = _LABELS.where(labels.c.id > after) if after else _LABELS
    return [Label(*row) for row in conn.execute(query.order_by(labels.c.id).limit(limit))]


def get_label(conn: Connection, label_id: str) -> Label:
    row = conn.execute(_LABELS.where(labels.c.id == label_id)).first()
    if row is None:
        raise NotFound("there is no such label")
    return Label(*row)


def add_label(conn: Connection, name: str, colour: str, at: int) -> Label:
    """Raises Conflict when the name is taken."""
    label = Label(new_id(), name, colour, at)
    row = {"id": label.id, "name": name, "colour": colour, "created_at": at}
    if not insert_or_skip(conn, labels, row):
        raise Conflict(f"there is a label {name!r} already")
    return label


def change_label(conn: Connection, label_id: str, name: str | None, colour: str | None) -> Label:
    taken = select(labels.c.id).where(labels.c.name == name, labels.c.id != label_id)
    if name is not None and conn.scalar(taken) is not None:
        raise Conflict(f"there is a label {name!r} already")
    changes = {key: value for key, value in {"name": name, "colour": colour}.items() if value is not None}
    if changes:
        conn.execute(update(labels).where(labels.c.id == label_id).values(changes))
    return get_label(conn, label_id)


def forget_label(conn: Connection, label_id: str) -> None:
    get_label(conn, label_id)
    for table in (customer_labels, conversation_labels):
        conn.execute(delete(table).where(table.c.label_id == label_id))
    conn.execute(delete(labels).where(labels.c.id == label_id))

"""Labels, and who carries them. A label given by name is created."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, delete, select, update

from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.store.tables import conversation_labels, customer_labels, labels
from hub.store.upsert import insert_missing, insert_or_skip


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


def label_ids(conn: Connection, names: Iterable[str], at: int) -> dict[str, str]:
    """name -> id; names that are new become labels."""
    wanted = sorted(set(names))
    insert_missing(conn, labels, [{"id": new_id(), "name": name, "created_at": at} for name in wanted])
    rows = conn.execute(select(labels.c.name, labels.c.id).where(labels.c.name.in_(wanted)))
    return {row.name: row.id for row in rows}


def label_customer(conn: Connection, customer_id: str, names: Iterable[str], at: int) -> None:
    """These labels and no others."""
    conn.execute(delete(customer_labels).where(customer_labels.c.customer_id == customer_id))
    rows = [{"customer_id": customer_id, "label_id": label} for label in label_ids(conn, names, at).values()]
    insert_missing(conn, customer_labels, rows)


def label_conversation(conn: Connection, conversation_id: str, customer_id: str, names: Iterable[str], at: int) -> None:
    """These labels and no others."""
    conn.execute(delete(conversation_labels).where(conversation_labels.c.conversation_id == conversation_id))
    rows = [
        {"conversation_id": conversation_id, "customer_id": customer_id, "label_id": label}
        for label in label_ids(conn, names, at).values()
    ]
    insert_missing(conn, conversation_labels, rows)


def labels_of_customers(conn: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    return _labels_of(conn, customer_labels, "customer_id", ids)


def labels_of_conversations(conn: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    return _labels_of(conn, conversation_labels, "conversation_id", ids)


def _labels_of(conn: Connection, table: Table, key: str, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {id: [] for id in ids}
    if not ids:
        return found
    query = select(table.c[key], labels.c.name).join(labels, labels.c.id == table.c.label_id)
    for owner, name in conn.execute(query.where(table.c[key].in_(ids)).order_by(labels.c.name)):
        found[owner].append(name)
    return found

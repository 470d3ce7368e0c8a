"""Attachments: bytes kept once per content hash, names and owners in a row of their own."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, LargeBinary, delete, exists, func, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.model import Attachment
from hub.store.dialect import upsert
from hub.store.tables import attachments, blobs

FETCHED = 1_000  # the position from which on a message's files are pictures that it only names


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An attachment without its bytes."""

    id: str
    customer_id: str | None
    message_id: str | None
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str


_STORED = (
    attachments.c.id,
    attachments.c.customer_id,
    attachments.c.message_id,
    attachments.c.filename,
    attachments.c.content_type,
    attachments.c.size,
    attachments.c.sha256,
    attachments.c.inline,
    attachments.c.content_id,
)


def add_attachment(
    conn: Connection,
    file: Attachment,
    at: int,
    *,
    customer_id: str | None = None,
    message_id: str | None = None,
    position: int = 0,
) -> str:
    sha256 = hashlib.sha256(file.content).hexdigest()
    blob = {"sha256": sha256, "size": len(file.content), "content": file.content}
    conn.execute(upsert(conn, blobs).on_conflict_do_nothing(), blob)
    row = {
        "id": new_id(),
        "customer_id": customer_id,
        "message_id": message_id,
        "filename": file.filename,
        "content_type": file.content_type,
        "size": len(file.content),
        "sha256": sha256,
        "inline": file.inline,
        "content_id": file.content_id,
        "position": position,
        "created_at": at,
    }
    conn.execute(attachments.insert(), row)
    return str(row["id"])


def add_attachments(
    conn: Connection, customer_id: str, message_id: str, files: Iterable[Attachment], at: int
) -> list[str]:
    return [
        add_attachment(conn, file, at, customer_id=customer_id, message_id=message_id, position=position)
        for position, file in enumerate(files)
    ]


def copy_attachments(conn: Connection, ids: Sequence[str], at: int) -> list[str]:
    """The same files once more, in that order, free to become part of another message."""
    names = ("filename", "content_type", "size", "sha256", "inline", "content_id")
    rows = conn.execute(
        select(attachments.c.id, *(attachments.c[name] for name in names)).where(attachments.c.id.in_(ids))
    )
    known = {row.id: {name: getattr(row, name) for name in names} for row in rows}
    copies = [{**known[id], "id": new_id(), "created_at": at} for id in ids if id in known]
    if copies:
        conn.execute(attachments.insert(), copies)
    return [str(row["id"]) for row in copies]


def forget_unused(conn: Connection, before: int, limit: int = 200) -> int:
    """Files uploaded before that instant and never sent, oldest first, with the bytes nobody else's file shares; how
    many."""
    unused = attachments.c.message_id.is_(None) & (attachments.c.created_at < before)
    query = select(attachments.c.id, attachments.c.sha256).where(unused).order_by(attachments.c.id).limit(limit)
    rows = conn.execute(query).all()
    conn.execute(delete(attachments).where(attachments.c.id.in_([row.id for row in rows]), unused))
    shared = exists().where(attachments.c.sha256 == blobs.c.sha256)
    conn.execute(delete(blobs).where(blobs.c.sha256.in_([row.sha256 for row in rows]), ~shared))
    return len(rows)


def total_size(conn: Connection, ids: Sequence[str]) -> int:
    """Octets of all these files together."""
    return conn.scalar(select(func.coalesce(func.sum(attachments.c.size), 0)).where(attachments.c.id.in_(ids))) or 0


def mark_attached(conn: Connection, ids: Sequence[str], customer_id: str, message_id: str) -> None:
    """Uploaded files become part of a message; raises NotFound when one is missing or already used."""
    for position, id in enumerate(ids):
        statement = (
            update(attachments)
            .where(attachments.c.id == id, attachments.c.message_id.is_(None))
            .values(customer_id=customer_id, message_id=message_id, position=position)
        )
        if conn.execute(statement).rowcount == 0:
            raise NotFound(f"there is no free attachment {id}")


def list_attachments(conn: Connection, message_ids: Sequence[str]) -> dict[str, list[StoredFile]]:
    """Message id -> its files in order."""
    query = (
        select(*_STORED)
        .where(attachments.c.message_id.in_(message_ids))
        .order_by(attachments.c.message_id, attachments.c.position, attachments.c.id)
    )
    found: dict[str, list[StoredFile]] = {}
    for row in conn.execute(query):
        found.setdefault(row.message_id, []).append(StoredFile(*row))
    return found


def get_attachment(conn: Connection, id: str) -> StoredFile:
    row = conn.execute(select(*_STORED).where(attachments.c.id == id)).first()
    if row is None:
        raise NotFound("there is no such attachment")
    return StoredFile(*row)


def get_content(conn: Connection, sha256: str) -> bytes:
    content: bytes | None = conn.scalar(select(blobs.c.content).where(blobs.c.sha256 == sha256))
    if content is None:
        raise NotFound("the file's bytes are gone")
    return content


def get_piece(conn: Connection, sha256: str, start: int, octets: int) -> bytes:
    """So many of its octets, from there on; fewer at its end."""
    piece = func.substr(blobs.c.content, start + 1, octets, type_=LargeBinary)
    content: bytes | None = conn.scalar(select(piece).where(blobs.c.sha256 == sha256))
    if content is None:
        raise NotFound("the file's bytes are gone")
    return content


def load_files(conn: Connection, files: Iterable[StoredFile]) -> tuple[Attachment, ...]:
    """With their bytes, ready to leave."""
    return tuple(
        Attachment(file.filename, file.content_type, get_content(conn, file.sha256), file.inline, file.content_id)
        for file in files
    )

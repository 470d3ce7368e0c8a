"""Answers kept under the client's Idempotency-Key, in the transaction of what they answer."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from hub.errors import Conflict
from hub.store.dialect import insert_or_skip
from hub.store.tables import idempotency_keys as keys


@dataclass(frozen=True, slots=True)
class Key:
    """fingerprint: a hash of method, path and body; the same key must not ask for something else."""

    token_id: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    fingerprint: str
    status: int
    body: bytes


def find_answer(conn: Connection, key: Key) -> StoredAnswer | None:
    query = select(keys.c.fingerprint, keys.c.status, keys.c.body).where(
        keys.c.token_id == key.token_id, keys.c.key == key.key
    )
    row = conn.execute(query).first()
    if row is None:
        return None
    if row.status is None:
        raise Conflict("the first request with this Idempotency-Key is still running")
    return StoredAnswer(row.fingerprint, row.status, bytes(row.body))


def claim_key(conn: Connection, key: Key, at: int) -> StoredAnswer | None:
    """None: the key is ours until the transaction ends. A rival waits here and then finds our answer."""
    row = {"token_id": key.token_id, "key": key.key, "fingerprint": key.fingerprint, "created_at": at}
    return None if insert_or_skip(conn, keys, row) else find_answer(conn, key)


def keep_answer(conn: Connection, key: Key, status: int, body: bytes) -> None:
    mine = update(keys).where(keys.c.token_id == key.token_id, keys.c.key == key.key)
    conn.execute(mine.values(status=status, body=body))


def keep_late(conn: Connection, key: Key, status: int, body: bytes, at: int) -> None:
    """For an operation whose effect is not in the store: the answer is kept after the fact."""
    if claim_key(conn, key, at) is None:
        keep_answer(conn, key, status, body)


def forget_keys(conn: Connection, before: int) -> int:
    return conn.execute(delete(keys).where(keys.c.created_at < before)).rowcount

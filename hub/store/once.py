"""What a form asks for is done once, however often it is sent: its key is kept in the transaction that does it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import Connection

from hub.store.audited import with_audit
from hub.store.dialect import insert_or_skip
from hub.store.tables import idempotency_keys as keys

T = TypeVar("T")
_claims: ContextVar[list[dict[str, Any]] | None] = ContextVar("claims", default=None)


class Repeated(Exception):
    """This was done before: whoever asked has not heard so, or has asked twice."""


@contextmanager
def claiming(agent_id: str, key: str, at: int) -> Iterator[None]:
    """The first write inside keeps the key as well, and raises Repeated where it is kept already."""
    row = {"token_id": agent_id, "key": key, "fingerprint": "", "status": 303, "body": b"", "created_at": at}
    before = _claims.set([row])
    try:
        yield
    finally:
        _claims.reset(before)


def as_asked(run: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """For the engines: what a write runs, with the key of the form that asked for it and its entry in the audit log."""
    return with_audit(_with_claim(run))


def _with_claim(run: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """It may be run again after a deadlock."""
    claims = _claims.get()
    if not claims:
        return run

    def both(conn: Connection) -> T:
        if not all(insert_or_skip(conn, keys, row) for row in claims):
            raise Repeated
        result = run(conn)
        claims.clear()
        return result

    return both

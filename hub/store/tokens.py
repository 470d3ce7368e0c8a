"""API tokens: 256 random bits, shown once, kept as a hash."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from hub.digests import hash_of
from hub.errors import NotFound
from hub.ids import new_id
from hub.store.tables import api_tokens

EVERYTHING = "*"  # the scope that has all the others


@dataclass(frozen=True, slots=True)
class Token:
    """teams: sees only the conversations of these; none: of all."""

    id: str
    name: str
    scopes: frozenset[str]
    teams: frozenset[str]
    created_at: int
    last_used_at: int | None
    expires_at: int | None


_COLUMNS = (
    api_tokens.c.id,
    api_tokens.c.name,
    api_tokens.c.scopes,
    api_tokens.c.teams,
    api_tokens.c.created_at,
    api_tokens.c.last_used_at,
    api_tokens.c.expires_at,
)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def add_token(
    conn: Connection,
    name: str,
    secret: str,
    scopes: Sequence[str],
    at: int,
    expires_at: int | None = None,
    teams: Sequence[str] = (),
) -> str:
    token_id = new_id()
    may = {"scopes": sorted(set(scopes)), "teams": sorted(set(teams)), "expires_at": expires_at}
    row = {"id": token_id, "name": name, "token_hash": hash_of(secret), "created_at": at, **may}
    conn.execute(api_tokens.insert(), row)
    return token_id


def find_token(conn: Connection, secret: str, now: int) -> Token | None:
    """None when it is unknown, revoked or too old."""
    row = conn.execute(select(*_COLUMNS).where(api_tokens.c.token_hash == hash_of(secret), _good(now))).first()
    return _token(row) if row else None


def list_token_hashes(conn: Connection, now: int) -> list[str]:
    """Of all that `find_token` finds."""
    return list(conn.scalars(select(api_tokens.c.token_hash).where(_good(now))))


def list_tokens(conn: Connection) -> list[Token]:
    rows = conn.execute(select(*_COLUMNS).where(api_tokens.c.revoked_at.is_(None)).order_by(api_tokens.c.id))
    return [_token(row) for row in rows]


def mark_token_used(conn: Connection, token_id: str, at: int) -> None:
    conn.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(last_used_at=at))


def mark_token_revoked(conn: Connection, token_id: str, at: int) -> None:
    revoke = update(api_tokens).where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
    if conn.execute(revoke.values(revoked_at=at)).rowcount == 0:
        raise NotFound("no such token")


def _good(now: int) -> ColumnElement[bool]:
    lasts = api_tokens.c.expires_at.is_(None) | (api_tokens.c.expires_at > now)
    return api_tokens.c.revoked_at.is_(None) & lasts


def _token(row: Any) -> Token:
    may = frozenset(row.scopes), frozenset(row.teams)
    return Token(row.id, row.name, *may, row.created_at, row.last_used_at, row.expires_at)

"""Remembers who is signed in where, and which one-time links are still good. Only hashes of tokens are kept."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select, update

from hub.store.agents import COLUMNS, Agent, agent_of
from hub.store.devices import forget_devices
from hub.store.dialect import upsert
from hub.store.tables import agents, devices, sessions

SESSION = "session"
CHALLENGE = "challenge"  # what a passkey has signed once
SECOND = "second"  # the password was right, the second factor is awaited
PASSWORD_LINK = "password"  # noqa: S105 - a word for a purpose, not a secret


@dataclass(frozen=True, slots=True)
class Session:
    """token_hash: its name; network: an address, of IPv6 its /64; instants in milliseconds."""

    agent: Agent
    token_hash: str
    user_agent: str
    network: str
    created_at: int
    last_used_at: int
    expires_at: int


_OWN = tuple(sessions.c[name] for name in Session.__slots__[1:])
_FIND = (
    select(*COLUMNS, *(column.label(f"session_{column.name}") for column in _OWN))
    .join(sessions, sessions.c.agent_id == agents.c.id)
    .where(agents.c.active.is_(True))
)


def add_session(conn: Connection, token_hash: str, agent_id: str, purpose: str, at: int, **values: Any) -> None:
    """values: expires_at, and of a session user_agent and network."""
    row = {"token_hash": token_hash, "agent_id": agent_id, "purpose": purpose, "created_at": at, "last_used_at": at}
    conn.execute(sessions.insert().values(**row, **values))


def claim_session(conn: Connection, token_hash: str, agent_id: str, purpose: str, at: int, *, expires_at: int) -> bool:
    """True for the one caller who was first with this token."""
    row = {"token_hash": token_hash, "agent_id": agent_id, "purpose": purpose, "created_at": at, "last_used_at": at}
    done = conn.execute(upsert(conn, sessions).values(**row, expires_at=expires_at).on_conflict_do_nothing())
    return bool(done.rowcount)


def find_session(conn: Connection, token_hash: str, *, purpose: str, now: int, used_after: int = -1) -> Session | None:
    """The session, or one-time link, of an active agent that a token opens."""
    row = conn.execute(_FIND.where(sessions.c.token_hash == token_hash, _good(purpose, now, used_after))).first()
    return _session(row) if row else None


def list_session_hashes(conn: Connection, purpose: str, now: int) -> list[str]:
    """Of all sessions, one-time links or second steps that are still good, however long nobody has used them."""
    return list(conn.scalars(select(sessions.c.token_hash).where(_good(purpose, now, -1))))


def list_sessions(conn: Connection, agent_id: str, now: int, used_after: int) -> list[Session]:
    """Where somebody is signed in, the one used last first."""
    mine = _FIND.where(sessions.c.agent_id == agent_id, _good(SESSION, now, used_after))
    return [_session(row) for row in conn.execute(mine.order_by(sessions.c.last_used_at.desc(), sessions.c.token_hash))]


def mark_session_used(conn: Connection, token_hash: str, at: int) -> None:
    conn.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(last_used_at=at))


def find_owner(conn: Connection, token_hash: str) -> str | None:
    """Whose a session or link is, whatever its state."""
    whose: str | None = conn.scalar(select(sessions.c.agent_id).where(sessions.c.token_hash == token_hash))
    return whose


def forget_session(conn: Connection, token_hash: str) -> bool:
    """True for the one caller who used the token up. What was signed out is told nothing more."""
    forget_devices(conn, conn.scalars(select(devices.c.id).where(devices.c.session == token_hash)).all())
    return bool(conn.execute(delete(sessions).where(sessions.c.token_hash == token_hash)).rowcount)


def forget_sessions_of(conn: Connection, agent_id: str, *, but: str = "") -> int:
    """Sessions and one-time links alike, but one; and the devices that were subscribed in them."""
    lost = select(devices.c.id).where(devices.c.agent_id == agent_id, devices.c.session != but)
    forget_devices(conn, conn.scalars(lost).all())
    return conn.execute(delete(sessions).where(sessions.c.agent_id == agent_id, sessions.c.token_hash != but)).rowcount


def forget_expired_sessions(conn: Connection, now: int, used_after: int) -> int:
    idle = (sessions.c.purpose == SESSION) & (sessions.c.last_used_at <= used_after)
    return conn.execute(delete(sessions).where((sessions.c.expires_at <= now) | idle)).rowcount


def _good(purpose: str, now: int, used_after: int) -> ColumnElement[bool]:
    return (sessions.c.purpose == purpose) & (sessions.c.expires_at > now) & (sessions.c.last_used_at > used_after)


def _session(row: Any) -> Session:
    return Session(agent_of(row), *(getattr(row, f"session_{name}") for name in Session.__slots__[1:]))

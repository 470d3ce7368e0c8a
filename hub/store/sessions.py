"""Remembers who is signed in, and which one-time links are still good. Only hashes of tokens are kept."""

from sqlalchemy import Connection, delete, func, select

from hub.store.agents import COLUMNS, Agent, agent_of
from hub.store.tables import agents, sessions

SESSION = "session"
PASSWORD_LINK = "password"  # noqa: S105 - a word for a purpose, not a secret


def add_session(
    conn: Connection, token_hash: str, agent_id: str, *, purpose: str, user_agent: str, at: int, expires_at: int
) -> None:
    conn.execute(
        sessions.insert().values(
            token_hash=token_hash,
            agent_id=agent_id,
            purpose=purpose,
            user_agent=user_agent,
            created_at=at,
            expires_at=expires_at,
        )
    )


_FIND = select(*COLUMNS).join(sessions, sessions.c.agent_id == agents.c.id).where(agents.c.active.is_(True))


def find_session(conn: Connection, token_hash: str, *, purpose: str, now: int) -> Agent | None:
    """The active agent a live token belongs to."""
    row = conn.execute(
        _FIND.where(sessions.c.token_hash == token_hash, sessions.c.purpose == purpose, sessions.c.expires_at > now)
    ).first()
    return agent_of(row) if row else None


def count_sessions(conn: Connection, agent_id: str, now: int) -> int:
    """In how many browsers somebody is signed in."""
    mine = (sessions.c.agent_id == agent_id) & (sessions.c.purpose == SESSION) & (sessions.c.expires_at > now)
    return conn.scalar(select(func.count()).select_from(sessions).where(mine)) or 0


def forget_session(conn: Connection, token_hash: str) -> bool:
    """True for the one caller who used the token up."""
    return bool(conn.execute(delete(sessions).where(sessions.c.token_hash == token_hash)).rowcount)


def forget_sessions_of(conn: Connection, agent_id: str) -> None:
    """Sessions and one-time links alike."""
    conn.execute(delete(sessions).where(sessions.c.agent_id == agent_id))


def forget_expired_sessions(conn: Connection, now: int) -> int:
    return conn.execute(delete(sessions).where(sessions.c.expires_at <= now)).rowcount

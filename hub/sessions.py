"""Who is signed in where. A session ends when it is ended, when nobody uses it, and after some days in any case.

Tokens are 256 random bits, stored as SHA-256. Whoever ends sessions says so in the order of events: every process
asks again for the streams of that person, so that an ended session hears nothing more.
"""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from hub.clock import MINUTE, Clock
from hub.digests import hash_of
from hub.store.agents import Agent
from hub.store.database import Store
from hub.store.events import append_event
from hub.store.sessions import (
    SECOND,
    SESSION,
    Session,
    add_session,
    claim_session,
    find_owner,
    find_session,
    forget_session,
    forget_sessions_of,
    list_sessions,
    mark_session_used,
)

if TYPE_CHECKING:
    from hub.context import Hub

STEP_LIFETIME = 10 * MINUTE
NOTED_EVERY = MINUTE  # that a session is used


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody signs in: what the browser calls itself, and its network."""

    user_agent: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session; token goes into the cookie and nowhere else."""

    agent: Agent
    token: str


async def open_session(store: Store, clock: Clock, agent: Agent, place: Place, lifetime: int) -> SignedIn:
    """lifetime: milliseconds, however much it is used."""
    token, now = secrets.token_urlsafe(32), clock.now()
    await store.write(_add, hash_of(token), agent.id, now, place, now + lifetime)
    return SignedIn(agent, token)


def _add(conn: Connection, token_hash: str, agent_id: str, now: int, place: Place, expires_at: int) -> None:
    where = {"user_agent": place.user_agent[:200], "network": place.network}
    add_session(conn, token_hash, agent_id, SESSION, now, expires_at=expires_at, **where)


async def await_second(hub: "Hub", agent: Agent) -> str:
    """A token that says: the password was right. It opens nothing but the page for the second factor."""
    token, now = secrets.token_urlsafe(32), hub.clock.now()
    await hub.store.write(claim_session, hash_of(token), agent.id, SECOND, now, expires_at=now + STEP_LIFETIME)
    return token


async def session_of(hub: "Hub", token: str, *, used: bool) -> Session | None:
    """used: somebody asks for something now; a stream that lives on, or a page that renews itself, is no use."""
    now = hub.clock.now()
    after = now - hub.settings.accounts.idle
    found = await hub.store.read(find_session, hash_of(token), purpose=SESSION, now=now, used_after=after)
    if found and used and now - found.last_used_at >= NOTED_EVERY:
        await hub.store.write(mark_session_used, found.token_hash, now)
    return found


async def sessions_of(hub: "Hub", agent: Agent) -> list[Session]:
    now = hub.clock.now()
    return await hub.store.read(list_sessions, agent.id, now, now - hub.settings.accounts.idle)


async def end_session(hub: "Hub", token_hash: str, *, of: str = "") -> None:
    """of: whose it has to be."""
    if await hub.store.write(_end, token_hash, hub.clock.now(), of):
        hub.live.wake()


def _end(conn: Connection, token_hash: str, now: int, of: str) -> bool:
    whose = find_owner(conn, token_hash)
    if not whose or of not in ("", whose) or not forget_session(conn, token_hash):
        return False
    append_event(conn, "agent.changed", at=now, agent_id=whose)
    return True


async def end_other_sessions(hub: "Hub", agent_id: str, keep: str) -> None:
    """keep: the hash of the one that stays. One-time links end as well."""
    await hub.store.write(_end_others, agent_id, keep, hub.clock.now())
    hub.live.wake()


def _end_others(conn: Connection, agent_id: str, keep: str, now: int) -> None:
    if forget_sessions_of(conn, agent_id, but=keep):
        append_event(conn, "agent.changed", at=now, agent_id=agent_id)

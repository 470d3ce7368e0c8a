"""Who may sign in: passwords, sessions, one-time links, the first owner. Decides; `hub.store.agents` remembers.

Tokens are 256 random bits, stored as SHA-256. A wrong address, a wrong password and a switched-off account get
the same answer after the same work. Every session dies when password or role change or the account is switched off.
"""

import asyncio
import secrets
from base64 import b32encode, b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Connection

from hub.clock import DAY, Clock
from hub.digests import hash_of, same
from hub.errors import Conflict, InvalidInput
from hub.model import Role
from hub.store.agents import (
    Agent,
    add_agent,
    count_active_owners,
    count_agents,
    find_agent_by_email,
    find_password_hash,
    get_agent,
    mark_agent,
)
from hub.store.database import Store
from hub.store.events import append_event
from hub.store.sessions import PASSWORD_LINK, SESSION, add_session, find_session, forget_session, forget_sessions_of

if TYPE_CHECKING:
    from hub.context import Hub

SESSION_LIFETIME = 30 * DAY
LINK_LIFETIME = 2 * DAY
MIN_PASSWORD = 12
MAX_PASSWORD = 1000
HASHES_AT_ONCE = 2  # 46 MiB each
MEMORY = 47_104  # KiB, as OWASP advises for one pass

_hasher = PasswordHasher(time_cost=1, memory_cost=MEMORY, parallelism=1)
_turns = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="passwords")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session; token goes into the cookie and nowhere else."""

    agent: Agent
    token: str


def normal_email(text: str) -> str:
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as invalid:
        raise InvalidInput(f"{text.strip()!r} is not an e-mail address", "email", "email") from invalid


def check_password(password: str) -> str:
    if len(password) < MIN_PASSWORD:
        raise InvalidInput(f"a password has at least {MIN_PASSWORD} characters", "password", "password")
    if len(password) > MAX_PASSWORD:
        raise InvalidInput(f"a password has at most {MAX_PASSWORD} characters", "password", "password")
    return password


def _hash_of_nobody() -> str:
    """A hash that no password has, of the same cost as any other."""
    salt, digest = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={MEMORY},t=1,p=1${salt}${digest}"


_NOBODY = _hash_of_nobody()


async def hash_password(password: str) -> str:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_turns, _hasher.hash, check_password(password))


async def verify_password(password_hash: str, password: str) -> bool:
    """Costs the same whether there is a hash or not."""
    loop = asyncio.get_running_loop()
    matches = await loop.run_in_executor(_turns, _matches, password_hash or _NOBODY, password[:MAX_PASSWORD])
    return matches and bool(password_hash)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def sign_in(store: Store, clock: Clock, email: str, password: str, user_agent: str) -> SignedIn | None:
    """None without saying why."""
    agent = await knows_password(store, email, password)
    return await open_session(store, clock, agent, user_agent) if agent else None


async def knows_password(store: Store, email: str, password: str) -> Agent | None:
    """Whose password it is; opens no session."""
    found = await store.read(find_password_hash, email.strip().lower())
    agent, password_hash = found or (None, "")
    return agent if await verify_password(password_hash, password) else None


async def open_session(store: Store, clock: Clock, agent: Agent, user_agent: str) -> SignedIn:
    token = secrets.token_urlsafe(32)
    await store.write(_add_token, token, agent.id, SESSION, user_agent, clock.now(), SESSION_LIFETIME)
    return SignedIn(agent, token)


def _add_token(
    conn: Connection, token: str, agent_id: str, purpose: str, user_agent: str, now: int, lifetime: int
) -> None:
    add_session(
        conn,
        hash_of(token),
        agent_id,
        purpose=purpose,
        user_agent=user_agent[:200],
        at=now,
        expires_at=now + lifetime,
    )


async def sign_out(store: Store, token: str) -> None:
    await store.write(forget_session, hash_of(token))


async def invite(store: Store, clock: Clock, agent: Agent) -> str:
    """A one-time token whose page asks for a new password."""
    token = secrets.token_urlsafe(32)
    await store.write(_add_token, token, agent.id, PASSWORD_LINK, "", clock.now(), LINK_LIFETIME)
    return token


async def use_link(store: Store, clock: Clock, token: str, password: str) -> Agent | None:
    """Set the password a one-time link allows to set; None when the link is used up or too old. Looked up first: a
    made-up link costs no hash."""
    if await store.read(find_session, hash_of(token), purpose=PASSWORD_LINK, now=clock.now()) is None:
        return None
    password_hash = await hash_password(password)
    return await store.write(_use_link, hash_of(token), password_hash, clock.now())


def _use_link(conn: Connection, token_hash: str, password_hash: str, now: int) -> Agent | None:
    agent = find_session(conn, token_hash, purpose=PASSWORD_LINK, now=now)
    if agent is None or not forget_session(conn, token_hash):
        return None
    change_agent(conn, agent.id, now, password_hash=password_hash)
    return agent


async def add_account(store: Store, clock: Clock, email: str, name: str, role: Role, password: str = "") -> Agent:
    """Raises InvalidInput or Conflict. Without a password nobody can sign in until a one-time link was used."""
    address = normal_email(email)
    password_hash = await hash_password(password) if password else ""
    return await store.write(add_agent, address, name.strip() or address, role, password_hash, at=clock.now())


def change_agent(conn: Connection, agent_id: str, now: int, **values: object) -> Agent:
    """Change a colleague; the last active owner stays one. Ends every session when the key to the house changed."""
    before = get_agent(conn, agent_id)
    mark_agent(conn, agent_id, **values)
    if before.role is Role.OWNER and not count_active_owners(conn):
        raise Conflict("somebody has to own this place: make another colleague owner first", "last_owner")
    if values.keys() & {"password_hash", "role", "active"}:
        forget_sessions_of(conn, agent_id)
        append_event(conn, "agent.changed", at=now, agent_id=agent_id)
    return get_agent(conn, agent_id)


def setup_token(key: bytes) -> str:
    """Good while nobody works here; equal at every start, so the printed address stays true."""
    return b32encode(sha256(key).digest()[:15]).decode().lower()


async def set_up(hub: "Hub", token: str, email: str, name: str, password: str) -> Agent | None:
    """The first owner. None when the token is wrong or somebody works here already."""
    if not same(token.strip().lower(), setup_token(hub.signer.key("setup"))):
        return None
    check_password(password)
    address = normal_email(email)
    password_hash = await hash_password(password)
    return await hub.store.write(_add_first, address, name, password_hash, hub.clock.now())


def _add_first(conn: Connection, email: str, name: str, password_hash: str, now: int) -> Agent | None:
    if count_agents(conn):
        return None
    return add_agent(conn, email, name.strip() or email, Role.OWNER, password_hash, at=now)


async def first_sign_in(hub: "Hub") -> str:
    """How to sign in, for the terminal: printed by `hub serve`."""
    if await hub.store.read(count_agents):
        return f"Sign in at {hub.base_url}/login"
    return f"Create your account at {hub.base_url}/setup?token={setup_token(hub.signer.key('setup'))}"


async def find_account(store: Store, email: str) -> Agent | None:
    return await store.read(find_agent_by_email, normal_email(email))

"""Who may sign in: accounts, one-time links, the first owner. Decides; `hub.store.agents` remembers.

Tokens are 256 random bits, stored as SHA-256. A wrong address, a wrong password and a switched-off account get
the same answer after the same work. Every session dies when password or role change or the account is switched off.
"""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Connection

from hub.clock import MINUTE, Clock, time_zones
from hub.digests import hash_of, same
from hub.errors import Conflict, InvalidInput
from hub.model import Role
from hub.passwords import hash_password, verify_password
from hub.store.agents import (
    Agent,
    add_agent,
    count_active_owners,
    count_agents,
    find_agent_by_email,
    find_password_hash,
    get_agent,
    list_password_hashes,
    mark_agent,
    mark_password,
)
from hub.store.database import Store
from hub.store.events import append_event
from hub.store.sessions import PASSWORD_LINK, Session, add_session, find_session, forget_session, forget_sessions_of
from hub.store.teams import CHANGED

if TYPE_CHECKING:
    from hub.context import Hub

LINK_LIFETIME = 30 * MINUTE


def normal_email(text: str) -> str:
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as invalid:
        raise InvalidInput(f"{text.strip()!r} is not an e-mail address", "email", "email") from invalid


async def knows_password(store: Store, email: str, password: str) -> Agent | None:
    """Whose password it is; opens no session."""
    found = await store.read(find_password_hash, email.strip().lower())
    agent, password_hash = found or (None, "")
    return agent if await verify_password(password_hash, password) else None


async def invite(store: Store, clock: Clock, agent: Agent) -> str:
    """A one-time token whose page asks for a new password."""
    token, now = secrets.token_urlsafe(32), clock.now()
    await store.write(_add_link, hash_of(token), agent.id, now)
    return token


def _add_link(conn: Connection, token_hash: str, agent_id: str, now: int) -> None:
    add_session(conn, token_hash, agent_id, PASSWORD_LINK, now, expires_at=now + LINK_LIFETIME)


async def use_link(hub: "Hub", token: str, password: str) -> Agent | None:
    """Set the password a one-time link allows to set; None when the link is used up or too old. Looked up first: a
    made-up link costs no hash."""
    link = await find_link(hub, token)
    if link is None:
        return None
    password_hash = await new_password(hub, link.agent, password)
    return await hub.store.write(_use_link, link.token_hash, password_hash, hub.clock.now())


async def find_link(hub: "Hub", token: str) -> Session | None:
    return await hub.store.read(find_session, hash_of(token), purpose=PASSWORD_LINK, now=hub.clock.now())


def _use_link(conn: Connection, token_hash: str, password_hash: str, now: int) -> Agent | None:
    link = find_session(conn, token_hash, purpose=PASSWORD_LINK, now=now)
    if link is None or not forget_session(conn, token_hash):
        return None
    return change_agent(conn, link.agent.id, now, password_hash=password_hash)


async def new_password(hub: "Hub", agent: Agent, password: str) -> str:
    """The hash of one that is neither guessable nor one of the last. Raises InvalidInput."""
    past = await hub.store.read(list_password_hashes, agent.id)
    return await hash_password(password, (agent.name, agent.email, hub.settings.company.name), past)


async def add_account(store: Store, clock: Clock, email: str, name: str, role: Role, password: str = "") -> Agent:
    """Raises InvalidInput or Conflict. Without a password nobody can sign in until a one-time link was used; whoever
    runs commands on this machine may give any that is long enough."""
    address = normal_email(email)
    password_hash = await hash_password(password, guessable=True) if password else ""
    return await store.write(add_agent, address, name.strip() or address, role, password_hash, at=clock.now())


def change_agent(conn: Connection, agent_id: str, now: int, **values: object) -> Agent:
    """Change a colleague; the last active owner stays one. Ends every session when the key to the house changed."""
    before = get_agent(conn, agent_id)
    if "password_hash" in values:
        mark_password(conn, agent_id, str(values["password_hash"]))
    mark_agent(conn, agent_id, **values)
    if before.role is Role.OWNER and not count_active_owners(conn):
        raise Conflict("somebody has to own this place: make another colleague owner first", "last_owner")
    if values.keys() & {"password_hash", "role", "active"}:
        forget_sessions_of(conn, agent_id)
        append_event(conn, "agent.changed", at=now, agent_id=agent_id)
    if "sees" in values:
        append_event(conn, CHANGED, at=now)
    return get_agent(conn, agent_id)


def setup_token(key: bytes) -> str:
    """Good while nobody works here; equal at every start, so the printed address stays true."""
    return b32encode(sha256(key).digest()[:15]).decode().lower()


def is_setup_token(hub: "Hub", token: str) -> bool:
    return same(token.strip().lower(), setup_token(hub.signer.key("setup")))


@dataclass(frozen=True, slots=True)
class Founder:
    """Who sets the hub up. timezone: where they live, an IANA name; anything else counts as the company's."""

    name: str
    email: str
    timezone: str = ""


async def set_up(hub: "Hub", token: str, founder: Founder, password: str) -> Agent | None:
    """The first owner. None when the token is wrong or somebody works here already."""
    if not is_setup_token(hub, token):
        return None
    company = hub.settings.company
    address = normal_email(founder.email)
    elsewhere = founder.timezone in time_zones() - {company.timezone}
    first = Founder(founder.name.strip() or address, address, founder.timezone if elsewhere else "")
    password_hash = await hash_password(password, (founder.name, address, company.name))
    return await hub.store.write(_add_first, first, password_hash, hub.clock.now())


def _add_first(conn: Connection, first: Founder, password_hash: str, now: int) -> Agent | None:
    if count_agents(conn):
        return None
    agent = add_agent(conn, first.email, first.name, Role.OWNER, password_hash, at=now)
    mark_agent(conn, agent.id, timezone=first.timezone)
    return get_agent(conn, agent.id)


async def first_sign_in(hub: "Hub") -> str:
    """How to sign in, for the terminal: printed by `hub serve`."""
    if await hub.store.read(count_agents):
        return f"Sign in at {hub.base_url}/login"
    return f"Create your account at {hub.base_url}/setup?token={setup_token(hub.signer.key('setup'))}"


async def find_account(store: Store, email: str) -> Agent | None:
    return await store.read(find_agent_by_email, normal_email(email))

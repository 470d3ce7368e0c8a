"""Codes of an authenticator app, and recovery codes: set up, checked once each, taken away."""

import secrets
from base64 import b32encode
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from hub.digests import hash_of
from hub.factors.totp import new_secret, step_of
from hub.store.agents import Agent
from hub.store.events import append_event
from hub.store.second_factors import (
    Factors,
    claim_totp_step,
    forget_factors,
    forget_passkey,
    get_factors,
    mark_totp,
    replace_codes,
    use_code,
)
from hub.store.sessions import forget_sessions_of

if TYPE_CHECKING:
    from hub.context import Hub

RECOVERY_CODES = 10
CODE = 10  # octets: 80 bits, as hard to guess as a link
GROUP = 4  # signs of a code that stand together


async def factors_of(hub: "Hub", agent_id: str) -> Factors:
    return await hub.store.read(get_factors, agent_id)


def propose_app(hub: "Hub", agent: Agent) -> tuple[str, str]:
    """A new secret, in clear and locked: it counts once a code of it was shown."""
    secret = new_secret()
    return secret, hub.vault.lock(place_of(agent.id), secret)


async def confirm_app(hub: "Hub", agent: Agent, locked: str, code: str) -> list[str] | None:
    """None when the code is wrong; else recovery codes, unless there were some. Raises Locked."""
    step = step_of(hub.vault.unlock(place_of(agent.id), locked), code, hub.clock.now(), -1)
    if step is None:
        return None
    return await hub.store.write(_confirm_app, agent.id, locked, step)


def _confirm_app(conn: Connection, agent_id: str, locked: str, step: int) -> list[str]:
    codes = first_codes(conn, agent_id)
    mark_totp(conn, agent_id, locked, step)
    return codes


async def check_code(hub: "Hub", agent_id: str, code: str) -> bool:
    """One of the app, or a recovery code. Each is good once. Raises Locked."""
    factors = await factors_of(hub, agent_id)
    if factors.totp:
        secret = hub.vault.unlock(place_of(agent_id), factors.totp)
        step = step_of(secret, code, hub.clock.now(), factors.step)
        if step is not None:
            return await hub.store.write(claim_totp_step, agent_id, step)
    return await hub.store.write(use_code, agent_id, _hash(code)) if factors.any else False


async def remove_app(hub: "Hub", agent_id: str) -> None:
    await hub.store.write(_remove_app, agent_id)


def _remove_app(conn: Connection, agent_id: str) -> None:
    mark_totp(conn, agent_id, "", -1)
    _tidy_codes(conn, agent_id)


async def remove_passkey(hub: "Hub", agent_id: str, passkey_id: str) -> None:
    await hub.store.write(_remove_passkey, agent_id, passkey_id)


def _remove_passkey(conn: Connection, agent_id: str, passkey_id: str) -> None:
    if forget_passkey(conn, agent_id, passkey_id):
        _tidy_codes(conn, agent_id)


def _tidy_codes(conn: Connection, agent_id: str) -> None:
    """Without a factor there is nothing to recover."""
    if not get_factors(conn, agent_id).any:
        replace_codes(conn, agent_id, ())


async def renew_codes(hub: "Hub", agent_id: str) -> list[str]:
    return await hub.store.write(new_codes, agent_id)


def first_codes(conn: Connection, agent_id: str) -> list[str]:
    """When the first factor is set up; empty when there are some."""
    return [] if get_factors(conn, agent_id).any else new_codes(conn, agent_id)


def new_codes(conn: Connection, agent_id: str) -> list[str]:
    """Shown once; those before are good no more."""
    codes = [_grouped(b32encode(secrets.token_bytes(CODE)).decode().lower()) for _ in range(RECOVERY_CODES)]
    replace_codes(conn, agent_id, map(_hash, codes))
    return codes


def reset_factors(conn: Connection, agent_id: str, now: int) -> None:
    """By somebody else, for who lost everything: every session ends, the password alone lets in again."""
    forget_factors(conn, agent_id)
    forget_sessions_of(conn, agent_id)
    append_event(conn, "agent.changed", at=now, agent_id=agent_id)


def place_of(agent_id: str) -> str:
    """What the secret of an app is bound to."""
    return f"totp {agent_id}"


def _grouped(code: str) -> str:
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def _hash(code: str) -> str:
    return hash_of("".join(sign for sign in code.lower() if sign.isalnum()))

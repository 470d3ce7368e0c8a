"""Remembers what people prove besides their password: an authenticator app, recovery codes, passkeys."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from hub.errors import Conflict
from hub.ids import new_id
from hub.store.dialect import insert_or_skip
from hub.store.tables import agents, passkeys, recovery_codes


@dataclass(frozen=True, slots=True)
class Passkey:
    """credential_id and public_key (COSE) in base64url."""

    id: str
    agent_id: str
    name: str
    credential_id: str
    public_key: str
    sign_count: int
    created_at: int
    last_used_at: int | None


@dataclass(frozen=True, slots=True)
class Factors:
    """totp: the locked secret, empty without an app; step: of the last code used; codes: recovery codes left."""

    totp: str
    step: int
    codes: int
    passkeys: list[Passkey]

    @property
    def any(self) -> bool:
        return bool(self.totp or self.passkeys)


_KEYS = select(*(passkeys.c[name] for name in Passkey.__slots__))


def get_factors(conn: Connection, agent_id: str) -> Factors:
    row = conn.execute(select(agents.c.totp, agents.c.totp_step).where(agents.c.id == agent_id)).one()
    left = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.agent_id == agent_id)
    keys = conn.execute(_KEYS.where(passkeys.c.agent_id == agent_id).order_by(passkeys.c.id))
    return Factors(row.totp, row.totp_step, conn.scalar(left) or 0, [Passkey(*key) for key in keys])


def mark_totp(conn: Connection, agent_id: str, locked: str, step: int) -> None:
    conn.execute(update(agents).where(agents.c.id == agent_id).values(totp=locked, totp_step=step))


def claim_totp_step(conn: Connection, agent_id: str, step: int) -> bool:
    """True for the one caller who uses this code."""
    fresh = (agents.c.id == agent_id) & (agents.c.totp_step < step)
    return bool(conn.execute(update(agents).where(fresh).values(totp_step=step)).rowcount)


def replace_codes(conn: Connection, agent_id: str, hashes: Iterable[str]) -> None:
    conn.execute(delete(recovery_codes).where(recovery_codes.c.agent_id == agent_id))
    rows = [{"agent_id": agent_id, "code_hash": one} for one in hashes]
    if rows:
        conn.execute(recovery_codes.insert(), rows)


def use_code(conn: Connection, agent_id: str, code_hash: str) -> bool:
    """True for the one caller who used it up."""
    mine = (recovery_codes.c.agent_id == agent_id) & (recovery_codes.c.code_hash == code_hash)
    return bool(conn.execute(delete(recovery_codes).where(mine)).rowcount)


def add_passkey(conn: Connection, agent_id: str, name: str, verified: tuple[str, str, int], at: int) -> str:
    """verified: credential id, public key, count. Raises Conflict when it is registered already."""
    credential_id, public_key, sign_count = verified
    row = {"id": new_id(), "agent_id": agent_id, "name": name, "credential_id": credential_id}
    if not insert_or_skip(conn, passkeys, row | {"public_key": public_key, "sign_count": sign_count, "created_at": at}):
        raise Conflict("this passkey is registered already", "passkey_twice")
    return row["id"]


def list_guarded(conn: Connection) -> set[str]:
    """The ids of those who have a second factor."""
    apps = conn.scalars(select(agents.c.id).where(agents.c.totp != ""))
    return {*apps, *conn.scalars(select(passkeys.c.agent_id).distinct())}


def find_passkey(conn: Connection, credential_id: str) -> Passkey | None:
    row = conn.execute(_KEYS.where(passkeys.c.credential_id == credential_id)).first()
    return Passkey(*row) if row else None


def has_passkeys(conn: Connection) -> bool:
    """Does anybody use them?"""
    return conn.scalar(select(passkeys.c.id).limit(1)) is not None


def mark_passkey_used(conn: Connection, passkey: Passkey, sign_count: int, at: int) -> None:
    conn.execute(update(passkeys).where(passkeys.c.id == passkey.id).values(sign_count=sign_count, last_used_at=at))


def forget_passkey(conn: Connection, agent_id: str, passkey_id: str) -> bool:
    mine = (passkeys.c.id == passkey_id) & (passkeys.c.agent_id == agent_id)
    return bool(conn.execute(delete(passkeys).where(mine)).rowcount)


def forget_factors(conn: Connection, agent_id: str) -> None:
    """All of them: whoever lost every one of them starts anew."""
    mark_totp(conn, agent_id, "", -1)
    replace_codes(conn, agent_id, ())
    conn.execute(delete(passkeys).where(passkeys.c.agent_id == agent_id))

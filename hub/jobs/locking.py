"""What the store holds locked: whether the key fits, and what an older hub kept in clear is locked as well."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress

from hub.config import Settings
from hub.errors import ConfigError, Locked
from hub.store.database import Store
from hub.store.locked import SIGNING, LockedValue, is_looked_through, list_clear, list_locked_secrets, lock_found
from hub.store.scrub import scrub
from hub.store.settings import SECRET, add_setting, find_setting, is_armed
from hub.vault import Vault, open_vault

SECRET_OCTETS = 32
log = logging.getLogger("hub.jobs.locking")


async def lock_clear(store: Store, vault: Vault) -> int:
    """How many were in clear. A key that opens nothing here locks nothing: it is not the store's."""
    found = await store.read(list_clear)
    if not found:
        if not await store.read(is_looked_through):
            await store.write(lock_found, ())
        return 0
    try:
        reasons = _reasons(vault, await store.read(list_locked_secrets))
        locked = [] if reasons else [(one, vault.lock(one.place, one.locked)) for one in found]
    except ConfigError as trouble:
        reasons = [str(trouble)]
    if reasons:
        log.warning("secrets stay in clear in the store: %s", reasons[0], extra={"secrets": len(found)})
        return 0
    done = await store.write(lock_found, locked)
    if not await asyncio.to_thread(scrub, store.url):
        log.warning(
            "the store's journal is in use and goes on holding them in clear for a while", extra={"secrets": done}
        )
    log.info("what an older hub kept in clear is locked", extra={"secrets": done})
    return done


async def find_secret(store: Store, settings: Settings) -> bytes:
    """What everything is signed with: from the configuration, else made once and kept locked in the store, so that all
    processes of one store sign alike. A restored copy whose key is not here signs with one of the moment: it sends
    nothing. Raises ConfigError."""
    if configured := settings.secret.get_secret_value():
        return configured.encode()
    if await store.read(find_setting, SECRET) is None:
        await store.write(add_setting, SECRET, await _made(store, open_vault(settings)))
    if await store.read(is_armed):
        return await open_secret(store, settings)
    with suppress(ConfigError):
        return await open_secret(store, settings)
    return secrets.token_bytes(SECRET_OCTETS)


async def _made(store: Store, vault: Vault) -> str:
    """In clear where nothing can be locked yet: the next start locks it."""
    try:
        reasons = _reasons(vault, await store.read(list_locked_secrets))
        if not reasons:
            return new_secret(vault)
    except ConfigError as trouble:
        reasons = [str(trouble)]
    log.warning("the secret that links are signed with is kept in clear: %s", reasons[0])
    return secrets.token_hex(SECRET_OCTETS)


async def open_secret(store: Store, settings: Settings) -> bytes:
    """What the store keeps of it; empty when there is none yet. Raises ConfigError."""
    kept = await store.read(find_setting, SECRET) or ""
    try:
        return bytes.fromhex(open_vault(settings).open(SIGNING, kept))
    except Locked as locked:
        how = "put it there, or make a new secret with `hub rotate-key --new-secret` (docs/secrets.md)"
        raise ConfigError(f"keyring: the secret that links are signed with stays locked: {locked}: {how}") from locked


def new_secret(vault: Vault) -> str:
    """As the store keeps it."""
    return vault.lock(SIGNING, secrets.token_hex(SECRET_OCTETS))


async def find_key_problems(store: Store, vault: Vault) -> list[str]:
    """In the operator's words: a key that is missing, of no use, or open to others."""
    problems = [vault.exposure] if vault.exposure else []
    try:
        vault.check()
        reasons = _reasons(vault, await store.read(list_locked_secrets))
    except ConfigError as wrong:
        return [*problems, str(wrong)]
    if reasons:
        stay = "1 secret stays" if len(reasons) == 1 else f"{len(reasons)} secrets stay"
        problems.append(f"{stay} locked: {reasons[0]}. Put the key there (docs/secrets.md)")
    return problems


def _reasons(vault: Vault, values: Sequence[LockedValue]) -> list[str]:
    """One for each that does not open. Raises ConfigError where the keyring is of no use."""
    reasons = []
    for one in values:
        try:
            vault.unlock(one.place, one.locked)
        except Locked as locked:
            reasons.append(str(locked))
    return reasons

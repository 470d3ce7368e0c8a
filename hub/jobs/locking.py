"""What the store holds locked: whether the key fits, and what an older hub kept in clear is locked as well."""

import asyncio
import logging
from collections.abc import Sequence

from hub.errors import ConfigError, Locked
from hub.store.database import Store
from hub.store.locked import LockedValue, is_looked_through, list_clear, list_locked_secrets, lock_found
from hub.store.scrub import scrub
from hub.vault import Vault

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
        log.warning("%s secrets stay in clear in the store: %s", len(found), reasons[0])
        return 0
    done = await store.write(lock_found, locked)
    if not await asyncio.to_thread(scrub, store.url):
        log.warning("the store's journal is in use and goes on holding %s secrets in clear for a while", done)
    log.info("%s secrets that an older hub kept in clear are locked", done)
    return done


async def find_key_problems(store: Store, vault: Vault) -> list[str]:
    """In the operator's words: a key that is missing, of no use, or open to others."""
    problems = [vault.exposure] if vault.exposure else []
    try:
        vault.check()
        reasons = _reasons(vault, await store.read(list_locked_secrets))
    except ConfigError as wrong:
        return [*problems, str(wrong)]
    if reasons:
        problems.append(f"{len(reasons)} secrets stay locked: {reasons[0]}. Put the key there (docs/secrets.md)")
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

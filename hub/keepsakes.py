"""Keeps what a provider hands a channel anew, such as the refresh token that takes the place of the configured one."""

from hub.store.database import Store
from hub.store.locked import KEEPSAKE
from hub.store.settings import find_setting, mark_setting
from hub.vault import Vault


class Keepsakes:
    """Locked in the store, one a channel. Raises Locked or StoreUnavailable."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self._vault = store, vault

    async def find(self, channel: str) -> str:
        place = f"{KEEPSAKE}{channel}"
        locked = await self._store.read(find_setting, place)
        return self._vault.unlock(place, locked) if locked else ""

    async def mark(self, channel: str, secret: str) -> None:
        place = f"{KEEPSAKE}{channel}"
        await self._store.write(mark_setting, place, self._vault.lock(place, secret))

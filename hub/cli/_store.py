"""Lets a command use the store for a moment: brought up to date, opened, closed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hub.config import Settings
from hub.store.database import Store, open_store
from hub.store.migrate import migrate

T = TypeVar("T")


def with_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    """Runs `await work(store)`; a store that does not exist yet is created."""
    migrate(settings.store_url)
    return asyncio.run(_run(settings, work))


async def _run(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    store = open_store(settings.store_url, settings.store.pool)
    await store.open()
    try:
        return await work(store)
    finally:
        await store.close()

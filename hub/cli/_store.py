"""Lets a command use the store for a moment, and show how far it is."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from hub.clock import SystemClock
from hub.config import Settings
from hub.store.audit import Deed, Entry, add_note
from hub.store.database import Store, open_store
from hub.store.migrate import migrate

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

T = TypeVar("T")


def with_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    """Runs `await work(store)`; a store that does not exist yet is created."""
    migrate(settings.store_url)
    return asyncio.run(_run(settings, work))


async def note(store: Store, deed: Deed, about: str = "") -> None:
    """In the audit log. Who sits at the command line is known to the machine, not to us."""
    await store.write(add_note, Entry(deed, "command line", about), SystemClock().now())


def progress_bar(length: int, label: str) -> "ProgressBar[int]":
    """On standard error, and only when that is a terminal."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


async def _run(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    store = open_store(settings.store_url, settings.store.pool)
    await store.open()
    try:
        return await work(store)
    finally:
        await store.close()

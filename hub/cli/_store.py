"""Lets a command use the store for a moment, and show how far it is."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeVar

import click

from hub.clock import SystemClock
from hub.config import Settings
from hub.store.audit import Deed, Entry, add_audit
from hub.store.audited import together
from hub.store.database import Store, open_store
from hub.store.migrate import migrate

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

T = TypeVar("T")


def with_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    """Runs `await work(store)`; a store that does not exist yet is created."""
    migrate(settings.store_url)
    return asyncio.run(_run(settings, work))


def audit_entry(deed: Deed, about: str = "") -> Entry:
    """For the audit log. Who sits at the command line is known to the machine, not to us."""
    return Entry(deed, "command line", about)


async def audit(store: Store, deed: Deed, about: str = "") -> None:
    await store.write(add_audit, audit_entry(deed, about), SystemClock().now())


def auditing(store: Store, deed: Deed, about: str = "") -> AbstractAsyncContextManager[None]:
    """What is written inside enters the audit log in the same transaction."""
    return together(store, audit_entry(deed, about), SystemClock().now())


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

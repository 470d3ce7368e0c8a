"""Brings a bot its updates: pushed to its webhook in order, or fetched by getUpdates; each until it is confirmed.

Unconfirmed updates are kept for 24 hours, as Telegram does.
"""

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from hub.clock import HOUR, Clock

KEPT_FOR = 24 * HOUR
FIRST_RETRY = 0.05
LONGEST_RETRY = 5.0
PATIENCE = aiohttp.ClientTimeout(total=60)
ON_REQUEST_ONLY = {"chat_member", "message_reaction", "message_reaction_count"}

log = logging.getLogger("hub.sandbox.telegram")


@dataclass(frozen=True)
class WebhookSet:
    """What setWebhook asked for."""

    url: str
    secret_token: str = ""
    max_connections: int = 40


@dataclass(frozen=True)
class Pending:
    """An update the bot has not confirmed."""

    id: int
    at: int
    update: dict[str, Any]


class Updates:
    """duplicates: how many of the next pushed updates arrive twice although the bot confirmed them."""

    def __init__(self, clock: Clock, first_id: int) -> None:
        self.clock = clock
        self.webhook: WebhookSet | None = None
        self.allowed: frozenset[str] = frozenset()
        self.last_error: tuple[int, str] | None = None
        self.duplicates = 0
        self.refused = 0
        self._last_id = first_id
        self._pending: list[Pending] = []
        self._changed = asyncio.Event()
        self._listener: object = None
        self._task: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def pending(self) -> int:
        return len(self._pending)

    def add(self, kind: str, body: dict[str, Any]) -> None:
        if kind not in self.allowed if self.allowed else kind in ON_REQUEST_ONLY:
            return
        self._last_id += 1
        self._pending.append(Pending(self._last_id, self.clock.now(), {"update_id": self._last_id, kind: dict(body)}))
        self._wake()

    def drop(self) -> None:
        self._pending.clear()

    def set_webhook(self, webhook: WebhookSet | None) -> None:
        self.webhook, self.last_error = webhook, None
        self._wake()

    async def take(self, offset: int, limit: int, seconds: float) -> list[dict[str, Any]] | None:
        """Waits up to so many seconds; None when another call took this one's place."""
        self._listener = mine = object()
        self._wake()
        self._confirm(offset)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._pending and self._listener is mine:
                    await self._changed.wait()
        if self._listener is not mine:
            return None
        return [pending.update for pending in self._pending[:limit]]

    async def emptied(self, patience: float = 30.0) -> None:
        """Until the bot has confirmed everything; raises TimeoutError."""
        async with asyncio.timeout(patience):
            while self._pending:
                await self._changed.wait()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=PATIENCE)
        self._task = asyncio.create_task(self._push(self._session))

    async def stop(self) -> None:
        self._listener = None
        self._wake()
        if self._task and self._session:
            self._task.cancel()
            await asyncio.wait([self._task])
            await self._session.close()

    def _confirm(self, offset: int) -> None:
        self._forget_old()
        if offset < 0:
            self._pending = self._pending[offset:]
        elif offset:
            self._pending = [pending for pending in self._pending if pending.id >= offset]
        self._wake()

    def _forget_old(self) -> None:
        self._pending = [pending for pending in self._pending if pending.at > self.clock.now() - KEPT_FOR]

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _push(self, session: aiohttp.ClientSession) -> None:
        wait = FIRST_RETRY
        while True:
            self._forget_old()
            webhook = self.webhook
            if not webhook or not self._pending:
                await self._changed.wait()
            elif await self._deliver(session, webhook, self._pending[0]):
                wait = FIRST_RETRY
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._until_set_again()
                wait = min(wait * 2, LONGEST_RETRY)

    async def _until_set_again(self) -> None:
        known = self.webhook
        while self.webhook is known:
            await self._changed.wait()

    async def _deliver(self, session: aiohttp.ClientSession, webhook: WebhookSet, pending: Pending) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
        try:
            async with session.post(webhook.url, json=pending.update, headers=headers) as answer:
                problem = "" if answer.ok else f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as trouble:
            problem = f"Connection failed: {type(trouble).__name__}"
        if problem:
            self.refused += 1
            self.last_error = (self.clock.now() // 1000, problem)
            log.debug("update %s: %s", pending.id, problem)
            return False
        if self.duplicates:
            self.duplicates -= 1
        elif self._pending and self._pending[0] is pending:
            del self._pending[0]
        self._wake()
        return True


def listed(kinds: object) -> Collection[str]:
    """allowed_updates as the API takes it: a list of names, or nothing."""
    return [str(kind) for kind in kinds] if isinstance(kinds, list) else []

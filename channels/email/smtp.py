"""Hands mails to the configured servers over a few kept connections."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from hub.channel import Committing

from .refusals import refusal
from .smtp_connection import MAILS_PER_CONNECTION, Connection, Stale
from .smtp_servers import SmtpServers

KEEP_SECONDS = 60.0


class SmtpPool:
    """Connections are opened as needed, at most `settings.connections`, and kept for a while."""

    def __init__(self, servers: SmtpServers) -> None:
        self.settings, self.connect = servers.settings, servers.connect
        self._slots = asyncio.Semaphore(self.settings.connections)
        self._awaited = 0
        self.on_awaited: Callable[[], None] = lambda: None
        self._idle: list[Connection] = []
        self._sweep: asyncio.TimerHandle | None = None

    async def send(self, sender: str, recipient: str, mail: bytes, committing: Committing) -> None:
        """Returns when the server has taken it. Raises SendDeferred, SendRejected or SendDoubtful."""
        async with self._slot():
            for find in (self._kept, *[self.connect] * len(self.settings.others)):
                connection = await find()
                if connection is not None:
                    try:
                        return await self._through(connection, sender, recipient, mail, committing)
                    except Stale:
                        connection.wire.close()
            await self._through(await self.connect(), sender, recipient, mail, committing)

    def is_awaited(self) -> bool:
        """Does a single mail wait for a connection?"""
        return self._awaited > 0

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        self._awaited += 1
        if self._slots.locked():
            self.on_awaited()
        try:
            await self._slots.acquire()
        finally:
            self._awaited -= 1
        try:
            yield
        finally:
            self._slots.release()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Connection]:
        """A connection for many mails. Raises SendDeferred."""
        async with self._slots:
            connection = await self._kept() or await self.connect()
            async with self._returned(connection):
                yield connection

    async def _through(
        self, connection: Connection, sender: str, recipient: str, mail: bytes, committing: Committing
    ) -> None:
        async with self._returned(connection):
            answer = await connection.transfer(sender, recipient, mail, committing)
        if not answer.good:
            raise refusal(answer)

    @asynccontextmanager
    async def _returned(self, connection: Connection) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if connection.wire.alive and connection.mails < MAILS_PER_CONNECTION:
                connection.rested_since = time.monotonic()
                self._idle.append(connection)
                self._schedule()
            else:
                connection.wire.quit()

    async def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if await connection.lives():
                return connection
            connection.wire.close()
        return None

    def _schedule(self) -> None:
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(KEEP_SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._sweep = None
        since = time.monotonic() - KEEP_SECONDS
        for connection in [connection for connection in self._idle if connection.rested_since <= since]:
            self._idle.remove(connection)
            connection.wire.quit()
        if self._idle:
            self._schedule()

    async def close(self) -> None:
        if self._sweep:
            self._sweep.cancel()
            self._sweep = None
        while self._idle:
            self._idle.pop().wire.quit()
        await asyncio.sleep(0)

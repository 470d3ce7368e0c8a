"""A load generator that costs little: kept connections, ready-made requests, the next as soon as one is answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial


@dataclass(slots=True)
class Tally:
    """What one run saw: answers by status, and how long each took (seconds)."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


class Client(asyncio.Protocol):
    """One connection. Answers must carry Content-Length, as aiohttp's do."""

    def __init__(self, requests: Iterator[bytes], tally: Tally, until: float, over: asyncio.Future[None]) -> None:
        self._requests, self._tally, self._until, self._over = requests, tally, until, over
        self._buffer = b""
        self._begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        self._begun = time.perf_counter()
        if request is None or self._begun >= self._until:
            self._transport.close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._buffer = b""
        self._tally.statuses[int(head[9:12])] += 1
        self._tally.latencies.append(time.perf_counter() - self._begun)
        self._next()

    def connection_lost(self, trouble: Exception | None) -> None:
        if not self._over.done():
            self._over.set_result(None)


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def load(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Tally:
    """Ask from that many connections at once, for that long or until the requests are used up."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    begun = time.perf_counter()
    overs = [loop.create_future() for _ in range(connections)]
    for over in overs:
        await loop.create_connection(partial(Client, requests, tally, begun + seconds, over), "127.0.0.1", port)
    await asyncio.gather(*overs)
    tally.seconds = time.perf_counter() - begun
    return tally

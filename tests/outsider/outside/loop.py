"""Runs every fake provider and client in one event loop on a thread of its own, so that tests stay plain functions."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")


class Loop:
    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[object, object, T], seconds: float = 30) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)

    def start(self, coroutine: Coroutine[object, object, T]) -> "asyncio.Future[T]":
        """Begin, do not wait; `.result(seconds)` waits."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)  # type: ignore[return-value]

    def stop(self) -> None:
        self.run(_cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def until(found: Callable[[], T], seconds: float = 15, what: str = "") -> T:
    """Ask again and again until the answer is true; fail with the last answer when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or found.__name__}; last answer {answer!r}"
        time.sleep(0.03)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

"""Waits for a body as long as it comes: who announces one and does not send it is not waited for.

How long it may be is the route's own limit, counted in octets read, whether its length was announced or not.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from hub.networks import network_of
from hub.web.security import client_ip

LATER = {"Retry-After": "5"}


@dataclass(slots=True)
class Bodies:
    """at_once: seconds in which a body is nobody's burden; slowest: octets a second, looked at every so many seconds;
    looks: so often in a row slower than that, and nobody waits on (a phone changes cells, a packet is lost);
    per_network: how many of one network are waited for; waiting: how many are."""

    at_once: float = 1.0
    look_every: float = 5.0
    slowest: int = 1_000
    looks: int = 4
    per_network: int = 64
    waiting: Counter[str] = field(default_factory=Counter)


BODIES = web.AppKey("bodies", Bodies)


def limited(request: web.Request, octets: int) -> web.Request:
    """The same request, of whose body nobody can read more. Raises HTTPRequestEntityTooLarge."""
    announced = request.content_length
    if announced is None:
        return request.clone(client_max_size=octets) if request.body_exists else request
    if announced > octets:
        raise web.HTTPRequestEntityTooLarge(octets, announced)
    return request


@contextmanager
def awaited(request: web.Request) -> Iterator[None]:
    """While the body comes, somebody looks whether it does; whoever reads it gets 408 (or 429) when it does not."""
    if request.content.is_eof():
        yield
        return
    watch = _Watch(request)
    try:
        yield
    finally:
        watch.stop()


class _Watch:
    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._bodies = request.app[BODIES]
        self._network = ""
        self._before = 0
        self._poor = 0
        self._ended = False
        self._next = asyncio.get_running_loop().call_later(self._bodies.at_once, self._begin)

    def _begin(self) -> None:
        if self._request.content.is_eof():
            return
        network = network_of(client_ip(self._request))
        if self._bodies.waiting[network] >= self._bodies.per_network:
            self._end(web.HTTPTooManyRequests(headers=LATER))
            return
        self._network = network
        self._bodies.waiting[network] += 1
        self._before = self._request.content.total_bytes
        self._next = asyncio.get_running_loop().call_later(self._bodies.look_every, self._look)

    def _look(self) -> None:
        content, transport = self._request.content, self._request.transport
        if content.is_eof():
            return
        ours = transport is not None and not transport.is_reading()  # paused: it is we who are slow
        slow = not ours and content.total_bytes - self._before < self._bodies.slowest * self._bodies.look_every
        self._poor = self._poor + 1 if slow else 0
        if self._poor >= self._bodies.looks:
            self._end(web.HTTPRequestTimeout())
            return
        self._before = content.total_bytes
        self._next = asyncio.get_running_loop().call_later(self._bodies.look_every, self._look)

    def _end(self, answer: web.HTTPException) -> None:
        self._ended = True
        self._request.content.set_exception(answer)

    def stop(self) -> None:
        self._next.cancel()
        if self._ended:  # it was answered; what the server does with the rest is no error of anybody's
            self._request.content.set_exception(TimeoutError())
        if self._network:
            self._bodies.waiting[self._network] -= 1
            self._bodies.waiting += Counter()  # keeps only those above zero

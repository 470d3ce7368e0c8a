"""Waits for a body as long as it comes: who announces one and does not send it is not waited for.

How long it may be is the route's own limit, counted in octets that came in, unpacked, whether their number was
announced or not and whoever reads them.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from hub.networks import network_of
from hub.web.connections import Connection
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


def has_come(request: web.Request, octets: int) -> bool:
    """Is all of the body here already? Raises HTTPRequestEntityTooLarge where that is more than so many octets."""
    whole = request.content.is_eof()
    if whole and request.content.total_bytes > octets:
        raise web.HTTPRequestEntityTooLarge(octets, request.content.total_bytes)
    return whole


def limited(request: web.Request, octets: int) -> web.Request:
    """The same request, of whose body nobody can read more. Raises HTTPRequestEntityTooLarge."""
    announced = request.content_length
    if announced is not None and announced > octets:
        raise web.HTTPRequestEntityTooLarge(octets, announced)
    says_all = announced is not None and "Content-Encoding" not in request.headers
    return request if says_all or not request.body_exists else request.clone(client_max_size=octets)


@contextmanager
def awaited(request: web.Request, octets: int) -> Iterator[None]:
    """While the body comes, somebody looks whether it does, and whether it is longer than so many octets; whoever reads
    it gets 408, 429 or 413. Raises HTTPRequestEntityTooLarge."""
    if request.content.total_bytes > octets:
        raise web.HTTPRequestEntityTooLarge(octets, request.content.total_bytes)
    if request.content.is_eof():
        yield
        return
    watch = _Watch(request, octets)
    try:
        yield
    finally:
        watch.stop()


class _Watch:
    def __init__(self, request: web.Request, octets: int) -> None:
        self._request = request
        self._octets = octets
        self._bodies = request.app[BODIES]
        self._network = ""
        self._before = 0
        self._poor = 0
        self._ended = False
        self._next = asyncio.get_running_loop().call_later(self._bodies.at_once, self._begin)
        if isinstance(request.protocol, Connection):
            request.protocol.hears = self._measure

    def _measure(self) -> None:
        """What passes over a part of a form, or looks for its beginning, counts nothing itself."""
        came = self._request.content.total_bytes
        if came > self._octets and not self._ended:
            self._end(web.HTTPRequestEntityTooLarge(self._octets, came))

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
        self._next.cancel()
        self._request.content.set_exception(answer)

    def stop(self) -> None:
        self._next.cancel()
        if isinstance(self._request.protocol, Connection):
            self._request.protocol.hears = None
        content = self._request.content
        if content.total_bytes > self._octets:  # the server takes a little more in, so that the answer arrives
            content.set_exception(None)  # type: ignore[arg-type]  # it may be read again
        elif self._ended:  # it was answered; what the server does with the rest is no error of anybody's
            content.set_exception(TimeoutError())
        if self._network:
            self._bodies.waiting[self._network] -= 1
            self._bodies.waiting += Counter()  # keeps only those above zero

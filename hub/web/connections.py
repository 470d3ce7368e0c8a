"""Keeps the front door free: connections that say nothing, or do not take what they asked for, are not kept.

Whoever opens many connections and leaves them so loses the oldest of them; nobody else notices, and no one network
holds all that this process may open. Connections of trusted proxies are theirs to look after.
"""

import asyncio
import logging
import resource
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage, BadHttpMethod, HttpProcessingError
from yarl import URL

from hub.networks import network_of

NO_ACCESS_LOG = logging.Logger("hub.web.access", logging.CRITICAL)  # aiohttp's own: `observe` writes ours

log = logging.getLogger("hub.web.connections")


def _in_short(record: logging.LogRecord) -> bool:
    """What is no HTTP is no fault of ours: one line instead of a traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError | web.RequestPayloadError):
        said = error.message if isinstance(error, HttpProcessingError) else "a body that does not unpack"
        record.msg, record.args, record.exc_info = "a request that is no HTTP: %s", (said,), None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return record.levelno >= logging.getLogger().getEffectiveLevel()


log.addFilter(_in_short)
IN_KERNEL = 131_072  # octets of an answer that the system holds for us: what is beyond them we see being taken
MANY = 65_536  # descriptors are enough
SERVER = {"Server": "hub"}  # instead of what it is made of, in which version (RFC 9110, section 10.2.4)
NOWHERE = URL.build(path="/")  # this very object
HUNG_UP = 499  # in our log and figures, as nginx has it: nobody was there to be answered
LINGERING = 2.0  # seconds what nobody reads any more is still taken in, so that our answer arrives


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: first, for the head of a new connection's first request; between, for the next one, and for the next
    octet of an answer to be taken; grace, in which a connection that waits is nobody's burden; sweep, between two
    looks. per_network: waiting ones kept of each; at_once: all of one, whatever they do."""

    first: float = 15.0
    between: float = 75.0
    grace: float = 10.0
    sweep: float = 1.0
    per_network: int = 128
    at_once: int = 512


def has_left(request: web.BaseRequest, error: BaseException) -> bool:
    """Did whoever asked hang up before all was read or answered? No fault of ours, and nobody hears what we say."""
    return isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing())


def refuse_early(server: web.Server) -> web.Server:
    """Before any middleware the web framework reads the target's host and what is expected (RFC 9110, section 10.1.1):
    where it would stumble over them, we answer."""
    make, answer = server.request_factory, server.request_handler

    def read(message: Any, *rest: Any) -> web.BaseRequest:
        try:
            return make(message, *rest)
        except ValueError:  # a name that nobody can decode
            return make(message._replace(url=NOWHERE), *rest)

    def respond(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        if request.rel_url is NOWHERE:
            return _refuse(400, "its target is no address")
        expected = request.headers.get("Expect")
        if expected and expected.lower() != "100-continue":
            return _refuse(417, "it expects what nobody meets")
        return answer(request)

    server.request_factory, server.request_handler = read, respond
    return server


async def _refuse(status: int, why: str) -> web.Response:
    log.info("a request that was not read: %s", why)
    response = web.Response(text=f"{status}\n", status=status, headers=SERVER)
    response.force_close()
    return response


def take_descriptors() -> int:
    """How many files and sockets this process may have open: as many as the system lets it ask for."""
    soft, hard = (MANY if one == resource.RLIM_INFINITY else one for one in resource.getrlimit(resource.RLIMIT_NOFILE))
    most = min(hard, MANY)
    if soft >= most:
        return soft
    with suppress(ValueError, OSError):  # some systems say one limit and keep to another
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        return most
    return soft


class Connections:
    """All open connections of this process, by whom they come from. exempt: is this address one of our proxies."""

    def __init__(self, exempt: Callable[[str], bool], patience: Patience | None = None) -> None:
        self._exempt = exempt
        self._patience = patience or Patience()
        self._by_network: dict[str, set[Connection]] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._due = 0.0

    def add(self, connection: "Connection", address: str) -> str:
        """The network it is counted for; "" when it is not. One too many is hung up on."""
        if self._exempt(address):
            return ""
        network = network_of(address)
        if len(self._by_network.get(network, ())) >= self._patience.at_once:
            connection.hang_up(unheard=True)
            return ""
        self._by_network.setdefault(network, set()).add(connection)
        if self._sweep is None:
            self._look_again()
        return network

    def discard(self, connection: "Connection", network: str) -> None:
        connections = self._by_network.get(network, set())
        connections.discard(connection)
        if not connections:
            self._by_network.pop(network, None)

    def _close_silent(self) -> None:
        patience = self._patience
        late = asyncio.get_running_loop().time() - self._due > patience.sweep
        for connections in self._by_network.values():
            for connection in connections:
                connection.look()
            if late:  # it is we who have not listened
                continue
            waits = [one for one in connections if one.burden > patience.grace]
            excess = len(waits) - patience.per_network
            for place, connection in enumerate(sorted(waits, key=lambda one: -one.silence)):
                longest = patience.between if connection.served else patience.first
                if place < excess or connection.silence > longest:
                    connection.hang_up()
        self._sweep = None
        if self._by_network:
            self._look_again()

    def _look_again(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + self._patience.sweep
        self._sweep = loop.call_at(self._due, self._close_silent)

    def close(self) -> None:
        if self._sweep:
            self._sweep.cancel()


class Connection(web.RequestHandler):
    """One HTTP connection that knows since when we wait for the other side: to ask something since it was opened or
    last answered, or to take what it asked for."""

    __slots__ = (
        *("_connections", "_network", "_silent_since", "_taken_at", "_unread", "_unread_since"),
        *("hears", "served"),
    )

    def __init__(self, server: web.Server, connections: Connections, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server, loop=loop, logger=log, access_log=NO_ACCESS_LOG, lingering_time=LINGERING)
        self._connections = connections
        self._network = ""
        self.served = False
        self.hears: Callable[[], None] | None = None  # whoever counts what comes in
        self._silent_since: float | None = loop.time()
        self._unread = 0  # octets of ours that wait to be taken, as of the last look
        self._unread_since = self._taken_at = 0.0

    def look(self) -> None:
        """Has anything of what we have to say been taken since the last look?"""
        unread = self.transport.get_write_buffer_size() if self.transport else 0
        if unread == self._unread:
            return
        self._taken_at = self._loop.time()
        if not self._unread:
            self._unread_since = self._taken_at
        elif not unread and self._silent_since is not None:
            self._silent_since = self._taken_at
        self._unread = unread

    @property
    def silence(self) -> float:
        """Seconds since the other side did anything; 0 while it is our turn."""
        return self._since(self._taken_at)

    @property
    def burden(self) -> float:
        """Seconds for which it has been the other side's turn, also where it takes its answer little by little."""
        return self._since(self._unread_since)

    def _since(self, unread: float) -> float:
        begun = unread if self._unread else self._silent_since
        return 0.0 if begun is None else self._loop.time() - begun

    def hang_up(self, *, unheard: bool = False) -> None:
        """Also where nobody takes what we have to say: to close it would wait for them. unheard: before anything was
        asked."""
        if self.transport and (self._unread or unheard):
            self.transport.abort()
        self.force_close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, IN_KERNEL)
        peer = transport.get_extra_info("peername")
        self._network = self._connections.add(self, str(peer[0]) if isinstance(peer, tuple) else "")

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.hears:
            self.hears()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if isinstance(exc, BadHttpMethod):  # which the framework tells only who debugs it
            exc = BadHttpMessage(exc.message)
        response = super().handle_error(request, status, exc, message)
        response.headers.update(SERVER)
        return response

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.discard(self, self._network)
        super().connection_lost(exc)

    def begin(self) -> None:
        """A request is under way."""
        self._silent_since = None

    def end(self) -> None:
        self.served = True
        self._silent_since = self._loop.time()

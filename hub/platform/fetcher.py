"""The one guarded way out: files whose address somebody else chose.

The connected address is what counts, not the name: every resolved address must be public, which is asked again when
the connection is made; at most one redirect is followed and guarded again, size and time are capped. The origin of a
channel's own api_base is the operator's word and may be anywhere, where it stands in config.toml.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from hub.errors import ReadDeferred, Unreadable

NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are whom it reaches
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
SPECIAL = tuple(map(ipaddress.ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
RELAYS = ipaddress.ip_network("192.88.99.0/24")  # RFC 7526
PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")  # RFC 6890; of its single addresses none serves files
TIMEOUT = aiohttp.ClientTimeout(total=60, connect=5, sock_read=15)
LONG_TIMEOUT = aiohttp.ClientTimeout(total=600, connect=5)
CHUNK = 65_536
NOTHING: Mapping[str, str] = MappingProxyType({})
CONNECTIONS = 20  # at once, for files and webhooks
PER_HOST = 5  # of them: whoever answers slowly keeps nobody else waiting


def is_public(address: str) -> bool:
    """May a stranger make us talk to this address? By IANA's registries; of IPv6 global unicast only."""
    ip = literal(address)
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None)
        if embedded is None:
            return ip in GLOBAL_UNICAST and ip.is_global and not any(ip in network for network in SPECIAL)
        ip = embedded
    return ip is not None and ip.is_global and not ip.is_multicast and ip not in RELAYS and ip not in PROTOCOLS


def literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address a host is rather than names, in any spelling that a resolver takes (0x7f.1, 2130706433)."""
    bare = host.strip("[]").partition("%")[0]
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        numbers = bare.rstrip(".")
    try:
        return ipaddress.IPv4Address(socket.inet_aton(numbers))
    except (OSError, ValueError):
        return None


def _open(found: tuple[Any, ...]) -> socket.socket:
    """Asked once more where it counts: at the address a connection is about to be made to."""
    family, type, protocol, _, sockaddr = found
    if not is_public(str(sockaddr[0])):
        raise OSError(errno.EACCES, f"{sockaddr[0]} is not a public address")
    return socket.socket(family=family, type=type, proto=protocol)


class _PublicOnly(AbstractResolver):
    """Resolves names, and gives back only public addresses, which aiohttp then connects to as they are."""

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [(family, sockaddr[0]) for family, _, _, _, sockaddr in found if is_public(str(sockaddr[0]))]
        if not addresses:
            raise OSError(errno.EACCES, f"{host} has no public address")
        return [
            ResolveResult(hostname=host, host=str(ip), port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
            for family, ip in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def public_addresses(host: str) -> list[str]:
    """The public addresses of a host, to be connected to as they are. Raises OSError, in the same words whether the
    name leads into a network that is not public or nowhere. Blocks."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    addresses = [str(sockaddr[0]) for _, _, _, _, sockaddr in found if is_public(str(sockaddr[0]))]
    if addresses:
        return addresses
    raise OSError(errno.EACCES, "has no public address; servers in a network of one's own stand in config.toml")


def guarded_connector(
    resolver: AbstractResolver, limit: int = CONNECTIONS, per_host: int = PER_HOST
) -> aiohttp.TCPConnector:
    """Connects to public addresses only, whatever the resolver says. limit: connections at once; per_host: of them, 0
    for all."""
    return aiohttp.TCPConnector(
        resolver=resolver, use_dns_cache=False, limit=limit, limit_per_host=per_host, socket_factory=_open
    )


class GuardedFetcher:
    """Call it with a URL; see `hub.channel.Fetcher`. Also posts outgoing webhooks under the same guard."""

    def __init__(
        self, trusted: aiohttp.ClientSession | None, limit: int = CONNECTIONS, per_host: int = PER_HOST
    ) -> None:
        """trusted: the hub's own session, used only for origins that the operator configured; None: no origin is.
        limit: connections at once; per_host: of them, 0 for all."""
        self._trusted, self._limit, self._per_host = trusted, limit, per_host
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """Reaches public addresses only."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=guarded_connector(_PublicOnly(), self._limit, self._per_host),
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),  # else strangers fill it, and know us again
                headers={"User-Agent": "hub"},
            )
        return self._session

    async def __call__(
        self,
        url: str,
        *,
        auth: tuple[str, str] | None = None,
        max_bytes: int = 25_000_000,
        allow_origin: str = "",
        secrets: Mapping[str, str] = NOTHING,
    ) -> tuple[bytes, str]:
        """secrets: headers for allow_origin alone."""
        session = self._session_for(url, allow_origin)
        headers = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        if _origin(url) == _origin(allow_origin) != "":
            headers |= secrets
        try:
            async with session.get(url, headers=headers, allow_redirects=False, timeout=TIMEOUT) as answer:
                if 300 <= answer.status < 400 and answer.headers.get("Location"):
                    return await self._moved(answer, max_bytes, allow_origin)
                return await _taken(answer, max_bytes)
        except UnicodeError as wrong:
            raise Unreadable(f"{_origin(url)} names no host: {wrong}") from wrong
        except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
            raise ReadDeferred(f"{_origin(url)} cannot be reached: {trouble}") from trouble

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Send an outgoing webhook; returns the status. Raises Unreadable (refused address) or ReadDeferred."""
        session = self._guarded(url)
        try:
            async with session.post(url, data=body, headers=headers, allow_redirects=False, timeout=TIMEOUT) as answer:
                return answer.status
        except UnicodeError as wrong:
            raise Unreadable(f"{_origin(url)} names no host: {wrong}") from wrong
        except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
            raise ReadDeferred(f"{_origin(url)} cannot be reached: {trouble}") from trouble

    async def hand_over(self, url: str, form: aiohttp.FormData, headers: dict[str, str], *, max_bytes: int) -> bytes:
        """Post a form to an address that the operator configured, and take the answer, which may need minutes. Raises
        Unreadable or ReadDeferred."""
        session = self._session_for(url, url)
        try:
            async with session.post(
                url, data=form, headers=headers, allow_redirects=False, timeout=LONG_TIMEOUT
            ) as answer:
                return (await _taken(answer, max_bytes))[0]
        except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
            raise ReadDeferred(f"{_origin(url)} cannot be reached: {trouble}") from trouble

    async def _moved(self, answer: aiohttp.ClientResponse, max_bytes: int, allow_origin: str) -> tuple[bytes, str]:
        """One hop to where the file lies (Twilio hands media out by a redirect), guarded again, without credentials."""
        target = str(answer.url.join(URL(answer.headers["Location"])))
        session = self._session_for(target, allow_origin)
        async with session.get(target, allow_redirects=False, timeout=TIMEOUT) as moved:
            return await _taken(moved, max_bytes)

    def _session_for(self, url: str, allow_origin: str) -> aiohttp.ClientSession:
        if self._trusted is not None and allow_origin and _origin(url) == _origin(allow_origin):
            return self._trusted
        return self._guarded(url)

    def _guarded(self, url: str) -> aiohttp.ClientSession:
        reason = refusal_of(url)
        if reason:
            raise Unreadable(reason)
        return self.session


def refusal_of(url: str) -> str:
    """Why this URL is not fetched, as far as it shows without asking the DNS; "" = it may be. The host is judged as
    the client will ask for it: after IDNA mapping, which makes ASCII of digits and dots in other scripts."""
    try:
        parts = URL(url)
        host, port = parts.raw_host, parts.port
    except ValueError as wrong:
        return str(wrong)
    if parts.scheme not in ("http", "https") or not host or not port:
        return "only http and https addresses are fetched"
    if literal(host) and not is_public(host):
        return f"{host} is not a public address"
    return ""


async def _taken(answer: aiohttp.ClientResponse, max_bytes: int) -> tuple[bytes, str]:
    """What was asked for and its type. Raises ReadDeferred where the server may do better later."""
    said = f"{_origin(str(answer.url))} answered {answer.status}"
    if answer.status >= 500 or answer.status in (408, 425, 429):
        raise ReadDeferred(said)
    if answer.status >= 300:
        raise Unreadable(said)
    return await _capped(answer, max_bytes), answer.content_type


async def _capped(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in answer.content.iter_chunked(CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise Unreadable(f"the file is larger than {max_bytes} bytes")
        parts.append(chunk)
    return b"".join(parts)


def _origin(url: str) -> str:
    """Empty for what is no address."""
    try:
        return str(URL(url).origin())
    except ValueError:
        return ""

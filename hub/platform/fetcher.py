"""The one guarded way out: files whose address somebody else chose.

The connected address is what counts, not the name: every resolved address must be public (`is_global`, mapped
IPv6 unwrapped), at most one redirect is followed and guarded again, size and time are capped. The origin of a
channel's own api_base is the operator's word and may be anywhere.
"""

import asyncio
import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from hub.errors import ReadDeferred, Unreadable

TIMEOUT = aiohttp.ClientTimeout(total=60, connect=5, sock_read=15)
CHUNK = 65_536


def is_public(address: str) -> bool:
    """May a stranger make us talk to this IP address?"""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if isinstance(ip, ipaddress.IPv6Address) and ip in ipaddress.ip_network("64:ff9b::/96"):
        mapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return (mapped or ip).is_global and ip.is_global and not ip.is_multicast


class _PublicOnly(AbstractResolver):
    """Resolves names, and gives back only public addresses, which aiohttp then connects to as they are."""

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [(family, sockaddr[0]) for family, _, _, _, sockaddr in found if is_public(str(sockaddr[0]))]
        if not addresses:
            raise OSError(f"{host} has no public address")
        return [
            ResolveResult(hostname=host, host=str(ip), port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
            for family, ip in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


class GuardedFetcher:
    """Call it with a URL; see `hub.channel.Fetcher`. Also posts outgoing webhooks under the same guard."""

    def __init__(self, trusted: aiohttp.ClientSession) -> None:
        """trusted: the hub's own session, used only for origins that the operator configured."""
        self._trusted = trusted
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(
        self, url: str, *, auth: tuple[str, str] | None = None, max_bytes: int = 25_000_000, allow_origin: str = ""
    ) -> tuple[bytes, str]:
        own = bool(allow_origin) and _origin(url) == _origin(allow_origin)
        session = self._trusted if own else self._guarded(url)
        headers = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        try:
            async with session.get(url, headers=headers, allow_redirects=False, timeout=TIMEOUT) as answer:
                if 300 <= answer.status < 400 and answer.headers.get("Location"):
                    return await self._moved(answer, max_bytes, allow_origin)
                return await _taken(answer, max_bytes)
        except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
            raise ReadDeferred(f"{_origin(url)} cannot be reached: {trouble}") from trouble

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Send an outgoing webhook; returns the status. Raises Unreadable (refused address) or ReadDeferred."""
        session = self._guarded(url)
        try:
            async with session.post(url, data=body, headers=headers, allow_redirects=False, timeout=TIMEOUT) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
            raise ReadDeferred(f"{_origin(url)} cannot be reached: {trouble}") from trouble

    async def _moved(self, answer: aiohttp.ClientResponse, max_bytes: int, allow_origin: str) -> tuple[bytes, str]:
        """One hop to where the file lies (Twilio hands media out by a redirect), guarded again, without credentials."""
        target = str(answer.url.join(URL(answer.headers["Location"])))
        own = bool(allow_origin) and _origin(target) == _origin(allow_origin)
        session = self._trusted if own else self._guarded(target)
        async with session.get(target, allow_redirects=False, timeout=TIMEOUT) as moved:
            return await _taken(moved, max_bytes)

    def _guarded(self, url: str) -> aiohttp.ClientSession:
        reason = refusal_of(url)
        if reason:
            raise Unreadable(reason)
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=_PublicOnly(), use_dns_cache=False, limit=20)
            self._session = aiohttp.ClientSession(connector=connector, trust_env=False)
        return self._session


def refusal_of(url: str) -> str:
    """Why this URL is not fetched, as far as it shows without asking the DNS; "" = it may be."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as wrong:
        return str(wrong)
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "only http and https addresses are fetched"
    if _is_literal(host) and not is_public(host):
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


def _is_literal(host: str) -> bool:
    """Is it an address rather than a name - in any spelling that inet_aton takes (0x7f.1, 2130706433)?"""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.replace(".", "").isdigit() or host.lower().startswith("0x")
    return True


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return f"{parts.scheme}://{parts.hostname}:{port}"

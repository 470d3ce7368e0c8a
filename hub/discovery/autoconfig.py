"""What a domain says of its mail servers by Thunderbird's autoconfig.

Source: https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat.
"""

import asyncio
from collections.abc import Iterator
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError, fromstring

from hub.channel import Fetcher
from hub.discovery.proposal import Proposal, Server, is_host, profile_of
from hub.errors import ReadDeferred, Unreadable

MAX_BYTES = 100_000
SECONDS = 8.0
SECURITY = {"SSL": "tls", "STARTTLS": "starttls"}


def addresses_of(address: str) -> list[str]:
    """Where a domain may say it; only over TLS, since it says where a password goes."""
    domain, asked = address.rpartition("@")[2], f"?emailaddress={quote(address)}"
    return [
        f"https://autoconfig.{domain}/mail/config-v1.1.xml{asked}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    ]


async def ask_autoconfig(url: str, address: str, fetch: Fetcher) -> Proposal | str:
    """What it says, or why it says nothing."""
    try:
        async with asyncio.timeout(SECONDS):
            content, _ = await fetch(url, max_bytes=MAX_BYTES)
    except (ReadDeferred, TimeoutError):  # in the same words whether it is away or in a network that is not public
        return "cannot be reached"
    except Unreadable as said:
        return str(said)
    return read_autoconfig(content, address, url.partition("?")[0])


def read_autoconfig(content: bytes, address: str, where: str) -> Proposal | str:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return "is no configuration of mail servers"
    try:
        root = fromstring(content)  # noqa: S314 (no DTD gets here)
    except (ParseError, ValueError):
        return "is no configuration of mail servers"
    imap = [*_servers(root, "incomingServer", "imap", address)]
    smtp = [*_servers(root, "outgoingServer", "smtp", address)]
    if not imap and not smtp:
        return "names no server that is reached over TLS"
    kept = [found[0] for found in (imap, smtp) if found]
    oauth = profile_of(kept[0][0].host) if all(ways == {"OAuth2"} for _, _, ways in kept) else ""
    username = kept[0][1] or address
    servers = [found[0][0] if found else None for found in (imap, smtp)]
    return Proposal("autoconfig", f"the domain says so at {where}", servers[0], servers[1], username, oauth)


def _servers(root: Element, tag: str, type: str, address: str) -> Iterator[tuple[Server, str, set[str]]]:
    """(server, user name, ways to sign in), in the order of preference of whoever wrote it."""
    for one in root.iterfind(f".//{tag}[@type='{type}']"):
        host = _filled(one.findtext("hostname", ""), address).lower()
        port, security = one.findtext("port", "").strip(), SECURITY.get(one.findtext("socketType", "").strip().upper())
        if security and is_host(host) and port.isdecimal() and 0 < int(port) < 65_536:
            ways = {(way.text or "").strip() for way in one.iterfind("authentication")}
            yield Server(host, int(port), security), _filled(one.findtext("username", ""), address)[:320], ways


def _filled(text: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    gaps = {"%EMAILADDRESS%": address, "%EMAILLOCALPART%": local, "%EMAILDOMAIN%": domain}
    for gap, value in gaps.items():
        text = text.replace(gap, value)
    return "".join(text.split())

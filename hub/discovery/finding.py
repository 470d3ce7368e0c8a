"""Asks everybody who may know the servers of a mailbox, and says who was asked and what came of it."""

import asyncio
from collections.abc import Awaitable

from dns.asyncresolver import Resolver
from dns.exception import DNSException

from hub.channel import Fetcher
from hub.discovery.autoconfig import addresses_of, ask_autoconfig
from hub.discovery.proposal import Discovered, Proposal, is_host
from hub.discovery.providers import of_domain
from hub.discovery.records import ask_exchangers, ask_services, guess, words
from hub.errors import InvalidInput

SECONDS = 2.0
Answer = Proposal | str


def open_resolver() -> Resolver | None:
    """None when this machine knows no name server."""
    try:
        resolver = Resolver()
    except DNSException:
        return None
    resolver.lifetime = resolver.timeout = SECONDS
    return resolver


async def discover(address: str, fetch: Fetcher, resolver: Resolver | None) -> Discovered:
    """Raises InvalidInput for what is no address. The domain is told the address where it is asked for its servers."""
    address, domain = _parted(address)
    if provider := of_domain(domain):
        because = f"{domain} is of {provider.name}"
        return Discovered(address, [provider.proposal("provider", because, address)], {"known providers": because})
    asked: dict[str, Awaitable[Answer]] = {
        url.partition("?")[0]: ask_autoconfig(url, address, fetch) for url in addresses_of(address)
    }
    if resolver:
        asked[f"SRV records of {domain}"] = _by_name(ask_services(domain, address, resolver))
        asked[f"MX records of {domain}"] = _by_name(ask_exchangers(domain, address, resolver))
        asked[f"usual names below {domain}"] = _by_name(guess(domain, address, resolver))
    answers = dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))
    proposals = [answer for answer in answers.values() if isinstance(answer, Proposal)]
    sure = [one for one in proposals if one.source != "guess"]
    tried = {what: answer if isinstance(answer, str) else answer.because for what, answer in answers.items()}
    if resolver is None:
        tried["DNS"] = "this machine knows no name server"
    return Discovered(address, _distinct(sure or proposals), tried)


def _distinct(proposals: list[Proposal]) -> list[Proposal]:
    """The same servers are proposed once, by who says it first."""
    return list({(one.imap, one.smtp): one for one in reversed(proposals)}.values())[::-1]


def _parted(written: str) -> tuple[str, str]:
    """The address and its domain, in ASCII."""
    local, _, domain = written.strip().rpartition("@")
    try:
        domain = domain.lower().encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not local or not is_host(domain) or any(sign.isspace() or sign in "<>,;" for sign in local):
        raise InvalidInput("must be a plain e-mail address", "address")
    return f"{local}@{domain}", domain


async def _by_name(asking: Awaitable[Answer]) -> Answer:
    try:
        return await asking
    except DNSException as trouble:
        return words(trouble)

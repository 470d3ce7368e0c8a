"""What the DNS says of a domain's mail servers: SRV records (RFC 6186, RFC 8314), MX, and usual names."""

import asyncio
from collections.abc import Sequence
from typing import Any

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer

from hub.discovery.proposal import PORTS, Proposal, Server, is_host
from hub.discovery.providers import of_exchanger

SERVICES = {
    "imap": (("imaps", "tls"), ("imap", "starttls")),
    "smtp": (("submissions", "tls"), ("submission", "starttls")),
}
USUAL = {"imap": ("imap", "mail"), "smtp": ("smtp", "mail")}


async def ask_services(domain: str, address: str, resolver: Resolver) -> Proposal | str:
    """By SRV records: implicit TLS before STARTTLS, then by priority."""
    found = {}
    for kind, services in SERVICES.items():
        for name, security in services:
            rows = sorted(
                await _rows(f"_{name}._tcp.{domain}", "SRV", resolver), key=lambda row: (row.priority, -row.weight)
            )
            hosts = [(_name(row.target), int(row.port)) for row in rows]
            servers = [Server(host, port, security) for host, port in hosts if is_host(host) and port]
            if servers:  # "." says that there is no such service
                found[kind] = servers[0]
                break
    if not found:
        return "no SRV record names a server"
    elsewhere = sorted({one.host for one in found.values() if not one.host.endswith(f".{domain}")})
    notes = (f"not of the domain itself, so look twice: {', '.join(elsewhere)}",) if elsewhere else ()  # RFC 6186, 6
    because = f"SRV records of {domain} say so"
    return Proposal("srv", because, found.get("imap"), found.get("smtp"), address, notes=notes)


async def ask_exchangers(domain: str, address: str, resolver: Resolver) -> Proposal | str:
    """By whose servers take the mails of the domain."""
    rows = sorted(await _rows(domain, "MX", resolver), key=lambda row: int(row.preference))
    hosts = [name for row in rows if is_host(name := _name(row.exchange))]
    if not hosts:
        return "no MX record: mails to it go nowhere"
    for host in hosts:
        if provider := of_exchanger(host):
            return provider.proposal("mx", f"mails to {domain} go to {provider.name}, at {host}", address)
    return f"mails go to {hosts[0]}, of a provider that is not known here"


async def guess(domain: str, address: str, resolver: Resolver) -> Proposal | str:
    """By names that are usual, where there are such hosts."""
    names = [f"{name}.{domain}" for name in dict.fromkeys((*USUAL["imap"], *USUAL["smtp"]))]
    there = await asyncio.gather(*(_is_there(name, resolver) for name in names))
    known = {name for name, is_there in zip(names, there, strict=True) if is_there}
    imap, smtp = (
        next((f"{name}.{domain}" for name in USUAL[kind] if f"{name}.{domain}" in known), "") for kind in USUAL
    )
    if not imap and not smtp:
        return f"none of {', '.join(names)} exists"
    ports = PORTS["tls"]
    servers = [Server(host, port, "tls") if host else None for host, port in zip((imap, smtp), ports, strict=True)]
    because = f"nobody says it, but {' and '.join(sorted({imap, smtp} - {''}))} exist"
    return Proposal("guess", because, servers[0], servers[1], address, notes=("only a guess: test it",))


async def _is_there(host: str, resolver: Resolver) -> bool:
    return bool(await _rows(host, "A", resolver) or await _rows(host, "AAAA", resolver))


async def _rows(name: str, kind: str, resolver: Resolver) -> Sequence[Any]:
    """Raises DNSException where nobody answers."""
    try:
        return list(await resolver.resolve(name, kind))
    except (NXDOMAIN, NoAnswer):
        return []


def _name(target: Any) -> str:
    return str(target.to_text(omit_final_dot=True)).lower()


def words(trouble: DNSException) -> str:
    return f"the name server does not answer ({type(trouble).__name__})"

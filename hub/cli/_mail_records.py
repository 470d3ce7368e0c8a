"""Asks the DNS whether the world will believe mails from a domain: SPF, DKIM, DMARC, the name of the address they come
from (PTR), and where answers go (MX). What is missing is shown as it is to be published."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer
from dns.reversename import from_address

SECONDS = 2.0
SELECTORS = ("default", "mail", "dkim", "hub", "s1", "s2", "k1", "google", "selector1", "selector2")
RESERVED = ("example.com", "example.net", "example.org", ".example", ".test", ".invalid", ".localhost", "localhost")

# by the end of the server that sends: the provider's own pages, e.g. https://support.google.com/a/answer/33786 and
# https://learn.microsoft.com/defender-office-365/email-authentication-spf-configure
INCLUDES = {
    ".gmail.com": "_spf.google.com",
    ".google.com": "_spf.google.com",
    ".office365.com": "spf.protection.outlook.com",
    ".outlook.com": "spf.protection.outlook.com",
    ".fastmail.com": "spf.messagingengine.com",
    ".mailbox.org": "mailbox.org",
    ".infomaniak.com": "spf.infomaniak.ch",
    ".gandi.net": "_mailcust.gandi.net",
    ".ovh.net": "mx.ovh.com",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """fatal: the operator has to do something; otherwise just worth knowing."""

    text: str
    fatal: bool = True


def open_resolver() -> Resolver | None:
    """None when this machine knows no name server."""
    try:
        resolver = Resolver()
    except DNSException:
        return None
    resolver.lifetime = resolver.timeout = SECONDS
    return resolver


async def mail_findings(
    domain: str, resolver: Resolver | None, selectors: Sequence[str] = SELECTORS, sends: str = ""
) -> list[Finding]:
    """What is wrong with the domain, in the operator's words; empty when all is well. sends: the server it sends
    through."""
    if domain.endswith(RESERVED):
        return [Finding(f"{domain} is a name for examples: nothing to look up", fatal=False)]
    if resolver is None:
        return [Finding(f"{domain}: not looked up, this machine knows no name server", fatal=False)]
    try:
        return [
            *await _spf(domain, resolver, sends),
            *await _dmarc(domain, resolver),
            *await _dkim(domain, resolver, selectors),
            *await _mx(domain, resolver),
            *await _ptr(domain, sends, resolver),
        ]
    except DNSException as trouble:
        return [Finding(f"{domain}: not looked up, the name server does not answer ({_short(trouble)})", fatal=False)]


async def record_findings(name: str, value: str, resolver: Resolver | None) -> list[Finding]:
    """Is this TXT record published as it must be? If not, it is shown to be pasted."""
    if name.endswith(RESERVED) or resolver is None:
        return [Finding(f'{name}: not looked up. Publish TXT {name} "{value}"', fatal=False)]
    try:
        found = await _texts(name, resolver)
    except DNSException as trouble:
        return [Finding(f"{name}: not looked up, the name server does not answer ({_short(trouble)})", fatal=False)]
    if any("".join(text.split()) == "".join(value.split()) for text in found):
        return []
    said = "is another record" if found else "is missing"
    return [Finding(f'{name}: {said}. Publish TXT {name} "{value}"')]


async def _spf(domain: str, resolver: Resolver, sends: str) -> list[Finding]:
    include = next((one for end, one in INCLUDES.items() if f".{sends.lower()}".endswith(end)), "")
    who = f"include:{include}" if include else f"mx a:{sends}" if sends.endswith(f".{domain}") else ""
    found = [text for text in await _texts(domain, resolver) if text.lower().startswith("v=spf1")]
    if not found:
        who = who or "include:<your mail provider>"
        return [Finding(f'{domain}: no SPF record. Add TXT {domain} "v=spf1 {who} ~all"')]
    if len(found) > 1:
        return [Finding(f"{domain}: {len(found)} SPF records, which counts as none (RFC 7208). Merge them into one")]
    if include and f"include:{include}" not in found[0].lower().split() and "redirect=" not in found[0].lower():
        named = f"its SPF record does not name {include}, through which it sends"
        return [Finding(f"{domain}: {named}. Add include:{include} to it", fatal=False)]
    return []


async def _dmarc(domain: str, resolver: Resolver) -> list[Finding]:
    found = [text for text in await _texts(f"_dmarc.{domain}", resolver) if text.lower().startswith("v=dmarc1")]
    if found:
        return []
    return [
        Finding(
            f'{domain}: no DMARC record. Add TXT _dmarc.{domain} "v=DMARC1; p=none; rua=mailto:postmaster@{domain}"'
        )
    ]


async def _dkim(domain: str, resolver: Resolver, selectors: Sequence[str]) -> list[Finding]:
    for selector in selectors:
        if any("p=" in text for text in await _texts(f"{selector}._domainkey.{domain}", resolver)):
            return []
    usual = ", ".join(selectors)
    cure = "see whether mails arrive signed; where they do not, let the hub sign ([.dkim]), and this shows the record"
    return [Finding(f"{domain}: no DKIM key under the usual selectors ({usual}); {cure}", False)]


async def _mx(domain: str, resolver: Resolver) -> list[Finding]:
    try:
        await resolver.resolve(domain, "MX")
    except (NXDOMAIN, NoAnswer):
        return [Finding(f"{domain}: no MX record: answers to mails from it go nowhere")]
    return []


async def _ptr(domain: str, sends: str, resolver: Resolver) -> list[Finding]:
    """Does each address of the server lead to a name, and that name back (RFC 1912, section 2.1)? Whoever receives
    mail asks so of the address that hands it over; a provider's server may hand it over from another one."""
    if not sends or _is_ip(sends):
        return []
    findings = []
    for address in [*await _rows(sends, "A", resolver), *await _rows(sends, "AAAA", resolver)]:
        names = await _rows(from_address(address).to_text(), "PTR", resolver)
        back = [one for name in names for kind in ("A", "AAAA") for one in await _rows(name, kind, resolver)]
        if address in back:
            continue
        said = f"is called {names[0]}, which is another address" if names else "has no name (PTR)"
        cure = f"Ask whoever gave you the address to set PTR {address} to {sends}"
        findings.append(Finding(f"{sends}: {address} {said}. {cure}", fatal=sends.endswith(f".{domain}")))
    return findings


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


async def _rows(name: str, kind: str, resolver: Resolver) -> list[str]:
    try:
        answer = await resolver.resolve(name, kind)
    except (NXDOMAIN, NoAnswer):
        return []
    return [record.to_text().rstrip(".").lower() for record in answer]


async def _texts(name: str, resolver: Resolver) -> list[str]:
    try:
        answer = await resolver.resolve(name, "TXT")
    except (NXDOMAIN, NoAnswer):
        return []
    return [b"".join(record.strings).decode("ascii", "replace") for record in answer]


def _short(trouble: DNSException) -> str:
    return type(trouble).__name__

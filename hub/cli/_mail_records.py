"""Asks the DNS whether the world will believe mails from a domain: SPF, DKIM, DMARC, and where answers go (MX)."""

from collections.abc import Sequence
from dataclasses import dataclass

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer

SECONDS = 2.0
SELECTORS = ("default", "mail", "dkim", "hub", "s1", "s2", "k1", "google", "selector1", "selector2")
RESERVED = ("example.com", "example.net", "example.org", ".example", ".test", ".invalid", ".localhost", "localhost")


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


async def mail_findings(domain: str, resolver: Resolver | None, selectors: Sequence[str] = SELECTORS) -> list[Finding]:
    """What is wrong with the domain, in the operator's words; empty when all is well."""
    if domain.endswith(RESERVED):
        return [Finding(f"{domain} is a name for examples: nothing to look up", fatal=False)]
    if resolver is None:
        return [Finding(f"{domain}: not looked up, this machine knows no name server", fatal=False)]
    try:
        return [
            *await _spf(domain, resolver),
            *await _dmarc(domain, resolver),
            *await _dkim(domain, resolver, selectors),
            *await _mx(domain, resolver),
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


async def _spf(domain: str, resolver: Resolver) -> list[Finding]:
    found = [text for text in await _texts(domain, resolver) if text.lower().startswith("v=spf1")]
    if not found:
        return [Finding(f'{domain}: no SPF record. Add TXT {domain} "v=spf1 include:<your mail provider> ~all"')]
    if len(found) > 1:
        return [Finding(f"{domain}: {len(found)} SPF records, which counts as none (RFC 7208). Merge them into one")]
    return []


async def _dmarc(domain: str, resolver: Resolver) -> list[Finding]:
    found = [text for text in await _texts(f"_dmarc.{domain}", resolver) if text.lower().startswith("v=dmarc1")]
    if found:
        return []
    return [Finding(f'{domain}: no DMARC record. Add TXT _dmarc.{domain} "v=DMARC1; p=none; rua=mailto:<you>"')]


async def _dkim(domain: str, resolver: Resolver, selectors: Sequence[str]) -> list[Finding]:
    for selector in selectors:
        if any("p=" in text for text in await _texts(f"{selector}._domainkey.{domain}", resolver)):
            return []
    usual = ", ".join(selectors)
    return [
        Finding(f"{domain}: no DKIM key under the usual selectors ({usual}); see whether mails arrive signed", False)
    ]


async def _mx(domain: str, resolver: Resolver) -> list[Finding]:
    try:
        await resolver.resolve(domain, "MX")
    except (NXDOMAIN, NoAnswer):
        return [Finding(f"{domain}: no MX record: answers to mails from it go nowhere")]
    return []


async def _texts(name: str, resolver: Resolver) -> list[str]:
    try:
        answer = await resolver.resolve(name, "TXT")
    except (NXDOMAIN, NoAnswer):
        return []
    return [b"".join(record.strings).decode("ascii", "replace") for record in answer]


def _short(trouble: DNSException) -> str:
    return type(trouble).__name__

"""Who we are in what was kept: our addresses of today, and those of former days."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.errors import InvalidInput
from hub.inbound.addresses import normalise


@dataclass(frozen=True, slots=True)
class Ours:
    """addresses in one spelling; domains: whoever writes from there is one of us."""

    addresses: frozenset[str]
    domains: frozenset[str] = frozenset()

    def includes(self, address: str) -> bool:
        """With any +tag."""
        local, _, domain = address.lower().rpartition("@")
        return domain in self.domains or bool({address.lower(), f"{local.partition('+')[0]}@{domain}"} & self.addresses)


def read_ours(named: Iterable[str], known: Iterable[str]) -> Ours:
    """named: addresses, or domains. Raises InvalidInput."""
    addresses, domains = set(known), set()
    for one in named:
        local, _, domain = one.strip().rpartition("@")
        if local:
            addresses.add(normalise("email", one).handle)
        elif "." in domain.strip("."):
            domains.add(normalise("email", f"x@{domain}").handle.partition("@")[2])
        else:
            raise InvalidInput(f"{one!r} is neither an address nor a domain of ours")
    return Ours(frozenset(addresses), frozenset(domains))

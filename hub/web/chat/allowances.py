"""What visitors of the web chat may say in a minute, over all processes where there is a Redis."""

from hub.clock import HOUR, MINUTE
from hub.platform.limiter import Limit
from hub.webchat.visitors import Guest

OCTETS_PER_HOUR = 100_000_000  # of one visitor's files; nobody fills the disk of whoever else is to be heard


def per_minute(key: str, allowed: int) -> Limit:
    """So many in a minute, a third of them at once."""
    at_once = max(allowed // 3, 1)
    return Limit(f"chat {key}", at_once, at_once * MINUTE // allowed)


def keeping(visitor_id: str, network: str, octets: int) -> list[Limit]:
    """A file of so many octets."""
    return [
        Limit(f"chat kept of {visitor_id}", OCTETS_PER_HOUR, HOUR, octets),
        Limit(f"chat kept from {network}", OCTETS_PER_HOUR * 4, HOUR, octets),
    ]


def saying(guest: Guest, network: str, messages: int, beginners: int) -> list[Limit]:
    """One message. beginners: each who never said anything is a new conversation, and one network's are few."""
    begins = [] if guest.stored else [per_minute(f"begins {network}", beginners)]
    return [
        per_minute(f"visitor {guest.visitor.id}", messages),
        per_minute(f"network {network}", messages * 4),
        *begins,
    ]

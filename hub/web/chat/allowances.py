"""What visitors of the web chat may say in a minute, over all processes where there is a Redis."""

from hub.clock import MINUTE
from hub.platform.limiter import Limit
from hub.webchat.visitors import Guest


def per_minute(key: str, allowed: int) -> Limit:
    """So many in a minute, a third of them at once."""
    at_once = max(allowed // 3, 1)
    return Limit(f"chat {key}", at_once, at_once * MINUTE // allowed)


def saying(guest: Guest, network: str, messages: int, beginners: int) -> list[Limit]:
    """One message. beginners: each who never said anything is a new conversation, and one network's are few."""
    begins = [] if guest.stored else [per_minute(f"begins {network}", beginners)]
    return [
        per_minute(f"visitor {guest.visitor.id}", messages),
        per_minute(f"network {network}", messages * 4),
        *begins,
    ]

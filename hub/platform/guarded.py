"""Runs one round of a loop and survives whatever goes wrong in it: the trouble is logged and the next round comes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from hub.errors import HubError, StoreUnavailable

log = logging.getLogger("hub.platform.guarded")


class Guarded:
    """Called with one round of a loop, says whether it came to its end.

    shaken: set when a claim may have been written that nobody here follows up, because the store was away.
    """

    def __init__(self, shaken: asyncio.Event) -> None:
        self.shaken = shaken

    async def __call__(self, work: Callable[[], Awaitable[None]]) -> bool:
        try:
            await work()
            return True
        except StoreUnavailable as away:
            self.shaken.set()
            log.warning("the store is away: %s", away)
        except HubError as trouble:  # a provider that is away, not a bug of ours
            log.warning("%s", trouble)
        except Exception:
            log.exception("a job stumbled")
        return False

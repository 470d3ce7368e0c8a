"""What one running process holds. app.py builds it; handlers and jobs are given it; nothing is global."""

from dataclasses import dataclass

import aiohttp

from hub.channel import Fetcher
from hub.clock import Clock
from hub.config import Settings
from hub.live import Live
from hub.registry import Registry
from hub.signing import Signer
from hub.store.database import Store


@dataclass(frozen=True)
class Hub:
    """settings: config.toml; channels: the open adapters by name; signer: tokens; sandbox: is it switched on."""

    settings: Settings
    store: Store
    live: Live
    clock: Clock
    signer: Signer
    channels: Registry
    session: aiohttp.ClientSession
    fetch: Fetcher
    base_url: str
    sandbox: bool = False

"""Guesses at what cannot be guessed - tokens, one-time links, cookies, signed links: counted for their network.

A right one is never refused because of the wrong ones that others of its network try.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from aiohttp import web

from hub.context import Hub
from hub.digests import hash_of
from hub.platform.limiter import Limit
from hub.store.sessions import PASSWORD_LINK, SECOND, SESSION, list_session_hashes
from hub.store.tokens import list_token_hashes
from hub.web.keys import HUB
from hub.web.security import network_at
from hub.web.tries import TooManyTries, count, give_back

GUESSES = 60  # in a quarter of an hour, from one network
MANY = 600  # of what nobody guesses and little is spent on: programs go on with an old token, scanners alter links
FRESH = 1.0  # seconds between two looks at which ones are right, however many ask
TOKEN, LINK, COOKIE, STEP, SIGNED = "token", "link", "session", "second step", "signed link"

Found = TypeVar("Found")


class Known:
    """The hashes of those that are right: what is known goes on uncounted, and is looked up like any other."""

    def __init__(self, hub: Hub, load: Callable[..., Collection[str]], *about: str) -> None:
        """load: called with a Connection, what it is about, and the instant."""
        self._hub, self._load, self._about = hub, load, about
        self._hashes: set[str] = set()
        self._told: set[str] = set()  # right ones since the store was asked last
        self._loading = asyncio.Lock()
        self._loaded_at = float("-inf")

    def has(self, hash: str) -> bool:
        return hash in self._hashes

    def keep(self, hash: str, *, right: bool) -> None:
        for hashes in (self._hashes, self._told):
            (hashes.add if right else hashes.discard)(hash)

    async def look(self, hash: str) -> bool:
        """Also those that nobody showed to this process before."""
        async with self._loading:
            if time.monotonic() - self._loaded_at >= FRESH:
                self._told.clear()
                loaded = await self._hub.store.read(self._load, *self._about, self._hub.clock.now())
                self._hashes = {*loaded, *self._told}
                self._loaded_at = time.monotonic()
        return self.has(hash)


KNOWN = web.AppKey("known", dict[str, Known])


def known_of(hub: Hub) -> dict[str, Known]:
    purposes = {LINK: PASSWORD_LINK, COOKIE: SESSION, STEP: SECOND}
    known = {what: Known(hub, list_session_hashes, purpose) for what, purpose in purposes.items()}
    return {TOKEN: Known(hub, list_token_hashes), **known}


def guess_limits(request: web.Request, what: str) -> list[Limit]:
    return [Limit(f"{what} {network_at(request)}", MANY if what in (TOKEN, COOKIE, STEP, SIGNED) else GUESSES)]


async def find_right(
    request: web.Request, what: str, secret: str, find: Callable[[], Awaitable[Found | None]]
) -> Found | None:
    """What the secret opens: counted before it is looked up, given back when it is right. Raises TooManyTries."""
    known, hash = request.app[KNOWN][what], hash_of(secret)
    limits = guess_limits(request, what)
    counted = not known.has(hash)
    if counted:
        try:
            await count(request, limits)
        except TooManyTries:
            if not await known.look(hash):
                raise
            counted = False
    found = await find()
    known.keep(hash, right=found is not None)
    if counted and found is not None:
        await give_back(request, limits)
    return found


async def open_signed(request: web.Request, purpose: str, token: str, ids: int = 1) -> tuple[str, ...]:
    """The ids in a signed link; to check a signature is less work than to count, so only altered ones are counted.
    Raises HTTPNotFound or TooManyTries."""
    opened = request.app[HUB].signer.open(purpose, token)
    if opened is not None and len(opened) == ids:
        return opened
    await count(request, guess_limits(request, SIGNED))
    raise web.HTTPNotFound

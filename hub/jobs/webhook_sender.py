"""Tells subscribers what happened: signed, in order, again and again until they say 2xx.

The signature is that of standardwebhooks.com: HMAC-SHA256 over `<id>.<timestamp>.<body>`, so that existing
libraries check it. A subscriber that stays away is retried ever more rarely and switched off after three
days; the others do not wait for it. An event may come twice (its Webhook-Id tells), it never comes out of order.
"""

import asyncio
import base64
import hmac
import json
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256

from hub.clock import MINUTE, SECOND, Clock
from hub.errors import HubError
from hub.live import Live, described
from hub.store.database import Store
from hub.store.events import Happening
from hub.store.webhooks import Webhook, claim_webhooks, has_webhooks, mark_failed, mark_told

LEASE = 2 * MINUTE
FIRST_RETRY = 5 * SECOND
LONGEST_RETRY = 60 * MINUTE
MOST_FAILURES = 84  # in a row: about three days
AT_ONCE = 100  # events read for one subscriber in one round
NO_MORE = 410  # Gone: the subscriber wants no more

WEBHOOK = "webhook"  # what the secrets are bound to

log = logging.getLogger("hub.webhooks")

Post = Callable[[str, bytes, dict[str, str]], Awaitable[int]]


class WebhookSender:
    """run() is endless; post is the guarded fetcher's (no private addresses, no redirects, a time limit); unlock opens
    a secret as the store holds it, and raises Locked."""

    def __init__(self, store: Store, live: Live, clock: Clock, post: Post, unlock: Callable[[str], str] = str) -> None:
        self.store, self.live, self.clock, self.post, self.unlock = store, live, clock, post, unlock

    async def run(self) -> None:
        while True:
            news = self.live.news
            if not await self.tell_once():
                await self.live.wait(news)

    async def tell_once(self) -> bool:
        """One round; whether somebody was told something."""
        if not await self.store.read(has_webhooks):  # a campaign wakes us often
            return False
        newest = await self.live.last()
        hooks = await self.store.write(claim_webhooks, newest, self.clock.now(), LEASE)
        told = await asyncio.gather(*(self._tell(hook) for hook in hooks))
        return any(told)

    async def _tell(self, hook: Webhook) -> bool:
        events = await self.live.since(hook.cursor, AT_ONCE)
        for event in events:
            if not wanted(hook.types, event.type):
                continue
            problem, gone = await self._post(hook, event)
            if problem:
                await self._failed(hook, problem, gone)
                return False
            await self.store.write(mark_told, hook, event.seq, self.clock.now() + LEASE)
        if events:
            await self.store.write(mark_told, hook, events[-1].seq, None)
        return bool(events)

    async def _post(self, hook: Webhook, event: Happening) -> tuple[str, bool]:
        """What was wrong ("" = nothing), and whether the subscriber wants no more."""
        body = json.dumps(described(event), ensure_ascii=False, separators=(",", ":")).encode()
        try:
            secret = self.unlock(hook.secret)
        except HubError as locked:
            return str(locked), False
        return await post_signed(self.post, hook.url, secret, event.id, self.clock.now(), body)

    async def _failed(self, hook: Webhook, problem: str, gone: bool) -> None:
        now = self.clock.now()
        go_on = not gone and not is_given_up(hook.failures)
        await self.store.write(mark_failed, hook, problem, now + pause_after(hook.failures), go_on)
        log.warning("webhook %s: %s", hook.id, problem)


def wanted(types: Sequence[str], type: str) -> bool:
    """No types: everything; "message.*" stands for all that begins with "message."."""
    return not types or any(one == type or (one.endswith(".*") and type.startswith(one[:-1])) for one in types)


async def post_signed(post: Post, url: str, secret: str, id: str, now: int, body: bytes) -> tuple[str, bool]:
    """What was wrong ("" = nothing), and whether the subscriber wants no more."""
    try:
        status = await post(url, body, headers_of(secret, id, now, body))
    except HubError as trouble:
        return str(trouble), False
    return ("", False) if 200 <= status < 300 else (f"answered {status}", status == NO_MORE)


def is_given_up(failures: int) -> bool:
    """failures: in a row, before this one."""
    return failures >= MOST_FAILURES


def pause_after(failures: int) -> int:
    """How long until the next try, in milliseconds."""
    wait = min(FIRST_RETRY * 2 ** min(failures, 20), LONGEST_RETRY)
    return int(wait * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, keeps no secret


def headers_of(secret: str, event_id: str, now: int, body: bytes) -> dict[str, str]:
    timestamp = str(now // 1000)
    signed = f"{event_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(secret.encode(), signed, sha256)).decode()
    return {
        "Content-Type": "application/json",
        "Webhook-Id": event_id,
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": f"v1,{signature}",
    }

"""Tells other programs of the customers who came to a webhook step: signed like every webhook, and tried as long.

A run does not wait for it. Whoever gets it twice sees that by its Webhook-Id.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from hub.clock import iso
from hub.context import Hub
from hub.jobs.webhook_sender import LEASE, Post, is_given_up, pause_after, post_signed
from hub.platform.fetcher import PER_HOST
from hub.signing import Signer
from hub.store.database import Store
from hub.store.sequences import get_sequence
from hub.store.step_hooks import FAILED, TOLD, WAITING, StepHook, claim_hooks, has_due_hooks, mark_hooks

AT_ONCE = PER_HOST  # to the same program, most likely


async def run(hub: Hub, post: Post) -> None:
    """Endless. post is the guarded fetcher's."""
    while True:
        news = hub.live.news
        if not await tell_due(hub, post):
            await hub.live.wait(news)


async def tell_due(hub: Hub, post: Post) -> bool:
    """One round; whether somebody was told of."""
    if not await hub.store.read(has_due_hooks, hub.clock.now()):
        return False
    hooks = await hub.store.write(claim_hooks, hub.clock.now(), LEASE, AT_ONCE)
    said = await asyncio.gather(*(_tell(hub, post, one) for one in hooks))
    await hub.store.write(mark_hooks, dict(zip((one.id for one in hooks), said, strict=True)))
    hub.live.wake()
    return bool(hooks)


def secret_of(signer: Signer, sequence_id: str) -> str:
    """What the webhooks of this sequence are signed with."""
    return signer.key(f"step hooks {sequence_id}").hex()


async def _tell(hub: Hub, post: Post, one: StepHook) -> Mapping[str, Any]:
    """What becomes of it."""
    body = await _body(hub.store, one)
    signed_with = secret_of(hub.signer, one.sequence_id)
    problem, gone = await post_signed(post, one.url, signed_with, one.id, hub.clock.now(), body)
    if not problem:
        return {"state": TOLD, "problem": "", "retry_at": None}
    over = gone or is_given_up(one.failures)
    again = None if over else hub.clock.now() + pause_after(one.failures)
    state = FAILED if over else WAITING
    return {"state": state, "failures": one.failures + 1, "problem": problem[:500], "retry_at": again}


async def _body(store: Store, one: StepHook) -> bytes:
    sequence = await store.read(get_sequence, one.sequence_id)
    told = {
        "id": one.id,
        "type": "sequence.webhook",
        "customer_id": one.customer_id,
        "data": {"sequence": one.sequence_id, "name": sequence.name, "step": one.step + 1},
        "at": iso(one.created_at),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

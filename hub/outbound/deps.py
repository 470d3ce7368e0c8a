"""What a process gives the way out: to whoever writes into the outbox, and to the workers that empty it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.clock import Clock
from hub.live import Live
from hub.model import Outbound
from hub.outbound.pacing import Pacing
from hub.outbound.verdicts import LeaveRule
from hub.reasons import Reason
from hub.registry import Registry
from hub.signing import Signer
from hub.store.database import Store
from hub.store.deliveries import Delivery
from hub.store.visibility import EVERYTHING, Visibility
from hub.watch import Watch

Personalise = Callable[[Sequence[Delivery]], Awaitable[Mapping[str, Outbound | Reason]]]


@dataclass(frozen=True, slots=True)
class OutboxDeps:
    """What queueing needs: the open channels, the signer, whose name stands on outgoing mail, what decides; who: on
    whose behalf, and so on which channels."""

    channels: Registry
    signer: Signer
    company: str
    leave_rule: LeaveRule
    who: Visibility = EVERYTHING


@dataclass(frozen=True, slots=True)
class SenderDeps:
    """What every worker needs. personalise renders a batch of campaign deliveries (or says why it cannot).

    shaken is set when a claim may have been written that nobody here follows up: the store was away, or we stumbled.
    """

    store: Store
    live: Live
    clock: Clock
    signer: Signer
    pacing: Pacing
    process_id: str
    base_url: str
    company: str
    personalise: Personalise
    leave_rule: LeaveRule
    watch: Watch = field(default_factory=Watch)
    shaken: asyncio.Event = field(default_factory=asyncio.Event)

"""One transaction of the bulk lane: what ended is settled, what is ready becomes `committing`, what is due is claimed.

Nothing of a batch leaves before this has committed (docs/decisions/0016-bulk-lane.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.outbound.ledger import finish
from hub.outbound.outcomes import Settled
from hub.outbound.plan import Claimed, claim_deliveries
from hub.outbound.verdicts import LeaveRule
from hub.store.deliveries import Delivery
from hub.store.outbox import BULK, list_halted, mark_all_committing, release
from hub.store.standing import Standing, list_standings


@dataclass(frozen=True, slots=True)
class Ready:
    """Claimed and sealed. standing: how its customer stood when it was claimed."""

    delivery: Delivery
    standing: Standing
    sealed: Any


@dataclass(frozen=True, slots=True)
class Turn:
    """What the lane wants: ended to be settled, ready to leave, and at most `limit` more for this channel."""

    channel: str
    owner: str
    ended: Sequence[Settled]
    ready: Sequence[Ready]
    limit: int


@dataclass(frozen=True, slots=True)
class Turned:
    """leaving: those of the ready ones that are committing now, in their order."""

    leaving: list[Ready]
    claim: Claimed


def turn_over(conn: Connection, rule: LeaveRule, turn: Turn, now: int) -> Turned:
    if turn.ended:
        finish(conn, turn.ended, now)
    leaving = _commit(conn, turn.ready) if turn.ready else []
    if not turn.limit:
        return Turned(leaving, Claimed([]))
    return Turned(leaving, claim_deliveries(conn, rule, turn.channel, turn.owner, now, turn.limit, BULK))


def _commit(conn: Connection, ready: Sequence[Ready]) -> list[Ready]:
    """Whoever stands as when it was claimed may go. Of anybody else, and of campaigns that were halted meanwhile, the
    claim is undone: the next one asks the rule again, and settles what a STOP came for."""
    halted = list_halted(conn)
    standings = list_standings(conn, [one.delivery for one in ready])
    unlike = [
        one.delivery
        for one, standing in zip(ready, standings, strict=True)
        if standing != one.standing or one.delivery.campaign_id in halted
    ]
    release(conn, unlike)
    waiting = {one.id for one in unlike}
    going = {one.delivery.attempt_id: one for one in ready if one.delivery.id not in waiting}
    held = mark_all_committing(conn, [id for id in going if id])
    return [one for id, one in going.items() if id in held]

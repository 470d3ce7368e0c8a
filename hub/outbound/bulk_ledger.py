"""The transactions of the bulk lane: a short stroke of the ledger for what is on the wire, and a long turn for many.

The stroke keeps what may stand as unknown after a kill as little as what is in flight; everything else about a
recipient can wait for others, because the ledger says it already (docs/decisions/0016-bulk-lane.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.outbound.claim import Claimed, claim_deliveries, commit
from hub.outbound.ledger import finish, follow
from hub.outbound.outcomes import Settled
from hub.outbound.verdicts import LeaveRule
from hub.store.deliveries import Delivery
from hub.store.outbox import BULK, mark_attempts
from hub.store.standing import Standing


@dataclass(frozen=True, slots=True)
class Ready:
    """Claimed and sealed. standing: how its customer stood when it was claimed."""

    delivery: Delivery
    standing: Standing
    sealed: Any


@dataclass(frozen=True, slots=True)
class Turn:
    """What the lane wants: sent ones, of which only the ledger knows, to be told of, and at most `limit` more for this
    channel."""

    channel: str
    owner: str
    sent: Sequence[Settled]
    limit: int


def stroke(
    conn: Connection,
    rule: LeaveRule,
    ended: Sequence[Settled],
    ready: Sequence[Ready],
    now: int,
    *,
    whole: bool = False,
) -> list[Ready]:
    """How attempts ended, and which of the ready ones are `committing` from now on and may leave. whole: what follows
    from what was sent is written as well, because it may stand as unknown by now, where nobody else follows it.

    Nothing of them leaves before this has committed.
    """
    mark_attempts(conn, [one.outcome for one in ended if one.is_sent and not whole], now)
    if others := [one for one in ended if whole or not one.is_sent]:
        finish(conn, others, now)
    held = commit(conn, rule, [(one.delivery, one.standing) for one in ready], now)
    return [one for one in ready if one.delivery.attempt_id in held]


def turn_over(conn: Connection, rule: LeaveRule, turn: Turn, now: int) -> Claimed:
    if turn.sent:
        follow(conn, turn.sent, now)
    if not turn.limit:
        return Claimed([])
    return claim_deliveries(conn, rule, turn.channel, turn.owner, now, turn.limit, BULK)

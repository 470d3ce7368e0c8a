"""What may leave now is leased to a process, and asked once more before its first byte: may it still?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from hub.model import DeliveryState
from hub.outbound.delivery_events import append_delivery_events
from hub.outbound.verdicts import Go, LeaveRule, NotBefore, Refused
from hub.reasons import Reason
from hub.store.deliveries import Delivery, find_next_due
from hub.store.outbox import (
    ALL_LANES,
    ONE_BY_ONE,
    Lanes,
    is_crowd_due,
    lease,
    list_due,
    mark_committing,
    mark_put_off,
    mark_refused,
    release,
)
from hub.store.standing import Standing, list_standings


@dataclass(frozen=True, slots=True)
class Claimed:
    """leased: to be handed over now; standings: of each, as it was when it was leased; others: how many were put off or
    refused instead; next_at: when there is neither, the instant at which the next one may leave; crowd: then, whether
    the bulk lane has something to do, where it was left out."""

    leased: list[Delivery]
    standings: list[Standing] = field(default_factory=list)
    others: int = 0
    next_at: int | None = None
    crowd: bool = False


def claim_deliveries(
    conn: Connection,
    rule: LeaveRule,
    channel: str,
    owner: str,
    now: int,
    limit: int,
    lanes: Lanes = ALL_LANES,
) -> Claimed:
    """Lease what is due, best lane first; what may not leave now is put off or settled here instead."""
    due = list_due(conn, channel, now, limit, lanes)
    if not due:
        crowd = lanes == ONE_BY_ONE and is_crowd_due(conn, channel, now)
        return Claimed([], next_at=find_next_due(conn, channel, now), crowd=crowd)
    # Whatever decides is read here, after the rows are locked and in their transaction. Read before it, or kept from
    # planning, a STOP that committed meanwhile would be overlooked and the message would leave.
    leaving: list[Delivery] = []
    standings: list[Standing] = []
    put_off: list[tuple[Delivery, int, Reason]] = []
    refused: list[tuple[Delivery, str, Reason]] = []
    for item, standing in zip(due, list_standings(conn, due, now, rule.window), strict=True):
        verdict = rule(item, standing, now)
        if isinstance(verdict, Refused):
            refused.append((item, verdict.state, Reason(verdict.reason, verdict.detail)))
        elif isinstance(verdict, NotBefore) and verdict.at > now:
            put_off.append((item, verdict.at, Reason(verdict.reason, verdict.detail)))
        else:
            leaving.append(item)
            standings.append(standing)
    mark_put_off(conn, put_off, now)
    mark_refused(conn, refused, now)
    told = [*refused, *((item, DeliveryState.HELD, reason) for item, _, reason in put_off)]
    append_delivery_events(conn, told, now)
    return Claimed(lease(conn, leaving, owner, now), standings, len(told))


def commit(conn: Connection, rule: LeaveRule, claimed: Sequence[tuple[Delivery, Standing]], now: int) -> set[str]:
    """The next byte cannot be taken back: (delivery, how its customer stood when it was claimed) -> the attempts that
    may leave. Of whoever stands otherwise by now, of what night fell over while it waited for its turn, and of
    campaigns that were halted, the claim is undone: the next one asks the rule again, and settles what a STOP came
    for."""
    going = [(item.attempt_id or "", standing) for item, standing in claimed if _may_go(rule, item, standing, now)]
    held = mark_committing(conn, going)
    release(conn, [item for item, _ in claimed if item.attempt_id not in held])
    return held


def _may_go(rule: LeaveRule, item: Delivery, standing: Standing, now: int) -> bool:
    """Asked in memory, where time alone may have changed the answer."""
    verdict = rule(item, standing, now)
    return isinstance(verdict, Go) or (isinstance(verdict, NotBefore) and verdict.at <= now)

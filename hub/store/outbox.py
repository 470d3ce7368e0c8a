"""The one door out: leases what is due, and keeps the ledger of every attempt.

Ledger of one attempt: before -> committing -> sent | failed | unknown. A delivery whose process died before
`committing` is queued again; one that died at `committing` is `unknown` and is never sent again blindly.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, exists, func, insert, or_, select, update

from hub.ids import new_id
from hub.model import DeliveryState
from hub.store.consents import GRANTED
from hub.store.deliveries import DELIVERY, LEFT, WAITING, Delivery
from hub.store.dialect import skip_locked
from hub.store.tables import addresses, attempts, campaigns, consent_states, deliveries

_ADD_ATTEMPT = insert(attempts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. state: the delivery's new state; phase: the attempt's."""

    delivery_id: str
    attempt_id: str
    state: str
    phase: str
    result: str = ""
    provider_id: str | None = None
    due_at: int | None = None


def claim_deliveries(
    conn: Connection, channel: str, owner: str, now: int, limit: int, lanes: Collection[int] = (0, 1, 2)
) -> list[Delivery]:
    """Lease what is due, best lane first; what may no longer be sent is settled here instead.

    An unsubscribe or STOP that committed before this transaction wins over everything queued.
    """
    paused = select(campaigns.c.id).where(campaigns.c.state.in_(("paused", "stopped")))
    query = (
        select(*DELIVERY)
        .where(deliveries.c.channel == channel, deliveries.c.state.in_(WAITING), deliveries.c.due_at <= now)
        .where(deliveries.c.lane.in_(tuple(lanes)))
        .where(or_(deliveries.c.campaign_id.is_(None), deliveries.c.campaign_id.not_in(paused)))
        .order_by(deliveries.c.lane, deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
    )
    due = [Delivery(*row) for row in conn.execute(skip_locked(conn, query))]
    refused = _refusals(conn, due)
    for item in due:
        if item.id in refused:
            _settle_refused(conn, item, refused[item.id], now)
    return _lease(conn, [item for item in due if item.id not in refused], owner, now)


def _lease(conn: Connection, due: Sequence[Delivery], owner: str, now: int) -> list[Delivery]:
    if not due:
        return []
    rows = [
        {
            "id": new_id(),
            "delivery_id": item.id,
            "customer_id": item.customer_id,
            "started_at": now,
            "phase": "before",
        }
        for item in due
    ]
    conn.execute(_ADD_ATTEMPT, rows)
    conn.execute(_LEASE, [{"d": row["delivery_id"], "a": row["id"], "o": owner, "now": now} for row in rows])
    return [get_leased(item, str(row["id"])) for item, row in zip(due, rows, strict=True)]


def get_leased(item: Delivery, attempt_id: str) -> Delivery:
    values = {name: getattr(item, name) for name in Delivery.__dataclass_fields__}
    return Delivery(
        **values | {"state": DeliveryState.SENDING, "attempt_id": attempt_id, "attempts": item.attempts + 1}
    )


_LEASE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("d"))
    .values(
        state=DeliveryState.SENDING,
        owner=bindparam("o"),
        attempt_id=bindparam("a"),
        attempts=deliveries.c.attempts + 1,
        changed_at=bindparam("now"),
    )
)


def _refusals(conn: Connection, due: Sequence[Delivery]) -> dict[str, tuple[str, str]]:
    """Delivery id -> (state, reason) for those that consent or the address' state forbids."""
    if not due:
        return {}
    ids = [item.id for item in due]
    blocked = (
        select(deliveries.c.id, addresses.c.state, addresses.c.reason)
        .join(
            addresses,
            (addresses.c.customer_id == deliveries.c.customer_id)
            & (addresses.c.kind == deliveries.c.kind)
            & (addresses.c.handle == deliveries.c.handle),
        )
        .where(deliveries.c.id.in_(ids), addresses.c.state.in_(("blocked", "bounced")))
    )
    refused = {
        row.id: (DeliveryState.FAILED.value, f"the address is {row.state}" + (f": {row.reason}" if row.reason else ""))
        for row in conn.execute(blocked)
    }
    granted = exists().where(
        consent_states.c.customer_id == deliveries.c.customer_id,
        consent_states.c.kind == deliveries.c.kind,
        consent_states.c.purpose == deliveries.c.purpose,
        consent_states.c.state == GRANTED,
    )
    unwanted = select(deliveries.c.id).where(deliveries.c.id.in_(ids), deliveries.c.purpose != "", ~granted)
    refused |= dict.fromkeys(conn.scalars(unwanted), (DeliveryState.CANCELLED.value, "consent withdrawn"))
    return refused


def _settle_refused(conn: Connection, item: Delivery, verdict: tuple[str, str], now: int) -> None:
    state, reason = verdict
    conn.execute(
        update(deliveries).where(deliveries.c.id == item.id).values(state=state, reason=reason, changed_at=now)
    )


_COMMITTING = (
    update(attempts)
    .where(attempts.c.id == bindparam("attempt"), attempts.c.phase == "before")
    .values(phase="committing")
)


def mark_committing(conn: Connection, attempt_id: str) -> bool:
    """The next byte cannot be taken back. False when the lease was lost: then do not send."""
    return conn.execute(_COMMITTING, {"attempt": attempt_id}).rowcount == 1


def mark_all_committing(conn: Connection, attempt_ids: Sequence[str]) -> list[str]:
    """Many at once (the bulk lane); those whose lease still holds."""
    statement = (
        update(attempts)
        .where(attempts.c.id.in_(attempt_ids), attempts.c.phase == "before")
        .values(phase="committing")
        .returning(attempts.c.id)
    )
    return list(conn.scalars(statement))


_FINISH_ATTEMPT = (
    update(attempts)
    .where(attempts.c.id == bindparam("attempt"))
    .values(
        phase=bindparam("phase"),
        result=bindparam("result"),
        provider_id=bindparam("provider"),
        finished_at=bindparam("now"),
    )
)
_FINISH = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"), deliveries.c.attempt_id == bindparam("attempt"))
    .where(or_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.state == DeliveryState.UNKNOWN))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("result"),
        provider_id=func.coalesce(bindparam("provider"), deliveries.c.provider_id),
        owner=None,
        due_at=func.coalesce(bindparam("due"), deliveries.c.due_at),
        sent_at=bindparam("left_at"),
        changed_at=bindparam("now"),
    )
)
_NAME = (  # a receipt overtook the provider's answer: keep its state, learn the provider's name
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"), deliveries.c.provider_id.is_(None))
    .values(provider_id=bindparam("provider"), sent_at=func.coalesce(deliveries.c.sent_at, bindparam("left_at")))
)


def mark_outcomes(conn: Connection, outcomes: Sequence[Outcome], now: int) -> None:
    """Write down how attempts ended; a receipt that was faster keeps its state."""
    rows = [
        {
            "delivery": one.delivery_id,
            "attempt": one.attempt_id,
            "new_state": one.state,
            "phase": one.phase,
            "result": one.result[:1000],
            "provider": one.provider_id,
            "due": one.due_at,
            "left_at": now if one.state in LEFT else None,
            "now": now,
        }
        for one in outcomes
    ]
    conn.execute(_FINISH_ATTEMPT, rows)
    conn.execute(_FINISH, rows)
    named = [row for row in rows if row["provider"] is not None]
    if named:
        conn.execute(_NAME, named)


def recover(conn: Connection, owner: str, now: int) -> tuple[int, list[Delivery]]:
    """What a dead process had claimed: (queued again, now unknown)."""
    query = select(*DELIVERY).where(deliveries.c.owner == owner, deliveries.c.state == DeliveryState.SENDING)
    orphans = [Delivery(*row) for row in conn.execute(query)]
    lost: list[Delivery] = []
    for item in orphans:
        phase = conn.scalar(select(attempts.c.phase).where(attempts.c.id == item.attempt_id))
        surely_not_sent = conn.execute(
            update(attempts)
            .where(attempts.c.id == item.attempt_id, attempts.c.phase == "before")
            .values(phase="failed", result="the process died before anything left", finished_at=now)
        )
        if surely_not_sent.rowcount:
            outcome = Outcome(item.id, item.attempt_id or "", DeliveryState.QUEUED, "failed", due_at=now)
        elif phase == "committing":
            reason = "the process died while it was being handed over"
            outcome = Outcome(item.id, item.attempt_id or "", DeliveryState.UNKNOWN, "unknown", reason)
            lost.append(item)
        else:
            continue
        mark_outcomes(conn, [outcome], now)
    return len(orphans) - len(lost), lost

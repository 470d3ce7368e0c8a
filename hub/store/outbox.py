"""What the outbox holds: leases what is due, and keeps the ledger of every attempt.

Ledger of one attempt: before -> committing -> sent | failed | unknown. A delivery whose process died before
`committing` is queued again; one that died at `committing` is `unknown` and is never sent again blindly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from hub.ids import new_id
from hub.model import DeliveryState
from hub.reasons import NO_REASON, Reason, Why
from hub.store.deliveries import DELIVERY, IS_WAITING, LEFT, Delivery
from hub.store.dialect import skip_locked
from hub.store.tables import attempts, campaigns, deliveries

_ADD_ATTEMPT = insert(attempts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended, and why. state: the delivery's new state; phase: the attempt's."""

    delivery_id: str
    attempt_id: str
    state: str
    phase: str
    why: Reason = NO_REASON
    provider_id: str | None = None
    due_at: int | None = None


def list_due(conn: Connection, channel: str, now: int, limit: int) -> list[Delivery]:
    """What waits for nothing but somebody to hand it over, best lane first; locked until the transaction ends."""
    paused = select(campaigns.c.id).where(campaigns.c.state.in_(("paused", "stopped")))
    query = (
        select(*DELIVERY)
        .where(deliveries.c.channel == channel, IS_WAITING, deliveries.c.due_at <= now)
        .where(or_(deliveries.c.campaign_id.is_(None), deliveries.c.campaign_id.not_in(paused)))
        .order_by(deliveries.c.lane, deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
    )
    return [Delivery(*row) for row in conn.execute(skip_locked(conn, query))]


def lease(conn: Connection, due: Sequence[Delivery], owner: str, now: int) -> list[Delivery]:
    """Begin an attempt of each, in the owner's name. A lease ends with its outcome or with its owner's heartbeat."""
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
    return [
        replace(item, state=DeliveryState.SENDING, attempt_id=str(row["id"]), attempts=item.attempts + 1)
        for item, row in zip(due, rows, strict=True)
    ]


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
_PUT_OFF = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("d"))
    .values(
        state=DeliveryState.HELD,
        due_at=bindparam("until"),
        give_up_at=deliveries.c.give_up_at + bindparam("wait"),
        reason=bindparam("code"),
        detail=bindparam("words"),
        changed_at=bindparam("now"),
    )
)
_REFUSE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("d"))
    .values(state=bindparam("end"), reason=bindparam("code"), detail=bindparam("words"), changed_at=bindparam("now"))
)


def mark_put_off(conn: Connection, waiting: Sequence[tuple[Delivery, int, Reason]], now: int) -> None:
    """(delivery, until when, why): it may not leave yet, and lives longer by as much."""
    rows = [
        {"d": item.id, "until": until, "wait": until - now, "now": now, **_words(why)} for item, until, why in waiting
    ]
    if rows:
        conn.execute(_PUT_OFF, rows)


def mark_refused(conn: Connection, refused: Sequence[tuple[Delivery, str, Reason]], now: int) -> None:
    """(delivery, state, why): it never leaves."""
    rows = [{"d": item.id, "end": state, "now": now, **_words(why)} for item, state, why in refused]
    if rows:
        conn.execute(_REFUSE, rows)


def _words(why: Reason) -> dict[str, str]:
    return {"code": why.code, "words": why.detail[:1000]}


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
        reason=bindparam("code"),
        detail=bindparam("words"),
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
            "result": one.why.detail[:1000] or one.why.code,
            "provider": one.provider_id,
            "due": one.due_at,
            "left_at": now if one.state in LEFT else None,
            "now": now,
            **_words(one.why),
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
            .values(phase="failed", result=Why.DIED_BEFORE, finished_at=now)
        )
        if surely_not_sent.rowcount:
            outcome = Outcome(item.id, item.attempt_id or "", DeliveryState.QUEUED, "failed", due_at=now)
        elif phase == "committing":
            died = Reason(Why.PROCESS_DIED)
            outcome = Outcome(item.id, item.attempt_id or "", DeliveryState.UNKNOWN, "unknown", died)
            lost.append(item)
        else:
            continue
        mark_outcomes(conn, [outcome], now)
    return len(orphans) - len(lost), lost

"""The one door out: deliveries, the attempts to make them, and what became of each.

Ledger of one attempt: before -> committing -> sent | failed | unknown. A delivery whose process died before
`committing` is queued again; one that died at `committing` is `unknown` and is never sent again blindly.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, case, exists, func, insert, or_, select, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.model import Address, DeliveryState, Lane
from hub.store.consents import GRANTED
from hub.store.dialect import skip_locked
from hub.store.tables import addresses, attempts, campaigns, consent_states, deliveries

LANES = {Lane.AGENT: 0, Lane.AUTOMATIC: 1, Lane.CAMPAIGN: 2}
WAITING = (DeliveryState.HELD, DeliveryState.QUEUED)
# a state is only ever replaced by one further right; failed gives way to proof of arrival, never the reverse
RANK = {
    DeliveryState.HELD: 0,
    DeliveryState.QUEUED: 0,
    DeliveryState.SENDING: 1,
    DeliveryState.UNKNOWN: 2,
    DeliveryState.SENT: 3,
    DeliveryState.FAILED: 4,
    DeliveryState.DELIVERED: 5,
    DeliveryState.READ: 6,
    DeliveryState.CANCELLED: 9,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """due_at: not before; give_up_at: the end of its lifetime; payload: what `send` needs beyond the message."""

    message_id: str
    customer_id: str
    conversation_id: str | None
    channel: str
    channel_type: str
    kind: str
    handle: str
    lane: int
    state: str
    due_at: int
    give_up_at: int
    created_at: int
    id: str = ""
    cancel_on_inbound: bool = False
    purpose: str = ""
    campaign_id: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    id: str
    message_id: str
    customer_id: str
    conversation_id: str | None
    channel: str
    channel_type: str
    kind: str
    handle: str
    lane: int
    state: str
    reason: str
    provider_id: str | None
    due_at: int
    attempts: int
    attempt_id: str | None
    give_up_at: int
    purpose: str
    campaign_id: str | None
    payload: Mapping[str, Any]
    created_at: int
    sent_at: int | None
    changed_at: int

    @property
    def address(self) -> Address:
        return Address(self.kind, self.handle)


@dataclass(frozen=True, slots=True)
class Attempt:
    id: str
    delivery_id: str
    started_at: int
    phase: str
    result: str
    provider_id: str | None
    finished_at: int | None


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


DELIVERY = tuple(deliveries.c[name] for name in Delivery.__dataclass_fields__)
ATTEMPT = tuple(attempts.c[name] for name in Attempt.__dataclass_fields__)
_ADD = insert(deliveries)
_ADD_ATTEMPT = insert(attempts)
_NEW = tuple(NewDelivery.__dataclass_fields__)


def add_delivery(conn: Connection, new: NewDelivery) -> str:
    return add_deliveries(conn, [new])[0]


def add_deliveries(conn: Connection, new: Sequence[NewDelivery]) -> list[str]:
    """Many at once (campaigns)."""
    rows = [_row(one) for one in new]
    conn.execute(_ADD, rows)
    return [row["id"] for row in rows]


def _row(new: NewDelivery) -> dict[str, Any]:
    row = {name: getattr(new, name) for name in _NEW}
    return row | {"id": new.id or new_id(), "changed_at": new.created_at, "payload": dict(new.payload)}


def get_delivery(conn: Connection, id: str) -> Delivery:
    row = conn.execute(select(*DELIVERY).where(deliveries.c.id == id)).first()
    if row is None:
        raise NotFound("there is no such delivery")
    return Delivery(*row)


def find_delivery(conn: Connection, id: str) -> Delivery | None:
    row = conn.execute(select(*DELIVERY).where(deliveries.c.id == id)).first()
    return Delivery(*row) if row else None


def find_by_provider_id(conn: Connection, channel: str, provider_id: str) -> Delivery | None:
    query = select(*DELIVERY).where(deliveries.c.channel == channel, deliveries.c.provider_id == provider_id)
    row = conn.execute(query.limit(1)).first()
    return Delivery(*row) if row else None


def list_deliveries(conn: Connection, message_ids: Collection[str]) -> dict[str, list[Delivery]]:
    """Message id -> its deliveries, oldest first."""
    found: dict[str, list[Delivery]] = {}
    query = select(*DELIVERY).where(deliveries.c.message_id.in_(message_ids)).order_by(deliveries.c.id)
    for row in conn.execute(query):
        found.setdefault(row.message_id, []).append(Delivery(*row))
    return found


def list_attempts(conn: Connection, delivery_ids: Collection[str]) -> dict[str, list[Attempt]]:
    """Delivery id -> its attempts, oldest first."""
    found: dict[str, list[Attempt]] = {}
    query = select(*ATTEMPT).where(attempts.c.delivery_id.in_(delivery_ids)).order_by(attempts.c.id)
    for row in conn.execute(query):
        found.setdefault(row.delivery_id, []).append(Attempt(*row))
    return found


def find_next_due(conn: Connection, channel: str) -> int | None:
    """When the channel's next delivery may leave."""
    query = select(func.min(deliveries.c.due_at)).where(
        deliveries.c.channel == channel, deliveries.c.state.in_(WAITING)
    )
    found: int | None = conn.scalar(query)
    return found


def claim_deliveries(
    conn: Connection, channel: str, owner: str, now: int, limit: int, lanes: Collection[int] = (0, 1, 2)
) -> list[Delivery]:
    """Lease what is due, best lane first; what may no longer be sent is settled here instead.

    An unsubscribe or STOP that committed before this transaction wins over everything queued.
    """
    paused = select(campaigns.c.id).where(campaigns.c.state == "paused")
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


_RANK = case(RANK, value=deliveries.c.state, else_=0)
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
    .where(deliveries.c.state.in_((DeliveryState.SENDING, DeliveryState.UNKNOWN)))
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
            "left_at": now
            if one.state == DeliveryState.SENT or RANK[DeliveryState(one.state)] > RANK["failed"]
            else None,  # type: ignore[index]
            "now": now,
        }
        for one in outcomes
    ]
    conn.execute(_FINISH_ATTEMPT, rows)
    conn.execute(_FINISH, rows)
    named = [row for row in rows if row["provider"] is not None]
    if named:
        conn.execute(_NAME, named)


def mark_state(conn: Connection, id: str, state: DeliveryState, reason: str, now: int) -> bool:
    """Move forward, never back; whether anything changed."""
    statement = (
        update(deliveries)
        .where(deliveries.c.id == id, RANK[state] > _RANK)
        .values(state=state, reason=reason[:1000], owner=None, changed_at=now)
    )
    if RANK[state] >= RANK[DeliveryState.SENT] and state != DeliveryState.FAILED:
        statement = statement.values(sent_at=func.coalesce(deliveries.c.sent_at, now))
    return conn.execute(statement).rowcount == 1


def mark_provider_id(conn: Connection, id: str, provider_id: str) -> None:
    conn.execute(
        update(deliveries)
        .where(deliveries.c.id == id, deliveries.c.provider_id.is_(None))
        .values(provider_id=provider_id)
    )


def mark_cancelled(conn: Connection, id: str, reason: str, now: int) -> bool:
    """Before it left; False when it is too late."""
    statement = (
        update(deliveries)
        .where(deliveries.c.id == id, deliveries.c.state.in_(WAITING))
        .values(state=DeliveryState.CANCELLED, reason=reason, changed_at=now)
    )
    return conn.execute(statement).rowcount == 1


def cancel_on_inbound(conn: Connection, customer_id: str, now: int) -> list[Delivery]:
    """The customer wrote first: scheduled answers that asked for it are cancelled."""
    query = select(*DELIVERY).where(
        deliveries.c.customer_id == customer_id, deliveries.c.cancel_on_inbound, deliveries.c.state.in_(WAITING)
    )
    waiting = [Delivery(*row) for row in conn.execute(query)]
    return [item for item in waiting if mark_cancelled(conn, item.id, "the customer wrote first", now)]


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


def list_unknown(conn: Connection, channel: str, since: int) -> list[Delivery]:
    query = select(*DELIVERY).where(
        deliveries.c.channel == channel,
        deliveries.c.state == DeliveryState.UNKNOWN,
        deliveries.c.changed_at >= since,
    )
    return [Delivery(*row) for row in conn.execute(query.limit(100))]


def count_deliveries(conn: Connection) -> dict[tuple[str, str], int]:
    """(channel, state) -> how many, for those not settled (held, queued, sending, unknown)."""
    query = (
        select(deliveries.c.channel, deliveries.c.state, func.count())
        .where(deliveries.c.state.in_(("held", "queued", "sending", "unknown")))
        .group_by(deliveries.c.channel, deliveries.c.state)
    )
    return {(row[0], row[1]): row[2] for row in conn.execute(query)}

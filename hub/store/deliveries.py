"""Deliveries: one attempt chain each to hand one message to one address, and how far it came."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, bindparam, case, exists, func, or_, select, text, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.made_quickly import made_quickly
from hub.model import Address, DeliveryState, Lane
from hub.reasons import Reason, Why
from hub.store.dialect import insert_many
from hub.store.tables import attempts, deliveries, printed_letters

LANES = {Lane.AGENT: 0, Lane.AUTOMATIC: 1, Lane.CAMPAIGN: 2}
WAITING = (DeliveryState.HELD, DeliveryState.QUEUED)
# a state is only ever replaced by one further right; failed gives way to proof of arrival, never the reverse
RANK = {
    DeliveryState.HELD: 0,
    DeliveryState.QUEUED: 0,
    DeliveryState.SENDING: 1,
    DeliveryState.UNKNOWN: 2,
    DeliveryState.TO_PRINT: 2,
    DeliveryState.SENT: 3,
    DeliveryState.FAILED: 4,
    DeliveryState.DELIVERED: 5,
    DeliveryState.READ: 6,
    DeliveryState.CANCELLED: 9,
}
NOWHERE = (DeliveryState.FAILED, DeliveryState.CANCELLED)
LEFT = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)


@made_quickly
@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """due_at: not before; give_up_at: the end of its lifetime; reason, detail: why it is held (hub.reasons); payload:
    what `send` needs beyond the message."""

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
    reason: str = ""
    detail: str = ""
    cancel_on_inbound: bool = False
    purpose: str = ""
    campaign_id: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@made_quickly
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
    detail: str
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
    cancel_on_inbound: bool = False

    @property
    def why(self) -> Reason:
        return Reason(self.reason, self.detail)

    @property
    def address(self) -> Address:
        return Address(self.kind, self.handle)

    @property
    def parcel(self) -> int:
        """Which of the requests that its message takes."""
        return int(self.payload.get("part", {}).get("number", 0))

    @property
    def is_copy(self) -> bool:
        """It goes to somebody besides the one its message is for."""
        return bool(self.payload.get("options", {}).get("to", self.handle) != self.handle)


@dataclass(frozen=True, slots=True)
class Attempt:
    id: str
    delivery_id: str
    started_at: int
    phase: str
    result: str
    provider_id: str | None
    finished_at: int | None


DELIVERY = tuple(deliveries.c[name] for name in Delivery.__dataclass_fields__)
ATTEMPT = tuple(attempts.c[name] for name in Attempt.__dataclass_fields__)
# written out: SQLite does not see that values bound later mean the rows of ix_deliveries_due, and reads the whole table
IS_WAITING = text("deliveries.state IN ('held', 'queued')")
IS_UNPRINTED = text("deliveries.state = 'to_print'") & ~exists().where(
    printed_letters.c.delivery_id == deliveries.c.id
).correlate(deliveries)
# of a later link of a campaign's chain, which nobody hurried
IS_REVOCABLE = text("deliveries.cancel_on_inbound AND deliveries.state IN ('held', 'queued', 'to_print')")
_RANK = case(RANK, value=deliveries.c.state, else_=0)
_NEXT_DUE = select(  # lane by lane, where the first one in the index is the first one due
    *(
        select(deliveries.c.due_at)
        .where(deliveries.c.channel == bindparam("channel"), deliveries.c.lane == lane, IS_WAITING)
        .where(deliveries.c.due_at > bindparam("now"))
        .order_by(deliveries.c.due_at)
        .limit(1)
        .scalar_subquery()
        for lane in LANES.values()
    )
)
_NEW = tuple(NewDelivery.__dataclass_fields__)
_parts_of = attrgetter(*_NEW)


def parcel_of(rows: FromClause) -> ColumnElement[int]:
    """`Delivery.parcel`, in a query of deliveries."""
    return func.coalesce(rows.c.payload[("part", "number")].as_integer(), 0)


def copied(rows: FromClause) -> ColumnElement[bool]:
    """`Delivery.is_copy`, in a query of deliveries."""
    return func.coalesce(rows.c.payload[("options", "to")].as_string(), rows.c.handle) != rows.c.handle


def add_delivery(conn: Connection, new: NewDelivery) -> str:
    return add_deliveries(conn, [new])[0]


def add_deliveries(conn: Connection, new: Sequence[NewDelivery]) -> list[str]:
    """Many at once (campaigns)."""
    rows = [dict(zip(_NEW, _parts_of(one), strict=True)) | _own(one) for one in new]
    insert_many(conn, deliveries, rows)
    return [row["id"] for row in rows]


def _own(new: NewDelivery) -> dict[str, Any]:
    return {"id": new.id or new_id(), "changed_at": new.created_at, "payload": dict(new.payload)}


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


def list_copies(conn: Connection, ids: Collection[str]) -> set[str]:
    """Those that are copies."""
    return set(conn.scalars(select(deliveries.c.id).where(deliveries.c.id.in_(ids), copied(deliveries))))


def list_attempts(conn: Connection, delivery_ids: Collection[str]) -> dict[str, list[Attempt]]:
    """Delivery id -> its attempts, oldest first."""
    found: dict[str, list[Attempt]] = {}
    query = select(*ATTEMPT).where(attempts.c.delivery_id.in_(delivery_ids)).order_by(attempts.c.id)
    for row in conn.execute(query):
        found.setdefault(row.delivery_id, []).append(Attempt(*row))
    return found


def find_next_due(conn: Connection, channel: str, now: int) -> int | None:
    """When the next of the channel's deliveries may leave that may not leave yet."""
    found = [at for at in conn.execute(_NEXT_DUE, {"channel": channel, "now": now}).one() if at is not None]
    return min(found, default=None)


def mark_state(conn: Connection, id: str, state: DeliveryState, why: Reason, now: int) -> bool:
    """Move forward, never back; whether anything changed."""
    statement = (
        update(deliveries)
        .where(deliveries.c.id == id, RANK[state] > _RANK)
        .values(state=state, reason=why.code, detail=why.detail[:1000], owner=None, changed_at=now)
    )
    if RANK[state] >= RANK[DeliveryState.SENT] and state != DeliveryState.FAILED:
        statement = statement.values(sent_at=func.coalesce(deliveries.c.sent_at, now))
    return conn.execute(statement).rowcount == 1


def mark_reason(conn: Connection, id: str, why: Reason, instead_of: str, now: int) -> bool:
    """Say better why it failed; whether anything changed."""
    found = (deliveries.c.id == id, deliveries.c.state == DeliveryState.FAILED, deliveries.c.reason == instead_of)
    better = {"reason": why.code, "detail": why.detail[:1000], "changed_at": now}
    return conn.execute(update(deliveries).where(*found).values(**better)).rowcount == 1


def mark_provider_id(conn: Connection, id: str, provider_id: str) -> None:
    conn.execute(
        update(deliveries)
        .where(deliveries.c.id == id, deliveries.c.provider_id.is_(None))
        .values(provider_id=provider_id)
    )


def mark_cancelled(conn: Connection, ids: Collection[str], reason: str, now: int) -> set[str]:
    """Those that have not left, nor stand in a print run; for the others it is too late."""
    statement = (
        update(deliveries)
        .where(deliveries.c.id.in_(ids), or_(IS_WAITING, IS_UNPRINTED))
        .values(state=DeliveryState.CANCELLED, reason=reason, detail="", changed_at=now)
    )
    return set(conn.scalars(statement.returning(deliveries.c.id)))


def mark_due(conn: Connection, ids: Collection[str], now: int) -> set[str]:
    """Those that wait may leave from now on, whatever they waited for."""
    statement = update(deliveries).where(deliveries.c.id.in_(ids), IS_WAITING)
    statement = statement.values(due_at=now, reason="", detail="", cancel_on_inbound=False, changed_at=now)
    return set(conn.scalars(statement.returning(deliveries.c.id)))


def cancel_on_inbound(conn: Connection, customer_id: str, now: int) -> list[Delivery]:
    """The customer wrote first: scheduled answers that asked for it are cancelled."""
    query = select(*DELIVERY).where(deliveries.c.customer_id == customer_id, deliveries.c.cancel_on_inbound, IS_WAITING)
    waiting = [Delivery(*row) for row in conn.execute(query)]
    cancelled = mark_cancelled(conn, [item.id for item in waiting], Why.WROTE_FIRST, now) if waiting else set()
    return [item for item in waiting if item.id in cancelled]


def list_unknown(conn: Connection, channel: str, since: int, after: str = "") -> list[Delivery]:
    """A page of them; after: the id of the last one of the page before."""
    query = select(*DELIVERY).where(
        deliveries.c.channel == channel,
        deliveries.c.state == DeliveryState.UNKNOWN,
        deliveries.c.changed_at >= since,
        deliveries.c.id > after,
    )
    return [Delivery(*row) for row in conn.execute(query.order_by(deliveries.c.id).limit(100))]


def count_deliveries(conn: Connection) -> dict[tuple[str, str], int]:
    """(channel, state) -> how many are not settled (held, queued, sending, unknown); each on a partial index."""
    found: dict[tuple[str, str], int] = {}
    for condition in ("state IN ('held', 'queued')", "state = 'sending'", "state = 'unknown'"):
        query = select(deliveries.c.channel, deliveries.c.state, func.count()).where(text(condition))
        found |= {(row[0], row[1]): row[2] for row in conn.execute(query.group_by("channel", "state"))}
    return found


def list_oldest_due(conn: Connection, now: int) -> dict[str, int]:
    """Channel -> since when its oldest waiting delivery could have left."""
    query = select(deliveries.c.channel, func.min(deliveries.c.due_at)).where(IS_WAITING)
    rows = conn.execute(query.where(deliveries.c.due_at <= now).group_by(deliveries.c.channel))
    return {row[0]: row[1] for row in rows}

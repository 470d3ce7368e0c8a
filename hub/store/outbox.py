"""What the outbox holds: leases what is due, and keeps the ledger of every attempt.

Ledger of one attempt: before -> committing -> sent | failed | unknown. A delivery whose process died before
`committing` is queued again; one that died at `committing` is `unknown` and is never sent again blindly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from sqlalchemy import Connection, Integer, Text, bindparam, cast, exists, func, or_, select, update

from hub.ids import new_ids
from hub.made_quickly import made_quickly
from hub.model import DeliveryState
from hub.reasons import NO_REASON, Reason, Why
from hub.store.deliveries import DELIVERY, IS_WAITING, LEFT, Delivery
from hub.store.dialect import skip_locked
from hub.store.quick_json import loads
from hub.store.sets import SetQuery, SetStatement
from hub.store.standing import STANDING, STANDING_OF_DELIVERIES, Standing
from hub.store.tables import attempts, campaigns, deliveries

Lanes = tuple[int, int]
"""The first and the last."""
ALL_LANES, ONE_BY_ONE, BULK = (0, 2), (0, 1), (2, 2)  # hub.store.deliveries.LANES
_HALTED = select(campaigns.c.id).where(campaigns.c.state.in_(("paused", "stopped")))
_DUE = (
    select(*DELIVERY)
    .where(deliveries.c.channel == bindparam("channel"), IS_WAITING, deliveries.c.due_at <= bindparam("now"))
    .where(deliveries.c.lane.between(bindparam("first"), bindparam("last")))
    .where(or_(deliveries.c.campaign_id.is_(None), deliveries.c.campaign_id.not_in(_HALTED)))
    .order_by(deliveries.c.lane, deliveries.c.due_at, deliveries.c.id)
    .limit(bindparam("most", type_=Integer))
)


# as one text: the driver lets go of the interpreter before each row it returns
_ROWS = _DUE.subquery("due")
_DUE_TOGETHER = select(
    func.json_group_array(
        func.json_array(*(func.json(cast(one, Text)) if one.name == "payload" else one for one in _ROWS.c)), type_=Text
    )
)
_CROWD = (
    select(deliveries.c.id)
    .where(deliveries.c.channel == bindparam("channel"), IS_WAITING, deliveries.c.due_at <= bindparam("now"))
    .where(deliveries.c.lane == bindparam("lane"))
    .limit(1)
)
# of a campaign that is halted a million may be due: then nobody asks for what is due again and again
_GOING = (
    select(campaigns.c.id)
    .where(campaigns.c.state.not_in(("draft", "scheduled", "paused", "stopped")))
    .where(exists().where(deliveries.c.campaign_id == campaigns.c.id, IS_WAITING))
    .limit(1)
)


@made_quickly
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


def list_due(conn: Connection, channel: str, now: int, limit: int, lanes: Lanes = ALL_LANES) -> list[Delivery]:
    """What waits for nothing but somebody to hand it over, best lane first; locked until the transaction ends."""
    asked = {"channel": channel, "now": now, "first": lanes[0], "last": lanes[1], "most": limit}
    if conn.dialect.name == "postgresql":
        return [Delivery(*row) for row in conn.execute(skip_locked(conn, _DUE), asked)]
    rows = loads(conn.scalar(_DUE_TOGETHER, asked) or "[]")
    return [Delivery(*(*row[:-1], bool(row[-1]))) for row in rows]


def is_crowd_due(conn: Connection, channel: str, now: int) -> bool:
    """Does anything of the bulk lane wait for nothing but its turn? Halted campaigns count too, where others go on:
    they are not looked through for it."""
    asked = {"channel": channel, "now": now, "lane": BULK[0]}
    return conn.scalar(_CROWD, asked) is not None and conn.scalar(_GOING) is not None


def lease(conn: Connection, due: Sequence[Delivery], owner: str, now: int) -> list[Delivery]:
    """Begin an attempt of each, in the owner's name. A lease ends with its outcome or with its owner's heartbeat."""
    leased = [_begun(item, id) for item, id in zip(due, new_ids(len(due)), strict=True)]
    _ADD_ATTEMPTS(conn, [(item.attempt_id, item.id, item.customer_id) for item in leased], now)
    _LEASE(conn, [(item.id, item.attempt_id) for item in leased], owner, now)
    return leased


_PARTS = tuple(Delivery.__dataclass_fields__)
_parts_of = attrgetter(*_PARTS)
_STATE, _ATTEMPTS, _ATTEMPT = map(_PARTS.index, ("state", "attempts", "attempt_id"))


def _begun(item: Delivery, attempt_id: str) -> Delivery:
    """The same with another attempt, which is on its way; `replace` takes twice as long."""
    parts = list(_parts_of(item))
    parts[_STATE], parts[_ATTEMPTS], parts[_ATTEMPT] = DeliveryState.SENDING, item.attempts + 1, attempt_id
    return Delivery(*parts)


_ADD_ATTEMPTS = SetStatement(
    "attempt text, delivery text, customer text",
    "INSERT INTO attempts (id, delivery_id, customer_id, started_at, phase) "
    "SELECT attempt, delivery, customer, :at, 'before' FROM v",
    "at bigint",
)
_LEASE = SetStatement(
    "delivery text, attempt text",
    "UPDATE deliveries SET state = 'sending', owner = :owner, attempt_id = v.attempt, "
    "attempts = deliveries.attempts + 1, changed_at = :at FROM v WHERE deliveries.id = v.delivery",
    "owner text, at bigint",
)


def release(conn: Connection, leased: Sequence[Delivery]) -> None:
    """Attempts that were not begun are undone: whoever claims next asks again what may leave."""
    rows = [(item.id, item.attempt_id) for item in leased]
    _RELEASE(conn, rows)
    _FORGET_ATTEMPTS(conn, rows)


_RELEASE = SetStatement(
    "delivery text, attempt text",
    "UPDATE deliveries SET state = 'queued', owner = NULL, attempt_id = NULL, attempts = deliveries.attempts - 1 "
    "FROM v WHERE deliveries.id = v.delivery AND deliveries.attempt_id = v.attempt AND deliveries.state = 'sending' "
    "AND EXISTS (SELECT 1 FROM attempts WHERE attempts.id = v.attempt AND attempts.phase = 'before')",
)
_FORGET_ATTEMPTS = SetStatement(
    "delivery text, attempt text",
    "DELETE FROM attempts WHERE phase = 'before' AND id IN (SELECT attempt FROM v) "
    "AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.attempt_id = attempts.id)",
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


_COMMITTING = SetStatement(
    "attempt text, standing text",
    "UPDATE attempts SET phase = 'committing' FROM v, deliveries "  # noqa: S608 - our words
    f"{STANDING_OF_DELIVERIES} WHERE attempts.id = v.attempt AND attempts.phase = 'before' "
    f"AND deliveries.id = attempts.delivery_id AND {STANDING} = v.standing AND NOT EXISTS "
    "(SELECT 1 FROM campaigns c WHERE c.id = deliveries.campaign_id AND c.state IN ('paused', 'stopped'))",
)


def mark_committing(conn: Connection, claimed: Sequence[tuple[str, Standing]]) -> set[str]:
    """(attempt, how its customer stood when it was claimed) -> the attempts that may leave: those whose lease still
    holds, whose customer stands as then, and whose campaign is not halted."""
    ids = [attempt for attempt, _ in claimed]
    if _COMMITTING(conn, [(attempt, standing.signature) for attempt, standing in claimed]) == len(ids):
        return set(ids)
    return _list_committing(conn, ids)


def _list_committing(conn: Connection, attempt_ids: Sequence[str]) -> set[str]:
    held = select(attempts.c.id).where(attempts.c.id.in_(attempt_ids), attempts.c.phase == "committing")
    return set(conn.scalars(held))


_FINISH_ATTEMPTS = SetStatement(
    "attempt text, provider text",
    "UPDATE attempts SET phase = :phase, result = :result, provider_id = v.provider, finished_at = :at "
    "FROM v WHERE attempts.id = v.attempt",
    "phase text, result text, at bigint",
)
_FINISH = SetStatement(
    "delivery text, attempt text, provider text",
    "UPDATE deliveries SET state = :state, reason = :reason, detail = :detail, owner = NULL, "
    "provider_id = coalesce(v.provider, deliveries.provider_id), due_at = coalesce(:due, deliveries.due_at), "
    "sent_at = :sent, changed_at = :at FROM v WHERE deliveries.id = v.delivery "
    "AND deliveries.attempt_id = v.attempt AND deliveries.state IN ('sending', 'unknown')",
    "state text, reason text, detail text, due bigint, sent bigint, at bigint",
)
_NAME = SetStatement(  # a receipt overtook the provider's answer: keep its state, learn the provider's name
    "delivery text, provider text, sent bigint",
    "UPDATE deliveries SET provider_id = v.provider, sent_at = coalesce(deliveries.sent_at, v.sent) "
    "FROM v WHERE deliveries.id = v.delivery AND deliveries.provider_id IS NULL",
)


def mark_attempts(conn: Connection, outcomes: Sequence[Outcome], now: int) -> None:
    """How attempts ended. What was sent is safe then: what follows from it may be written later (`mark_outcomes`), and
    by others (`recover`)."""
    alike: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    for one in outcomes:
        shared = (one.phase, one.why.detail[:1000] or one.why.code)
        alike.setdefault(shared, []).append((one.attempt_id, one.provider_id))
    for shared, rows in alike.items():
        _FINISH_ATTEMPTS(conn, rows, *shared, now)


_FINISHED = SetQuery(
    "delivery text, attempt text, state text, at bigint",
    "v.delivery",
    "v JOIN deliveries ON deliveries.id = v.delivery WHERE deliveries.attempt_id = v.attempt "
    "AND deliveries.state = v.state AND deliveries.changed_at = v.at",
)


def mark_outcomes(conn: Connection, outcomes: Sequence[Outcome], now: int) -> set[str]:
    """What the ends of attempts mean for their deliveries; a receipt that was faster keeps its state. The ids of the
    deliveries whose state this changed: of others there is nothing new to tell."""
    alike: dict[tuple[str, str, str, int | None], list[tuple[str, str, str | None]]] = {}
    for one in outcomes:
        shared = (one.state, one.why.code, one.why.detail[:1000], one.due_at)
        alike.setdefault(shared, []).append((one.delivery_id, one.attempt_id, one.provider_id))
    found = (_FINISH(conn, rows, *one, now if one[0] in LEFT else None, now) for one, rows in alike.items())
    if sum(found) == len(outcomes):
        return {one.delivery_id for one in outcomes}
    late = [(one.delivery_id, one.provider_id, now if one.state in LEFT else None) for one in outcomes]
    _NAME(conn, [row for row in late if row[1] is not None])
    asked = [(one.delivery_id, one.attempt_id, one.state, now) for one in outcomes]
    return {row[0] for row in _FINISHED(conn, asked)}


_PHASE = select(attempts.c.phase, attempts.c.provider_id).where(attempts.c.id == bindparam("attempt"))


def recover(conn: Connection, owner: str, now: int) -> tuple[int, list[Delivery], list[Delivery]]:
    """What a dead process had claimed: (queued again, now unknown, sent). The last are so in the ledger only: what
    follows from it is for the caller to write."""
    query = select(*DELIVERY).where(deliveries.c.owner == owner, deliveries.c.state == DeliveryState.SENDING)
    orphans = [Delivery(*row) for row in conn.execute(query)]
    lost: list[Delivery] = []
    sent: list[Delivery] = []
    for item in orphans:
        attempt = conn.execute(_PHASE, {"attempt": item.attempt_id}).first()
        if attempt is None:  # given back this instant
            continue
        phase, provider_id = attempt
        surely_not_sent = conn.execute(
            update(attempts)
            .where(attempts.c.id == item.attempt_id, attempts.c.phase == "before")
            .values(phase="failed", result=Why.DIED_BEFORE, finished_at=now)
        )
        if surely_not_sent.rowcount:
            outcome = Outcome(item.id, item.attempt_id or "", DeliveryState.QUEUED, "failed", due_at=now)
        elif phase == "sent":
            sent.append(replace(item, provider_id=provider_id))
            continue
        elif phase == "committing":
            died = Reason(Why.PROCESS_DIED)
            outcome = Outcome(item.id, item.attempt_id or "", DeliveryState.UNKNOWN, "unknown", died)
            lost.append(item)
        else:
            continue
        mark_attempts(conn, [outcome], now)
        mark_outcomes(conn, [outcome], now)
    return len(orphans) - len(lost) - len(sent), lost, sent

"""Whom a campaign could reach: customers page by page, with what deciding about each of them takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from hub.errors import NotFound
from hub.model import SHUT, DeliveryState, Direction
from hub.store.candidates import Candidate, load_candidates
from hub.store.complaints import COMPLAINS
from hub.store.condition_tree import AnyCondition
from hub.store.conditions import Question, compile_condition, consenting, labelled
from hub.store.consents import GRANTED
from hub.store.customers import Reached
from hub.store.fates import Fated
from hub.store.gate import check_customer
from hub.store.tables import addresses, consent_states, customers, deliveries, messages
from hub.store.visibility import EVERYTHING, Visibility

LOOKED_AT = 5_000  # customers


@dataclass(frozen=True, slots=True)
class Audience:
    """Each part that is given narrows it: any of the labels, and the condition, and one of the ids, and what another
    campaign came to; a list of ids that names nobody leaves nobody; who: for whose eyes examples are picked."""

    labels: Sequence[str] = ()
    condition: AnyCondition | None = None
    customer_ids: Sequence[str] | None = None
    fated: Fated | None = None
    who: Visibility = EVERYTHING

    @property
    def empty(self) -> bool:
        return not (self.labels or self.condition or self.fated) and self.customer_ids is None


@dataclass(frozen=True, slots=True)
class Reach:
    """How many an audience holds and how many of them may be written to, as far as one statement can tell. ways: on
    which channel with how many it would begin, empty where that is not told."""

    audience: int
    reachable: int
    excluded: Mapping[str, int] = field(default_factory=dict)
    ways: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Silence:
    """kind: of the addresses a channel of that name reaches, which takes free text for so many milliseconds after a
    customer wrote there."""

    kind: str
    channel: str
    window: int


def list_candidates(
    conn: Connection, audience: Audience, purpose: str, after: str | None, now: int, limit: int
) -> list[Candidate]:
    """In order of customer ids."""
    return load_candidates(conn, list_members(conn, audience, now, after, limit), purpose)


def find_candidate(conn: Connection, who: Visibility, customer_id: str, purpose: str) -> Candidate | None:
    """None for whom this person may not see, as for whom nobody knows."""
    try:
        check_customer(conn, who, customer_id)
    except NotFound:
        return None
    return next(iter(load_candidates(conn, [customer_id], purpose)), None)


def list_samples(conn: Connection, audience: Audience, purpose: str, now: int, limit: int = 12) -> list[Candidate]:
    """Real customers to try a template on, those first that break templates: no name, long names, rare languages. Long
    names and languages are looked for among so many: who waits for the list is answered at once, and before anything
    is sent everybody is tried."""
    belongs = _belongs(conn, audience, now)
    some = select(customers.c.id, customers.c.name, customers.c.language).where(belongs)
    among = some.order_by(customers.c.id).limit(LOOKED_AT).cte("among").c
    ids: dict[str, None] = {}
    for order in (among.id, -func.length(among.name), among.language.desc()):
        ids |= dict.fromkeys(conn.scalars(select(among.id).order_by(order, among.id).limit(limit // 3)))
    nameless = select(customers.c.id).where(customers.c.name == "", belongs).limit(2)
    return load_candidates(conn, list(dict.fromkeys([*conn.scalars(nameless), *ids]))[:limit], purpose)


def count_reach(conn: Connection, audience: Audience, kinds: Sequence[str], purpose: str, now: int) -> Reach:
    """kinds: the kinds of channel the campaign may use; without one nobody is reached, and that is not for want of
    consent.
    """
    belongs = _belongs(conn, audience, now)
    if not kinds:
        return Reach(_count(conn, belongs), 0)
    agreed = exists().where(
        consent_states.c.customer_id == customers.c.id,
        consent_states.c.purpose == purpose,
        consent_states.c.state == GRANTED,
        consent_states.c.kind.in_(kinds),
    )
    able = or_(*(_may_write(kind, purpose) for kind in kinds))
    resting = case((COMPLAINS, "open_complaint"), (customers.c.paused_until > now, "paused"), else_="")
    fate = case((able, resting), (agreed, "no_address"), else_="no_consent").label("fate")  # asked once of each
    rows = conn.execute(select(fate, func.count()).select_from(customers).where(belongs).group_by("fate"))
    told = {row[0]: row[1] for row in rows}
    return Reach(sum(told.values()), told.pop("", 0), told)


def count_silent(conn: Connection, audience: Audience, purpose: str, silence: Silence, now: int) -> int:
    """Those who may be written to there, and only in words that were approved."""
    wrote = exists().where(
        messages.c.customer_id == customers.c.id,
        messages.c.occurred_at > now - silence.window,
        messages.c.direction == Direction.IN,
        messages.c.channel == silence.channel,
    )
    return _count(conn, _belongs(conn, audience, now), _may_write(silence.kind, purpose), ~wrote)


def members_of(conn: Connection, audience: Audience, now: int) -> Select[Any]:
    """The ids of whom it holds; who is merged or erased is never one of them."""
    return select(customers.c.id).where(_belongs(conn, audience, now))


def list_members(conn: Connection, audience: Audience, now: int, after: str | None, limit: int) -> list[str]:
    """In order of their ids, those that follow `after`."""
    query = members_of(conn, audience, now).order_by(customers.c.id).limit(limit)
    return list(conn.scalars(query.where(customers.c.id > after) if after else query))


def count_unconsenting(conn: Connection, audience: Audience, purpose: str, now: int) -> int:
    """Those in it who agreed to the purpose on no kind of channel."""
    return _count(conn, _belongs(conn, audience, now), without_consent(purpose))


def without_consent(purpose: str) -> ColumnElement[bool]:
    return ~consenting(purpose, GRANTED)


def count_audience(conn: Connection, audience: Audience, now: int) -> int:
    return _count(conn, _belongs(conn, audience, now))


def list_taken(conn: Connection, campaign_id: str, reached: Sequence[Reached]) -> dict[tuple[str, str], str]:
    """(kind, handle) -> the customer for whom the campaign wrote there, or will, on whichever link of its chain. Looked
    for among what went to those who claim the address, not among all it ever sent: that index is kept out."""
    taken: dict[tuple[str, str], str] = {}
    d = deliveries.c
    written = (func.coalesce(d.campaign_id, "") == campaign_id, d.state != DeliveryState.CANCELLED)
    for kind in sorted({each.kind for each in reached}):
        handles = [each.handle for each in reached if each.kind == kind]
        claimants = select(addresses.c.customer_id).where(addresses.c.kind == kind, addresses.c.handle.in_(handles))
        query = select(d.handle, d.customer_id).where(d.customer_id.in_(claimants), *written)
        rows = conn.execute(query.where(d.kind == kind, d.handle.in_(handles)))
        taken |= {(kind, handle): customer_id for handle, customer_id in rows}
    return taken


def _belongs(conn: Connection, audience: Audience, now: int) -> ColumnElement[bool]:
    living = (customers.c.merged_into.is_(None), customers.c.erased_at.is_(None))
    clauses: list[Any] = [*living, *audience.who.of_customers()]
    if audience.labels:
        clauses.append(labelled(list(audience.labels)))
    if audience.condition is not None:
        clauses.append(compile_condition(audience.condition, Question(conn.dialect.name, now)))
    if audience.customer_ids is not None:
        clauses.append(customers.c.id.in_(list(audience.customer_ids)))
    if audience.fated:
        clauses.append(audience.fated.of_customers())
    return and_(*clauses)


def _may_write(kind: str, purpose: str) -> ColumnElement[bool]:
    """Agreed, and has an address on the same kind of channel."""
    agreed = exists().where(
        consent_states.c.customer_id == customers.c.id,
        consent_states.c.kind == kind,
        consent_states.c.purpose == purpose,
        consent_states.c.state == GRANTED,
    )
    address = exists().where(
        addresses.c.customer_id == customers.c.id, addresses.c.kind == kind, addresses.c.state.not_in(SHUT)
    )
    return and_(agreed, address)


def _count(conn: Connection, *clauses: ColumnElement[bool]) -> int:
    return conn.scalar(select(func.count()).select_from(customers).where(*clauses)) or 0

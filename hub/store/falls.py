"""How far a campaign has come along its chain of channels with each recipient (`link`: so many are used up, and one
more than there are when it is over), and with whom it goes on.

The row says which delivery counts; whoever goes on changes it from exactly the link and delivery it stood at, together
with the rows of the next message. Nobody's chain is gone along twice, and none is forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, not_, or_, select, update

from hub.model import DeliveryState, Direction
from hub.store.campaigns import Campaign
from hub.store.deliveries import IS_REVOCABLE, IS_UNPRINTED, IS_WAITING, LEFT, WAITING
from hub.store.fates import OF_RECIPIENTS
from hub.store.recipients import NewRecipient
from hub.store.tables import campaign_recipients, campaigns, deliveries, messages, sequence_runs

_r, _d = campaign_recipients.c, deliveries.c
_earlier = deliveries.alias("earlier")
UNREAD = (DeliveryState.SENT, DeliveryState.DELIVERED)
GOING = ("sending", "sent")


@dataclass(frozen=True, slots=True)
class Fallen:
    """A recipient whose message did not reach, or brought no reaction. link: so many are used up; state: of that
    message's delivery when it was looked at."""

    customer_id: str
    link: int
    delivery_id: str
    message_id: str
    variant: str
    tested: bool
    state: str


@dataclass(frozen=True, slots=True)
class Tried:
    """On one channel: to how many it went, and how many it reached at last."""

    channel: str
    tried: int
    reached: int
    waiting: int


def list_failed(conn: Connection, campaign_id: str, links: int, since: int, limit: int) -> list[Fallen]:
    """Whose message ended without reaching anybody, and of late; it may have been the last link."""
    young = func.coalesce(_d.sent_at, _d.changed_at) > since
    query = _FALLEN.where(*_open(campaign_id), _d.state == DeliveryState.FAILED, young, _r.link <= links)
    return _list(conn, query, limit)


def list_silent(conn: Connection, campaign_id: str, links: int, left_before: int, limit: int) -> list[Fallen]:
    """Who has had it for so long and neither answered, clicked nor read it, where another link is left."""
    query = _FALLEN.where(*_open(campaign_id), *_unread(links), _d.sent_at <= left_before)
    return _list(conn, query.order_by(_d.sent_at), limit)


def find_first_silent(conn: Connection, campaign_id: str, links: int) -> int | None:
    """When the first of those got it who may be silent for too long, or are: there may have been no room for them."""
    query = select(_d.sent_at).select_from(_STANDS).where(*_open(campaign_id), *_unread(links))
    first: int | None = conn.scalar(query.where(_d.sent_at.is_not(None)).order_by(_d.sent_at).limit(1))
    return first


def list_needless(conn: Connection, campaign_id: str, links: int, limit: int, *, patient: bool) -> list[str]:
    """Deliveries of later links that need not leave any more: the customer has reacted, or an earlier one turns out to
    have arrived. patient: a reaction is waited for, so that only having read it counts."""
    proof = (DeliveryState.READ,) if patient else (DeliveryState.DELIVERED, DeliveryState.READ)
    proven = exists().where(*_mine(), _earlier.c.state.in_(proof))
    query = select(_d.id).select_from(_STANDS).where(*_later(campaign_id, links), IS_REVOCABLE)
    query = query.where(or_(IS_WAITING, IS_UNPRINTED), not_(_UNMARKED) | proven)
    return list(conn.scalars(query.limit(limit)))


def list_cancelled(conn: Connection, campaign_id: str, links: int, limit: int) -> list[Fallen]:
    """Whose later link was taken back: an answer came, say."""
    return _list(conn, _FALLEN.where(*_later(campaign_id, links), _d.state == DeliveryState.CANCELLED), limit)


def go_on(conn: Connection, campaign: Campaign, one: Fallen, row: NewRecipient) -> bool:
    """To the next link; False when somebody else has, the campaign was halted, or the customer has been reached or
    heard of since it was decided."""
    assert row.delivery is not None
    assert row.message_id is not None
    to = {"kind": row.delivery.kind, "handle": row.delivery.handle, "delivery_id": row.delivery.id}
    silent = or_(_d.state == DeliveryState.FAILED, ~_SAID)
    return _move(conn, campaign, one, silent, _UNMARKED, **to, message_id=row.message_id, link=row.link)


def end_chain(conn: Connection, campaign: Campaign, one: Fallen, links: int) -> bool:
    """Nothing follows. What counts is the last message that did leave, where there is one."""
    left = (
        select(_d.id, _d.message_id, _d.kind, _d.handle)
        .where(_d.campaign_id == campaign.id, _d.customer_id == one.customer_id, _d.state.in_(LEFT))
        .order_by(_d.id.desc())
        .limit(1)
    )
    found = conn.execute(left).first()
    reached = {"delivery_id": found[0], "message_id": found[1], "kind": found[2], "handle": found[3]} if found else {}
    return _move(conn, campaign, one, **reached, link=links + 1)


def count_tried(conn: Connection, campaign_id: str) -> list[Tried]:
    """Channel by channel, the first that was tried before the others; a customer is reached by one of them at most."""
    went = select(_d.channel, func.count(_d.customer_id.distinct())).where(_d.campaign_id == campaign_id)
    went = went.group_by(_d.channel).order_by(func.min(_d.id))
    tried: dict[str, int] = {row[0]: row[1] for row in conn.execute(went)}
    stands = select(_d.channel, _d.state, func.count()).select_from(OF_RECIPIENTS).where(_r.campaign_id == campaign_id)
    reached, waiting = dict.fromkeys(tried, 0), dict.fromkeys(tried, 0)
    for name, state, number in conn.execute(stands.where(_d.id.is_not(None)).group_by(_d.channel, _d.state)):
        counted = reached if state in LEFT else waiting if state in _ON_THE_WAY else None
        if counted is not None:
            counted[name] += number
    return [Tried(name, tried[name], reached[name], waiting[name]) for name in tried]


_ON_THE_WAY = (*WAITING, DeliveryState.SENDING, DeliveryState.TO_PRINT, DeliveryState.UNKNOWN)
_STANDS = deliveries.join(campaign_recipients, _r.delivery_id == _d.id)  # found by the delivery's campaign and state
_FALLEN: Select[Any] = select(
    _r.customer_id, _r.link, _r.delivery_id, _r.message_id, _r.variant, _r.tested, _d.state
).select_from(_STANDS)
_UNMARKED = and_(_r.clicked_at.is_(None), _r.replied_at.is_(None), _r.unsubscribed_at.is_(None))
_SAID = (
    exists()
    .where(
        messages.c.customer_id == _r.customer_id,
        messages.c.direction == Direction.IN,
        messages.c.automatic.is_(False),
        messages.c.created_at > _d.sent_at,
    )
    .correlate(campaign_recipients, deliveries)
)


def _list(conn: Connection, query: Select[Any], limit: int) -> list[Fallen]:
    return [Fallen(*row) for row in conn.execute(query.limit(limit))]


def _open(campaign_id: str) -> Sequence[ColumnElement[bool]]:
    return (_d.campaign_id == campaign_id, _r.link > 0, _UNMARKED)


def _unread(links: int) -> Sequence[ColumnElement[bool]]:
    return (_d.state.in_(UNREAD), _r.link < links, ~_SAID)


def _later(campaign_id: str, links: int) -> Sequence[ColumnElement[bool]]:
    return (_d.campaign_id == campaign_id, _r.link > 1, _r.link <= links)


def _mine() -> Sequence[ColumnElement[bool]]:
    """Another delivery of the campaign to the same customer."""
    e = _earlier.c
    return (e.campaign_id == _r.campaign_id, e.customer_id == _r.customer_id, e.id != _r.delivery_id)


def _move(conn: Connection, campaign: Campaign, one: Fallen, *still: ColumnElement[bool], **changes: Any) -> bool:
    """still: what has to hold besides, of the recipient and the delivery."""
    going = exists().where(campaigns.c.id == campaign.id, campaigns.c.state.in_(GOING))
    same = (_r.campaign_id == campaign.id, _r.customer_id == one.customer_id)
    stood = exists().where(_d.id == one.delivery_id, _d.state == one.state, *still).correlate(campaign_recipients)
    there = (_r.link == one.link, _r.delivery_id == one.delivery_id, stood)
    moved = conn.execute(update(campaign_recipients).where(*same, *there, going).values(changes)).rowcount == 1
    if moved and "message_id" in changes:
        _move_silence(conn, one, changes["message_id"])
    return moved


def _move_silence(conn: Connection, one: Fallen, message_id: str) -> None:
    """Whoever is waited for in a sequence since that message is waited for since the one that counts now."""
    q = sequence_runs.c
    mine = (q.customer_id == one.customer_id, q.trigger_id == one.message_id)
    waiting = (q.state == "waiting", q.step == 0)
    conn.execute(update(sequence_runs).where(*mine, *waiting).values(trigger_id=message_id))

"""Campaigns: what is sent to whom, and how far it has come.

draft -> scheduled -> sending -> sent, with paused and stopped on the way; back to draft until it has begun. Expansion
remembers the last customer it has written a recipient for, in the same transaction as the rows: whoever goes on after
a crash starts there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Text, bindparam, cast, delete, exists, func, or_, select, update

from hub.clock import HOUR
from hub.errors import Conflict, NotFound
from hub.ids import new_id
from hub.model import DeliveryState
from hub.reasons import Why
from hub.store.deliveries import IS_UNPRINTED, IS_WAITING
from hub.store.tables import campaigns, deliveries, links, sequences

UNFINISHED = (DeliveryState.HELD, DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.TO_PRINT)
DRAWING, LEAVING, TRYING, DECIDED = "drawing", "leaving", "trying", "decided"  # stages of a test; "" without one


@dataclass(frozen=True, slots=True)
class Campaign:
    """channel: a configured name, a type, or "preferred". template: the words as given, when there is no template_id.

    audience: {labels?, segment?, customer_ids?, recipients_of?}; expanded_after: the last customer a recipient was
    written for. test: what is tried on a part first (hub.campaigns.variants), test_stage: how far that has come,
    tested_at: when the last of that part left, winner: the letter all others get. hourly: so many at most (0: as fast
    as the channel goes), next_at: when the next may be written for. fallback: {channels, hours}, where it goes on with
    whom it does not reach (hub.campaigns.chain), silent_at: when somebody may next have been silent for long enough.
    track_opens: a picture says who opened it, of those who agreed to that; utm: tracked links say where somebody comes
    from. local_at: 2026-11-24T09:00 where each recipient lives, "" for one instant for all (hub.campaigns.local_times).
    public: anybody may read it once it is sent; share_id, shared_until: of the link to its numbers.
    """

    id: str
    name: str
    state: str
    purpose: str
    channel: str
    sender: str
    template_id: str | None
    template_version_id: str | None
    template: Mapping[str, Any]
    audience: Mapping[str, Any]
    scheduled_at: int | None
    started_at: int | None
    finished_at: int | None
    expanded_after: str | None
    expanded: bool
    track_links: bool
    track_opens: bool
    utm: bool
    test: Mapping[str, Any]
    test_stage: str
    tested_at: int | None
    winner: str
    hourly: int
    next_at: int | None
    fallback: Mapping[str, Any]
    silent_at: int | None
    local_at: str
    public: bool
    share_id: str | None
    shared_until: int | None
    created_at: int
    changed_at: int

    @property
    def variants(self) -> int:
        """Among how many its audience is divided."""
        return len(self.test.get("variants", ())) + 1


_COLUMNS = tuple(campaigns.c[field.name] for field in fields(Campaign))
_CAMPAIGNS = select(*_COLUMNS)
_DUE = _CAMPAIGNS.where(
    or_(
        (campaigns.c.state == "scheduled") & (campaigns.c.scheduled_at <= bindparam("now")),
        campaigns.c.state == "sending",
    )
).order_by(campaigns.c.id)
_PUBLIC = _CAMPAIGNS.where(campaigns.c.public, campaigns.c.state == "sent")
_LATE = _CAMPAIGNS.where(
    campaigns.c.state == "sent",
    campaigns.c.finished_at > bindparam("since"),
    cast(campaigns.c.fallback, Text) != "{}",
)
_STOPPED = _CAMPAIGNS.where(
    campaigns.c.state == "stopped",
    exists().where(deliveries.c.campaign_id == campaigns.c.id, or_(IS_WAITING, IS_UNPRINTED)),
)


@dataclass(frozen=True, slots=True)
class Link:
    id: str
    campaign_id: str | None
    url: str
    clicks: int


def list_campaigns(
    conn: Connection, after: str | None = None, limit: int = 100, states: Sequence[str] = ()
) -> list[Campaign]:
    """Newest first, older than `after`."""
    query = _CAMPAIGNS.where(campaigns.c.id < after) if after else _CAMPAIGNS
    query = query.where(campaigns.c.state.in_(states)) if states else query
    return [Campaign(*row) for row in conn.execute(query.order_by(campaigns.c.id.desc()).limit(limit))]


def count_campaigns(conn: Connection) -> dict[str, int]:
    """State -> how many."""
    query = select(campaigns.c.state, func.count()).group_by(campaigns.c.state)
    return {row[0]: row[1] for row in conn.execute(query)}


def counts_reactions(conn: Connection) -> bool:
    """Does a campaign want to know who opens it or follows its links, or a sequence, who follows its links?"""
    c, s = campaigns.c, sequences.c
    by_campaign = exists().where(or_(c.track_opens, c.track_links))
    by_sequence = exists().where(or_(s.goal == "clicked", cast(s.steps, Text).contains('"clicked"')))
    return bool(conn.scalar(select(or_(by_campaign, by_sequence))))


def find_campaign(conn: Connection, id: str) -> Campaign | None:
    row = conn.execute(_CAMPAIGNS.where(campaigns.c.id == id)).first()
    return Campaign(*row) if row else None


def get_campaign(conn: Connection, id: str) -> Campaign:
    campaign = find_campaign(conn, id)
    if campaign is None:
        raise NotFound("there is no such campaign")
    return campaign


def add_campaign(conn: Connection, values: Mapping[str, Any], at: int) -> Campaign:
    """values: name, purpose, channel, sender, template_id, template, audience, track_links, test, hourly, fallback."""
    campaign_id = new_id()
    conn.execute(campaigns.insert(), {**values, "id": campaign_id, "created_at": at, "changed_at": at})
    return get_campaign(conn, campaign_id)


def mark_campaign(conn: Connection, id: str, at: int, from_states: Sequence[str], **changes: Any) -> Campaign:
    """Change it while it is in one of these states; raises Conflict when it is not."""
    statement = update(campaigns).where(campaigns.c.id == id, campaigns.c.state.in_(from_states))
    if conn.execute(statement.values(**changes, changed_at=at)).rowcount == 0:
        raise Conflict(f"the campaign is {get_campaign(conn, id).state}", "campaign_state")
    return get_campaign(conn, id)


def mark_shown(conn: Connection, id: str, at: int, **changes: Any) -> Campaign:
    """public, share_id, shared_until: what others see of it, whatever state it is in. Raises NotFound."""
    conn.execute(update(campaigns).where(campaigns.c.id == id).values(**changes, changed_at=at))
    return get_campaign(conn, id)


def list_public_campaigns(conn: Connection, after: str | None, limit: int) -> list[Campaign]:
    """Newest first, older than `after`; only what is sent."""
    query = _PUBLIC.where(campaigns.c.id < after) if after else _PUBLIC
    return [Campaign(*row) for row in conn.execute(query.order_by(campaigns.c.id.desc()).limit(limit))]


def find_public_campaign(conn: Connection, id: str) -> Campaign | None:
    row = conn.execute(_PUBLIC.where(campaigns.c.id == id)).first()
    return Campaign(*row) if row else None


def forget_campaign(conn: Connection, id: str) -> None:
    """Only a draft: what was sent is part of customers' timelines."""
    campaign = get_campaign(conn, id)
    if campaign.state != "draft":
        raise Conflict(f"the campaign is {campaign.state}; only drafts can be deleted", "no_draft")
    forget_links(conn, id)
    conn.execute(delete(campaigns).where(campaigns.c.id == id))


def list_due_campaigns(conn: Connection, now: int) -> list[Campaign]:
    """Those whose time has come, and those on their way."""
    return [Campaign(*row) for row in conn.execute(_DUE, {"now": now})]


def list_late_campaigns(conn: Connection, since: int) -> list[Campaign]:
    """Those with a fallback that are over since then: a late bounce is still heard."""
    return [Campaign(*row) for row in conn.execute(_LATE, {"since": since})]


def mark_silent_at(conn: Connection, id: str, at: int) -> None:
    """Nobody can have been silent for long enough before."""
    conn.execute(update(campaigns).where(campaigns.c.id == id).values(silent_at=at))


def list_stopped_campaigns(conn: Connection) -> list[Campaign]:
    """Stopped ones that still have messages waiting."""
    return [Campaign(*row) for row in conn.execute(_STOPPED)]


def mark_started(conn: Connection, campaign: Campaign, now: int) -> bool:
    """scheduled -> sending; True for the one process that did it."""
    statement = update(campaigns).where(
        campaigns.c.id == campaign.id, campaigns.c.state == "scheduled", campaigns.c.scheduled_at <= now
    )
    stage = DRAWING if campaign.test else ""
    changes = {"state": "sending", "test_stage": stage, "started_at": now, "changed_at": now}
    return conn.execute(statement.values(changes)).rowcount == 1


def mark_expanded(conn: Connection, campaign: Campaign, after: str | None, now: int, reached: int = 0) -> bool:
    """Move on to `after` (None: nobody is left); False when somebody else has, or it is not sending any more. reached:
    how many of them something will be sent to, which a campaign with a limit waits for; it may stay where it is, "" for
    the beginning, while there is no room for all it has drawn."""
    statement = update(campaigns).where(
        campaigns.c.id == campaign.id, campaigns.c.state == "sending", campaigns.c.test_stage == campaign.test_stage
    )
    if campaign.expanded_after is None:
        statement = statement.where(campaigns.c.expanded_after.is_(None))
    else:
        statement = statement.where(campaigns.c.expanded_after == campaign.expanded_after)
    changes: dict[str, Any] = {"expanded_after": after}
    if after is None:  # those a test was drawn from are gone through once more when it is decided
        changes = {"test_stage": LEAVING, **changes} if campaign.test_stage == DRAWING else {"expanded": True}
    if campaign.hourly:
        stays = after is not None and after == (campaign.expanded_after or "")
        changes["next_at"] = max(now, (campaign.next_at or 0) + stays) + reached * HOUR // campaign.hourly
        statement = statement.where(campaigns.c.next_at.is_not_distinct_from(campaign.next_at))
    return conn.execute(statement.where(~campaigns.c.expanded).values(**changes, changed_at=now)).rowcount == 1


def count_unfinished(conn: Connection, id: str, most: int) -> int:
    """How many messages of it are still to leave; nobody counts further than that."""
    some = select(deliveries.c.id).where(deliveries.c.campaign_id == id, deliveries.c.state.in_(UNFINISHED)).limit(most)
    return conn.scalar(select(func.count()).select_from(some.subquery())) or 0


def is_leaving(conn: Connection, id: str) -> bool:
    """Some of its messages are still to leave."""
    return count_unfinished(conn, id, 1) > 0


def count_left(conn: Connection, id: str, since: int) -> tuple[int, int | None]:
    """(how many messages of it left after that instant, or may have; when the first of these did)."""
    of, d = deliveries.c.campaign_id == id, deliveries.c
    left = select(func.count(), func.min(d.sent_at)).where(of, d.sent_at > since)
    doubtful = d.state == DeliveryState.UNKNOWN, d.sent_at.is_(None), d.changed_at > since
    sent, first = conn.execute(left).one()
    unsure, began = conn.execute(select(func.count(), func.min(d.changed_at)).where(of, *doubtful)).one()
    return sent + unsure, min((at for at in (first, began) if at is not None), default=None)


def put_off(conn: Connection, campaign: Campaign, until: int) -> None:
    """Nothing more is written for before; unless somebody else has gone on meanwhile."""
    same = (campaigns.c.id == campaign.id, campaigns.c.next_at.is_not_distinct_from(campaign.next_at))
    conn.execute(update(campaigns).where(*same, campaigns.c.state == "sending").values(next_at=until))


def mark_finished(conn: Connection, id: str, now: int) -> bool:
    """sending -> sent, once everybody is written for and nothing waits any more."""
    waiting = exists().where(deliveries.c.campaign_id == id, deliveries.c.state.in_(UNFINISHED))
    statement = update(campaigns).where(
        campaigns.c.id == id, campaigns.c.state == "sending", campaigns.c.expanded, ~waiting
    )
    return conn.execute(statement.values(state="sent", finished_at=now, changed_at=now)).rowcount == 1


def cancel_waiting(conn: Connection, campaign_id: str, now: int, limit: int = 2_000) -> int:
    """Cancel some of what a stopped campaign has not sent, nor printed; how many."""
    some = (
        select(deliveries.c.id)
        .where(deliveries.c.campaign_id == campaign_id)
        .where(or_(IS_WAITING, IS_UNPRINTED))
        .limit(limit)
    )
    statement = (
        update(deliveries)
        .where(deliveries.c.id.in_(some), or_(IS_WAITING, IS_UNPRINTED))
        .values(state=DeliveryState.CANCELLED, reason=Why.CAMPAIGN_STOPPED, detail="", changed_at=now)
    )
    return conn.execute(statement).rowcount


def add_links(conn: Connection, campaign_id: str, urls: Sequence[str], at: int) -> None:
    rows = [{"id": new_id(), "campaign_id": campaign_id, "url": url, "created_at": at} for url in urls]
    if rows:
        conn.execute(links.insert(), rows)


def forget_links(conn: Connection, campaign_id: str) -> None:
    conn.execute(delete(links).where(links.c.campaign_id == campaign_id))


def list_links(conn: Connection, campaign_id: str) -> list[Link]:
    """In the order in which they stand in the template."""
    query = select(links.c.id, links.c.campaign_id, links.c.url, links.c.clicks).order_by(links.c.id)
    return [Link(*row) for row in conn.execute(query.where(links.c.campaign_id == campaign_id))]

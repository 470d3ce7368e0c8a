"""The loop that carries campaigns: starts what is due, writes a durable row per recipient, notices the end.

A batch of recipients, their messages, their deliveries and the place to go on from are one transaction. Whoever
comes after a crash goes on from that place; two processes at once write every batch once.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from hub.campaigns.audience import channels_for, choose_routes, resolve_audience, with_advertised
from hub.campaigns.content import Content, Contents
from hub.campaigns.writing import write_recipient
from hub.context import Hub
from hub.errors import HubError
from hub.outbound.verdicts import LeaveRule
from hub.platform import crash
from hub.store.audience import Candidate, list_candidates, list_taken
from hub.store.campaigns import (
    Campaign,
    cancel_waiting,
    get_campaign,
    list_due_campaigns,
    list_stopped_campaigns,
    mark_campaign,
    mark_finished,
    mark_started,
)
from hub.store.customers import Reached
from hub.store.events import append_event
from hub.store.recipients import NewRecipient, add_recipients

BATCH = 500
LOOK_EVERY = 0.25  # seconds between looks while something is under way


Followed = Callable[[Connection, str, Mapping[str, str], int], None]
"""(conn, campaign id, customer id -> id of the campaign's message, now), in the transaction that writes the rows."""


async def run(hub: Hub, contents: Contents, followed: Followed) -> None:
    """Endless; another round when something happened."""
    while True:
        news = hub.live.news
        if await advance(hub, contents, followed):
            await asyncio.sleep(0)
        else:
            await hub.live.wait(news)
            await asyncio.sleep(LOOK_EVERY)


async def advance(hub: Hub, contents: Contents, followed: Followed) -> bool:
    """One step of every campaign that has one; whether there is more to do at once."""
    busy = False
    now = hub.clock.now()
    for campaign in await hub.store.read(list_due_campaigns, now):
        if campaign.state == "scheduled":
            busy |= await hub.store.write(_start, campaign, now)
        elif not campaign.expanded:
            busy |= await _expand(hub, contents, followed, campaign)
        elif await hub.store.write(_finish, campaign, now):
            hub.live.wake()
    for campaign in await hub.store.read(list_stopped_campaigns):
        busy |= await hub.store.write(cancel_waiting, campaign.id, now) > 0
    return busy


async def _expand(hub: Hub, contents: Contents, followed: Followed, campaign: Campaign) -> bool:
    """The next batch; a campaign that cannot be expanded is paused, for people to see."""
    try:
        content = await contents.get(campaign)
        candidates = await hub.store.read(_candidates, hub.leave_rule, campaign, hub.clock.now())
    except HubError as broken:
        await hub.store.write(_give_up, campaign, str(broken), hub.clock.now())
        return False
    taken = await hub.store.read(list_taken, campaign.id, _claimed(candidates))
    rows = _rows(hub, contents, content, campaign, candidates, taken)
    after = candidates[-1].customer.id if len(candidates) == BATCH else None
    crash.point("campaign.expanding")
    written = await hub.store.write(_write, followed, campaign, after, rows, hub.clock.now())
    crash.point("campaign.expanded")
    hub.live.wake()
    return written


def _write(
    conn: Connection, followed: Followed, campaign: Campaign, after: str | None, rows: Sequence[NewRecipient], now: int
) -> bool:
    """The rows, and what follows from them (sequences that wait for this campaign's silence), together."""
    if not add_recipients(conn, campaign, after, rows, now):
        return False
    followed(conn, campaign.id, {row.customer_id: row.message_id for row in rows if row.message_id}, now)
    return True


def _candidates(conn: Connection, rule: LeaveRule, campaign: Campaign, now: int) -> Sequence[Candidate]:
    audience = resolve_audience(conn, campaign.audience)
    page = list_candidates(conn, audience, campaign.purpose, campaign.expanded_after, now, BATCH)
    return with_advertised(conn, rule, page, now)


def _claimed(candidates: Sequence[Candidate]) -> list[Reached]:
    """Addresses without proof: only those may belong to two customers."""
    return [each for candidate in candidates for each in candidate.reached if not each.verified]


def _rows(
    hub: Hub,
    contents: Contents,
    content: Content,
    campaign: Campaign,
    candidates: Sequence[Candidate],
    taken: set[tuple[str, str]],
) -> list[NewRecipient]:
    channels = channels_for(hub.channels, campaign.channel)
    now = hub.clock.now()
    return [
        write_recipient(contents.words, hub.leave_rule, content, campaign, candidate, route, now)
        for candidate, route in choose_routes(candidates, channels, content.template, taken)
    ]


def _start(conn: Connection, campaign: Campaign, now: int) -> bool:
    started = mark_started(conn, campaign.id, now)
    if started:
        append_campaign_event(conn, campaign, "started", now)
    return started


def _finish(conn: Connection, campaign: Campaign, now: int) -> bool:
    finished = mark_finished(conn, campaign.id, now)
    if finished:
        append_campaign_event(conn, campaign, "sent", now)
    return finished


def _give_up(conn: Connection, campaign: Campaign, reason: str, now: int) -> None:
    if get_campaign(conn, campaign.id).state == "sending":
        mark_campaign(conn, campaign.id, now, ["sending"], state="paused")
        append_campaign_event(conn, campaign, "paused", now, reason=reason)


def append_campaign_event(conn: Connection, campaign: Campaign, what: str, at: int, **data: object) -> None:
    """campaign.scheduled, .started, .paused, .resumed, .stopped, .sent in the event table."""
    append_event(conn, f"campaign.{what}", at=at, data={"campaign": campaign.id, "name": campaign.name, **data})

"""The loop that carries campaigns: starts what is due, writes a durable row per recipient, notices the end.

A batch of recipients, their messages, their deliveries and the place to go on from are one transaction. Whoever
comes after a crash goes on from that place; two processes at once write every batch once.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from sqlalchemy import Connection

from hub.campaigns.approved import ask_for_approved
from hub.campaigns.audience import Route, choose_routes, resolve_audience, with_bought, with_recent
from hub.campaigns.chain import LATE, link_of, ways_behind, ways_of
from hub.campaigns.content import Content, Contents
from hub.campaigns.deciding import go_on, has_next
from hub.campaigns.falling import fall_back, is_patient
from hub.campaigns.opens import with_opens
from hub.campaigns.variants import draw, letters_of
from hub.campaigns.warming import count_fitting, find_rooms, next_day
from hub.campaigns.writing import write_recipient
from hub.clock import HOUR
from hub.context import Hub
from hub.errors import HubError
from hub.ids import new_ids
from hub.platform import crash
from hub.store.audience import list_candidates, list_taken
from hub.store.campaigns import (
    DRAWING,
    LEAVING,
    TRYING,
    Campaign,
    cancel_waiting,
    count_left,
    count_unfinished,
    get_campaign,
    list_due_campaigns,
    list_late_campaigns,
    list_stopped_campaigns,
    mark_campaign,
    mark_finished,
    mark_started,
    put_off,
)
from hub.store.candidates import Candidate
from hub.store.customers import Reached
from hub.store.events import append_event
from hub.store.recipients import NewRecipient, add_recipients
from hub.store.variants import list_drawn

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
        elif await _fall_back(hub, contents, campaign):
            busy = True
        elif campaign.test_stage in (LEAVING, TRYING):
            busy |= await _go_on(hub, campaign)
        elif not campaign.expanded:
            busy |= await _expand(hub, contents, followed, campaign)
        elif not await is_patient(hub, campaign, _room_behind) and await hub.store.write(_finish, campaign, now):
            hub.live.wake()
    for campaign in await hub.store.read(list_late_campaigns, now - LATE):
        busy |= await _fall_back(hub, contents, campaign)
    for campaign in await hub.store.read(list_stopped_campaigns):
        busy |= await hub.store.write(cancel_waiting, campaign.id, now) > 0
    return busy


async def _fall_back(hub: Hub, contents: Contents, campaign: Campaign) -> bool:
    """By the next channel, within the same limit; a campaign whose words are gone is paused."""
    if not campaign.fallback:
        return False
    room = await _room_behind(hub, campaign)
    try:
        return room > 0 and await fall_back(hub, contents, campaign, room)
    except HubError as broken:
        await hub.store.write(_give_up, campaign, str(broken), hub.clock.now())
        return False


async def _room_behind(hub: Hub, campaign: Campaign) -> int:
    """For how many its next channels have a place now."""
    room, _ = await hub.store.read(_find_room, campaign, hub.clock.now())
    behind = [way.name for way in ways_behind(hub.channels, campaign, 1)]
    rooms = await hub.store.read(find_rooms, behind, hub.clock.now(), hub.zone)
    return min([room, *rooms.values()])


async def _go_on(hub: Hub, campaign: Campaign) -> bool:
    """What is tried waits until all have had theirs, and then for its time; the winner goes to all others."""
    if not await hub.store.read(has_next, campaign, hub.clock.now()):
        return False
    gone = await hub.store.write(go_on, campaign.id, hub.clock.now())
    hub.live.wake()
    return gone


async def _expand(hub: Hub, contents: Contents, followed: Followed, campaign: Campaign) -> bool:
    """The next batch; a campaign that cannot be expanded is paused, for people to see."""
    if hub.clock.now() < (campaign.next_at or 0):
        return False
    room, again = await hub.store.read(_find_room, campaign, hub.clock.now())
    if again is not None:
        await hub.store.write(put_off, campaign, again)
    rooms = await hub.store.read(find_rooms, _names(hub, campaign), hub.clock.now(), hub.zone) if room else {}
    if not room or await _waits_for_tomorrow(hub, campaign, rooms):
        return False
    most = BATCH if campaign.test_stage == DRAWING else room
    try:
        said = {letter: await contents.get(campaign, letter) for letter in _letters(campaign)}
        await ask_for_approved(ways_of(hub.channels, campaign))
        candidates = await hub.store.read(_candidates, hub, campaign, said.values(), hub.clock.now(), most)
    except HubError as broken:
        await hub.store.write(_give_up, campaign, str(broken), hub.clock.now())
        return False
    taken = await hub.store.read(list_taken, campaign.id, _claimed(candidates))
    drawn = await hub.store.read(_drawn, campaign, candidates)
    rows = _rows(hub, contents, said, campaign, candidates, drawn, taken, room + 1)
    after = candidates[-1].customer.id if len(candidates) == most else None
    if len(rows) > room:  # the others of this page are drawn again, and the same, when there is room
        rows, after = rows[:room], campaign.expanded_after or ""
    if (fitting := count_fitting(rows, rooms)) < len(rows):
        after = _before(rows[fitting].customer_id, candidates, campaign)
        rows = rows[:fitting]
    if not rows and after == (campaign.expanded_after or ""):
        await hub.store.write(put_off, campaign, next_day(campaign, hub.clock.now(), hub.zone))
        return False
    crash.point("campaign.expanding")
    written = await hub.store.write(_write, hub, followed, campaign, after, rows)
    crash.point("campaign.expanded")
    hub.live.wake()
    return written


def _names(hub: Hub, campaign: Campaign) -> Sequence[str]:
    return [way.name for way in ways_of(hub.channels, campaign)]


async def _waits_for_tomorrow(hub: Hub, campaign: Campaign, rooms: Mapping[str, int]) -> bool:
    """All its channels have had today what they may while they get known."""
    if not rooms or any(rooms.get(name) != 0 for name in _names(hub, campaign)):
        return False
    await hub.store.write(put_off, campaign, next_day(campaign, hub.clock.now(), hub.zone))
    return True


def _before(customer_id: str, candidates: Sequence[Candidate], campaign: Campaign) -> str:
    """Where to go on so that this one is the next. While a test is drawn, all are gone through again."""
    place = next(n for n, one in enumerate(candidates) if one.customer.id == customer_id)
    stays = campaign.test_stage == DRAWING or not place
    return campaign.expanded_after or "" if stays else candidates[place - 1].customer.id


def _write(
    conn: Connection, hub: Hub, followed: Followed, campaign: Campaign, after: str | None, rows: Sequence[NewRecipient]
) -> bool:
    """The rows, and what follows from them (sequences that wait for this campaign's silence), together. Another process
    may have taken the places of today meanwhile: then they are looked at again."""
    now = hub.clock.now()
    rooms = find_rooms(conn, _names(hub, campaign), now, hub.zone, lock=True)
    if count_fitting(rows, rooms) < len(rows) or not add_recipients(conn, campaign, after, rows, now):
        return False
    followed(conn, campaign.id, {row.customer_id: row.message_id for row in rows if row.message_id}, now)
    return True


def _find_room(conn: Connection, campaign: Campaign, now: int) -> tuple[int, int | None]:
    """(for how many may be written now, when to look again where that is known). Of a campaign with a limit what leaves
    in a minute; what waits (for quiet hours, say) counts, and what left within the hour: whenever it leaves then, no
    hour sees more."""
    if not campaign.hourly:
        return BATCH, None
    if now < (campaign.next_at or 0):
        return 0, None
    room = campaign.hourly - count_unfinished(conn, campaign.id, campaign.hourly)
    if room <= 0:
        return 0, None
    left, first = count_left(conn, campaign.id, now - HOUR)
    if left >= room and first is not None:
        return 0, first + HOUR
    return min(BATCH, room - left, -(-campaign.hourly // 60)), None


def _candidates(
    conn: Connection, hub: Hub, campaign: Campaign, said: Collection[Content], now: int, most: int
) -> Sequence[Candidate]:
    audience = resolve_audience(conn, campaign.audience)
    page = list_candidates(conn, audience, campaign.purpose, campaign.expanded_after, now, most)
    recent = with_recent(conn, hub.leave_rule, ways_of(hub.channels, campaign), page, now)
    return with_opens(conn, campaign, with_bought(conn, [one.template for one in said], recent, now))


def _letters(campaign: Campaign) -> Sequence[str]:
    """Of the variants said just now."""
    return letters_of(campaign) if campaign.test_stage == DRAWING else [campaign.winner]


def _drawn(conn: Connection, campaign: Campaign, candidates: Sequence[Candidate]) -> set[str]:
    """Those who had theirs in the test; whoever joined since is not among them and gets the winner."""
    tried = campaign.winner or campaign.test_stage == DRAWING
    return list_drawn(conn, campaign.id, [one.customer.id for one in candidates]) if tried else set()


def _claimed(candidates: Sequence[Candidate]) -> list[Reached]:
    """Addresses without proof: only those may belong to two customers."""
    return [each for candidate in candidates for each in candidate.reached if not each.verified]


def _rows(
    hub: Hub,
    contents: Contents,
    said: Mapping[str, Content],
    campaign: Campaign,
    candidates: Sequence[Candidate],
    drawn: set[str],
    taken: dict[tuple[str, str], str],
    most: int,
) -> list[NewRecipient]:
    channels = ways_of(hub.channels, campaign)
    now, first = hub.clock.now(), next(iter(said.values()))
    open = [one for one in candidates if one.customer.id not in drawn]
    routes = list(choose_routes(open, channels, first.template, taken, now, in_order=bool(campaign.fallback)))
    letters = dict.fromkeys((one.customer.id for one, _ in routes), campaign.winner)
    if campaign.test_stage == DRAWING:
        able = {one.customer.id for one, route in routes if isinstance(route, Route)} | drawn
        found = draw(campaign, [one for one in candidates if one.customer.id in able])
        letters = dict(islice(((id, letter) for id, letter in found.items() if id not in drawn), most))
    ids = iter(new_ids(2 * len(routes)))
    rows = [
        _lettered(
            write_recipient(contents.words, hub.leave_rule, said[letters[id]], campaign, candidate, route, now, ids),
            letters[id],
            tested=campaign.test_stage == DRAWING,
        )
        for candidate, route in routes
        if (id := candidate.customer.id) in letters
    ]
    if not campaign.fallback:
        return rows
    return [
        replace(row, link=link_of(hub.channels, campaign, row.delivery.channel)) if row.delivery else row
        for row in rows
    ]


def _lettered(row: NewRecipient, variant: str, *, tested: bool) -> NewRecipient:
    """With the variant it was drawn for; nothing changes where nothing is tried."""
    if not variant or row.excluded:
        return row
    return replace(row, variant=variant, tested=tested, parts={**(row.parts or {}), "variant": variant})


def _start(conn: Connection, campaign: Campaign, now: int) -> bool:
    started = mark_started(conn, campaign, now)
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

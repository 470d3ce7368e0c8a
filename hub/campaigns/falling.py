"""Goes on by the next channel with whoever a campaign did not reach: once for each link, whatever is killed meanwhile.

A link is followed by the next when it has failed (bounced, not delivered, blocked, not approved, given up), and where
the campaign waits for a reaction, when none came in time. What is `unknown` is followed by nothing until somebody
knows: it may have arrived. Everything that decides whether a message may leave is asked anew for each link, by the one
rule. A failure that is told after LATE, or after the next link was taken, is written down and changes nothing else;
what waits when an earlier link proves to have arrived is taken back.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from hub.campaigns.approved import ask_for_approved
from hub.campaigns.audience import Route, choose_route, with_bought, with_recent
from hub.campaigns.chain import LATE, link_of, links_of, patience_of, ways_behind, ways_of
from hub.campaigns.content import Content, Contents
from hub.campaigns.opens import with_opens
from hub.campaigns.writing import write_recipient
from hub.clock import MINUTE
from hub.context import Hub
from hub.platform import crash
from hub.reasons import Why
from hub.store.audience import list_taken
from hub.store.campaigns import Campaign, is_leaving, mark_silent_at
from hub.store.candidates import Candidate, load_candidates
from hub.store.deliveries import mark_cancelled
from hub.store.falls import (
    Fallen,
    end_chain,
    find_first_silent,
    go_on,
    list_cancelled,
    list_failed,
    list_needless,
    list_silent,
)
from hub.store.recipients import NewRecipient, add_messages

Taken = dict[tuple[str, str], str]


async def fall_back(hub: Hub, contents: Contents, campaign: Campaign, most: int) -> bool:
    """One step of its chain, for so many customers; whether there may be more to do at once."""
    if not links_of(campaign):
        return False
    now = hub.clock.now()
    if await hub.store.read(_has_needless, campaign) and await hub.store.write(_take_back, campaign, most, now):
        return True
    fallen = await hub.store.read(_list_fallen, campaign, most, now)
    if not fallen:
        return False
    letters = {one.variant for one in fallen}
    said = {letter: await contents.get(campaign, letter) for letter in letters}
    await ask_for_approved(ways_of(hub.channels, campaign))
    candidates, taken = await hub.store.read(_load, hub, campaign, said.values(), fallen, now)
    rows = [(one, _next(hub, contents, said, campaign, one, candidates.get(one.customer_id), taken)) for one in fallen]
    crash.point("campaign.falling")
    moved = await hub.store.write(_write, campaign, rows, now)
    crash.point("campaign.fallen")
    hub.live.wake()
    return moved


async def is_patient(hub: Hub, campaign: Campaign, room: Callable[[Hub, Campaign], Awaitable[int]]) -> bool:
    """Is a reaction still waited for, or a place for whoever was not reached? Then it is not over."""
    links, since = len(links_of(campaign)), hub.clock.now() - LATE
    failed = await hub.store.read(list_failed, campaign.id, links, since, 1) if links else []
    if failed and await room(hub, campaign) <= 0:
        return True
    if not patience_of(campaign):
        return False
    now = hub.clock.now()
    return now < (campaign.silent_at or 0) or await hub.store.write(_waits, campaign, now)


def _waits(conn: Connection, campaign: Campaign, now: int) -> bool:
    patience = patience_of(campaign)
    first = find_first_silent(conn, campaign.id, len(links_of(campaign)))
    if first is None and not is_leaving(conn, campaign.id):
        return False
    mark_silent_at(conn, campaign.id, max(now + MINUTE, first + patience if first is not None else 0))
    return True


def _list_fallen(conn: Connection, campaign: Campaign, most: int, now: int) -> list[Fallen]:
    links = len(links_of(campaign))
    failed = list_failed(conn, campaign.id, links, now - LATE, most)
    patience = patience_of(campaign)
    if failed or not patience or campaign.state != "sending" or now < (campaign.silent_at or 0):
        return failed
    return list_silent(conn, campaign.id, links, now - patience, most)


def _load(
    conn: Connection, hub: Hub, campaign: Campaign, said: Collection[Content], fallen: Sequence[Fallen], now: int
) -> tuple[Mapping[str, Candidate], Taken]:
    found = load_candidates(conn, [one.customer_id for one in fallen], campaign.purpose)
    claimed = [each for candidate in found for each in candidate.reached if not each.verified]
    recent = with_recent(conn, hub.leave_rule, ways_of(hub.channels, campaign), found, now)
    known = with_opens(conn, campaign, with_bought(conn, [one.template for one in said], recent, now))
    return {one.customer.id: one for one in known}, list_taken(conn, campaign.id, claimed)


def _next(
    hub: Hub,
    contents: Contents,
    said: Mapping[str, Content],
    campaign: Campaign,
    one: Fallen,
    candidate: Candidate | None,
    taken: Taken,
) -> NewRecipient | None:
    """On the first of the channels that are left on which it may leave; None when there is none."""
    content = said[one.variant]
    for way in ways_behind(hub.channels, campaign, one.link) if candidate else ():
        assert candidate is not None
        route = choose_route(candidate, [way], content.template, hub.clock.now())
        if not isinstance(route, Route):
            continue
        address = (route.reached.kind, route.reached.handle)
        if taken.get(address, one.customer_id) != one.customer_id:
            continue
        row = write_recipient(contents.words, hub.leave_rule, content, campaign, candidate, route, hub.clock.now())
        if row.delivery is not None:
            taken[address] = one.customer_id
            named = {"variant": one.variant} if one.variant else {}
            cancelled = replace(row.delivery, cancel_on_inbound=True)  # whoever answers meanwhile has been reached
            link = link_of(hub.channels, campaign, way.name)
            return replace(row, delivery=cancelled, link=link, parts={**(row.parts or {}), **named})
    return None


def _write(conn: Connection, campaign: Campaign, rows: Sequence[tuple[Fallen, NewRecipient | None]], now: int) -> bool:
    links = len(links_of(campaign))
    moved = [row for one, row in rows if row is not None and go_on(conn, campaign, one, row)]
    ended = [end_chain(conn, campaign, one, links) for one, row in rows if row is None]
    if moved:
        add_messages(conn, campaign, moved, now)
    return bool(moved) or any(ended)


def _has_needless(conn: Connection, campaign: Campaign) -> bool:
    links, patient = len(links_of(campaign)), patience_of(campaign) > 0
    return bool(
        list_needless(conn, campaign.id, links, 1, patient=patient) or list_cancelled(conn, campaign.id, links, 1)
    )


def _take_back(conn: Connection, campaign: Campaign, most: int, now: int) -> bool:
    """What need not leave any more does not; whether there was any."""
    links = len(links_of(campaign))
    needless = list_needless(conn, campaign.id, links, most, patient=patience_of(campaign) > 0)
    if needless:  # what is being handed over this instant still leaves
        mark_cancelled(conn, needless, Why.REACHED_BEFORE, now)
    cancelled = list_cancelled(conn, campaign.id, links, most)
    return sum(end_chain(conn, campaign, one, links) for one in cancelled) > 0

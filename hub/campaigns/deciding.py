"""Which variant did best, how sure that is, and when the others get it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.campaigns.proportions import difference, interval
from hub.campaigns.variants import Measure, SplitTest, letters_of, read_test
from hub.clock import HOUR
from hub.errors import Conflict, InvalidInput
from hub.store.campaigns import DECIDED, LEAVING, TRYING, Campaign, get_campaign, is_leaving
from hub.store.events import append_event
from hub.store.variants import Tally, count_variants, mark_trying, mark_winner

NO_TALLY = Tally()


@dataclass(frozen=True, slots=True)
class Showing:
    """How one variant does. rate: of those it reached; low, high: between them lies the true rate, 19 times of 20."""

    letter: str
    tally: Tally
    did: int
    low: float
    high: float

    @property
    def rate(self) -> float:
        return self.did / self.tally.reached if self.tally.reached else 0.0


@dataclass(frozen=True, slots=True)
class Standings:
    """best: the letter that leads, "" while nobody did anything; low, high: by how much it leads the next best. due_at:
    when it is decided, None before the last has left."""

    test: SplitTest
    showings: Sequence[Showing]
    best: str
    low: float
    high: float
    due_at: int | None

    @property
    def is_clear(self) -> bool:
        """Would chance alone hardly come to it?"""
        return bool(self.best) and self.low > 0

    @property
    def is_empty(self) -> bool:
        """Too few for anybody to have been drawn, or reached."""
        return not any(showing.tally.reached for showing in self.showings)


def find_standings(conn: Connection, campaign: Campaign) -> Standings | None:
    """None where nothing is tried, or it has not begun."""
    test = read_test(campaign)
    if test is None or not campaign.test_stage:
        return None
    tallies = count_variants(conn, campaign.id)
    showings = [_showing(letter, tallies.get(letter, NO_TALLY), test.measure) for letter in letters_of(campaign)]
    first, second, *_ = sorted(showings, key=lambda one: -one.rate)  # of equals the first letter stays in front
    low, high = difference((first.did, first.tally.reached), (second.did, second.tally.reached))
    due_at = campaign.tested_at + test.hours * HOUR if campaign.tested_at is not None else None
    return Standings(test, showings, first.letter if first.did else "", low, high, due_at)


def _showing(letter: str, tally: Tally, measure: Measure) -> Showing:
    counts: Mapping[Measure, int] = {"clicks": tally.clicked, "replies": tally.replied}
    did = min(counts[measure], tally.reached)
    return Showing(letter, tally, did, *interval(did, tally.reached))


def has_next(conn: Connection, campaign: Campaign, now: int) -> bool:
    """Is there something to decide, or to begin counting?"""
    test = read_test(campaign)
    if campaign.test_stage == LEAVING:
        return not is_leaving(conn, campaign.id)
    due = test is not None and now >= (campaign.tested_at or now) + test.hours * HOUR
    return due and test is not None and test.automatic


def go_on(conn: Connection, id: str, now: int) -> bool:
    """The next stage of what is tried, where it is time for one."""
    campaign = get_campaign(conn, id)
    if campaign.state != "sending" or campaign.test_stage not in (LEAVING, TRYING) or not has_next(conn, campaign, now):
        return False
    if campaign.test_stage == LEAVING:
        return mark_trying(conn, id, now)
    standings = find_standings(conn, campaign)
    return standings is not None and _decide(conn, campaign, standings.best or "a", now)


def choose(conn: Connection, id: str, variant: str, now: int) -> Campaign:
    """Somebody says which one all others get. Raises Conflict unless one is tried, InvalidInput for another letter."""
    campaign = get_campaign(conn, id)
    if variant not in tuple(letters_of(campaign)):
        raise InvalidInput("there is no such variant", "variant", "no_variant")
    if not _decide(conn, campaign, variant, now):
        word = "decided" if campaign.test_stage == DECIDED else campaign.state
        raise Conflict(f"no variant can be chosen: the campaign is {word}", "no_choice")
    return get_campaign(conn, id)


def _decide(conn: Connection, campaign: Campaign, variant: str, now: int) -> bool:
    decided = mark_winner(conn, campaign.id, variant, now)
    if decided:
        data = {"campaign": campaign.id, "name": campaign.name, "variant": variant}
        append_event(conn, "campaign.decided", at=now, data=data)
    return decided

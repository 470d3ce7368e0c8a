"""Reports: how long customers wait for a first answer, in opening time, by team, colleague, channel, weekday and hour.

Medians and 90th percentiles, never averages: one answer after a holiday would say more than ninety quick ones.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.clock import MINUTE
from hub.goals import Goals
from hub.hours import worked_between
from hub.model import ConversationState
from hub.store.reports import Part
from hub.store.surveys import CSAT, SCALES, Survey


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation that a customer began. waited: milliseconds of opening time until the first answer, or None; by:
    who gave it; channel: the type the customer asked on; is_over: waited, or still waits, longer than the goal."""

    id: str
    name: str
    team_id: str | None
    asked: int
    channel: str
    answered: int | None
    waited: int | None
    by: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """median and ninth: of ten waits five and nine are at most that long (milliseconds); None: none was answered."""

    cases: int
    answered: int
    over: int
    median: int | None
    ninth: int | None


def cases_of(parts: Iterable[Part], goals: Goals, now: int) -> list[Case]:
    """The latest first; conversations that we began are none."""
    said: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        said[part.conversation_id].append(part)
    cases = (_case(each, goals, now) for each in said.values())
    return sorted((case for case in cases if case), key=lambda case: (case.asked, case.id), reverse=True)


def _case(parts: Sequence[Part], goals: Goals, now: int) -> Case | None:
    asked = min((part for part in parts if part.direction == "in"), key=_when, default=None)
    answered = min((part for part in parts if part.direction == "out" and part.author_id), key=_when, default=None)
    if asked is None or (answered and answered.first_at < asked.first_at):
        return None
    team, start = asked.team_id, asked.first_at
    waited = worked_between(goals.hours(team), start, answered.first_at) if answered else None
    still = waited is None and asked.state != ConversationState.CLOSED
    so_far = worked_between(goals.hours(team), start, now) if still else waited or 0
    return Case(
        *(asked.conversation_id, asked.name, team, start, asked.channel_type),
        answered=answered.first_at if answered else None,
        waited=waited,
        by=(answered.author_id or "") if answered else "",
        is_over=so_far > goals.of(team).minutes * MINUTE,
    )


def _when(part: Part) -> int:
    return part.first_at


def spread_of(cases: Sequence[Case]) -> Spread:
    waits = sorted(case.waited for case in cases if case.waited is not None)
    over = sum(case.is_over for case in cases)
    return Spread(len(cases), len(waits), over, nearest_rank(waits, 50), nearest_rank(waits, 90))


def nearest_rank(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest value that so many per cent of all do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None


def spreads_by(cases: Iterable[Case], key: Callable[[Case], str]) -> Mapping[str, Spread]:
    """Those with most cases first."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[key(case)].append(case)
    return {name: spread_of(groups[name]) for name in sorted(groups, key=lambda name: (-len(groups[name]), name))}


def hour_of(case: Case, zone: ZoneInfo) -> tuple[int, int]:
    """Weekday, Monday 0, and hour of the day at which the customer asked."""
    moment = local(case.asked, zone)
    return moment.weekday(), moment.hour


@dataclass(frozen=True, slots=True)
class Pleased:
    """What customers said who were asked. figure: of csat the percentage that chose 4 or 5, of nps those who would
    recommend less those who would not (-100 to 100); None: nobody answered. counts: how often each score."""

    kind: str
    asked: int
    answered: int
    figure: int | None
    counts: Mapping[int, int]


def pleased_of(surveys: Sequence[Survey], kind: str) -> Pleased:
    mine = [one for one in surveys if one.kind == kind]
    scores = [one.score for one in mine if one.score is not None]
    high, low = (4, -1) if kind == CSAT else (9, 6)
    good, bad = sum(score >= high for score in scores), sum(score <= low for score in scores)
    figure = round(100 * (good - bad) / len(scores)) if scores else None
    return Pleased(kind, len(mine), len(scores), figure, {score: scores.count(score) for score in SCALES[kind]})


def pleased_by(surveys: Sequence[Survey], key: Callable[[Survey], str]) -> Mapping[tuple[str, str], Pleased]:
    """By (group, kind), of those that were asked."""
    groups = sorted({(key(one), one.kind) for one in surveys})
    return {(name, kind): pleased_of([one for one in surveys if key(one) == name], kind) for name, kind in groups}


def local(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone)

"""Opening time: what counts of a wait, over nights, weekends, closed days and the change of clocks."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hub.clock import DAY, HOUR, MINUTE, instant_of
from hub.hours import FARTHEST, WHOLE_DAY, Hours, Now, look, since_when, worked_between

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours(BERLIN, ((540, 1_080),) * 5 + (None, None), frozenset({"2026-12-25"}))
NIGHT = Hours(BERLIN, ((1_320, 1_800),) * 7)  # from ten to six
ALWAYS = Hours(BERLIN)


def at(text: str) -> int:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=BERLIN))


@pytest.mark.parametrize(
    ("hours", "start", "end", "worked"),
    [
        (ALWAYS, "2026-11-21T12:00", "2026-11-22T12:00", DAY),
        (OFFICE, "2026-11-23T10:00", "2026-11-23T11:30", 90 * MINUTE),
        (OFFICE, "2026-11-20T17:30", "2026-11-23T09:30", HOUR),  # from Friday to Monday
        (OFFICE, "2026-11-21T03:00", "2026-11-22T23:00", 0),  # a weekend
        (OFFICE, "2026-12-24T17:00", "2026-12-28T10:00", 2 * HOUR),  # Christmas Day is a Friday, and closed
        (NIGHT, "2026-11-23T23:00", "2026-11-24T01:00", 2 * HOUR),  # a shift that has begun counts
        (NIGHT, "2026-10-24T22:00", "2026-10-25T06:00", 9 * HOUR),  # the clocks go back
        (NIGHT, "2026-03-28T22:00", "2026-03-29T06:00", 7 * HOUR),  # and forward
        (OFFICE, "2026-11-23T11:00", "2026-11-23T10:00", 0),
    ],
)
def test_only_opening_time_counts(hours, start, end, worked):
    assert worked_between(hours, at(start), at(end)) == worked


@pytest.mark.parametrize("hours", [ALWAYS, OFFICE, NIGHT])
@pytest.mark.parametrize("now", ["2026-11-23T09:00", "2026-11-23T12:34", "2026-11-22T02:00", "2026-12-26T20:00"])
@pytest.mark.parametrize("goal", [MINUTE, 4 * HOUR, 30 * HOUR])
def test_who_wrote_at_that_moment_has_waited_just_as_long_and_later_ones_less(hours, now, goal):
    since = since_when(hours, goal, at(now))

    assert worked_between(hours, since, at(now)) == goal
    assert worked_between(hours, since + 1, at(now)) < goal


def test_who_has_waited_for_years_is_late_by_any_goal():
    sundays = Hours(BERLIN, (None,) * 6 + ((0, 1),))
    assert since_when(sundays, 720 * HOUR, at("2026-11-23T09:00")) == at("2026-11-23T09:00") - FARTHEST * DAY


@pytest.mark.parametrize(
    ("hours", "now", "met"),
    [
        (ALWAYS, "2026-11-23T03:00", Now(True, None)),
        (OFFICE, "2026-11-23T10:00", Now(True, at("2026-11-23T18:00"))),
        (OFFICE, "2026-11-20T18:00", Now(False, at("2026-11-23T09:00"))),
        (OFFICE, "2026-12-24T20:00", Now(False, at("2026-12-28T09:00"))),
        (NIGHT, "2026-11-24T01:00", Now(True, at("2026-11-24T06:00"))),
        (Hours(BERLIN, (), frozenset({"2026-12-25"})), "2026-12-24T20:00", Now(True, at("2026-12-25T00:00"))),
        (Hours(BERLIN, (), frozenset({"2026-12-25"})), "2026-12-26T20:00", Now(True, None)),
        (Hours(BERLIN, ((0, WHOLE_DAY),) * 7), "2026-12-26T20:00", Now(True, None)),
    ],
)
def test_who_asks_now_meets_an_open_or_a_closed_door(hours, now, met):
    assert look(hours, at(now)) == met

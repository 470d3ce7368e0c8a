"""hub.habits: what orders and messages say of a customer."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hub.clock import DAY, HOUR, MINUTE, instant_of
from hub.habits import Silence, Way, by_month, frequency_of, recency_of, silence_of, ways_of
from hub.store.habits import Said
from hub.store.value import Figures

NOW = 1_795_000_000_000


@pytest.mark.parametrize(
    ("days", "orders", "scores"),
    [(0, 1, (5, 1)), (30, 2, (5, 2)), (31, 3, (4, 3)), (180, 9, (3, 4)), (365, 10, (2, 5)), (366, 99, (1, 5))],
)
def test_scores_follow_how_lately_and_how_often_somebody_bought(days, orders, scores):
    figures = Figures("regular", orders, 1, NOW - days * DAY, (("EUR", 1),))

    assert (recency_of(figures, NOW), frequency_of(figures)) == scores


@pytest.mark.parametrize(
    ("ago", "silence"),
    [
        ([], None),
        ([90, 80], None),  # twice is no habit
        ([90, 75, 60], Silence(15 * DAY, 60 * DAY)),
        ([160, 100, 40], None),  # not yet twice as long as usual
        ([30, 29, 28], None),  # not yet a month
        ([200, 140, 80, 5], None),
    ],
)
def test_who_stops_is_missed_by_their_own_measure(ago, silence):
    assert silence_of([NOW - days * DAY for days in ago], NOW) == silence


def test_an_answer_is_what_follows_upon_something_of_ours_on_whichever_channel():
    said = [
        Said("in", "email", 0),
        Said("out", "email", HOUR),
        Said("out", "email", 2 * HOUR),
        Said("in", "sms", 2 * HOUR + 5 * MINUTE),
        Said("in", "sms", 3 * HOUR),
        Said("out", "sms", 4 * HOUR),
        Said("in", "sms", 4 * HOUR + 3 * MINUTE),
    ]

    assert ways_of(said) == [Way("sms", 3, 2, 3 * MINUTE), Way("email", 1, 0, None)]


def test_months_are_those_of_the_readers_calendar():
    today = datetime(2026, 3, 15, tzinfo=ZoneInfo("Europe/Berlin"))
    eve = instant_of(datetime(2025, 12, 31, 23, 30, tzinfo=ZoneInfo("UTC")))

    months = by_month([(eve, 100), (instant_of(today), 5), (instant_of(today) - 400 * DAY, 7)], today)
    assert months[0] == ("2025-04-01", 0)
    assert dict(months)["2026-01-01"] == 100
    assert months[-1] == ("2026-03-01", 5)
    assert sum(total for _, total in months) == 105

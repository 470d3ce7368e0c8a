"""What a customer is worth, as their page shows it: figures, scores, the last twelve months, channels, surveys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hub.clock import DAY, instant_of
from hub.habits import MONTHS, Silence, Way, by_month, frequency_of, recency_of, silence_of, ways_of
from hub.store.habits import list_bought, list_heard, list_said
from hub.store.surveys import Survey, SurveyFilter, list_surveys
from hub.store.value import FIFTHS, Figures, find_fifth, find_figures
from hub.store.visibility import Visibility

ANSWERS = 5  # to surveys, the latest
LONGEST_MONTH = 31 * DAY


@dataclass(frozen=True, slots=True)
class Worth:
    """scores: recency, frequency and money, 1 to 5; months: (first day, what was ordered in the first currency)."""

    figures: Figures | None
    scores: tuple[int, int, int] | None
    months: Sequence[tuple[str, int]]
    ways: Sequence[Way]
    silence: Silence | None
    surveys: Sequence[Survey]

    @property
    def is_empty(self) -> bool:
        return not (self.figures or self.ways or self.surveys)


def load_worth(conn: Connection, id: str, who: Visibility, at: datetime) -> Worth:
    """at: now, as the reader's calendar has it."""
    now = instant_of(at)
    figures = find_figures(conn, id, now)
    scores, months = None, list[tuple[str, int]]()
    if figures:
        currency, most = figures.worth[0]
        money = FIFTHS + 1 - find_fifth(conn, currency, most)
        scores = (recency_of(figures, now), frequency_of(figures), money)
        months = by_month(list_bought(conn, id, currency, now - MONTHS * LONGEST_MONTH), at)
    asked = SurveyFilter(answered=True, customer_id=id, visibility=who)
    return Worth(
        figures,
        scores,
        months,
        ways_of(list_said(conn, id, who)),
        silence_of(list_heard(conn, id, who), now),
        list_surveys(conn, asked, None, ANSWERS),
    )

"""Whom surveys tell of: who answered the last one how, and who left it unanswered.

Each is one pass over the surveys, however many customers are asked about.
"""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.sql.elements import ColumnElement

from hub.store.surveys import SENT, WAS_LOST
from hub.store.tables import surveys

_s = surveys.c


def rated(kind: str, score: int, since: int, *, at_least: bool) -> Select[Any]:
    """Whose last answer to that kind of survey, given since then, is that score or beyond it."""
    answered = (_s.kind == kind, _s.score.is_not(None), _s.answered_at >= since)
    last = _latest(_s.answered_at).where(*answered).subquery("last")
    bound = last.c.score >= score if at_least else last.c.score <= score
    return select(last.c.customer_id).where(last.c.place == 1, bound)


def unanswered(since: int) -> Select[Any]:
    """Who was asked since then and has not answered the last question; what got lost on its way asked nobody."""
    asked = (_s.state == SENT, _s.score.is_not(None) | ~WAS_LOST)
    last = _latest(_s.sent_at).where(*asked).subquery("last")
    return select(last.c.customer_id).where(last.c.place == 1, last.c.score.is_(None), last.c.sent_at >= since)


def _latest(at: ColumnElement[Any]) -> Select[Any]:
    """place: 1 for the latest of each customer."""
    place = func.row_number().over(partition_by=_s.customer_id, order_by=(at.desc(), _s.id.desc()))
    return select(_s.customer_id, _s.score, _s.sent_at, place.label("place"))

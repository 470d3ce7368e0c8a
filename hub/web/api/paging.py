"""Lists by key, never by offset: an opaque cursor names the last item seen.

Every text that looks like a cursor is one, so a cursor needs no look-up; anything else answers 422.
"""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from pydantic import BeforeValidator, Field

from hub.web.api.fields import ID, Answer, Query

DEFAULT, MAXIMUM, BEYOND = 50, 100, 2**31 - 1
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,18})")


def whole(value: object) -> object:
    """Digits only: pydantic alone would take '1_0', ' 7 ' and '5.0' for numbers."""
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError("is not a whole number")
    return value


Limit = Annotated[int, Field(ge=1, le=BEYOND, description="clamped to 100"), BeforeValidator(whole)]
IdCursor = Annotated[str, Field(pattern=ID)]
TimeCursor = Annotated[str, Field(pattern=r"^[0-7][0-9a-f]{47}$")]
Seq = Annotated[int, Field(ge=0, le=2**63 - 1), BeforeValidator(whole)]

T = TypeVar("T")
R = TypeVar("R")


class Limited(Query):
    limit: Limit = DEFAULT

    @property
    def size(self) -> int:
        return min(self.limit, MAXIMUM)


class PageQuery(Limited):
    """For lists ordered by id."""

    after: IdCursor | None = None


class TimePageQuery(Limited):
    """For lists ordered by (instant, id)."""

    after: TimeCursor | None = None

    @property
    def key(self) -> tuple[int, str] | None:
        return (int(self.after[:16], 16), self.after[16:]) if self.after else None


class Page(Answer, Generic[T]):
    """One page of a list; `next` goes into `after` and is null on the last page."""

    items: list[T]
    next: str | None = None


def time_cursor(at: int, id: str) -> str:
    return f"{max(at, 0):016x}{id}"


def cut(rows: Sequence[R], size: int, cursor: Callable[[R], str]) -> tuple[Sequence[R], str | None]:
    """Of size + 1 rows asked for: the page, and where the next one starts."""
    if len(rows) <= size:
        return rows, None
    return rows[:size], cursor(rows[size - 1])

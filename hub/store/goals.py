"""Response goals and business hours as they were set: one for everybody, and one for each team that has its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from hub.store.settings import forget_setting, mark_setting
from hub.store.tables import settings_rows

EVERYBODY = ""
KEY = "goal:"
COMPLAINT, SOLUTION = 480, 2_400  # minutes, where nobody has said: a working day, and five


@dataclass(frozen=True, slots=True)
class Goal:
    """minutes: of opening time until an answer. week: from and to of seven days, Monday first, in minutes since
    midnight (beyond 1440: of the next day), None for a closed one; empty: around the clock. closed: ISO dates.
    complaint, solution: minutes until a complaint is answered and solved."""

    minutes: int
    week: tuple[tuple[int, int] | None, ...] = ()
    closed: tuple[str, ...] = ()
    complaint: int = COMPLAINT
    solution: int = SOLUTION


def list_goals(conn: Connection) -> Mapping[str, Goal]:
    """Team id -> its goal; EVERYBODY -> that of the others."""
    query = select(settings_rows.c.key, settings_rows.c.value).where(settings_rows.c.key.startswith(KEY))
    return {row.key.removeprefix(KEY): _goal(row.value) for row in conn.execute(query)}


def _goal(kept: Mapping[str, object]) -> Goal:
    minutes, week, closed = kept["minutes"], kept["week"], kept["closed"]
    assert isinstance(minutes, int)
    assert isinstance(week, list)
    assert isinstance(closed, list)
    days = tuple((day[0], day[1]) if day else None for day in week)
    more = {name: value for name in ("complaint", "solution") if isinstance(value := kept.get(name), int)}
    return Goal(minutes, days, tuple(closed), **more)


def mark_goal(conn: Connection, team_id: str, goal: Goal) -> None:
    mark_setting(conn, KEY + team_id, asdict(goal))


def forget_goal(conn: Connection, team_id: str) -> None:
    forget_setting(conn, KEY + team_id)

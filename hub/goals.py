"""Response goals: who has waited too long, by the goal and the hours of the team that answers.

A conversation keeps only since when its customer waits. What is late follows from that, the clock and the goal, so a
goal that is changed holds at once, and for those who wait already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel import Locale, dates
from sqlalchemy import Connection

from hub.clock import MINUTE
from hub.hours import Hours, look, since_when
from hub.languages import LANGUAGES, best_tag, pattern_of
from hub.store.goals import EVERYBODY, Goal, list_goals

SOON = 4 / 5  # of the goal: from here on a wait is amber


@dataclass(frozen=True, slots=True)
class Due:
    """Who has waited since `late` or longer is nearly due, since `over` or longer past the goal (instants)."""

    late: int
    over: int

    def of(self, since: int) -> str:
        """How that wait looks: calm, "late" or "over"."""
        return "over" if since <= self.over else "late" if since <= self.late else ""


@dataclass(frozen=True, slots=True)
class Goals:
    """by_team: a team's id -> its own goal; `common` is that of all other teams, and of nobody's conversations."""

    common: Goal
    by_team: Mapping[str, Goal]
    zone: ZoneInfo

    def hours(self, team_id: str | None) -> Hours:
        goal = self.of(team_id)
        return Hours(self.zone, goal.week, frozenset(goal.closed))

    def of(self, team_id: str | None) -> Goal:
        return self.by_team.get(team_id or "", self.common)

    def due(self, team_id: str | None, now: int) -> Due:
        goal, hours = self.of(team_id).minutes * MINUTE, self.hours(team_id)
        return Due(since_when(hours, int(goal * SOON), now), since_when(hours, goal, now))


@dataclass(frozen=True, slots=True)
class Dues:
    """What is late at one moment, by team; under EVERYBODY for those without a goal of their own."""

    by_team: Mapping[str, Due]

    def of(self, team_id: str | None, since: int) -> str:
        return self.by_team.get(team_id or EVERYBODY, self.by_team[EVERYBODY]).of(since)

    @property
    def over(self) -> Mapping[str, int]:
        return {team: due.over for team, due in self.by_team.items()}


def read_goals(conn: Connection, minutes: int, zone: ZoneInfo) -> Goals:
    """minutes: the goal where nobody has set one."""
    kept = dict(list_goals(conn))
    return Goals(kept.pop(EVERYBODY, Goal(minutes)), kept, zone)


def dues_of(goals: Goals, now: int) -> Dues:
    return Dues({team: goals.due(team, now) for team in (EVERYBODY, *goals.by_team)})


def opening(hours: Hours, language: str, now: int) -> str:
    """Monday 30 November, 09:00; "" while it is open, or never opens."""
    found = look(hours, now)
    if found.is_open or found.until is None:
        return ""
    local = datetime.fromtimestamp(found.until / 1000, UTC).astimezone(hours.zone)
    locale = Locale.parse(LANGUAGES[best_tag(language, "en")].locale)
    return f"{dates.format_date(local, pattern_of(locale, 'MMMMEEEEd'), locale=locale)}, {local:%H:%M}"

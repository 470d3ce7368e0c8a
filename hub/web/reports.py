"""Reports in the browser: the board of now, first answers, and behind every number the conversations it counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import MINUTE, instant_of, iso
from hub.context import Hub
from hub.reports import Case, cases_of, hour_of, local, pleased_by, pleased_of, spread_of, spreads_by
from hub.store.agents import list_agents
from hub.store.audited import audit_about
from hub.store.complaints import Complaint, list_opened
from hub.store.costs import Cost, sum_channels
from hub.store.reports import MOST, count_outcomes, has_more, list_loads, list_parts
from hub.store.surveys import SCALES, Survey, SurveyFilter, list_surveys
from hub.store.teams import list_teams
from hub.store.visibility import Visibility
from hub.web.downloads import send_table
from hub.web.goals import goals_of
from hub.web.keys import HUB, VISIBILITY
from hub.web.locale import zone_of
from hub.web.pages import render, speaker

RANGES = (7, 28, 90)  # days
SHOWN = 200  # conversations behind a number; a file holds all
ANSWERED = ("yes", "no", "over")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; an empty word asks for nothing. at: weekday and hour, "0-13"; day: an ISO date."""

    days: int
    team: str = ""
    agent: str = ""
    channel: str = ""
    answered: str = ""
    at: str = ""
    day: str = ""

    def link(self, page: str = "/reports/conversations", **more: str) -> str:
        words = {name: getattr(self, name) for name in self.__slots__} | more
        return f"{page}?{urlencode({name: word for name, word in words.items() if word})}"

    def holds(self, case: Case, zone: ZoneInfo) -> bool:
        here = {
            "team": case.team_id or "none",
            "agent": case.by,
            "channel": case.channel,
            "at": "{}-{}".format(*hour_of(case, zone)),
            "day": local(case.asked, zone).date().isoformat(),
        }
        states = {"yes": case.waited is not None, "no": case.waited is None, "over": case.is_over, "": True}
        return states[self.answered] and all(getattr(self, name) in ("", word) for name, word in here.items())


def wanted(request: web.Request) -> Asked:
    """A wrong address is the reader's typing, not an error."""
    query = request.query
    days = next((days for days in RANGES if query.get("days") == str(days)), RANGES[0])
    words = {name: query.get(name, "")[:100] for name in ("team", "agent", "channel", "at", "day")}
    answered = query.get("answered", "")
    return Asked(days, **words, answered=answered if answered in ANSWERED else "")


def _load(conn: Connection, hub: Hub, who: Visibility, asked: Asked) -> dict[str, Any]:
    now = hub.clock.now()
    zone = zone_of(hub.settings.company.timezone)
    since = _since(now, asked.days, zone)
    cases = cases_of(list_parts(conn, since, now + 1, who), goals_of(conn, hub), now)
    teams = {team.id: team.name for team in list_teams(conn) if who.covers(team.id, None)}
    return {
        "cases": [case for case in cases if case.asked >= since and asked.holds(case, zone)],
        "agents": {one.id: one.name for one in list_agents(conn)},
        "teams": teams,
        "is_cut": has_more(conn, since, now + 1, who),
    }


async def index(request: web.Request) -> web.Response:
    hub, who = request.app[HUB], request[VISIBILITY]
    asked = Asked(wanted(request).days, team=wanted(request).team)
    found = await hub.store.read(_load, hub, who, asked)
    loads = await hub.store.read(list_loads, who)
    asked_of, displeased, called = await hub.store.read(_said, hub, who, asked)
    zone, cases = zone_of(hub.settings.company.timezone), found["cases"]
    return render(
        request,
        "reports/index.html",
        **found,
        asked=asked,
        ranges=RANGES,
        most=MOST,
        loads=sorted(loads, key=lambda load: (load.agent_id is not None, load.waits or hub.clock.now())),
        all=spread_of(cases),
        by={
            "team": spreads_by(cases, lambda case: case.team_id or "none"),
            "agent": spreads_by([case for case in cases if case.by], lambda case: case.by),
            "channel": spreads_by(cases, lambda case: case.channel),
        },
        pleased=[pleased_of(asked_of, kind) for kind in SCALES if any(one.kind == kind for one in asked_of)],
        pleased_by={
            "team": pleased_by(asked_of, lambda one: one.team_id or "none"),
            "channel": pleased_by(asked_of, lambda one: one.channel_type),
        },
        called=called,
        displeased=displeased,
        missed=sum(one.is_missed for one in displeased),
        complaints=Counter(one.category for one in displeased).most_common(),
        heat=Counter(hour_of(case, zone) for case in cases),
        per_day=_per_day(cases, hub.clock.now(), asked.days, zone),
        costs=await hub.store.read(_charged, hub, asked) if who.is_whole and not asked.team else (),
    )


def _charged(conn: Connection, hub: Hub, asked: Asked) -> list[Cost]:
    """What providers told that messages of that time cost."""
    now = hub.clock.now()
    return sum_channels(conn, _since(now, asked.days, zone_of(hub.settings.company.timezone)), now + 1)


def _said(
    conn: Connection, hub: Hub, who: Visibility, asked: Asked
) -> tuple[list[Survey], list[Complaint], dict[tuple[str, str], int]]:
    """What was asked and complained of in that time and what came of calls, of the team if one is named."""
    now = hub.clock.now()
    since = _since(now, asked.days, zone_of(hub.settings.company.timezone))
    surveys = list_surveys(conn, SurveyFilter(sent_from=since, sent_until=now + 1, visibility=who), None, MOST)
    complaints = list_opened(conn, since, now + 1, who)
    called = count_outcomes(conn, since, now + 1, who, asked.team)
    if not asked.team:
        return surveys, complaints, called
    team = None if asked.team == "none" else asked.team
    return [one for one in surveys if one.team_id == team], [one for one in complaints if one.team_id == team], called


def _per_day(cases: Sequence[Case], now: int, days: int, zone: ZoneInfo) -> Mapping[str, int]:
    counts = Counter(local(case.asked, zone).date() for case in cases)
    return {day.isoformat(): counts[day] for day in _dates(now, days, zone)}


def _since(now: int, days: int, zone: ZoneInfo) -> int:
    """When the first of those days began."""
    return instant_of(datetime.combine(_dates(now, days, zone)[0], time(), zone))


def _dates(now: int, days: int, zone: ZoneInfo) -> Sequence[date]:
    """Whole days of that zone; the last is today."""
    today = local(now, zone).date()
    return [today - timedelta(days=ago) for ago in range(days - 1, -1, -1)]


async def conversations(request: web.Request) -> web.Response:
    """What stands behind a number."""
    hub, asked = request.app[HUB], wanted(request)
    found = await hub.store.read(_load, hub, request[VISIBILITY], asked)
    return render(request, "reports/conversations.html", **found, asked=asked, shown=SHOWN)


async def download(request: web.Request) -> web.Response:
    """The same as a table for spreadsheets: one line a conversation. That somebody took it stands in the audit log."""
    audit_about("reports")
    hub, kind = request.app[HUB], request.path.rpartition(".")[2]
    found = await hub.store.read(_load, hub, request[VISIBILITY], wanted(request))
    say = speaker(request)
    _ = say.gettext
    header = [_("Customer"), _("Team"), _("Channel"), _("Asked"), _("First answer"), _("By"), _("Minutes")]
    rows = [[*_cells(case, found), f"/conversations/{case.id}"] for case in found["cases"]]
    return send_table(f"first-answers.{kind}", [*header, _("Conversation")], rows, "First answers", say.separator)


def _cells(case: Case, found: Mapping[str, Any]) -> list[str]:
    waited = "" if case.waited is None else str(case.waited // MINUTE)
    answered = "" if case.answered is None else iso(case.answered)
    team, by = found["teams"].get(case.team_id, ""), found["agents"].get(case.by, "")
    return [case.name, team, case.channel, iso(case.asked), answered, by, waited]

"""Tells once, for each wait, that the goal of an answer is nearly passed and that it is passed, to whoever has to act.

What has passed follows from the clock, the goals and the hours (hub.goals), so a goal that is changed holds at once.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.conversations import append_conversation_event
from hub.goals import read_goals
from hub.store.agents import find_agent, list_agents
from hub.store.conversations import Conversation
from hub.store.overdue import LATE, OVERDUE, Passed, claim_untold, has_untold, list_team_ids
from hub.store.teams import get_team
from hub.store.visibility import visibility_of

LEADS = ("owner", "admin")  # are told where there is neither an assignee nor a team
AT_ONCE = 100
EVENTS = {OVERDUE: "conversation.overdue", LATE: "conversation.late"}


def is_due(conn: Connection, minutes: int, zone: ZoneInfo, now: int) -> bool:
    return has_untold(conn, _passed(conn, minutes, zone, now))


def tell_due(conn: Connection, minutes: int, zone: ZoneInfo, now: int) -> int:
    """How many waits it was told of. minutes: the goal where nobody has set one."""
    told = 0
    for passed in _passed(conn, minutes, zone, now):
        for one in claim_untold(conn, passed, AT_ONCE - told):
            called = list_called(conn, one.assignee_id, one.team_id, one)
            append_conversation_event(conn, one, EVENTS[passed[0]], now, since=one.waiting_since, tell=called)
            told += 1
        if told >= AT_ONCE:
            break
    return told


def list_called(conn: Connection, agent_id: str | None, team_id: str | None, about: Conversation) -> list[str]:
    """The agent, if the conversation is seen by that agent; else the members of the team; else who leads the house."""
    agent = find_agent(conn, agent_id) if agent_id else None
    if agent and agent.active and visibility_of(conn, agent, words=True).covers(about.team_id, about.assignee_id):
        return [agent.id]
    agents = [one for one in list_agents(conn) if one.active]
    members = get_team(conn, team_id).members if team_id else ()
    there = [one.id for one in agents if one.id in members]
    return there or [one.id for one in agents if one.role in LEADS]


def _passed(conn: Connection, minutes: int, zone: ZoneInfo, now: int) -> Sequence[Passed]:
    """What is overdue comes first: of that it is told no more that it is late."""
    goals = read_goals(conn, minutes, zone)
    dues = {team: goals.due(team, now) for team in ("", *list_team_ids(conn))}
    over = [(OVERDUE, team, due.over) for team, due in dues.items()]
    return [*over, *((LATE, team, due.late) for team, due in dues.items())]

"""Who is there to answer, how many wait for each, and which conversations look for somebody."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal_column, or_, select, update

from hub.clock import MINUTE
from hub.model import Direction, Role
from hub.store.conversations import CONVERSATION, Conversation
from hub.store.dialect import lock_name, skip_locked
from hub.store.events import append_event
from hub.store.tables import WAITING, agents, conversations, events, messages, team_members, teams

ANSWERING = tuple(role.value for role in (Role.OWNER, Role.ADMIN, Role.AGENT, Role.SALES))
MANUAL, BY_LOAD = "manual", "load"
ROUTINGS = (MANUAL, BY_LOAD)
FEWEST, FORMER, RETURNED = "load", "former", "returned"  # why it was given or taken, as the event says it
WHYS_GIVEN = (FEWEST, FORMER)
MOST_WAITING, LONGEST_ABSENCE = 500, 1_440  # what a team may set: conversations, minutes
PRESENT = MINUTE  # so long after the last sign of life of a page is its agent there
STATE_CHANGED = "agent.state"  # the event: somebody is there to answer, or away
_c = conversations.c
_WAITS: ColumnElement[bool] = literal_column(f"({WAITING})")
_of_team = func.coalesce(_c.team_id, "")  # keeps SQLite from walking all that waits in a team for what few agents hold
_ASSIGNED = (
    events.c.customer_id == _c.customer_id,
    events.c.conversation_id == _c.id,
    events.c.type == "conversation.assigned",
)
_LAST_WHY = (
    select(events.c.data["why"].as_string())
    .where(*_ASSIGNED)
    .order_by(events.c.at.desc(), events.c.id.desc())
    .limit(1)
    .correlate(conversations)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class Routed:
    """A team that is given its conversations by itself. capacity: waiting conversations of one agent; return_after:
    minutes of an agent's absence."""

    id: str
    capacity: int
    return_after: int


def list_routed(conn: Connection) -> list[Routed]:
    query = select(teams.c.id, teams.c.capacity, teams.c.return_after).where(teams.c.routing == BY_LOAD)
    return [Routed(*row) for row in conn.execute(query.order_by(teams.c.id))]


def lock_routing(conn: Connection) -> None:
    """One process at a time gives out: what each agent holds is counted over all teams."""
    lock_name(conn, "routing")


def list_available(conn: Connection, team_id: str, now: int) -> list[str]:
    """Members who are there to answer; who was given something longest ago comes first."""
    query = (
        select(agents.c.id)
        .join(team_members, team_members.c.agent_id == agents.c.id)
        .where(team_members.c.team_id == team_id, agents.c.active, agents.c.role.in_(ANSWERING))
        .where(agents.c.away_at.is_(None), agents.c.seen_at > now - PRESENT)
        .order_by(func.coalesce(agents.c.given_at, 0), agents.c.id)
    )
    return list(conn.scalars(query))


def count_waiting(conn: Connection, agent_ids: Collection[str]) -> dict[str, int]:
    """Agent -> how many of their open conversations wait for an answer; who has none is left out."""
    query = select(_c.assignee_id, func.count()).where(_WAITS, _c.assignee_id.in_(agent_ids)).group_by(_c.assignee_id)
    return {row[0] or "": row[1] for row in conn.execute(query)}


def claim_unassigned(conn: Connection, team_id: str, limit: int) -> list[Conversation]:
    """What waits and is nobody's, the longest wait first; nobody else changes it before this transaction ends."""
    query = _waiting(team_id).where(_c.assignee_id.is_(None)).limit(limit)
    return [Conversation(*row) for row in conn.execute(skip_locked(conn, query))]


def has_unassigned(conn: Connection, team_id: str) -> bool:
    return conn.execute(_waiting(team_id).where(_c.assignee_id.is_(None)).limit(1)).first() is not None


def claim_abandoned(conn: Connection, team: Routed, now: int, limit: int) -> list[Conversation]:
    """What waits for somebody deactivated; what has waited as long as its agent has been away, or may answer no longer,
    and was not given to that agent meanwhile; and so what was given by itself to somebody who left the team."""
    query = _abandoned(conn, team, now)
    if query is None:
        return []
    return [Conversation(*row) for row in conn.execute(skip_locked(conn, query.limit(limit)))]


def has_abandoned(conn: Connection, team: Routed, now: int) -> bool:
    query = _abandoned(conn, team, now)
    return query is not None and conn.execute(query.limit(1)).first() is not None


def _abandoned(conn: Connection, team: Routed, now: int) -> Select[tuple[object, ...]] | None:
    """None: everybody for whom something of the team waits is there."""
    since = now - team.return_after * MINUTE
    gone, absent, left = _list_missing(conn, team.id, since)
    if not gone and not absent and not left:
        return None
    given_since = exists().where(*_ASSIGNED, events.c.at > since)
    whose = _c.assignee_id.in_(absent) | (_c.assignee_id.in_(left) & _LAST_WHY.in_(WHYS_GIVEN))
    due = _c.assignee_id.in_(gone) | and_(_c.waiting_since <= since, whose, ~given_since)
    theirs = (_of_team == team.id, _c.assignee_id.in_([*gone, *absent, *left]))
    return select(*CONVERSATION).where(_WAITS, *theirs, due).order_by(_c.waiting_since, _c.id)


def _list_missing(conn: Connection, team_id: str, since: int) -> tuple[list[str], list[str], list[str]]:
    """Agents for whom something of the team waits: the deactivated, those not there to answer, former members."""
    seen = func.coalesce(agents.c.seen_at, 0) > since
    free = or_(agents.c.away_at.is_(None), agents.c.away_at > since)
    here = and_(agents.c.role.in_(ANSWERING), seen, free)
    member = exists().where(team_members.c.team_id == team_id, team_members.c.agent_id == agents.c.id)
    holds = exists().where(_WAITS, _c.assignee_id == agents.c.id, _of_team == team_id)
    query = select(agents.c.id, agents.c.active, here).where(~(agents.c.active & here & member), holds)
    gone, absent, left = list[str](), list[str](), list[str]()
    for id, active, is_here in conn.execute(query):
        (gone if not active else left if is_here else absent).append(id)
    return gone, absent, left


def _waiting(team_id: str) -> Select[tuple[object, ...]]:
    return select(*CONVERSATION).where(_WAITS, _c.team_id == team_id).order_by(_c.waiting_since, _c.id)


def find_former(conn: Connection, customer_id: str) -> str | None:
    """Who answered the customer last."""
    spoke = (messages.c.direction == Direction.OUT, messages.c.author_id.is_not(None))
    latest = (messages.c.occurred_at.desc(), messages.c.id.desc())
    query = select(messages.c.author_id).where(messages.c.customer_id == customer_id, *spoke)
    return conn.scalar(query.order_by(*latest).limit(1))


def mark_given(conn: Connection, agent_id: str, at: int) -> None:
    conn.execute(update(agents).where(agents.c.id == agent_id).values(given_at=at))


def mark_state(conn: Connection, agent_id: str, at: int, *, away: bool) -> None:
    """Nothing where it is so already: since when somebody is away stays."""
    other = agents.c.away_at.is_(None) if away else agents.c.away_at.is_not(None)
    mine = update(agents).where(agents.c.id == agent_id, other)
    if conn.execute(mine.values(away_at=at if away else None)).rowcount:
        append_event(conn, STATE_CHANGED, at=at, agent_id=agent_id, data={"away": away})


def mark_seen(conn: Connection, agent_ids: Sequence[str], at: int) -> int:
    """Their pages are open; how many of them had not been there."""
    mine = agents.c.id.in_(agent_ids)
    absent = mine & (func.coalesce(agents.c.seen_at, 0) <= at - PRESENT)
    fresh = conn.scalar(select(func.count()).select_from(agents).where(absent)) or 0
    conn.execute(update(agents).where(mine).values(seen_at=at))
    return fresh

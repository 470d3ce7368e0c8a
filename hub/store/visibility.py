"""Visibility: what one person or token may see of conversations, and so of messages, customers and events.

Made once per request; every list, count and page puts its conditions into the query it runs anyway. Whoever sees
everything adds none. A team's conversations are those with its id; a message belongs to its conversation, a customer
to whoever sees one of the customer's conversations - or to everybody, while there is none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, exists, false, or_, select, true

from hub.model import MessageKind, Role, Sees
from hub.store.agents import Agent
from hub.store.tables import conversations, customers, events, messages, team_members, teams

_c = conversations.c
Conditions = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True, slots=True)
class Visibility:
    """words: may read what was said. teams: sees only the conversations of these (None: of all); hidden: teams whose
    conversations are for their members. What was given to agent_id is always visible to that agent."""

    agent_id: str = ""
    words: bool = True
    teams: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()

    @property
    def has_all_teams(self) -> bool:
        return self.teams is None and not self.hidden

    @property
    def is_whole(self) -> bool:
        return self.words and self.has_all_teams

    def covers(self, team_id: str | None, assignee_id: str | None) -> bool:
        """Is a conversation of this team, given to that agent, one of those seen?"""
        if assignee_id and assignee_id == self.agent_id:
            return True
        return team_id in self.teams if self.teams is not None else team_id not in self.hidden

    def of_teams(self) -> ColumnElement[bool]:
        """On `conversations`: whose they may be."""
        if self.has_all_teams:
            return true()
        mine = _c.assignee_id == self.agent_id if self.agent_id else false()
        if self.teams is not None:
            return or_(mine, _c.team_id.in_(sorted(self.teams)))
        return or_(mine, _c.team_id.is_(None), _c.team_id.not_in(sorted(self.hidden)))

    def of_kept(self, team_id: ColumnElement[str | None]) -> Conditions:
        """On what is kept to be used again: everybody's, and that of the teams whose conversations are seen."""
        if self.has_all_teams:
            return ()
        seen = team_id.not_in(sorted(self.hidden)) if self.teams is None else team_id.in_(sorted(self.teams))
        return (or_(team_id.is_(None), seen),)

    def of_conversations(self) -> Conditions:
        if not self.words:
            return (false(),)
        return () if self.has_all_teams else (self.of_teams(),)

    def of_messages(self) -> Conditions:
        """Without words only what a campaign said is left."""
        if not self.words:
            return messages.c.conversation_id.is_(None), messages.c.kind == MessageKind.CAMPAIGN
        return () if self.has_all_teams else (self._within(messages.c.conversation_id),)

    def of_events(self) -> Conditions:
        if not self.words:
            return (events.c.conversation_id.is_(None),)
        return () if self.has_all_teams else (self._within(events.c.conversation_id),)

    def of_customers(self) -> Conditions:
        """Who is known only from conversations of others is a stranger. Whoever was merged away is seen as the customer
        they became, and only there."""
        if self.has_all_teams:
            return ()
        theirs = exists().where(_c.customer_id == customers.c.id)
        return customers.c.merged_into.is_(None), or_(~theirs, theirs.where(self.of_teams()))

    def of_what_was_said(self, conversation_id: ColumnElement[str | None]) -> ColumnElement[bool]:
        """On a row that may stem from a conversation: without words only what stems from none."""
        return self._within(conversation_id) if self.words else conversation_id.is_(None)

    def _within(self, conversation_id: ColumnElement[str | None]) -> ColumnElement[bool]:
        return or_(conversation_id.is_(None), exists().where(_c.id == conversation_id, self.of_teams()))


EVERYTHING = Visibility()


def visibility_of(conn: Connection, agent: Agent, words: bool) -> Visibility:
    """Owners and admins see everything; whoever sees only the own teams sees no team's but those."""
    if agent.role in (Role.OWNER, Role.ADMIN):
        return Visibility(agent.id, words)
    mine = and_(team_members.c.team_id == teams.c.id, team_members.c.agent_id == agent.id)
    query = select(teams.c.id, teams.c.private, team_members.c.agent_id).join(team_members, mine, isouter=True)
    rows = conn.execute(query).all()
    if agent.sees == Sees.TEAMS:
        return Visibility(agent.id, words, frozenset(row.id for row in rows if row.agent_id))
    return Visibility(agent.id, words, hidden=frozenset(row.id for row in rows if row.private and not row.agent_id))


def list_seen_customers(conn: Connection, visibility: Visibility, ids: Collection[str]) -> set[str]:
    """Those of these customers who may be seen."""
    wanted = set(ids)
    if visibility.has_all_teams:
        return wanted
    query = select(customers.c.id).where(customers.c.id.in_(sorted(wanted)), *visibility.of_customers())
    return set(conn.scalars(query))


def list_seen_messages(conn: Connection, visibility: Visibility, ids: Sequence[str]) -> set[str]:
    if visibility.is_whole:
        return set(ids)
    query = select(messages.c.id).where(messages.c.id.in_(ids), *visibility.of_messages())
    return set(conn.scalars(query))


def list_seen_conversations(conn: Connection, visibility: Visibility, ids: Collection[str]) -> set[str]:
    wanted = set(ids)
    if visibility.is_whole:
        return wanted
    query = select(_c.id).where(_c.id.in_(sorted(wanted)), *visibility.of_conversations())
    return set(conn.scalars(query))

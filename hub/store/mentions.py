"""Mentions: which agents a note names, and who of them has not said anything there since."""

from collections.abc import Sequence

from sqlalchemy import Connection, Select, select, update

from hub.mentions import Colleague
from hub.store.dialect import insert_missing
from hub.store.tables import agents, mentions, messages


def list_colleagues(conn: Connection) -> list[Colleague]:
    """Whom a note can name."""
    query = select(agents.c.id, agents.c.name, agents.c.email).where(agents.c.active).order_by(agents.c.name)
    return [Colleague(*row) for row in conn.execute(query)]


def add_mentions(conn: Connection, message_id: str, agent_ids: Sequence[str], at: int) -> None:
    insert_missing(conn, mentions, [{"message_id": message_id, "agent_id": id, "created_at": at} for id in agent_ids])


def mark_mentions_settled(conn: Connection, conversation_id: str, agent_id: str, at: int) -> None:
    """The agent has said or done something there."""
    there = select(messages.c.id).where(messages.c.conversation_id == conversation_id)
    mine = (mentions.c.agent_id == agent_id, mentions.c.settled_at.is_(None))
    conn.execute(update(mentions).where(*mine, mentions.c.message_id.in_(there)).values(settled_at=at))


def mentioning(agent_id: str) -> Select[tuple[str]]:
    """The conversations in which the agent was named and has not said anything since, as a part of a statement."""
    return (
        select(messages.c.conversation_id)
        .join(mentions, mentions.c.message_id == messages.c.id)
        .where(mentions.c.agent_id == agent_id, mentions.c.settled_at.is_(None), messages.c.deleted_at.is_(None))
    )

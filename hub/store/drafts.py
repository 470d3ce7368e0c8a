"""What an agent has typed but not sent, one draft per conversation and agent."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from hub.store.conversations import get_conversation
from hub.store.dialect import upsert
from hub.store.tables import drafts

OPENING = 200  # characters: a line of the list


@dataclass(frozen=True, slots=True)
class Draft:
    text: str
    channel: str
    changed_at: int


def find_draft(conn: Connection, conversation_id: str, agent_id: str) -> Draft | None:
    row = conn.execute(
        select(drafts.c.text, drafts.c.channel, drafts.c.changed_at).where(
            drafts.c.conversation_id == conversation_id, drafts.c.agent_id == agent_id
        )
    ).first()
    return Draft(*row) if row else None


def keep_draft(conn: Connection, conversation_id: str, agent_id: str, text: str, channel: str, *, at: int) -> None:
    """An empty text forgets the draft."""
    conversation = get_conversation(conn, conversation_id)
    if not text.strip():
        forget_draft(conn, conversation.id, agent_id)
        return
    row = {
        "conversation_id": conversation.id,
        "agent_id": agent_id,
        "customer_id": conversation.customer_id,
        "text": text,
        "channel": channel,
        "changed_at": at,
    }
    changes = {name: row[name] for name in ("text", "channel", "changed_at")}
    keys = ["conversation_id", "agent_id"]
    conn.execute(upsert(conn, drafts).values(row).on_conflict_do_update(index_elements=keys, set_=changes))


def forget_draft(conn: Connection, conversation_id: str, agent_id: str) -> None:
    conn.execute(delete(drafts).where(drafts.c.conversation_id == conversation_id, drafts.c.agent_id == agent_id))


def list_openings(conn: Connection, agent_id: str, conversation_ids: Sequence[str]) -> dict[str, str]:
    """Conversation id -> how the agent's draft there begins."""
    opening = func.substr(drafts.c.text, 1, OPENING).label("opening")
    query = select(drafts.c.conversation_id, opening).where(
        drafts.c.agent_id == agent_id, drafts.c.conversation_id.in_(conversation_ids)
    )
    return {row.conversation_id: row.opening for row in conn.execute(query)}

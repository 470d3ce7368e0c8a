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
    """subject, cc, bcc: as they were typed."""

    text: str
    channel: str
    changed_at: int
    subject: str = ""
    cc: str = ""
    bcc: str = ""


_DRAFT = tuple(drafts.c[name] for name in Draft.__dataclass_fields__)


def find_draft(conn: Connection, conversation_id: str, agent_id: str) -> Draft | None:
    row = conn.execute(
        select(*_DRAFT).where(drafts.c.conversation_id == conversation_id, drafts.c.agent_id == agent_id)
    ).first()
    return Draft(*row) if row else None


def keep_draft(
    conn: Connection, /, conversation_id: str, agent_id: str, text: str, channel: str, *, at: int, **heads: str
) -> None:
    """heads: subject, cc, bcc; what is not given stays. Nothing written at all forgets the draft."""
    conversation = get_conversation(conn, conversation_id)
    if not (text.strip() or any(head.strip() for head in heads.values())):
        forget_draft(conn, conversation.id, agent_id)
        return
    row = {
        "conversation_id": conversation.id,
        "agent_id": agent_id,
        "customer_id": conversation.customer_id,
        "text": text,
        "channel": channel,
        "changed_at": at,
        **heads,
    }
    changes = {name: row[name] for name in ("text", "channel", "changed_at", *heads)}
    keys = ["conversation_id", "agent_id"]
    conn.execute(upsert(conn, drafts).values(row).on_conflict_do_update(index_elements=keys, set_=changes))


def forget_draft(conn: Connection, conversation_id: str, agent_id: str) -> None:
    conn.execute(delete(drafts).where(drafts.c.conversation_id == conversation_id, drafts.c.agent_id == agent_id))


def list_drafters(conn: Connection, conversation_id: str, agent_id: str) -> list[str]:
    """Ids of the colleagues who have begun to write there."""
    others = (drafts.c.conversation_id == conversation_id) & (drafts.c.agent_id != agent_id)
    return list(conn.scalars(select(drafts.c.agent_id).where(others).order_by(drafts.c.agent_id)))


def list_openings(conn: Connection, agent_id: str, conversation_ids: Sequence[str]) -> dict[str, str]:
    """Conversation id -> how the agent's draft there begins."""
    opening = func.substr(drafts.c.text, 1, OPENING).label("opening")
    query = select(drafts.c.conversation_id, opening).where(
        drafts.c.agent_id == agent_id, drafts.c.conversation_id.in_(conversation_ids)
    )
    return {row.conversation_id: row.opening for row in conn.execute(query)}

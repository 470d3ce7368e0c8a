"""Remembers who did what is worth asking about later: came in, changed rights, took data out, erased."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from hub.ids import new_id
from hub.store.tables import audit_notes

LONGEST = 200  # signs of what somebody else chose


class Deed(StrEnum):
    SIGN_IN = "sign_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGN_OUT = "sign_out"
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word, not a secret
    LINK_MADE = "link_made"
    LINK_USED = "link_used"
    AGENT_ADDED = "agent_added"
    AGENT_CHANGED = "agent_changed"
    SEEN_AS = "seen_as"
    FACTOR_CHANGED = "factor_changed"
    FACTOR_RESET = "factor_reset"
    TOKEN_ADDED = "token_added"  # noqa: S105 - a word, not a secret
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - a word, not a secret
    CHANNEL_ADDED = "channel_added"
    CHANNEL_CHANGED = "channel_changed"
    CHANNEL_REMOVED = "channel_removed"
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_REMOVED = "webhook_removed"
    EXPORTED = "exported"
    MERGED = "merged"
    UNMERGED = "unmerged"
    ERASED = "erased"
    STORE_ARMED = "store_armed"
    BACKED_UP = "backed_up"
    RESTORED = "restored"
    KEY_CHANGED = "key_changed"
    IMPORTED = "imported"
    FILE_TAKEN = "file_taken"
    IMPORT_UNDONE = "import_undone"
    CAMPAIGN_ADDED = "campaign_added"
    CAMPAIGN_CHANGED = "campaign_changed"
    CAMPAIGN_REMOVED = "campaign_removed"
    TEMPLATE_ADDED = "template_added"
    TEMPLATE_CHANGED = "template_changed"
    TEMPLATE_REMOVED = "template_removed"
    SEQUENCE_ADDED = "sequence_added"
    SEQUENCE_CHANGED = "sequence_changed"
    SEQUENCE_REMOVED = "sequence_removed"
    SEGMENT_ADDED = "segment_added"
    SEGMENT_CHANGED = "segment_changed"
    SEGMENT_REMOVED = "segment_removed"
    TEAM_ADDED = "team_added"
    TEAM_CHANGED = "team_changed"
    TEAM_REMOVED = "team_removed"
    GOAL_CHANGED = "goal_changed"
    FIELD_CHANGED = "field_changed"
    RULE_CHANGED = "rule_changed"
    AUTO_REPLY_CHANGED = "auto_reply_changed"
    BOT_CHANGED = "bot_changed"
    CAMPAIGN_STARTED = "campaign_started"
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_RESUMED = "campaign_resumed"
    CAMPAIGN_STOPPED = "campaign_stopped"
    CAMPAIGN_TESTED = "campaign_tested"
    SEQUENCE_STARTED = "sequence_started"
    SEQUENCE_PAUSED = "sequence_paused"
    PROFILE_CHANGED = "profile_changed"
    CONVERSATIONS_MERGED = "conversations_merged"
    CONVERSATION_SPLIT = "conversation_split"
    CONVERSATION_MOVED = "conversation_moved"
    ADDRESS_REMOVED = "address_removed"
    QUOTE_ADDED = "quote_added"
    QUOTE_CHANGED = "quote_changed"
    QUOTE_SENT = "quote_sent"
    LETTERS_PRINTED = "letters_printed"
    LETTERS_CHANGED = "letters_changed"
    ORDER_ADDED = "order_added"
    ORDER_CHANGED = "order_changed"
    COMPLAINT_ADDED = "complaint_added"
    COMPLAINT_CHANGED = "complaint_changed"
    COMPLAINT_REMOVED = "complaint_removed"
    TASK_ADDED = "task_added"
    TASK_CHANGED = "task_changed"
    TASK_REMOVED = "task_removed"
    CALENDAR_LINKED = "calendar_linked"
    RETENTION_CHANGED = "retention_changed"
    LET_GO = "let_go"


@dataclass(frozen=True, slots=True)
class Entry:
    """who: an address, the name of a token, or the command line; about: whom or what, never content."""

    deed: Deed
    who: str
    about: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class AuditNote:
    id: str
    at: int
    deed: str
    who: str
    about: str
    network: str


_NOTES = select(*(audit_notes.c[name] for name in AuditNote.__slots__))


def add_audit(conn: Connection, entry: Entry, at: int) -> None:
    values: Mapping[str, Any] = {"id": new_id(), "at": at, "deed": entry.deed.value, "network": entry.network}
    told = {"who": entry.who[:LONGEST], "about": entry.about[:LONGEST]}
    conn.execute(audit_notes.insert().values(**values, **told))


def list_audit(
    conn: Connection, *, deed: str = "", who: str = "", before: str = "", limit: int = 100
) -> list[AuditNote]:
    """Newest first; before: the id of the last one seen. who: as it stands in the log."""
    query = _NOTES.order_by(audit_notes.c.id.desc()).limit(limit)
    if deed:
        query = query.where(audit_notes.c.deed == deed)
    if who:
        query = query.where(audit_notes.c.who == who)
    if before:
        query = query.where(audit_notes.c.id < before)
    return [AuditNote(*row) for row in conn.execute(query)]

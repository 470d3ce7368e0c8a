"""Messages: one utterance each, in or out or a note, on one channel, always somebody's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, literal_column, select, tuple_, update

from hub.errors import NotFound
from hub.ids import new_id
from hub.model import Direction, MessageKind
from hub.reasons import Reason
from hub.store.dialect import upsert
from hub.store.sets import SetStatement
from hub.store.tables import messages
from hub.store.visibility import EVERYTHING, Visibility

FORWARDED = "forwarded_from"  # names the mail it was, in the parts of a message that went on to others
OUTCOME = "outcome"  # what came of a call, in the parts of the message that is the call
NOTED = "noted"  # the id of the note about it, likewise


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the stream. html is already safe to show; provider_id is the provider's own id as received.

    peer: the customer's handle on this channel; parts: structure that is neither text nor file (call facts,
    RFC Message-IDs in `references`, the cid map of inline images); sorted_as: of what came; sorted_sign,
    sorted_because: why (hub.reasons).
    """

    id: str
    customer_id: str
    conversation_id: str | None
    channel: str
    channel_type: str
    direction: str
    kind: str
    provider_id: str | None
    peer: str
    client_id: str | None
    raw_id: str | None
    in_reply_to: str | None
    author_id: str | None
    author_name: str
    from_handle: str
    to_handle: str
    subject: str
    text: str
    html: str
    quoted_text: str
    parts: Mapping[str, Any]
    automatic: bool
    campaign_id: str | None
    occurred_at: int
    created_at: int
    edited_at: int | None
    deleted_at: int | None
    sorted_as: str = ""
    sorted_sign: str = ""
    sorted_because: str = ""

    @property
    def replaced_files(self) -> frozenset[str]:
        """Ids of files that an edit took out of the message; they are kept, and no longer what it holds."""
        edits = (edit.get("files") for edit in self._listed("edits") if isinstance(edit, dict))
        return frozenset(id for files in edits if isinstance(files, list) for id in files if isinstance(id, str))

    @property
    def shared(self) -> list[str]:
        """What it holds besides typed words: "place", "contact"..."""
        return [kind for kind in self._listed("shared") if isinstance(kind, str)]

    @property
    def sorted_why(self) -> Reason:
        return Reason(self.sorted_sign, self.sorted_because)

    @property
    def lost_files(self) -> list[dict[str, str]]:
        """Files that could not be fetched: filename and reason."""
        lost = (file for file in self._listed("lost_files") if isinstance(file, dict))
        return [{name: str(file.get(name) or "") for name in ("filename", "reason")} for file in lost]

    @property
    def also_to(self) -> list[str]:
        """Other mailboxes of ours that the same mail came to."""
        return [address for address in self._listed("also_to") if isinstance(address, str)]

    @property
    def duration(self) -> int | None:
        """Of a recording, in seconds."""
        seconds = self.parts.get("duration")
        return seconds if type(seconds) is int and seconds >= 0 else None

    def _listed(self, name: str) -> list[Any]:
        listed = self.parts.get(name)
        return listed if isinstance(listed, list) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    customer_id: str
    conversation_id: str | None
    channel: str
    channel_type: str
    direction: Direction
    occurred_at: int
    created_at: int
    kind: MessageKind = MessageKind.TEXT
    provider_id: str | None = None
    peer: str = ""
    client_id: str | None = None
    raw_id: str | None = None
    in_reply_to: str | None = None
    author_id: str | None = None
    author_name: str = ""
    from_handle: str = ""
    to_handle: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    quoted_text: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)
    automatic: bool = False
    sorted_as: str = ""
    sorted_sign: str = ""
    sorted_because: str = ""
    campaign_id: str | None = None


MESSAGE = tuple(messages.c[name] for name in Message.__dataclass_fields__)
_NEW = tuple(f.name for f in fields(NewMessage))
_ONE = select(*MESSAGE).where(messages.c.id == bindparam("id"))


def append_message(conn: Connection, new: NewMessage) -> str | None:
    """Its id, or None when the provider (or the client) gave us this very message before."""
    row = {name: getattr(new, name) for name in _NEW} | {"id": new_id()}
    inserted = conn.execute(upsert(conn, messages).on_conflict_do_nothing(), row).rowcount
    return row["id"] if inserted else None


def get_message(conn: Connection, id: str) -> Message:
    row = conn.execute(_ONE, {"id": id}).first()
    if row is None:
        raise NotFound("there is no such message")
    return Message(*row)


def find_provider_message(
    conn: Connection, channel: str, direction: str, peer: str, provider_id: str
) -> Message | None:
    """By what the provider calls it, within one correspondent."""
    query = select(*MESSAGE).where(
        messages.c.channel == channel,
        messages.c.direction == direction,
        messages.c.peer == peer,
        messages.c.provider_id == provider_id,
    )
    row = conn.execute(query.limit(1)).first()
    return Message(*row) if row else None


def find_client_message(conn: Connection, conversation_id: str, client_id: str) -> Message | None:
    query = select(*MESSAGE).where(messages.c.conversation_id == conversation_id, messages.c.client_id == client_id)
    row = conn.execute(query).first()
    return Message(*row) if row else None


def find_raw_message(conn: Connection, raw_id: str) -> Message | None:
    row = conn.execute(select(*MESSAGE).where(messages.c.raw_id == raw_id).limit(1)).first()
    return Message(*row) if row else None


_MAIL: ColumnElement[bool] = literal_column("messages.channel_type = 'email' AND messages.provider_id IS NOT NULL")


def find_twin(conn: Connection, new: NewMessage) -> Message | None:
    """What came under the same Message-ID into the same conversation by another of our mailboxes."""
    query = select(*MESSAGE).where(
        _MAIL,  # as the index of mails says it
        messages.c.provider_id == new.provider_id,
        messages.c.conversation_id == new.conversation_id,
        messages.c.direction == new.direction,
        messages.c.channel != new.channel,
    )
    row = conn.execute(query.limit(1)).first() if new.provider_id and new.channel_type == "email" else None
    return Message(*row) if row else None


def find_last_inbound(conn: Connection, conversation_id: str, channel_type: str = "", peer: str = "") -> Message | None:
    """The newest message the customer sent here (on that type of channel, from that handle, where given)."""
    query = (
        select(*MESSAGE)
        .where(messages.c.conversation_id == conversation_id, messages.c.direction == Direction.IN)
        .where(messages.c.kind != MessageKind.EVENT)
        .order_by(messages.c.occurred_at.desc(), messages.c.id.desc())
        .limit(1)
    )
    if channel_type:
        query = query.where(messages.c.channel_type == channel_type)
    row = conn.execute(query.where(messages.c.peer == peer) if peer else query).first()
    return Message(*row) if row else None


def find_last_peer(conn: Connection, customer_id: str, channel_type: str) -> str:
    """The handle the customer wrote or called from last on that type of channel, or ""."""
    said = (messages.c.customer_id == customer_id, messages.c.channel_type == channel_type)
    query = select(messages.c.peer).where(*said, messages.c.direction == Direction.IN).limit(1)
    return conn.scalar(query.order_by(messages.c.occurred_at.desc(), messages.c.id.desc())) or ""


def list_messages(
    conn: Connection, conversation_id: str, after: tuple[int, str] = (0, ""), limit: int = 50
) -> list[Message]:
    """In time order, after (occurred_at, id)."""
    query = (
        select(*MESSAGE)
        .where(messages.c.conversation_id == conversation_id, messages.c.deleted_at.is_(None))
        .where(
            (messages.c.occurred_at > after[0]) | ((messages.c.occurred_at == after[0]) & (messages.c.id > after[1]))
        )
        .order_by(messages.c.occurred_at, messages.c.id)
        .limit(limit)
    )
    return [Message(*row) for row in conn.execute(query)]


def list_latest_messages(
    conn: Connection, conversation_id: str, before: tuple[int, str] | None = None, limit: int = 50
) -> list[Message]:
    """The newest page (or the page before (occurred_at, id)), in time order."""
    query = select(*MESSAGE).where(messages.c.conversation_id == conversation_id, messages.c.deleted_at.is_(None))
    if before:
        query = query.where(tuple_(messages.c.occurred_at, messages.c.id) < before)
    rows = conn.execute(query.order_by(messages.c.occurred_at.desc(), messages.c.id.desc()).limit(limit)).all()
    return [Message(*row) for row in reversed(rows)]


def list_timeline(
    conn: Connection,
    customer_id: str,
    before: tuple[int, str] | None = None,
    limit: int = 50,
    visibility: Visibility = EVERYTHING,
    *wanted: ColumnElement[bool],
) -> list[Message]:
    """Everything of one customer over all conversations and campaigns, newest first; wanted: only such."""
    theirs = (messages.c.customer_id == customer_id, messages.c.deleted_at.is_(None), *visibility.of_messages())
    query = select(*MESSAGE).where(*theirs, *wanted)
    if before:
        query = query.where(tuple_(messages.c.occurred_at, messages.c.id) < before)
    rows = conn.execute(query.order_by(messages.c.occurred_at.desc(), messages.c.id.desc()).limit(limit))
    return [Message(*row) for row in rows]


def find_last_channel(conn: Connection, customer_id: str, type: str, **said: str) -> str | None:
    """On which channel of a type the customer wrote last, or was written to by no campaign. said: direction, and what
    else is given: conversation_id, peer."""
    own = (messages.c.customer_id == customer_id, messages.c.kind != MessageKind.CAMPAIGN)
    such = (messages.c[name] == value for name, value in said.items() if value)
    query = select(messages.c.channel).where(*own, messages.c.channel_type == type, *such)
    found: str | None = conn.scalar(query.order_by(messages.c.occurred_at.desc(), messages.c.id.desc()).limit(1))
    return found


def mark_persons(conn: Connection, conversation_id: str, sorts: Sequence[str], sign: str) -> list[str]:
    """What was sorted as one of these in a conversation is a person's; the handles it came from."""
    there = (messages.c.conversation_id == conversation_id) & messages.c.sorted_as.in_(sorts)
    peers = list(conn.scalars(select(messages.c.peer).where(there).distinct()))
    values = {"sorted_as": "person", "sorted_sign": sign, "sorted_because": "", "automatic": False}
    conn.execute(update(messages).where(there).values(**values))
    return peers


def count_answers(conn: Connection, customer_id: str, since: int) -> dict[str, int]:
    """Channel type -> how many messages the customer wrote there since then."""
    query = (
        select(messages.c.channel_type, func.count())
        .where(messages.c.customer_id == customer_id, messages.c.direction == Direction.IN)
        .where(messages.c.occurred_at >= since)
        .group_by(messages.c.channel_type)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def mark_message(conn: Connection, id: str, **changes: Any) -> None:
    """Set text, provider_id, parts, edited_at, deleted_at, conversation_id..."""
    conn.execute(update(messages).where(messages.c.id == id).values(**changes))


_NAME = SetStatement(
    "message text, name text",
    "UPDATE messages SET provider_id = v.name FROM v WHERE id = v.message AND coalesce(provider_id, '') <> v.name",
)


def mark_provider_ids(conn: Connection, named: Mapping[str, str]) -> None:
    """Message -> the id its provider gave it."""
    _NAME(conn, list(named.items()))

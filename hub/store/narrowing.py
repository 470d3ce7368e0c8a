"""Narrows what a search finds: who said it, when, on which channel, in what state it is, what is attached to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from hub.model import ConversationState, Direction, MessageKind
from hub.store.blobs import FETCHED
from hub.store.tables import attachments, conversation_labels, conversations, customers, labels, messages
from hub.store.visibility import Visibility

_m, _c = messages.c, conversations.c


@dataclass(frozen=True, slots=True)
class Narrowing:
    """All that is given holds. people: parts of names or addresses of who said it; to: likewise, of whom it went to;
    states: words of STATES and of KINDS; channels: types or configured names; since, before: milliseconds; files: has
    some; labels: names, of the conversation."""

    people: Sequence[str] = ()
    to: Sequence[str] = ()
    states: Sequence[str] = ()
    channels: Sequence[str] = ()
    since: int | None = None
    before: int | None = None
    files: bool = False
    labels: Sequence[str] = ()

    def __bool__(self) -> bool:
        return self != NOTHING


NOTHING = Narrowing()
KINDS: dict[str, ColumnElement[bool]] = {
    "reply": and_(_m.direction == Direction.OUT, _m.kind == MessageKind.TEXT),
    "note": _m.direction == Direction.NOTE,
    "call": _m.kind == MessageKind.CALL,
    "voicemail": _m.kind == MessageKind.VOICEMAIL,
}
STATES: dict[str, ColumnElement[bool]] = {
    "open": _c.state == ConversationState.OPEN,
    "snoozed": _c.state == ConversationState.SNOOZED,
    "done": _c.state == ConversationState.CLOSED,
    "unread": _c.unread > 0,
    "waiting": and_(_c.waiting_since.is_not(None), _c.state == ConversationState.OPEN),
}


def list_narrowed(conn: Connection, narrowing: Narrowing, ids: Collection[str]) -> set[str]:
    """Those of these messages to which all of it applies."""
    return set(conn.scalars(select(_m.id).where(_m.id.in_(ids), *_conditions(conn, narrowing))))


def list_newest(
    conn: Connection, narrowing: Narrowing, after: str | None, limit: int, visibility: Visibility
) -> list[str]:
    """Ids of messages to which it applies, without any words being looked for; newest first, after that id."""
    query = select(_m.id).where(_m.deleted_at.is_(None), *visibility.of_messages(), *_conditions(conn, narrowing))
    query = query.where(_m.id < after) if after else query
    return list(conn.scalars(query.order_by(_m.id.desc()).limit(limit)))


def _conditions(conn: Connection, wanted: Narrowing) -> list[ColumnElement[bool]]:
    found = [_said_by(part) for part in wanted.people]
    found += [_holds(_m.to_handle, _lowered(part)) for part in wanted.to]
    found += [KINDS[word] for word in wanted.states if word in KINDS]
    of_case = [STATES[word] for word in wanted.states if word in STATES]
    if of_case:
        found.append(exists().where(_c.id == _m.conversation_id, *of_case))
    if wanted.channels:
        found.append(or_(_m.channel_type.in_(wanted.channels), _m.channel.in_(wanted.channels)))
    if wanted.since is not None:
        found.append(_m.occurred_at >= wanted.since)
    if wanted.before is not None:
        found.append(_m.occurred_at < wanted.before)
    if wanted.files:
        found.append(exists().where(attachments.c.message_id == _m.id, attachments.c.position < FETCHED))
    return found + [_labelled(conn, name) for name in wanted.labels]


def _said_by(part: str) -> ColumnElement[bool]:
    """A customer by the name we know, too: a text message names nobody."""
    known = exists().where(
        customers.c.id == _m.customer_id, or_(*(_holds(customers.c.name, spelt) for spelt in _spellings(part)))
    )
    told = [_holds(column, spelt) for column in (_m.author_name, _m.from_handle) for spelt in _spellings(part)]
    return or_(*told, and_(_m.direction == Direction.IN, known))


def _spellings(part: str) -> set[str]:
    """SQLite's lower() knows the 26 letters only: another one may stand as it was typed, large, small or at the head
    of a word."""
    return {_lowered(spelt) for spelt in (part, part.lower(), part.upper(), part.title())}


def _holds(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    return func.lower(column).contains(part, autoescape=True)


def _lowered(part: str) -> str:
    """As SQLite lowers it."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in part)


def _labelled(conn: Connection, name: str) -> ColumnElement[bool]:
    link = conversation_labels.c
    named = [id for id, known in conn.execute(select(labels.c.id, labels.c.name)) if known.lower() == name.lower()]
    return exists().where(link.conversation_id == _m.conversation_id, link.label_id.in_(named))

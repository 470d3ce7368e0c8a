"""A customer's timeline, a page at a time: all of it, or only what one wants to see."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, or_, select

from hub.model import Direction, MessageKind
from hub.store.events import Happening
from hub.store.messages import list_timeline
from hub.store.tables import events, messages
from hub.store.threads import HAPPENING, MAX_HAPPENINGS, PAGE, SHOWN, Thread, complete_thread
from hub.store.visibility import EVERYTHING, Visibility

CONSENTS = ("consent.granted", "consent.withdrawn", "consent.paused", "consent.resumed")
REACTIONS = ("campaign.opened", "campaign.clicked", "sequence.clicked")
_apart = (MessageKind.CALL, MessageKind.VOICEMAIL, MessageKind.CAMPAIGN)
SAID: Mapping[str, ColumnElement[bool]] = {
    "messages": messages.c.kind.not_in(_apart) & (messages.c.direction != Direction.NOTE),
    "calls": messages.c.kind.in_((MessageKind.CALL, MessageKind.VOICEMAIL)),
    "notes": messages.c.direction == Direction.NOTE,
    "campaigns": messages.c.kind == MessageKind.CAMPAIGN,
}
DONE: Mapping[str, Sequence[str]] = {
    "campaigns": REACTIONS,
    "consent": CONSENTS,
    "quotes": tuple(one for one in SHOWN if one.startswith("quote.")),
    "orders": tuple(one for one in SHOWN if one.startswith("order.")),
    "tasks": tuple(one for one in SHOWN if one.startswith("task.")),
    "complaints": tuple(one for one in SHOWN if one.startswith("complaint.")),
    "surveys": ("survey.answered",),
    "system": tuple(one for one in SHOWN if one.split(".")[0] in ("conversation", "address", "chat")),
}
FILTERS = tuple(dict.fromkeys((*SAID, *DONE)))
Before = tuple[int, str]  # instant and id of the first entry of the page after


def load_timeline(
    conn: Connection,
    customer_id: str,
    before: Before | None = None,
    visibility: Visibility = EVERYTHING,
    only: Collection[str] = (),
) -> Thread:
    """Over all conversations and campaigns: the newest page, or the one before. only: some of FILTERS; none is all.

    Messages make the page, and what was done stands between them; where no messages are wanted, deeds make it.
    """
    said = [condition for name, condition in SAID.items() if not only or name in only]
    done = [type for name, types in DONE.items() if not only or name in only for type in types]
    if not said:
        found = _list_done(conn, customer_id, done, before, visibility, PAGE + 1)
        return complete_thread(conn, (), list(reversed(found[:PAGE])), len(found) > PAGE)
    wanted = [or_(*said)] if only else []
    spoken = list_timeline(conn, customer_id, before, PAGE + 1, visibility, *wanted)
    shown = list(reversed(spoken[:PAGE]))
    since = shown[0].occurred_at if len(spoken) > PAGE else 0
    until = (before[0], "") if before else None
    happenings = _list_done(conn, customer_id, done, until, visibility, MAX_HAPPENINGS, since) if done else []
    return complete_thread(conn, shown, list(reversed(happenings)), len(spoken) > PAGE)


def _list_done(
    conn: Connection,
    customer_id: str,
    types: Sequence[str],
    before: Before | None,
    visibility: Visibility,
    limit: int,
    since: int = 0,
) -> list[Happening]:
    """Newest first."""
    query = select(*HAPPENING).where(
        events.c.customer_id == customer_id,
        events.c.type.in_(types),
        events.c.id >= f"{since:012x}",
        *visibility.of_events(),
    )
    if before:
        at, id = before
        query = query.where(events.c.id < (id or f"{at:012x}"))
    return [Happening(*row) for row in conn.execute(query.order_by(events.c.id.desc()).limit(limit))]

"""How people react to a campaign: what they answered, when they clicked and answered, and what work that made."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, or_, select

from hub.model import ConversationState, Direction
from hub.store.recipients import Recipient
from hub.store.tables import campaign_recipients, conversations, messages
from hub.store.unnamed import count_unnamed_by, find_last_unnamed

_r, _m, _c = campaign_recipients.c, messages.c, conversations.c


@dataclass(frozen=True, slots=True)
class Answer:
    """What a recipient said first."""

    text: str
    conversation_id: str


@dataclass(frozen=True, slots=True)
class Load:
    """The conversations that came of it: all, those that are not done, and those whose customer waits."""

    conversations: int
    open: int
    waiting: int


def list_answers(conn: Connection, rows: Sequence[Recipient]) -> Mapping[str, Answer]:
    """Customer -> what they answered, of those who did."""
    said = [and_(_m.customer_id == row.customer_id, _m.created_at == row.replied_at) for row in rows if row.replied_at]
    if not said:
        return {}
    query = select(_m.customer_id, _m.text, _m.conversation_id).where(_m.direction == Direction.IN, or_(*said))
    return {row[0]: Answer(row[1], row[2]) for row in conn.execute(query.order_by(_m.id.desc()))}


def count_marks_by(conn: Connection, campaign_id: str, mark: str, since: int, unit: int) -> Mapping[int, int]:
    """How many units after `since` -> how many reacted so for the first time. mark: clicked_at, replied_at."""
    at = _r[mark]
    unit_of = (at - since - (at - since) % unit) / unit
    query = select(unit_of, func.count()).where(_r.campaign_id == campaign_id, at.is_not(None), at >= since)
    found = Counter({int(row[0]): row[1] for row in conn.execute(query.group_by(unit_of))})
    return found + count_unnamed_by(conn, campaign_id, since, unit) if mark == "clicked_at" else found


def find_last_mark(conn: Connection, campaign_id: str) -> int | None:
    """When somebody last clicked or answered for the first time."""
    query = select(func.max(_r.clicked_at), func.max(_r.replied_at)).where(_r.campaign_id == campaign_id)
    marks = (*conn.execute(query).one(), find_last_unnamed(conn, campaign_id))
    return max((at for at in marks if at), default=None)


def count_load(conn: Connection, campaign_id: str) -> Load:
    """Of those who answered."""
    is_open, waits = _c.state != ConversationState.CLOSED, _c.waiting_since.is_not(None)
    query = select(_c.id, is_open, and_(is_open, waits)).distinct()
    query = query.join(messages, _m.conversation_id == _c.id).join(campaign_recipients, _r.message_id == _m.id)
    rows = conn.execute(query.where(_r.campaign_id == campaign_id, _r.replied_at.is_not(None))).all()
    return Load(len(rows), sum(bool(row[1]) for row in rows), sum(bool(row[2]) for row in rows))

"""Automatic replies as they were set, and whom they answered of late, which stands in the ledger of deliveries."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from hub.errors import InvalidInput, NotFound
from hub.model import Lane
from hub.store.deliveries import LANES
from hub.store.dialect import lock_name
from hub.store.settings import find_setting, forget_setting, mark_setting
from hub.store.tables import deliveries, settings_rows

KEY = "auto-reply:"
MARK = "auto_reply"  # in the payload of what answers by itself; it holds the id of the automatic reply
MOST = 50
CLOSED, BEGINS = "closed", "begins"
WHENS = (CLOSED, BEGINS)
USUAL_HOURS = 24


@dataclass(frozen=True, slots=True)
class Words:
    """Both are message templates (hub.templating.answer)."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class AutoReply:
    """when: CLOSED, outside the business hours of the conversation's team, or BEGINS, when a conversation begins or one
    that was done goes on, at whatever hour. channels: their names; none: all. hours: it is sent at most once in so many
    to one conversation. words: language -> what is said. problem: why it failed last, at failed_at."""

    id: str
    name: str
    active: bool
    when: str
    channels: tuple[str, ...]
    words: Mapping[str, Words]
    hours: int = USUAL_HOURS
    problem: str = ""
    failed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody was answered by a machine. at: when it was planned."""

    conversation_id: str | None
    kind: str
    handle: str
    at: int


_KEPT = (
    select(settings_rows.c.key, settings_rows.c.value)
    .where(settings_rows.c.key >= KEY, settings_rows.c.key < f"{KEY}~")
    .order_by(settings_rows.c.key)
    .limit(MOST)
)
# as ix_deliveries_unasked says it, so that it is found by its time
_UNASKED: ColumnElement[bool] = literal_column(
    f"lane = {LANES[Lane.AUTOMATIC]} AND purpose = '' AND conversation_id IS NOT NULL"
)
_d = deliveries.c
_by_itself = _d.payload[MARK].as_string().is_not(None)


def list_auto_replies(conn: Connection) -> list[AutoReply]:
    """The oldest first."""
    return [_auto_reply(row.key.removeprefix(KEY), row.value) for row in conn.execute(_KEPT)]


def get_auto_reply(conn: Connection, id: str) -> AutoReply:
    kept = find_setting(conn, KEY + id)
    if kept is None:
        raise NotFound("there is no such automatic reply")
    return _auto_reply(id, kept)


def add_auto_reply(conn: Connection, reply: AutoReply) -> None:
    """Raises InvalidInput when there are as many as fit."""
    lock_name(conn, "auto replies")
    if len(list_auto_replies(conn)) >= MOST:
        raise InvalidInput(f"there are {MOST} automatic replies already", "name", "enough_auto_replies")
    _keep(conn, reply)


def change_auto_reply(conn: Connection, id: str, **changes: Any) -> AutoReply:
    """What it failed by is taken as mended."""
    changed = replace(get_auto_reply(conn, id), **{"problem": "", "failed_at": None, **changes})
    _keep(conn, changed)
    return changed


def forget_auto_reply(conn: Connection, id: str) -> None:
    if not forget_setting(conn, KEY + id):
        raise NotFound("there is no such automatic reply")


def list_told(conn: Connection, customer_id: str, since: int) -> list[Told]:
    """When and where this customer was answered by a machine later than that."""
    query = select(_d.conversation_id, _d.kind, _d.handle, _d.created_at).where(
        _d.customer_id == customer_id, _d.created_at > since, _UNASKED, _by_itself
    )
    return [Told(*row) for row in conn.execute(query)]


def count_told(conn: Connection, since: int, limit: int) -> int:
    """How many were answered by a machine later than that; limit: how far it is counted."""
    some = select(_d.id).where(_UNASKED, _d.created_at > since, _by_itself).limit(limit).subquery()
    return conn.scalar(select(func.count()).select_from(some)) or 0


def _keep(conn: Connection, reply: AutoReply) -> None:
    kept = asdict(reply)
    mark_setting(conn, KEY + kept.pop("id"), kept)


def _auto_reply(id: str, kept: Mapping[str, Any]) -> AutoReply:
    words = {tag: Words(**said) for tag, said in kept["words"].items()}
    return AutoReply(**{**kept, "id": id, "channels": tuple(kept["channels"]), "words": words})

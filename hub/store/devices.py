"""Devices that are told of news while no page of theirs is open, and what waits to be told to each.

A device is a browser that somebody subscribed; it goes with the sign-out of its session, not with a session that only
grew too old. `due_at` of what waits is also the lease of whoever is telling it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from hub.errors import NotFound
from hub.store.dialect import lock_name, skip_locked, upsert
from hub.store.events import last_seq
from hub.store.settings import find_setting, is_armed, mark_setting
from hub.store.tables import agents, devices, pushes

CURSOR = "push cursor"  # a setting: the event up to which it is known who is told
MOST = 20  # devices of one agent


@dataclass(frozen=True, slots=True)
class Device:
    """id: a digest of where it is written to; session: in which it was subscribed, or was seen last; subscription:
    locked; words: it shows names and what was said; problem: why the last try failed."""

    id: str
    agent_id: str
    session: str
    subscription: str
    name: str
    words: bool
    created_at: int
    told_at: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class Push:
    """What one device is to be told; tag: of several of one tag the last one counts. kind: the type of the event."""

    device_id: str
    tag: str
    kind: str
    conversation_id: str | None
    at: int
    due_at: int
    failures: int = 0


_DEVICES = select(*(devices.c[name] for name in Device.__slots__))
_PUSHES = select(*(pushes.c[name] for name in Push.__slots__))
_ANY = select(devices.c.id).limit(1)


def has_devices(conn: Connection) -> bool:
    return conn.scalar(_ANY) is not None


def list_devices(conn: Connection, agent_id: str) -> list[Device]:
    """The newest first."""
    mine = _DEVICES.where(devices.c.agent_id == agent_id)
    return [Device(*row) for row in conn.execute(mine.order_by(devices.c.created_at.desc(), devices.c.id))]


def list_called(conn: Connection) -> dict[str, list[Device]]:
    """Agent -> devices, of everybody who works here."""
    found: dict[str, list[Device]] = {}
    for row in conn.execute(_DEVICES.join(agents, agents.c.id == devices.c.agent_id).where(agents.c.active.is_(True))):
        found.setdefault(row.agent_id, []).append(Device(*row))
    return found


def put_device(conn: Connection, device: Device) -> None:
    """A browser that comes again, or whom somebody else uses now, replaces what it was; the oldest make room."""
    if not has_devices(conn):
        mark_setting(conn, CURSOR, last_seq(conn))
    forget_devices(conn, [device.id])
    conn.execute(devices.insert().values(**{name: getattr(device, name) for name in Device.__slots__}))
    forget_devices(conn, [one.id for one in list_devices(conn, device.agent_id)[MOST:]])


def mark_device(conn: Connection, id: str, agent_id: str, changes: Mapping[str, Any]) -> None:
    """Of this agent. Raises NotFound."""
    mine = (devices.c.id == id) & (devices.c.agent_id == agent_id)
    if not conn.execute(update(devices).where(mine).values(**changes)).rowcount:
        raise NotFound("there is no such device")


def forget_devices(conn: Connection, ids: Sequence[str]) -> None:
    if ids:
        conn.execute(delete(pushes).where(pushes.c.device_id.in_(ids)))
        conn.execute(delete(devices).where(devices.c.id.in_(ids)))


def forget_own_device(conn: Connection, id: str, agent_id: str) -> None:
    """Raises NotFound."""
    mark_device(conn, id, agent_id, {"problem": ""})
    forget_devices(conn, [id])


def claim_news(conn: Connection, upto: int) -> int | None:
    """The event after which this caller says who is told, up to that one; None where somebody was faster, and in a
    restored copy, whose original tells."""
    lock_name(conn, CURSOR)
    since = find_setting(conn, CURSOR) or 0
    if since >= upto or not is_armed(conn):
        return None
    mark_setting(conn, CURSOR, upto)
    return int(since)


def find_news_cursor(conn: Connection) -> int:
    return int(find_setting(conn, CURSOR) or 0)


def queue_pushes(conn: Connection, waiting: Collection[Push]) -> None:
    """What waits already under that tag is told anew, no earlier than it was to be tried again."""
    for one in waiting:
        row: Mapping[str, Any] = {name: getattr(one, name) for name in Push.__slots__}
        anew = {"kind": one.kind, "conversation_id": one.conversation_id, "at": one.at}
        insert = upsert(conn, pushes).values(**row)
        conn.execute(insert.on_conflict_do_update(index_elements=["device_id", "tag"], set_=anew))


def claim_pushes(conn: Connection, now: int, lease: int, limit: int) -> list[tuple[Push, Device]]:
    """Those whose time has come; nobody else gets them for `lease` milliseconds. None in a restored copy."""
    if not is_armed(conn):
        return []
    due = skip_locked(conn, _PUSHES.where(pushes.c.due_at <= now).order_by(pushes.c.due_at).limit(limit))
    claimed = [Push(*row) for row in conn.execute(due)]
    for one in claimed:
        conn.execute(update(pushes).where(_is(one)).values(due_at=now + lease))
    ids = {one.device_id for one in claimed}
    known = {row.id: Device(*row) for row in conn.execute(_DEVICES.where(devices.c.id.in_(ids)))} if ids else {}
    return [(one, known[one.device_id]) for one in claimed]


def forget_push(conn: Connection, push: Push, now: int) -> None:
    """It is told, or not worth telling any more; what came under its tag meanwhile is due."""
    if not conn.execute(delete(pushes).where(_is(push), pushes.c.at == push.at)).rowcount:
        conn.execute(update(pushes).where(_is(push)).values(due_at=now))


def mark_told(conn: Connection, push: Push, now: int) -> None:
    conn.execute(update(devices).where(devices.c.id == push.device_id).values(told_at=now, problem=""))
    forget_push(conn, push, now)


def mark_untold(conn: Connection, push: Push, problem: str, due_at: int) -> None:
    conn.execute(update(devices).where(devices.c.id == push.device_id).values(problem=problem[:500]))
    conn.execute(update(pushes).where(_is(push)).values(due_at=due_at, failures=pushes.c.failures + 1))


def _is(push: Push) -> Any:
    return (pushes.c.device_id == push.device_id) & (pushes.c.tag == push.tag)

"""Notices dead processes by their missing heartbeat and settles what they held.

A delivery that had not begun to leave is queued again; one that was just leaving becomes `unknown`.
"""

import os
import socket
from collections.abc import Mapping

from sqlalchemy import Connection

from hub.clock import Clock
from hub.model import DeliveryState
from hub.outbound.delivery_events import append_delivery_event
from hub.outbound.ledger import follow
from hub.outbound.outcomes import taken
from hub.reasons import Reason, Why
from hub.store.database import Store
from hub.store.dialect import database_now
from hub.store.outbox import recover
from hub.store.processes import (
    SILENT,
    Process,
    add_process,
    forget_process,
    free_raws,
    is_known,
    list_lost_owners,
    list_processes,
    mark_alive,
)
from hub.store.pulse import list_marks

BEAT = 0.7  # seconds
WAITED = 1_500  # milliseconds between seeing somebody dead and writing it, after which it is no longer sure


async def enter(store: Store, process_id: str) -> None:
    """From now on this process may hold leases, as long as it beats."""
    await store.write(add_process, process_id, socket.gethostname(), os.getpid())


async def beat(store: Store, process_id: str) -> Mapping[str, int]:
    """Once every BEAT seconds; what there is to do (hub.store.pulse), seen in the same transaction. If others took us
    for dead meanwhile, we start anew under the same name: our old leases are theirs to settle, and `mark_committing`
    refuses them here."""
    alive, marks = await store.write_first(_beat, process_id)
    if not alive:
        await enter(store, process_id)
    return marks


async def renew(store: Store, process_id: str, clock: Clock) -> None:
    """After the store was away nobody knows which claims it still kept: our leases are settled like a dead
    process's, and we begin anew. What is just being sent writes its own outcome over `unknown`."""
    await store.write(_begin_anew, process_id, clock.now())


async def leave(store: Store, process_id: str, clock: Clock) -> None:
    """A clean stop: whatever is still held is settled now."""
    await store.write(_end, process_id, clock.now())


async def reap_dead(store: Store, clock: Clock, own_id: str) -> int:
    """Settle what processes held that went silent; how many deliveries became unknown."""
    everybody, now = await store.read(list_processes)
    lost = 0
    for process in everybody:
        if process.id != own_id and is_dead(process, now):
            lost += await store.write(reap, process, now, clock.now())
    return lost


async def reap_lost(store: Store, clock: Clock) -> int:
    """Settle what is held by nobody we know; how many deliveries became unknown."""
    return sum([await store.write(_reap_lost, owner, clock.now()) for owner in await store.read(list_lost_owners)])


def reap(conn: Connection, process: Process, seen_at: int, at: int) -> int:
    """As it was seen dead then, by the clock of the heartbeats. Where we waited for so long to write this, the silent
    one may have waited for the same: it is looked at again. Where it has beaten meanwhile, it lives."""
    if not _is_gone(process) and database_now(conn) - seen_at > WAITED:
        return 0
    # Of all who see it dead only the one who deletes its row ends its leases: a second would end what the process, come
    # back under the same name, is sending by then.
    return end_leases(conn, process.id, at) if forget_process(conn, process.id, process.beat_at) else 0


def _reap_lost(conn: Connection, owner: str, at: int) -> int:
    return 0 if is_known(conn, owner) else end_leases(conn, owner, at)  # it may have come back since


def _beat(conn: Connection, process_id: str) -> tuple[bool, Mapping[str, int]]:
    return mark_alive(conn, process_id), list_marks(conn, process_id)


def _begin_anew(conn: Connection, process_id: str, at: int) -> None:
    """In one transaction: an answer that is lost again must not leave us with leases and without a name."""
    _end(conn, process_id, at)
    add_process(conn, process_id, socket.gethostname(), os.getpid())


def _end(conn: Connection, process_id: str, at: int) -> None:
    forget_process(conn, process_id)  # others may have done so, and we may have claimed since
    end_leases(conn, process_id, at)


def end_leases(conn: Connection, process_id: str, at: int) -> int:
    """Its leases end; how many deliveries became unknown."""
    free_raws(conn, process_id)
    _, lost, sent = recover(conn, process_id, at)
    follow(conn, [taken(item, DeliveryState.SENT, item.provider_id) for item in sent], at)
    for delivery in lost:
        append_delivery_event(conn, delivery, DeliveryState.UNKNOWN, Reason(Why.PROCESS_DIED), at)
    return len(lost)


def is_dead(process: Process, now: int) -> bool:
    """Silent for too long; on this machine also when there is no such process any more."""
    return now - process.beat_at > SILENT or _is_gone(process)


def _is_gone(process: Process) -> bool:
    return process.host == socket.gethostname() and not _runs(process.pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

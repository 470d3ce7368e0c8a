"""Notices dead processes by their missing heartbeat and settles what they held.

A delivery that had not begun to leave is queued again; one that was just leaving becomes `unknown`.
"""

import os
import socket

from sqlalchemy import Connection

from hub.clock import Clock
from hub.delivery import announce
from hub.model import DeliveryState
from hub.store.database import Store
from hub.store.outbox import recover
from hub.store.processes import SILENT, Process, add_process, forget_process, list_processes, mark_alive

BEAT = 0.7  # seconds


async def enter(store: Store, process_id: str) -> None:
    """From now on this process may hold leases, as long as it beats."""
    await store.write(add_process, process_id, socket.gethostname(), os.getpid())


async def beat(store: Store, process_id: str) -> None:
    """Once every BEAT seconds. If others took us for dead meanwhile, we start anew under the same name: our old
    leases are theirs to settle, and `mark_committing` refuses them here."""
    if not await store.write(mark_alive, process_id):
        await enter(store, process_id)


async def renew(store: Store, process_id: str, clock: Clock) -> None:
    """After the store was away nobody knows which claims it still kept: our leases are settled like a dead
    process's, and we begin anew. What is just being sent writes its own outcome over `unknown`."""
    await store.write(bury, process_id, clock.now())
    await enter(store, process_id)


async def leave(store: Store, process_id: str, clock: Clock) -> None:
    """A clean stop: whatever is still held is settled now."""
    await store.write(bury, process_id, clock.now())


async def bury_dead(store: Store, clock: Clock, own_id: str) -> int:
    """Settle what dead processes held; how many deliveries became unknown."""
    everybody, now = await store.read(list_processes)
    lost = 0
    for process in everybody:
        if process.id != own_id and is_dead(process, now):
            lost += await store.write(bury, process.id, clock.now())
    return lost


def bury(conn: Connection, process_id: str, at: int) -> int:
    if not forget_process(conn, process_id):
        return 0
    _, lost = recover(conn, process_id, at)
    for delivery in lost:
        announce(conn, delivery, DeliveryState.UNKNOWN, "the process died while it was being handed over", at)
    return len(lost)


def is_dead(process: Process, now: int) -> bool:
    """Silent for too long; on this machine also when there is no such process any more."""
    if now - process.beat_at > SILENT:
        return True
    return process.host == socket.gethostname() and not _runs(process.pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

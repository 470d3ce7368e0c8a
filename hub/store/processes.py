"""Which processes live: a lease names its process, and a process that stopped beating has lost its leases."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from hub.store.dialect import database_now
from hub.store.tables import processes, raw_inbound

SILENT = 3_500  # milliseconds without a heartbeat: dead


@dataclass(frozen=True, slots=True)
class Process:
    id: str
    host: str
    pid: int
    beat_at: int


def add_process(conn: Connection, id: str, host: str, pid: int) -> None:
    conn.execute(processes.insert(), {"id": id, "host": host, "pid": pid, "beat_at": database_now(conn)})


def mark_alive(conn: Connection, id: str) -> bool:
    """False when others have already taken us for dead."""
    statement = update(processes).where(processes.c.id == id).values(beat_at=database_now(conn))
    return conn.execute(statement).rowcount == 1


def list_processes(conn: Connection) -> tuple[list[Process], int]:
    """All of them, and the time by which their heartbeats count."""
    rows = conn.execute(select(processes.c.id, processes.c.host, processes.c.pid, processes.c.beat_at))
    return [Process(*row) for row in rows], database_now(conn)


def forget_process(conn: Connection, id: str) -> bool:
    """Remove it and free the raws it was reading. False when somebody else was faster."""
    if conn.execute(delete(processes).where(processes.c.id == id)).rowcount == 0:
        return False
    conn.execute(update(raw_inbound).where(raw_inbound.c.owner == id).values(owner=None))
    return True

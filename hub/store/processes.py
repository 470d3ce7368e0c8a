"""Which processes live: a lease names its process, and a process that stopped beating has lost its leases."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, literal_column, select, union, update

from hub.store.dialect import database_now, now_of_database
from hub.store.tables import deliveries, processes, raw_inbound

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
    statement = update(processes).where(processes.c.id == id).values(beat_at=now_of_database(conn))
    return conn.execute(statement).rowcount == 1


def list_processes(conn: Connection) -> tuple[list[Process], int]:
    """All of them, and the time by which their heartbeats count."""
    rows = conn.execute(select(processes.c.id, processes.c.host, processes.c.pid, processes.c.beat_at))
    return [Process(*row) for row in rows], database_now(conn)


def forget_process(conn: Connection, id: str, beat_at: int | None = None) -> bool:
    """False when somebody else was faster, or it has beaten since then."""
    unheard = () if beat_at is None else (processes.c.beat_at == beat_at,)
    return conn.execute(delete(processes).where(processes.c.id == id, *unheard)).rowcount == 1


def is_known(conn: Connection, id: str) -> bool:
    return conn.scalar(select(processes.c.id).where(processes.c.id == id)) is not None


def free_raws(conn: Connection, id: str) -> None:
    """What it was reading, anybody may read."""
    reading = raw_inbound.c.state == literal_column("'new'")
    conn.execute(update(raw_inbound).where(reading, raw_inbound.c.owner == id).values(owner=None))


def list_lost_owners(conn: Connection) -> list[str]:
    """Who holds leases and is no process: it was buried while it slept, claimed once more and died."""
    known = select(processes.c.id)
    claims = [
        select(table.c.owner).where(table.c.state == literal_column(f"'{state}'"), table.c.owner.not_in(known))
        for table, state in ((raw_inbound, "new"), (deliveries, "sending"))
    ]
    return list(conn.scalars(union(*claims)))

"""What a sequence did before it was changed, for those who are still in it, and how many stand at which step."""

from dataclasses import replace

from sqlalchemy import Connection, exists, func, select

from hub.errors import NotFound
from hub.store.dialect import lock_row
from hub.store.sequences import WAITING, StoredSequence, get_sequence
from hub.store.tables import sequence_runs, sequence_versions, sequences


def lock_sequence(conn: Connection, id: str) -> StoredSequence:
    """As it is once whoever else changes it, or names who gets into it, is done; they wait for us in turn."""
    lock_row(conn, sequences, id)
    return get_sequence(conn, id)


def keep_version(conn: Connection, sequence: StoredSequence) -> bool:
    """Put aside what it asks and does now, if somebody is in it: who is in a version goes through that one to its end.
    Whether it was put aside."""
    waiting = exists().where(
        sequence_runs.c.sequence_id == sequence.id,
        sequence_runs.c.version == sequence.version,
        sequence_runs.c.state == WAITING,
    )
    if not conn.scalar(select(waiting)):
        return False
    kept = {"trigger": dict(sequence.trigger), "steps": list(sequence.steps)}
    conn.execute(sequence_versions.insert(), {"sequence_id": sequence.id, "version": sequence.version, **kept})
    return True


def in_version(conn: Connection, sequence: StoredSequence, version: int) -> StoredSequence:
    """As it was in that version. Raises NotFound."""
    if version == sequence.version:
        return sequence
    v = sequence_versions.c
    row = conn.execute(select(v.trigger, v.steps).where(v.sequence_id == sequence.id, v.version == version)).first()
    if row is None:
        raise NotFound("there is no such version of the sequence")
    return replace(sequence, trigger=row.trigger, steps=row.steps, version=version)


def count_steps(conn: Connection, sequence_id: str) -> dict[tuple[int, int], int]:
    """(version, step that comes next) -> how many wait for it."""
    r = sequence_runs.c
    query = select(r.version, r.step, func.count()).where(r.sequence_id == sequence_id, r.state == WAITING)
    return {(row[0], row[1]): row[2] for row in conn.execute(query.group_by(r.version, r.step))}

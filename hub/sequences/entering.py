"""Who gets into a sequence because of what they are: in a segment, or somebody with a birthday.

Looked for once a minute, in statements over all customers. What begins a run is its trigger's id, the segment or the
day: whoever looks again, or at the same time, lets nobody in twice.
"""

from calendar import isleap
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.clock import DAY, MINUTE, instant_of
from hub.sequences.definition import LOOKED_FOR, DateTrigger, SegmentTrigger, milliseconds, read_trigger
from hub.store.condition_tree import read_condition
from hub.store.entries import LOOKED_AT, list_dated, list_entering
from hub.store.segments import find_segment
from hub.store.sequences import StoredSequence, add_runs, list_active_sequences, list_waiting_customers
from hub.store.settings import find_setting, mark_setting

PAGE = 500
LATE = DAY  # a day that was slept through is still kept, one further back is past
Row = dict[str, object]


def is_time_to_look(conn: Connection, now: int) -> bool:
    return (find_setting(conn, LOOKED_AT) or 0) + MINUTE <= now and bool(_looked_for(conn))


def look_for_entries(conn: Connection, zone: str, now: int) -> bool:
    """Begin runs for whoever came in since the last look; whether there is more. zone: the company's, for customers of
    whom nobody knows where they live."""
    more = False
    for sequence in _looked_for(conn):
        trigger = read_trigger(sequence.trigger)
        if isinstance(trigger, SegmentTrigger):
            more |= _enter(conn, sequence, trigger, now)
        elif isinstance(trigger, DateTrigger):
            _keep_dates(conn, sequence, trigger, zone, now)
    if not more:
        mark_setting(conn, LOOKED_AT, now)
    return more


def _looked_for(conn: Connection) -> list[StoredSequence]:
    return [one for one in list_active_sequences(conn) if one.trigger.get("event") in LOOKED_FOR]


def _enter(conn: Connection, sequence: StoredSequence, trigger: SegmentTrigger, now: int) -> bool:
    segment = find_segment(conn, trigger.segment)
    if segment is None:
        return False
    ids = list_entering(conn, sequence.id, segment.id, read_condition(segment.condition), now, PAGE)
    due_at = now + milliseconds(trigger.after)
    add_runs(conn, [_row(sequence, id, segment.id, due_at) for id in ids], now)
    return len(ids) == PAGE


def _keep_dates(conn: Connection, sequence: StoredSequence, trigger: DateTrigger, zone: str, now: int) -> None:
    """Whose day it is, or was within LATE, anywhere on earth."""
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    wanted = [today + timedelta(days=near - trigger.days) for near in (-2, -1, 0, 1)]
    spelled = _spelled(wanted, yearly=trigger.yearly)
    after = ""
    while page := list_dated(conn, trigger.field, list(spelled), after, PAGE):
        after = page[-1][0]
        inside = list_waiting_customers(conn, sequence.id, [id for id, _, _ in page])
        rows = []
        for id, said, home in page:
            day = spelled[said[5:] if trigger.yearly else said]
            due_at = _due(day + timedelta(days=trigger.days), trigger.at, ZoneInfo(home or zone))
            if id not in inside and max(sequence.started_at or 0, now - LATE) <= due_at <= now:
                rows.append(_row(sequence, id, day.isoformat(), due_at))
        add_runs(conn, rows, now)


def _spelled(days: Sequence[date], *, yearly: bool) -> dict[str, date]:
    """As the field says it -> the day. Who was born on 29 February has a birthday on the 28th where there is none."""
    if not yearly:
        return {day.isoformat(): day for day in days}
    found = {f"{day:%m-%d}": day for day in days}
    last = found.get("02-28")
    return found if last is None or isleap(last.year) else {**found, "02-29": last}


def _due(day: date, at: str, zone: ZoneInfo) -> int:
    return instant_of(datetime.combine(day, time.fromisoformat(at), zone))


def _row(sequence: StoredSequence, customer_id: str, trigger_id: str, due_at: int) -> Row:
    return {
        "sequence_id": sequence.id,
        "version": sequence.version,
        "customer_id": customer_id,
        "conversation_id": None,
        "trigger_id": trigger_id,
        "due_at": due_at,
    }

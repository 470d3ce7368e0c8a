"""Who gets into a sequence because of what they are: in a segment, or somebody with a birthday.

Looked for once a minute, in statements over all customers, and outside any write: only who was found is let in by one,
which looks at them again. What begins a run is its trigger's id, the segment or the day: whoever looks again, or at the
same time, lets nobody in twice.
"""

from calendar import isleap
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.clock import DAY, MINUTE, instant_of
from hub.sequences.definition import LOOKED_FOR, DateTrigger, SegmentTrigger, milliseconds, read_trigger
from hub.store.condition_tree import read_condition
from hub.store.database import Store
from hub.store.entries import LOOKED_AT, list_begun, list_dated, list_entering, list_living
from hub.store.segments import find_segment
from hub.store.sequences import StoredSequence, add_runs, list_active_sequences, list_waiting_customers
from hub.store.settings import find_setting, mark_setting

PAGE, PAGES = 500, 20  # of a segment that many come into before somebody else is heard
LATE = DAY  # a day that was slept through is still kept, one further back is past
Row = dict[str, object]


async def look_for_entries(store: Store, zone: str, now: int) -> bool:
    """Begin runs for whoever came in since the last look; whether there is more. zone: the company's, for customers of
    whom nobody knows where they live."""
    if not await store.read(_is_time, now):
        return False
    more = False
    for sequence in await store.read(_looked_for):
        trigger = read_trigger(sequence.trigger)
        if isinstance(trigger, SegmentTrigger):
            more |= await _enter(store, sequence, trigger, now)
        elif isinstance(trigger, DateTrigger):
            await _keep_dates(store, sequence, trigger, zone, now)
    if not more:
        await store.write(mark_setting, LOOKED_AT, now)
    return more


def _is_time(conn: Connection, now: int) -> bool:
    return (find_setting(conn, LOOKED_AT) or 0) + MINUTE <= now and bool(_looked_for(conn))


def _looked_for(conn: Connection) -> list[StoredSequence]:
    return [one for one in list_active_sequences(conn) if one.trigger.get("event") in LOOKED_FOR]


async def _enter(store: Store, sequence: StoredSequence, trigger: SegmentTrigger, now: int) -> bool:
    """Whether more wait to come in."""
    after, due_at = "", now + milliseconds(trigger.after)
    for _ in range(PAGES):
        ids = await store.read(_list_entering, sequence, trigger.segment, now, after)
        if ids:
            await store.write(_let_in, sequence, [_row(sequence, id, trigger.segment, due_at) for id in ids], now)
        if len(ids) < PAGE:
            return False
        after = ids[-1]
    return True


def _list_entering(conn: Connection, sequence: StoredSequence, segment_id: str, now: int, after: str) -> list[str]:
    segment = find_segment(conn, segment_id)
    if segment is None:
        return []
    return list_entering(conn, sequence.id, segment.id, read_condition(segment.condition), now, after, PAGE)


async def _keep_dates(store: Store, sequence: StoredSequence, trigger: DateTrigger, zone: str, now: int) -> None:
    """Whose day it is, or was within LATE, anywhere on earth."""
    after: str | None = ""
    while after is not None:
        rows, after = await store.read(_list_dates, sequence, trigger, zone, now, after)
        if rows:
            await store.write(_let_in, sequence, rows, now)


def _list_dates(
    conn: Connection, sequence: StoredSequence, trigger: DateTrigger, zone: str, now: int, after: str
) -> tuple[list[Row], str | None]:
    """Who is to be let in of a page of those whose day is near, and where the next page begins."""
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    wanted = [today + timedelta(days=near - trigger.days) for near in (-2, -1, 0, 1)]
    spelled = _spelled(wanted, yearly=trigger.yearly)
    page = list_dated(conn, trigger.field, list(spelled), after, PAGE)
    begun = list_begun(conn, sequence.id, [id for id, _, _ in page])
    rows = []
    for id, said, home in page:
        day = spelled[said[5:] if trigger.yearly else said]
        due_at = _due(day + timedelta(days=trigger.days), trigger.at, ZoneInfo(home or zone))
        is_due = max(sequence.started_at or 0, now - LATE) <= due_at <= now
        if is_due and (id, day.isoformat()) not in begun:
            rows.append(_row(sequence, id, day.isoformat(), due_at))
    return rows, page[-1][0] if len(page) == PAGE else None


def _let_in(conn: Connection, sequence: StoredSequence, rows: Sequence[Row], now: int) -> None:
    """Those who are customers still and not inside, unless the sequence was changed or halted since they were found."""
    if sequence not in _looked_for(conn):
        return
    ids = [str(row["customer_id"]) for row in rows]
    free = list_living(conn, ids) - list_waiting_customers(conn, sequence.id, ids)
    add_runs(conn, [row for row in rows if row["customer_id"] in free], now)


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

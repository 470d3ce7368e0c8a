"""What a sequence is for, and who has done it: followed a link in it, ordered, written to us, been given a label.

A goal is one word: clicked, ordered, replied, or label:<name>; "" for none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, exists, func, literal, or_, select

from hub.clock import DAY
from hub.model import Direction
from hub.store.campaign_value import Bought
from hub.store.sales import CANCELLED
from hub.store.sequences import DONE, WAITING, Run
from hub.store.tables import customer_labels, labels, messages, orders, sequence_runs, sequences, step_messages
from hub.store.unnamed import GOAL, count_unnamed

CLICKED, ORDERED, REPLIED, LABEL = "clicked", "ordered", "replied", "label:"
WITHIN = 30 * DAY  # of the end of a run; what is done later is not told to be for it

_r = sequence_runs.c


@dataclass(frozen=True, slots=True)
class Reached:
    """Of those who are or were in it, how many have done what it is for; what these ordered meanwhile, by currency."""

    customers: int
    reached: int
    bought: Sequence[Bought]


def has_reached(conn: Connection, goal: str, run: Run) -> bool:
    return bool(goal and conn.scalar(select(exists().where(_r.id == run.id, _done(goal)))))


def count_reached(conn: Connection, sequence_id: str, goal: str) -> Reached:
    """Without a goal nobody has reached it."""
    mine = _r.sequence_id == sequence_id
    everybody = conn.scalar(select(func.count(_r.customer_id.distinct())).where(mine)) or 0
    if not goal or not everybody:
        return Reached(everybody, 0, ())
    reached = conn.scalar(select(func.count(_r.customer_id.distinct())).where(mine, _done(goal))) or 0
    o = orders.c
    theirs = exists().where(mine, _r.customer_id == o.customer_id, _meanwhile(o.created_at), _done(goal))
    sums = select(o.currency, func.count(), func.sum(o.total)).where(o.state != CANCELLED, theirs)
    found = [
        Bought(currency, number, int(value)) for currency, number, value in conn.execute(sums.group_by(o.currency))
    ]
    if goal == CLICKED:
        reached += count_unnamed(conn, [sequence_id])[sequence_id][GOAL]
    return Reached(everybody, reached, sorted(found, key=lambda one: -one.value))


def took_part(sequence_id: str, did: str) -> Select[Any]:
    """Who came into it (enter), is in it (stay), did all of its steps (finish), wrote to us meanwhile (reply), or did
    what it is for (reach): the same people as its page counts."""
    found = select(_r.customer_id).where(_r.sequence_id == sequence_id)
    if did == "reach":
        return found.join(sequences, sequences.c.id == _r.sequence_id).where(_reached())
    did_so = {"stay": _r.state == WAITING, "finish": _r.state == DONE, "reply": _done(REPLIED)}
    return found.where(did_so[did]) if did in did_so else found


def _reached() -> ColumnElement[bool]:
    """On sequence_runs beside the sequence, whose goal nobody but the store knows."""
    goal = sequences.c.goal
    ways = [and_(goal == one, _done(one)) for one in (CLICKED, ORDERED, REPLIED)]
    carried = (customer_labels.c.customer_id == _r.customer_id, labels.c.id == customer_labels.c.label_id)
    given = exists().where(*carried, goal == literal(LABEL).concat(labels.c.name))
    return or_(*ways, given.correlate(sequence_runs, sequences))


def _done(goal: str) -> ColumnElement[bool]:
    """On sequence_runs."""
    if goal == CLICKED:
        s = step_messages.c
        return exists().where(s.run_id == _r.id, s.clicked_at.is_not(None)).correlate(sequence_runs)
    if goal == ORDERED:
        o = orders.alias().c
        mine = (o.customer_id == _r.customer_id, o.state != CANCELLED, _meanwhile(o.created_at))
        return exists().where(*mine).correlate(sequence_runs)
    if goal == REPLIED:
        m = messages.c
        theirs = (m.customer_id == _r.customer_id, m.direction == Direction.IN, m.automatic.is_(False))
        return exists().where(*theirs, _meanwhile(m.created_at)).correlate(sequence_runs)
    given = (labels.c.id == customer_labels.c.label_id, labels.c.name == goal.removeprefix(LABEL))
    return exists().where(customer_labels.c.customer_id == _r.customer_id, *given).correlate(sequence_runs)


def reached_by(goal: str) -> ColumnElement[bool]:
    """On sequence_runs: has this customer done it?"""
    return _done(goal)


def _meanwhile(at: Column[int]) -> ColumnElement[bool]:
    """Since they came into it, until some time after they left."""
    return and_(at > _r.created_at, or_(_r.state == WAITING, at < _r.changed_at + WITHIN))

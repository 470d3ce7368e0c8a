"""Two wordings of a step: which of them each message said, and how each does, so that the better one is found."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from hub.model import Direction
from hub.store.deliveries import LEFT
from hub.store.sequence_goals import CLICKED, reached_by
from hub.store.tables import deliveries, messages, sequence_runs, sequences, step_messages
from hub.store.unnamed import count_unnamed_sides

_s, _d = step_messages.c, deliveries.c
LETTERS = ("a", "b")


@dataclass(frozen=True, slots=True)
class Spot:
    """A message in a version of a sequence; goal: the sequence's."""

    sequence_id: str
    version: int
    step: int
    goal: str = ""

    @property
    def key(self) -> str:
        return f"{self.version}:{self.step}"


@dataclass(frozen=True, slots=True)
class Side:
    """One wording: to how many it left, and how many of them did what is measured."""

    sent: int
    did: int


def count_sides(conn: Connection, spot: Spot, measure: str, before: int) -> Mapping[str, Side]:
    """Letter -> how it does, of what left before that instant."""
    did = _did(measure, spot.goal)
    query = select(_s.variant, func.count(), func.count().filter(did)).join(deliveries, _d.id == _s.delivery_id)
    query = query.where(_s.sequence_id == spot.sequence_id, _s.version == spot.version, _s.step == spot.step)
    query = query.where(_d.state.in_(LEFT), _d.sent_at <= before).group_by(_s.variant)
    found = {row[0]: Side(row[1], row[2]) for row in conn.execute(query)}
    clicks = measure in ("", "clicks") or (measure == "goal" and spot.goal == CLICKED)
    unnamed = count_unnamed_sides(conn, spot.sequence_id, spot.version, spot.step, before) if clicks else {}
    sides = {letter: found.get(letter, Side(0, 0)) for letter in LETTERS}
    return {letter: Side(one.sent, min(one.sent, one.did + unnamed.get(letter, 0))) for letter, one in sides.items()}


def _did(measure: str, goal: str) -> ColumnElement[bool]:
    """On step_messages and its delivery."""
    if measure == "replies":
        m = messages.c
        theirs = (m.customer_id == _s.customer_id, m.direction == Direction.IN, m.automatic.is_(False))
        return exists().where(*theirs, m.created_at > _d.sent_at).correlate(step_messages, deliveries)
    if measure == "goal" and goal and goal != CLICKED:
        return exists().where(sequence_runs.c.id == _s.run_id, reached_by(goal)).correlate(step_messages)
    return _s.clicked_at.is_not(None)


def find_variant(conn: Connection, id: str) -> str:
    """What the message said, by the id of its row."""
    return conn.scalar(select(_s.variant).where(_s.id == id)) or ""


def load_choice(conn: Connection, spot: Spot) -> tuple[str, int]:
    """(the wording that all get from now on, "" while none is better; when that was last asked)."""
    kept = (conn.scalar(select(sequences.c.choices).where(sequences.c.id == spot.sequence_id)) or {}).get(spot.key)
    return (kept["winner"], kept["at"]) if kept else ("", 0)


def mark_choice(conn: Connection, spot: Spot, winner: str, at: int) -> None:
    query = select(sequences.c.choices).where(sequences.c.id == spot.sequence_id).with_for_update()
    kept = {**(conn.scalar(query) or {}), spot.key: {"winner": winner, "at": at}}
    conn.execute(update(sequences).where(sequences.c.id == spot.sequence_id).values(choices=kept))

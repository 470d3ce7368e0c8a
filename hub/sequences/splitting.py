"""Two wordings of one step: who gets which, and from when on all get the better one.

Who gets which is drawn once for a run and a step, and the same whoever asks. The better one is looked for once an hour,
among messages old enough to have been answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection

from hub.campaigns.proportions import difference
from hub.clock import DAY, HOUR
from hub.sequences.definition import MessageStep, read_steps
from hub.store.sequences import Run, StoredSequence
from hub.store.step_variants import Side, Spot, count_sides, load_choice, mark_choice

RIPE = 2 * DAY  # so long a message is given to be reacted to
ASK_EVERY = HOUR


def choose_words(conn: Connection, run: Run, step: MessageStep, spot: Spot, now: int) -> str:
    """a, b, or "" where there is but one wording."""
    if step.other is None:
        return ""
    winner, asked_at = load_choice(conn, spot)
    if step.other.measure and not winner and now - asked_at >= ASK_EVERY:
        winner = find_better(conn, step, spot, now)
        mark_choice(conn, spot, winner, now)
    return winner or ("b" if _chance(run.id, spot.step) * 100 < step.other.share else "a")


def find_better(conn: Connection, step: MessageStep, spot: Spot, now: int) -> str:
    """The letter of the one that is better, and not by chance (19 times of 20); "" while neither is."""
    assert step.other is not None
    sides = count_sides(conn, spot, step.other.measure, now - RIPE)
    a, b = sides["a"], sides["b"]
    if min(a.sent, b.sent) < step.other.enough:
        return ""
    low, high = difference((a.did, a.sent), (b.did, b.sent))
    return "a" if low > 0 else "b" if high < 0 else ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the two wordings of a step do; winner: what all get by now, "" while that is open."""

    sides: Mapping[str, Side]
    measure: str
    winner: str


def list_standings(conn: Connection, sequence: StoredSequence, now: int) -> Mapping[int, Standing]:
    """Place -> of every step of this version that has two."""
    found: dict[int, Standing] = {}
    for place, step in enumerate(read_steps(sequence)):
        if isinstance(step, MessageStep) and step.other is not None:
            spot = Spot(sequence.id, sequence.version, place, sequence.goal)
            sides = count_sides(conn, spot, step.other.measure, now)
            found[place] = Standing(sides, step.other.measure, load_choice(conn, spot)[0])
    return found


def said_by(step: MessageStep, letter: str) -> MessageStep:
    """The step as that wording has it."""
    if letter != "b" or step.other is None:
        return step
    other = step.other
    return step.model_copy(update={"template": other.template, "subject": other.subject, "text": other.text})


def _chance(run_id: str, step: int) -> float:
    """From 0 to 1, the same for the same."""
    return int.from_bytes(sha256(f"{run_id} {step}".encode()).digest()[:8]) / 2**64

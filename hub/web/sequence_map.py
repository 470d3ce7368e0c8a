"""The steps of a sequence as a picture: a line from each to the next, beside it the ways on which branches lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LANES = 4  # beside the line of the steps; where more ways lie beside each other, they share the last


@dataclass(slots=True)
class Spot:
    """One step. comes, goes: from the step before, on to the next; ways: (out, through or in, lane) of the ways that
    leave here, pass by, or arrive; yes, no: the numbers of the steps a branch leads to, 0 where it ends."""

    comes: bool
    goes: bool
    ways: list[tuple[str, int]] = field(default_factory=list)
    yes: int = 0
    no: int = 0


def draw(steps: Sequence[Mapping[str, Any]]) -> list[Spot]:
    last = len(steps) - 1
    spots: list[Spot] = []
    for place, step in enumerate(steps):
        goes = place < last and step["kind"] != "end"
        spots.append(Spot(comes=bool(spots) and spots[-1].goes, goes=goes))
    taken: list[int] = []  # lane -> the place up to which it is
    for place, step in enumerate(steps):
        if step["kind"] != "branch":
            continue
        there = int(step.get("otherwise") or 0) - 1
        spots[place].yes, spots[place].no = (place + 2 if place < last else 0), there + 1
        if place < there <= last:
            lane = next((n for n, until in enumerate(taken) if until <= place), len(taken))
            taken[lane:] = [there, *taken[lane + 1 :]]
            _lead(spots, place, there, min(lane, LANES - 1))
    return spots


def _lead(spots: Sequence[Spot], place: int, there: int, lane: int) -> None:
    spots[place].ways.append(("out", lane))
    for between in spots[place + 1 : there]:
        between.ways.append(("through", lane))
    spots[there].ways.append(("in", lane))

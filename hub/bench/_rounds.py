"""Runs two sides in turn and pairs them, so that a busy machine disturbs both alike."""

from collections.abc import Callable
from statistics import median
from typing import Any

Side = Callable[[], float]


def paired(rounds: int, ours: Side, theirs: Side) -> dict[str, Any]:
    """ours and theirs measure once and return a figure; the ratio is ours / theirs, the median of the pairs."""
    pairs = []
    for number in range(rounds):
        if number % 2:  # B A: whoever goes second must not always be the same
            second, first = theirs(), ours()
        else:
            first, second = ours(), theirs()
        pairs.append((first, second))
    ratios = [first / second for first, second in pairs]
    return {
        "ratio": round(median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "ours": [round(first, 3) for first, _ in pairs],
        "theirs": [round(second, 3) for _, second in pairs],
    }


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]

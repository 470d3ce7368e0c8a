"""How much two rates of a test say: intervals in which the true ones lie, and how many people a difference takes."""

from math import ceil, sqrt
from statistics import NormalDist

SURE, POWER = 0.95, 0.80  # of an interval; of seeing a difference that is there
USUAL = 0.05  # the rate assumed before anything was sent: one in twenty

_Z = NormalDist().inv_cdf((1 + SURE) / 2)
_Z_POWER = NormalDist().inv_cdf(POWER)


def interval(did: int, of: int) -> tuple[float, float]:
    """Wilson's score interval of did / of (J. Am. Stat. Assoc. 22, 1927), which holds for few people and for none."""
    if not of:
        return 0.0, 1.0
    rate, square = did / of, _Z * _Z
    middle = (rate + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * sqrt(rate * (1 - rate) / of + square / (4 * of * of))
    return (0.0 if did == 0 else middle - half), (1.0 if did == of else middle + half)


def difference(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float]:
    """The interval of rate(one) - rate(other), each (did, of): Newcombe's hybrid score (Stat. Med. 17, 1998, 873)."""
    if not one[1] or not other[1]:
        return -1.0, 1.0
    (low_1, high_1), (low_2, high_2) = interval(*one), interval(*other)
    rate_1, rate_2 = one[0] / one[1], other[0] / other[1]
    down = sqrt((rate_1 - low_1) ** 2 + (high_2 - rate_2) ** 2)
    up = sqrt((high_1 - rate_1) ** 2 + (rate_2 - low_2) ** 2)
    return rate_1 - rate_2 - down, rate_1 - rate_2 + up


def needed(points: float, rate: float = USUAL) -> int:
    """How many people each variant needs so that rate and rate + points are told apart (two-sided, SURE and POWER)."""
    better = min(rate + points, 1.0)
    middle = (rate + better) / 2
    chance = _Z * sqrt(2 * middle * (1 - middle))
    seen = _Z_POWER * sqrt(rate * (1 - rate) + better * (1 - better))
    return ceil(((chance + seen) / (better - rate)) ** 2)


def smallest(of: int, rate: float = USUAL) -> float:
    """The smallest difference that so many people in each variant would show, in thousandths; 1.0 where none would."""
    steps = (step / 1000 for step in range(1, int((1 - rate) * 1000)))
    return next((points for points in steps if needed(points, rate) <= of), 1.0)

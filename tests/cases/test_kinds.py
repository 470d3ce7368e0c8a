"""Each kind of what real people send has neighbours of the given cases, which can be counted."""

from importlib import import_module
from pathlib import Path

import pytest

KINDS = sorted(path.stem for path in (Path(__file__).parent / "neighbours").glob("test_kind_*.py"))
ENOUGH = 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_enough_neighbours(kind):
    assert len(import_module(f"tests.cases.neighbours.{kind}").NEIGHBOURS) >= ENOUGH


def test_every_kind_has_neighbours():
    """The twelfth, pages over emptied and odd events, is generated: tests/web/api/test_odd_events.py."""
    assert [f"test_kind_{number:02}" for number in range(1, 12)] == KINDS

"""What comes in changed at random is read or said to be unreadable, soon, whoever sent it."""

import random
from collections.abc import Sequence

import pytest

from hub.errors import Unreadable
from hub.model import Event
from tests.promises.mutants import Door, doors, mutant, read_mutants

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
COUNT = 10_000


def test_ten_thousand_mutants_of_mails_webhooks_and_updates_stop_nobody(record_property):
    found = read_mutants(first=1, count=COUNT)

    record_property("counted", f"{sum(found.counts.values()):,} units, slowest {found.slowest:.2f} s")
    assert found.faults == []
    assert set(found.counts) == {door.name for door in doors()}


@pytest.mark.parametrize("door", doors(), ids=lambda door: door.name)
def test_what_is_changed_is_not_all_rubbish(door: Door):
    """A quarter at least still gets past the first look, or nothing behind it would be tried."""
    assert sum(map(is_read, [door] * 200, range(200))) > 50


def is_read(door: Door, seed: int) -> bool:
    try:
        read: Sequence[Event] = door.read(mutant(door, random.Random(seed)))
    except Unreadable:
        return False
    return bool(read)


def test_the_same_seed_is_the_same_mutant():
    for door in doors():
        assert mutant(door, random.Random(7)) == mutant(door, random.Random(7))

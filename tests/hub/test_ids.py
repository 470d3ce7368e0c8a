"""Ids: made by us, in the order of time, one by one or many at once."""

import uuid

from hub.ids import is_id, new_id, new_ids


def test_ids_of_one_process_grow_however_they_are_made():
    made = [new_id(), *new_ids(1_000), new_id(), *new_ids(3), new_id()]

    assert made == sorted(set(made))
    assert all(map(is_id, made))


def test_each_is_a_uuid_of_version_7():
    assert {(uuid.UUID(id).version, uuid.UUID(id).variant) for id in new_ids(100)} == {(7, uuid.RFC_4122)}


def test_nobody_guesses_the_end_of_an_id():
    assert len({id[-14:] for id in new_ids(1_000)}) == 1_000


def test_of_none_there_are_none():
    assert new_ids(0) == []

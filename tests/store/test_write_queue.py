"""The two lanes of the write queue: who overtakes whom, and that nobody is shut out."""

from threading import Thread

from hub.store.write_queue import WriteQueue


def groups(queue: WriteQueue[str]) -> list[list[str]]:
    queue.close()
    found = []
    while (call := queue.take()) is not None:
        found.append([call])
        while (call := queue.more()) is not None:
            found[-1].append(call)
    return found


def test_calls_of_one_lane_share_a_group_in_order():
    queue = WriteQueue[str](limit=10)
    for name in "abc":
        queue.put(name)

    assert groups(queue) == [["a", "b", "c"]]


def test_group_is_limited():
    queue = WriteQueue[str](limit=2)
    for name in "abc":
        queue.put(name)

    assert groups(queue) == [["a", "b"], ["c"]]


def test_first_lane_overtakes_and_the_second_has_one_turn_after_each_of_its_groups():
    queue = WriteQueue[str](limit=2)
    for name in "abc":
        queue.put(name)
    for name in "VWXY":
        queue.put(name, first=True)

    assert groups(queue) == [["V", "W"], ["a"], ["X", "Y"], ["b", "c"]]


def test_group_of_the_second_lane_ends_when_somebody_waits_in_the_first():
    queue = WriteQueue[str](limit=10)
    for name in "abc":
        queue.put(name)
    begun = queue.take()
    queue.put("V", first=True)

    assert begun == "a"
    assert queue.more() is None
    assert groups(queue) == [["V"], ["b", "c"]]


def test_take_waits_for_a_call():
    queue = WriteQueue[str](limit=10)
    thread = Thread(target=queue.put, args=("late",))
    thread.start()

    assert queue.take() == "late"
    thread.join()

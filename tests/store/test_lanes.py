"""The writer's two lanes: who overtakes whom, and that nobody is shut out."""

from threading import Thread

from hub.store.lanes import Lanes


def groups(lanes: Lanes[str]) -> list[list[str]]:
    lanes.close()
    found = []
    while (call := lanes.take()) is not None:
        found.append([call])
        while (call := lanes.more()) is not None:
            found[-1].append(call)
    return found


def test_calls_of_one_lane_share_a_group_in_order():
    lanes = Lanes[str](limit=10)
    for name in "abc":
        lanes.put(name)

    assert groups(lanes) == [["a", "b", "c"]]


def test_group_is_limited():
    lanes = Lanes[str](limit=2)
    for name in "abc":
        lanes.put(name)

    assert groups(lanes) == [["a", "b"], ["c"]]


def test_first_lane_overtakes_and_the_second_has_one_turn_after_each_of_its_groups():
    lanes = Lanes[str](limit=2)
    for name in "abc":
        lanes.put(name)
    for name in "VWXY":
        lanes.put(name, first=True)

    assert groups(lanes) == [["V", "W"], ["a"], ["X", "Y"], ["b", "c"]]


def test_group_of_the_second_lane_ends_when_somebody_waits_in_the_first():
    lanes = Lanes[str](limit=10)
    for name in "abc":
        lanes.put(name)
    begun = lanes.take()
    lanes.put("V", first=True)

    assert begun == "a"
    assert lanes.more() is None
    assert groups(lanes) == [["V"], ["b", "c"]]


def test_take_waits_for_a_call():
    lanes = Lanes[str](limit=10)
    thread = Thread(target=lanes.put, args=("late",))
    thread.start()

    assert lanes.take() == "late"
    thread.join()

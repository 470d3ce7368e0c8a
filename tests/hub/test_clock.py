"""hub.clock: how busy a thread is."""

from hub.clock import Load


def test_a_load_is_the_share_of_a_processor_used_of_late() -> None:
    wall, cpu = iter([100.0, 100.02, 100.1, 100.2]), iter([5.0, 5.08, 5.09])
    load = Load(lambda: next(wall), lambda: next(cpu))

    assert load.share() == 0.0  # since ever
    assert load.share() == 0.0  # too soon to say
    assert round(load.share(), 6) == 0.8
    assert round(load.share(), 6) == 0.1

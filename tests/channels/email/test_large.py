"""A mail of twice the size takes twice the steps, whatever its shape; `hub bench parse` prints what it takes in time.

Steps are counted, calls and lines of our own, so that a busy machine changes nothing.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from channels.email.inbound import read_mail
from hub.bench._large import SHAPES

MOST = 2.3


def lines(work: Callable[[], object]) -> int:
    counted = 0

    def step(frame: FrameType, event: str, told: Any) -> Any:
        nonlocal counted
        counted += 1
        return step

    return _under(sys.gettrace, sys.settrace, step, work, lambda: counted)


def calls(work: Callable[[], object]) -> int:
    counted = 0

    def call(frame: FrameType, event: str, told: Any) -> None:
        nonlocal counted
        counted += 1

    return _under(sys.getprofile, sys.setprofile, call, work, lambda: counted)


def _under(get: Any, put: Any, watch: Any, work: Callable[[], object], counted: Callable[[], int]) -> int:
    """Whoever watched before (a measurement of coverage, say) watches again afterwards."""
    before = get()
    put(watch)
    try:
        work()
    finally:
        put(before)
    return counted()


def read(mail: bytes) -> Callable[[], object]:
    return lambda: read_mail("mail", "hash", mail, {})


@pytest.mark.parametrize("shape", SHAPES)
def test_doubling_a_mail_at_most_doubles_the_lines_that_run(shape):
    """Below the limits beyond which the rest of a mail is left as it is."""
    read(SHAPES[shape](1_000))()
    small, large = (lines(read(SHAPES[shape](size))) for size in (90_000, 180_000))

    assert large < MOST * small


@pytest.mark.parametrize("shape", SHAPES)
def test_doubling_a_mail_of_one_megabyte_at_most_doubles_the_calls(shape):
    small, large = (calls(read(SHAPES[shape](size))) for size in (1_000_000, 2_000_000))

    assert large < MOST * small

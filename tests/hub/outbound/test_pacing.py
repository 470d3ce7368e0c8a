"""hub.outbound.pacing: no faster than allowed, alone and shared through Redis; a dead provider rests its channel."""

from collections.abc import AsyncIterator

import pytest

from hub.outbound.pacing import OPEN_AFTER, Breaker, LocalPacing, Pacing
from hub.outbound.shared_pacing import SharedPacing
from tests import servers


@pytest.fixture(params=["local", "redis"])
async def pacings(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Pacing, Pacing]]:
    """Two processes' pacing: the same object alone, two connections of one Redis together."""
    if request.param == "local":
        pacing = LocalPacing()
        yield pacing, pacing
        return
    url = str(request.getfixturevalue("redis_url"))
    one, other = SharedPacing(url), SharedPacing(url)
    yield one, other
    await one.close()
    await other.close()


async def test_burst_is_let_through_and_then_one_has_to_wait(pacings: tuple[Pacing, Pacing]) -> None:
    one, other = pacings
    waits = [await (one, other)[n % 2].take("sms", per_second=2, burst=4) for n in range(6)]

    assert waits[:4] == [0, 0, 0, 0]
    assert all(0 < wait <= 0.5 for wait in waits[4:])


async def test_channels_do_not_slow_each_other(pacings: tuple[Pacing, Pacing]) -> None:
    one, other = pacings
    assert await one.take("sms", per_second=0.1) == 0
    assert await other.take("sms", per_second=0.1) > 5
    assert await other.take("telegram", per_second=0.1) == 0


async def test_no_limit_means_no_wait(pacings: tuple[Pacing, Pacing]) -> None:
    assert [await pacings[0].take("mail", per_second=0) for _ in range(100)] == [0] * 100


async def test_pacing_goes_on_alone_when_redis_is_lost() -> None:
    with servers.redis() as url:
        pacing = SharedPacing(url)
        assert await pacing.take("sms", per_second=0.1) == 0
    assert await pacing.take("sms", per_second=0.1) == 0  # counted anew, by this process only
    assert await pacing.take("sms", per_second=0.1) > 5
    await pacing.close()


def test_breaker_opens_after_failures_in_a_row_and_closes_on_success() -> None:
    breaker = Breaker()
    for _ in range(OPEN_AFTER - 1):
        breaker.failed()
    assert breaker.resting() == 0
    breaker.failed()
    assert breaker.resting() > 1
    assert breaker.probing

    breaker.succeeded()
    assert not breaker.probing

"""R16: overload is answered fast and honestly: every webhook gets a 2xx or a 503, and every 2xx is stored."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.twilio_words import signature
from tests.outsider.outside.world import SMS, World

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]
PATH = "/hooks/sms/message"


@pytest.fixture
def world(loop: Loop, tmp_path: Path) -> Iterator[World]:
    made = World(loop, tmp_path).start()
    yield made
    made.close()


def storm(world: World, count: int, connections: int) -> dict[str, int]:
    """count signed webhooks over that many connections at once: MessageSid -> status."""
    return world.loop.run(_storm(world, count, connections), 500)


async def _storm(world: World, count: int, connections: int) -> dict[str, int]:
    statuses: dict[str, int] = {}
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(120)) as session:
        webhooks = [
            world.twilio.inbound(f"+4915145{number % 30:06d}", SMS, f"storm {number}") for number in range(count)
        ]
        world.twilio.messages.clear()  # no back-fill

        async def one(params: dict[str, str]) -> None:
            headers = {"X-Twilio-Signature": signature(world.twilio.token, world.base + PATH, params)}
            async with session.post(world.base + PATH, data=params, headers=headers) as answer:
                statuses[params["MessageSid"]] = answer.status
                await answer.read()

        await asyncio.gather(*map(one, webhooks))
    return statuses


def stored(world: World) -> set[str]:
    return {row[0] for row in world.query("select provider_id from raw_inbound where channel = 'sms'")}


def test_at_64_concurrent_no_request_is_refused(world: World) -> None:
    statuses = storm(world, 1500, 64)

    assert set(statuses.values()) <= {200, 204}, Counter(statuses.values())
    assert set(statuses) == stored(world)


def test_every_2xx_of_an_overload_is_stored_and_the_rest_is_503(world: World) -> None:
    statuses = storm(world, 6000, 2000)

    counts = Counter(statuses.values())
    assert set(counts) <= {200, 204, 503}, counts
    accepted = {name for name, status in statuses.items() if status != 503}
    assert accepted == stored(world) & set(statuses)
    assert len(accepted) >= 64
    until(lambda: world.rest.ask("GET", "/readyz").status == 200, 30)
    print(f"overload: {dict(counts)}")

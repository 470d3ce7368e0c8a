"""R13, R14: Redis is only a bus; PostgreSQL may restart under load without a half-written message."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest

from tests import servers
from tests.outsider.outside.browser import Browser
from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.postgres import Postgres
from tests.outsider.outside.world import SMS, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
ADA = "+4915112345678"


class Stream:
    """One browser's live connection; `numbers` are the event ids it has seen."""

    def __init__(self, world: World, browser: Browser) -> None:
        self.world = world
        self.cookies = {cookie.name: cookie.value or "" for cookie in browser.cookies}
        self.numbers: list[int] = []
        self._job = world.loop.start(self._listen())

    async def _listen(self) -> None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        async with (
            aiohttp.ClientSession(cookies=self.cookies, timeout=timeout) as session,
            session.get(f"{self.world.base}/live") as answer,
        ):
            assert answer.status == 200, answer.status
            async for line in answer.content:
                if line.startswith(b"id:"):
                    self.numbers.append(int(line[3:]))

    def stop(self) -> None:
        self._job.cancel()


@pytest.fixture
def world(loop: Loop, tmp_path: Path, postgres: Postgres) -> Iterator[World]:
    made = World(loop, tmp_path, postgres.create(f"away{time.time_ns()}"), postgres)
    yield made
    made.close()


def signed_in(world: World) -> Browser:
    words = ("agent", "add", "ada@company.example", "--name", "Ada", "--role", "owner", "--password-file", "-")
    world.hub.command(*words, input="correct horse battery")
    browser = Browser(world.base)
    browser.submit(*browser.open("/login"), {"email": "ada@company.example", "password": "correct horse battery"})
    return browser


def test_without_redis_nothing_is_lost_and_live_updates_recover_by_themselves(world: World) -> None:
    with ExitStack() as running:
        url = running.enter_context(servers.redis())
        world.hub.env = {"HUB_REDIS__URL": url}
        world.start()
        stream = Stream(world, signed_in(world))
        world.twilio.text("sms", ADA, SMS, "with redis")
        until(lambda: stream.numbers, 20, "a live event")
        running.close()

    for number in range(30):
        world.twilio.text("sms", ADA, SMS, f"without redis {number}")

    conversation = world.found("without redis 29", 60)["conversation_id"]
    assert len(world.messages(conversation)) == 31
    seen = len(stream.numbers)
    world.twilio.text("sms", ADA, SMS, "does the browser hear it?")
    until(lambda: len(stream.numbers) > seen, 30, "a live event without Redis")
    sent = world.reply(conversation, "sent without redis", channel="sms")
    assert world.delivery(sent["id"], "sent", seconds=60)
    stream.stop()


class Traffic:
    """Signed webhooks without pause; what was answered, by MessageSid."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.answers: dict[str, int] = {}
        self._over = False
        self._job = world.loop.start(self._run())

    async def _run(self) -> None:
        await asyncio.gather(*(self._worker(number) for number in range(8)))

    async def _worker(self, worker: int) -> None:
        number = worker
        while not self._over:
            params = self.world.twilio.inbound(f"+4915146{number % 20:06d}", SMS, f"traffic {number}")
            self.world.twilio.messages.clear()
            number += 8
            answer = await self.world.twilio.deliver("/hooks/sms/message", params)
            self.answers[params["MessageSid"]] = answer.status
            await asyncio.sleep(0.01)

    def stop(self) -> None:
        self._over = True
        self._job.result(60)

    def accepted(self) -> set[str]:
        return {name for name, status in self.answers.copy().items() if status in (200, 204)}

    def refused(self) -> int:
        return sum(status == 503 for status in self.answers.copy().values())


def rows(world: World, sql: str) -> list[str]:
    return [row[0] for row in world.query(sql)]


def test_postgresql_restarts_under_load_without_a_half_state(world: World, postgres: Postgres) -> None:
    world.start()
    traffic = Traffic(world)

    for how in ("fast", "immediate", "fast"):
        before = len(traffic.accepted())
        until(lambda before=before: len(traffic.accepted()) >= before + 60, 60, "traffic flows")
        postgres.stop(how)
        refused = traffic.refused()
        until(lambda refused=refused: traffic.refused() > refused, 30, "a 503")
        postgres.start()
    before = len(traffic.accepted())
    until(lambda: len(traffic.accepted()) >= before + 60, 60, "traffic flows again")
    traffic.stop()

    assert set(traffic.answers.values()) <= {200, 204, 503}, Counter(traffic.answers.values())
    until(lambda: rows(world, "select count(*) from raw_inbound where state = 'new'") == ["0"], 90, "all is read")
    raws = rows(world, "select provider_id from raw_inbound where channel = 'sms' and kind = 'message'")
    messages = rows(world, "select provider_id from messages where channel = 'sms'")
    assert traffic.accepted() <= set(raws)
    assert sorted(raws) == sorted(messages)
    assert len(messages) == len(set(messages))
    orphans = "select count(*) from messages m left join conversations c on c.id = m.conversation_id where c.id is null"
    assert rows(world, orphans) == ["0"]
    counted = "select count(*) from conversations c where c.message_count <> "
    counted += "(select count(*) from messages m where m.conversation_id = c.id)"
    assert rows(world, counted) == ["0"]

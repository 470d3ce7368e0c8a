"""R4: every webhook one to five times, concurrently, to two processes: one row each."""

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.outsider.outside.hub import HubProcess
from tests.outsider.outside.letters import letter
from tests.outsider.outside.loop import Loop, free_port, until
from tests.outsider.outside.smtp import post
from tests.outsider.outside.world import SMS, SUPPORT, WHATSAPP, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MESSAGES = 150


class Pair:
    """Two hub processes behind one address, on one store."""

    def __init__(self, world: World, redis: str) -> None:
        self.world = world
        self.second, self.listen = f"http://127.0.0.1:{free_port()}", free_port()
        both = {"HUB_REDIS__URL": redis} if redis else {}
        world.hub.env = both
        other = {"HUB_WEB__PORT": self.second.rpartition(":")[2], "HUB_CHANNELS__MAIL__LISTEN__PORT": str(self.listen)}
        config = world.folder / "second.toml"
        config.write_text(world.config.read_text())
        self.beside = HubProcess(config, env=both | other)

    def start(self) -> "Pair":
        self.world.start()
        self.beside.start()
        return self

    def close(self) -> None:
        self.beside.close()
        self.world.close()


@pytest.fixture(params=["postgresql and redis", "sqlite"])
def pair(request: pytest.FixtureRequest, loop: Loop, tmp_path: Path) -> Iterator[Pair]:
    if request.param == "sqlite":
        made = Pair(World(loop, tmp_path), "")
    else:
        server: Any = request.getfixturevalue("postgres")
        store = server.create(f"pair{time.time_ns()}")
        made = Pair(World(loop, tmp_path, store, server), request.getfixturevalue("redis"))
    yield made.start()
    made.close()


async def knock(pair: Pair, number: int, dice: random.Random) -> list[int]:
    """One customer's three messages, each delivered one to five times at once to either process."""
    twilio, telegram = pair.world.twilio, pair.world.telegram
    sms = twilio.inbound(f"+4915144{number % 25:06d}", SMS, f"sms {number}")
    wa = twilio.inbound(f"whatsapp:+4915144{number % 25:06d}", f"whatsapp:{WHATSAPP}", f"wa {number}")
    update = telegram.update(700 + number % 25, f"bot {number}")
    doors = [pair.world.base, pair.second]
    jobs = []
    for params, channel in ((sms, "sms"), (wa, "wa")):
        for _ in range(dice.randint(1, 5)):
            jobs.append(twilio.deliver(f"/hooks/{channel}/message", params, to=dice.choice(doors)))
    jobs += [telegram.deliver(update) for _ in range(dice.randint(1, 5))]
    dice.shuffle(jobs)
    return [answer.status for answer in await asyncio.gather(*jobs)]


def test_every_webhook_is_one_row_however_often_it_came(pair: Pair) -> None:
    dice = random.Random(7)

    async def all_of_them() -> list[list[int]]:
        found = []
        for start in range(0, MESSAGES, 10):
            found += await asyncio.gather(*(knock(pair, number, dice) for number in range(start, start + 10)))
        return found

    statuses = {status for answers in pair.world.loop.run(all_of_them(), 200) for status in answers}

    assert statuses <= {200, 204}
    wanted = {f"{channel} {number}" for channel in ("sms", "wa", "bot") for number in range(MESSAGES)}
    rows = "select text from messages where direction = 'in'"
    until(lambda: len(pair.world.query(rows)) >= len(wanted), 120)
    texts = [row[0] for row in pair.world.query(rows)]
    assert len(texts) == len(set(texts))
    assert set(texts) == wanted
    customers = pair.world.query("select count(distinct customer_id) from messages where channel in ('sms', 'wa')")
    assert customers == [["25"]], "two messages of one unknown sender made two customers"
    conversations = pair.world.query("select count(distinct conversation_id) from messages")
    assert conversations == [["50"]]


def test_the_same_mail_to_both_processes_is_one_row(pair: Pair) -> None:
    mail = letter("twice@example.com", SUPPORT, "to both doors")
    assert post(pair.world.listen, "twice@example.com", SUPPORT, mail).startswith("250")
    assert post(pair.listen, "twice@example.com", SUPPORT, mail).startswith("250")
    post(pair.listen, "twice@example.com", SUPPORT, letter("twice@example.com", SUPPORT, "afterwards"))

    pair.world.found("afterwards", 30)
    until(lambda: pair.world.query("select count(*) from raw_inbound where state = 'new'") == [["0"]], 60)
    rows = pair.world.query("select count(*) from messages where channel = 'mail' and text like 'to both doors%'")
    assert rows == [["1"]]


def test_every_answer_leaves_once_although_two_processes_send(pair: Pair) -> None:
    for number in range(60):
        body = {"to": {"kind": "telegram", "handle": str(600 + number)}, "text": f"once {number}"}
        pair.world.rest.post("messages", body, status=201)

    waiting = "select count(*) from deliveries where state <> 'sent'"
    until(lambda: pair.world.query(waiting) == [["0"]], 60)
    texts = [message["text"] for message in pair.world.telegram.sent]
    assert sorted(texts) == sorted({f"once {number}" for number in range(60)})

"""R20, R21: hubs that answer each other by themselves stop, and nothing is lost or doubled when one dies between."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.auto_replies import CLOSED, AutoReply, Words, add_auto_reply
from hub.store.database import open_store
from hub.store.goals import EVERYBODY, Goal, mark_goal
from tests.outsider.outside.hub import HubProcess
from tests.outsider.outside.letters import letter
from tests.outsider.outside.loop import Loop, free_port, until
from tests.outsider.outside.rest import Rest
from tests.outsider.outside.smtp import post

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOLD = "select count(*) from deliveries where lane = 1 and handle = '{}'"
SAID = "select direction, automatic, count(*) from messages group by 1, 2 order by 1, 2"


class House:
    """A hub with one mailbox whose business hours never are; it hands its mails to the other house's door."""

    def __init__(self, loop: Loop, folder: Path, name: str, door: int, others: int) -> None:
        self.loop, self.door, self.address = loop, door, f"desk@{name}.example"
        folder.mkdir()
        self.file, self.base = folder / "hub.db", f"http://127.0.0.1:{free_port()}"
        config = folder / "config.toml"
        config.write_text(f"""
[store]
url = "sqlite:///{self.file}"
[web]
port = {self.base.rpartition(":")[2]}
[channels.mail]
type = "email"
address = "{self.address}"
[channels.mail.smtp]
host = "127.0.0.1"
port = {others}
security = "none"
[channels.mail.listen]
host = "127.0.0.1"
port = {door}
""")
        self.hub = HubProcess(config)
        self.hub.command("migrate")
        self.rest = Rest(loop, self.base, self.hub.command("token", "add", "story").stdout.strip())
        loop.run(self.close_for_good())

    async def close_for_good(self) -> None:
        store = open_store(f"sqlite:///{self.file}")
        await store.open()
        night = AutoReply("0" * 32, "Night", True, CLOSED, (), {"en": Words("We are closed", "Nobody is here.")})
        await store.write(mark_goal, EVERYBODY, Goal(60, (None,) * 7))
        await store.write(add_auto_reply, night)
        await store.close()

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()

    def write_to(self, other: "House", text: str) -> None:
        to = {"kind": "email", "handle": other.address}
        self.rest.post("messages", {"to": to, "text": text, "subject": text}, status=201)

    def lands(self, text: str) -> None:
        until(lambda: self.query(f"select id from messages where text like '{text}%' and direction = 'in'"), 60, text)


@pytest.fixture
def houses(loop: Loop, tmp_path: Path) -> Iterator[tuple[House, House]]:
    doors = free_port(), free_port()
    left = House(loop, tmp_path / "left", "left", *doors)
    right = House(loop, tmp_path / "right", "right", *reversed(doors))
    yield left, right
    left.hub.close()
    right.hub.close()


def test_two_hubs_that_answer_each_other_stop_after_one_message_each(houses: tuple[House, House]) -> None:
    left, right = houses
    for house in houses:
        house.hub.start()
    left.write_to(right, "Hello, right")
    left.lands("Nobody is here.")
    right.write_to(left, "Hello, left")
    right.lands("Nobody is here.")
    left.write_to(right, "Good bye, right")
    right.lands("Good bye, right")
    right.write_to(left, "Good bye, left")
    left.lands("Good bye, left")

    once_answered = [("in", 0, 2), ("in", 1, 1), ("out", 0, 2), ("out", 1, 1)]
    assert [house.query(SAID) for house in houses] == [once_answered, once_answered]


def test_a_hundred_mails_get_one_answer_although_the_hub_dies_before_and_after_it_leaves(
    houses: tuple[House, House],
) -> None:
    left, right = houses
    left.hub.start()
    for number, point in enumerate(("intake.appended", "outbox.claimed", "outbox.sent")):
        # From the second start on it may die before it could be asked whether it is ready: the answer is due.
        right.hub.start(env={"HUB_TESTING": "1", "HUB_CRASH_AT": f"{point}:1"}, ready=number == 0)
        if number == 0:
            mail = letter(left.address, right.address, "Question 0", "Question 0")
            assert post(right.door, left.address, right.address, mail).startswith("250")
        assert right.hub.wait(60) == 137
    right.hub.start()
    for number in range(1, 100):
        mail = letter(left.address, right.address, f"Question {number}", f"Question {number}")
        assert post(right.door, left.address, right.address, mail).startswith("250")
    away = letter("away@left.example", right.address, "I am away", "Out of office", Auto_Submitted="auto-replied")
    assert post(right.door, "away@left.example", right.address, away).startswith("250")
    right.lands("I am away")
    until(lambda: right.query("select count(*) from messages where direction = 'in'") == [(101,)], 120, "all mails")

    assert right.query(TOLD.format(left.address)) == [(1,)]
    assert right.query(TOLD.format("away@left.example")) == [(0,)]
    assert left.query("select sorted_as, count(*) from messages group by 1") == [("auto_reply", 1)]

"""R1, R7, R9: killed at random and at every named point, nothing acknowledged is lost, nothing is sent twice."""

import contextlib
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.outsider.outside.hub import REPOSITORY, HubProcess
from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.world import World
from tests.promises.load import CHANNELS, TROUBLE, Answers, Load

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
MESSAGES = {"sqlite": 1000, "postgresql": 200}
BESIDE = {  # have a proof of their own below
    *("campaign.expanding", "campaign.expanded", "campaign.falling", "campaign.fallen"),
    "sequence.due",
    "web.written",  # tests/browser/test_away.py
}
LIVES = 25  # how often it is killed at most once every point was passed
SECONDS = 3.0  # how long it lives at most, or as long as it took to start


def crash_points(world: World) -> list[str]:
    return [line.split()[0] for line in world.hub.command("check", "--crash-points").stdout.splitlines()]


class Monkey:
    """Starts the hub again and again, each time with another crash point armed, and pulls the plug besides."""

    def __init__(self, world: World, points: list[str], seed: int) -> None:
        self.world, self.points = world, points
        self.dice = random.Random(seed)
        self.fired: Counter[str] = Counter()
        self.kills = 0
        self.slowest = 0.0  # seconds from a start until it served

    def run(self, busy: Callable[[], bool]) -> None:
        turn = 0
        while set(self.points) - set(self.fired) or (busy() and turn < LIVES):
            waiting = [point for point in self.points if point not in self.fired] or self.points
            self.life(waiting[turn % len(waiting)])
            turn += 1
            assert turn < 100, f"never passed: {set(self.points) - set(self.fired)}"
        self.world.hub.start()

    def life(self, point: str) -> None:
        """Serve until the crash point is passed, or the plug is pulled a moment after the start."""
        number = self.dice.choice([1, 2, 5, 20]) if self.fired[point] else 1
        hub = self.world.hub
        hub.start(env={"HUB_TESTING": "1", "HUB_CRASH_AT": f"{point}:{number}"}, ready=False)
        assert hub.process is not None
        started = time.monotonic()
        until(lambda: hub.process.poll() is not None or self._serves(), 90, "the hub serves or has crashed")
        self.slowest = max(self.slowest, time.monotonic() - started)
        try:
            status = hub.process.wait(max(SECONDS, self.slowest) * self.dice.random())
        except subprocess.TimeoutExpired:
            status = hub.kill()
            self.kills += 1
        hub.process = None
        if status == 137:
            self.fired[point] += 1
        assert status in (137, -signal.SIGKILL), f"the hub ended with {status}:\n{hub.tail()}"

    def _serves(self) -> bool:
        try:
            return self.world.rest.ask("GET", "/healthz").status == 200
        except TROUBLE:
            return False


def inbound_texts(world: World) -> Counter[str]:
    return Counter(row[0].strip() for row in world.query("select text from messages where direction = 'in'"))


def check_inbound(world: World, load: Load) -> None:
    """Every message some provider saw acknowledged is stored exactly once."""
    for channel in CHANNELS:
        assert len(load.acknowledged[channel]) == load.count
    wanted = {text for texts in load.acknowledged.values() for text in texts}
    until(lambda: wanted <= set(inbound_texts(world)), 300, "every acknowledged message is read")
    assert {text: count for text, count in inbound_texts(world).items() if count != 1} == {}


def check_outbound(world: World, answers: Answers) -> None:
    """Sent once, or standing as unknown: the providers' logs against the ledger."""
    unsettled = "select count(*) from deliveries where state in ('held', 'queued', 'sending')"
    until(lambda: world.query(unsettled) == [["0"]], 300, "every delivery is settled")
    rows = world.query("select m.text, d.state, d.reason from deliveries d join messages m on m.id = d.message_id")
    states = {text: (state, reason) for text, state, reason in rows}
    for text, times in answers.arrived().items():
        state, reason = states[text]
        assert times <= 1, f"{text} was sent {times} times ({state})"
        if times == 0:
            assert state == "unknown", f"{text} never left but is {state}: {reason}"
        else:
            assert state in ("sent", "delivered", "read", "unknown"), f"{text} left but is {state}: {reason}"


def test_nothing_acknowledged_is_lost_and_nothing_is_sent_twice(world: World) -> None:
    engine = "postgresql" if world.postgres else "sqlite"
    points = [point for point in crash_points(world) if point not in BESIDE]
    world.start()
    load, answers = Load(world, MESSAGES[engine]), Answers(world)
    world.hub.stop()
    load.start()
    answers.start()
    monkey = Monkey(world, points, seed=20261122)

    monkey.run(lambda: not load.done())
    answers.stop()
    until(lambda: load.done() and answers.done(), 300, "the rest of the load goes through undisturbed")
    load.finish(10)

    check_inbound(world, load)
    check_outbound(world, answers)
    print(f"{engine}: {load.tries} tries, {monkey.kills} kills, points {dict(monkey.fired)}")


def readers(world: World, count: int) -> None:
    """Customers on Telegram who agreed to newsletters."""
    consent = {"channel": "telegram", "purpose": "newsletter", "state": "granted", "source": "test"}
    for number in range(count):
        address = {"kind": "telegram", "handle": str(4_000_000 + number), "verified": True}
        body = {"name": f"Reader {number}", "labels": ["news"], "addresses": [address], "consents": [consent]}
        world.rest.post("customers", body, status=201)


@pytest.mark.parametrize("point", ["campaign.expanding", "campaign.expanded", "outbox.handed"])
def test_a_campaign_interrupted_anywhere_reaches_everybody_at_most_once(loop: Loop, tmp_path: Path, point: str) -> None:
    world = World(loop, tmp_path).start()
    readers(world, 30)
    body = {
        "name": "News",
        "purpose": "newsletter",
        "channel": "bot",
        "template": {"telegram": "Hi {{ customer.name }}"},
    }
    made = world.rest.post("campaigns", {**body, "audience": {"labels": ["news"]}}, status=201)
    world.hub.stop()
    world.hub.start(env={"HUB_TESTING": "1", "HUB_CRASH_AT": f"{point}:1"})
    with contextlib.suppress(*TROUBLE):  # the crash may come before the answer
        world.rest.post(f"campaigns/{made['id']}/schedule", {})
    assert world.hub.wait() == 137

    world.hub.start()

    report = lambda: world.rest.get(f"campaigns/{made['id']}/report")  # noqa: E731
    until(lambda: report()["state"] == "sent", 90, "the campaign is sent")
    texts = Counter(message["text"] for message in world.telegram.sent)
    assert set(texts.values()) == {1}
    assert len(texts) + report()["unknown"] >= 30
    assert report()["sent"] + report()["delivered"] + report()["unknown"] == 30
    world.close()


@pytest.mark.parametrize("point", ["campaign.falling", "campaign.fallen"])
def test_a_fallback_interrupted_anywhere_is_written_once(loop: Loop, tmp_path: Path, point: str) -> None:
    world = World(loop, tmp_path).start()
    phone, agreed = "+4915112345678", {"purpose": "newsletter", "state": "granted", "source": "test"}
    body = {
        "name": "Ada",
        "labels": ["news"],
        "addresses": [
            {"kind": "sms", "handle": phone, "verified": True},
            {"kind": "telegram", "handle": "4000000", "verified": True},
        ],
        "consents": [{**agreed, "channel": kind} for kind in ("sms", "telegram")],
    }
    world.rest.post("customers", body, status=201)
    campaign = {
        **{"name": "News", "purpose": "newsletter", "channel": "sms", "fallback": {"channels": ["bot"]}},
        **{"template": {"sms": "By text", "telegram": "By Telegram"}, "audience": {"labels": ["news"]}},
    }
    made = world.rest.post("campaigns", campaign, status=201)
    world.hub.stop()
    world.hub.start(env={"HUB_TESTING": "1", "HUB_CRASH_AT": f"{point}:1"})
    world.rest.post(f"campaigns/{made['id']}/schedule", {})
    until(lambda: world.twilio.sent(phone), 60, "the text")
    with contextlib.suppress(*TROUBLE):  # the crash may come before the answer
        world.twilio.status(world.twilio.sent(phone)[0].sid, "undelivered", ErrorCode="30005")
    assert world.hub.wait() == 137

    world.hub.start()

    until(lambda: world.telegram.sent, 60, "the message on Telegram")
    report = lambda: world.rest.get(f"campaigns/{made['id']}/report")  # noqa: E731
    until(lambda: report()["sent"] == 1, 60, "the report counts it")
    assert [message["text"] for message in world.telegram.sent] == ["By Telegram"]
    assert len(world.twilio.sent(phone)) == 1
    assert report()["recipients"] == 1
    world.close()


def test_a_follow_up_interrupted_when_due_is_sent_once(loop: Loop, tmp_path: Path) -> None:
    world = World(loop, tmp_path).start()
    steps = [{"kind": "message", "channel": "bot", "text": "Did it help?"}]
    body = {"name": "After silence", "trigger": {"event": "message.sent"}, "steps": steps}
    made = world.rest.post("sequences", body, status=201)
    world.rest.post(f"sequences/{made['id']}/start")
    world.hub.stop()
    world.hub.start(env={"HUB_TESTING": "1", "HUB_CRASH_AT": "sequence.due:1"})
    with contextlib.suppress(*TROUBLE):
        world.rest.post("messages", {"to": {"kind": "telegram", "handle": "99"}, "text": "Here it is."})
    assert world.hub.wait() == 137

    world.hub.start()

    until(lambda: "Did it help?" in [message["text"] for message in world.telegram.sent], 60, "the follow-up")
    runs = lambda: {run["state"] for run in world.rest.everything(f"sequences/{made['id']}/runs")}  # noqa: E731
    until(lambda: "waiting" not in runs(), 60, "the run is over")
    assert [message["text"] for message in world.telegram.sent].count("Did it help?") == 1
    world.close()


class Sabotaged(HubProcess):
    """The hub without its ledger (see sabotage.py)."""

    program = (sys.executable, str(REPOSITORY / "tests/promises/sabotage.py"), "no-ledger")


@pytest.mark.parametrize("ledger", [True, False], ids=["with the ledger", "without the ledger"])
def test_the_ledger_is_what_prevents_sending_twice(loop: Loop, tmp_path: Path, ledger: bool) -> None:
    world = World(loop, tmp_path)
    if not ledger:
        world.hub = Sabotaged(world.config)
    world.start()
    world.hub.stop()
    world.hub.start(env={"HUB_TESTING": "1", "HUB_CRASH_AT": "outbox.handed:1"})
    body = {"to": {"kind": "telegram", "handle": "77"}, "text": "only once"}
    world.rest.post("messages", body, status=201)
    assert world.hub.wait() == 137

    world.hub.start()

    until(lambda: world.query("select count(*) from deliveries where state in ('queued', 'sending')") == [["0"]], 60)
    arrived = [message["text"] for message in world.telegram.sent]
    if ledger:
        assert arrived == ["only once"]
        assert world.query("select state from deliveries") == [["unknown"]]
    else:
        assert arrived == ["only once", "only once"], "the proof must catch a hub without its ledger"
    world.close()

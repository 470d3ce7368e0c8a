"""R7-R9 for campaigns by mail: killed inside a batch again and again, the relay's own log agrees with the ledger."""

import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.outsider.outside.hub import REPOSITORY, HubProcess
from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.postgres import Postgres
from tests.outsider.outside.world import World
from tests.promises.load import TROUBLE
from tests.promises.newsletter import (
    AT_ONCE,
    KILLS,
    PATIENCE,
    READERS,
    Mailing,
    committing,
    draft,
    finished,
    judge,
    readers,
    schedule,
    wait_for,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900 + READERS)]
LANE = ("outbox.claimed", "outbox.committing", "outbox.handed", "outbox.sent")
POINTS = ("campaign.expanding:1", "campaign.expanded:1", *(f"{point}:{n}" for n, point in enumerate(LANE, 1)))
FEW = READERS // (3 * (KILLS + 1))  # mails between two kills at random: there are always some left
WORKERS, EVERY = 4, 1.0  # seconds
Tell = Callable[[str, object], None]


class Paced(Mailing):
    """A campaign takes as long as the kills of the workers."""

    rate = READERS // (2 * KILLS + 2)


class Turned(HubProcess):
    """The hub that marks a batch after its bodies (see sabotage.py)."""

    program = (sys.executable, str(REPOSITORY / "tests/promises/sabotage.py"), "late-ledger")


def drafted(world: World) -> str:
    """A campaign for all readers; no hub runs."""
    readers(world)
    world.start()
    campaign = draft(world)
    world.hub.stop()
    return campaign


def crash_at(world: World, campaign: str, point: str) -> int:
    """Ended by itself at the point; how many were on their way."""
    world.hub.start(env={"HUB_TESTING": "1", "HUB_CRASH_AT": point}, ready=False)
    until(lambda: world.hub.process is None or world.hub.process.poll() is not None or serves(world), 90)
    schedule(world, campaign)
    assert world.hub.wait(PATIENCE) == 137
    return len(committing(world))


def serves(world: World) -> bool:
    try:
        return world.rest.ask("GET", "/healthz").status == 200
    except TROUBLE:
        return False


def kill_at_random(world: World, dice: random.Random) -> int:
    """Killed after some mails; how many were on their way."""
    world.hub.start(ready=False)
    wait_for(world, dice.randint(1, FEW))
    assert world.hub.kill() == -signal.SIGKILL
    return len(committing(world))


def test_killed_anywhere_a_campaign_reaches_everybody_at_most_once(
    loop: Loop, tmp_path: Path, record_property: Tell
) -> None:
    world = Mailing(loop, tmp_path)
    campaign, dice = drafted(world), random.Random(20261129)

    left = [crash_at(world, campaign, point) for point in POINTS]
    left += [kill_at_random(world, dice) for _ in range(KILLS)]
    world.hub.start()
    report = finished(world, campaign)

    verdict = judge(world, campaign)
    assert (verdict.twice, verdict.lost, verdict.untold) == ([], [], [])
    assert report["sent"] + report["unknown"] == READERS
    assert report["unknown"] == verdict.unknown <= sum(left)
    assert max(left) <= AT_ONCE
    record_property("counted", f"{READERS} readers, {len(left)} deaths, {verdict.unknown} unknown of {sum(left)}")
    world.close()


def test_the_same_kills_are_noticed_when_a_batch_is_marked_after_its_bodies(loop: Loop, tmp_path: Path) -> None:
    world = Mailing(loop, tmp_path)
    world.hub = Turned(world.config)
    campaign = drafted(world)

    for point in ("outbox.handed:5", "outbox.sent:2"):  # it never comes by "committing": what it marks has left
        crash_at(world, campaign, point)
    world.hub.start()
    finished(world, campaign)

    assert judge(world, campaign).twice, "the proof must catch a hub that marks its batches too late"
    world.close()


def _is_due(world: World, turn: float, before: int) -> bool:
    """It is time, and something has left since, or nobody would ever live long enough on a slow machine."""
    return time.monotonic() >= turn and len(world.relay.mails) > before


class Workers:
    """Processes that send and expand, and one that only answers."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.hub.start("--role", "web")
        self.running = [self.start() for _ in range(WORKERS)]
        self.kills = 0

    def start(self) -> HubProcess:
        worker = HubProcess(self.world.config, env=self.world.hub.env)
        return worker.start("--role", "delivery", "--role", "scheduler", "--port", "0", ready=False)

    def kill_one(self) -> None:
        """Whoever has lived longest; another one comes at once."""
        assert self.running.pop(0).kill() == -signal.SIGKILL
        self.running.append(self.start())
        self.kills += 1

    def close(self) -> None:
        for worker in self.running:
            worker.close()


def test_of_four_workers_of_which_one_dies_every_second_none_sends_twice(
    loop: Loop, tmp_path: Path, postgres: Postgres, redis: str, record_property: Tell
) -> None:
    world = Paced(loop, tmp_path, postgres.create(f"workers{time.time_ns()}"), postgres)
    world.hub.env = {"HUB_REDIS__URL": redis}
    campaign = drafted(world)
    workers = Workers(world)
    schedule(world, campaign)
    over = lambda: world.rest.get(f"campaigns/{campaign}")["state"] == "sent"  # noqa: E731

    while workers.kills < 2 * KILLS and not over():
        turn, before = time.monotonic() + EVERY, len(world.relay.mails)
        until(lambda turn=turn, before=before: _is_due(world, turn, before) or over(), PATIENCE)
        workers.kill_one()
    report = finished(world, campaign)

    verdict = judge(world, campaign)
    assert (verdict.twice, verdict.lost, verdict.untold) == ([], [], [])
    assert report["sent"] + report["unknown"] == READERS
    assert report["unknown"] == verdict.unknown <= AT_ONCE * workers.kills
    record_property("counted", f"{READERS} readers, {workers.kills} kills, {verdict.unknown} unknown")
    workers.close()
    world.close()

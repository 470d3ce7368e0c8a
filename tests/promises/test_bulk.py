"""R7-R9 for campaigns by mail: killed inside a batch again and again, the relay's own log agrees with the ledger."""

import contextlib
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.outsider.outside.hub import REPOSITORY, HubProcess
from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.world import World
from tests.promises.load import TROUBLE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
READERS = 60
POINTS = ("claimed:1", "committing:1", "handed:3", "sent:1", "handed:9")
COMMITTING = "select count(*) from attempts where phase = 'committing'"


class Turned(HubProcess):
    """The hub that marks a batch after its bodies (see sabotage.py)."""

    program = (sys.executable, str(REPOSITORY / "tests/promises/sabotage.py"), "late-ledger")


def newsletter(world: World, count: int = READERS) -> str:
    """Drafted for that many readers."""
    consent = {"channel": "email", "purpose": "newsletter", "state": "granted", "source": "test"}
    for number in range(count):
        address = {"kind": "email", "handle": f"reader{number}@example.com", "verified": True}
        body = {"name": f"Reader {number}", "labels": ["news"], "addresses": [address], "consents": [consent]}
        world.rest.post("customers", body, status=201)
    words = {"subject": "News", "html": "<p>Hello {{ customer.name }}</p>"}
    body = {"name": "News", "purpose": "newsletter", "channel": "mail", "template": words}
    made = world.rest.post("campaigns", {**body, "audience": {"labels": ["news"]}}, status=201)
    return str(made["id"])


def start(world: World, point: str) -> None:
    world.hub.start(env={"HUB_TESTING": "1", "HUB_CRASH_AT": f"outbox.{point}"}, ready=False)
    until(lambda: world.hub.process is None or world.hub.process.poll() is not None or serves(world), 90)


def serves(world: World) -> bool:
    with contextlib.suppress(*TROUBLE):
        return world.rest.ask("GET", "/healthz").status == 200
    return False


def schedule(world: World, campaign: str) -> None:
    with contextlib.suppress(*TROUBLE):  # the crash may come before the answer
        world.rest.post(f"campaigns/{campaign}/schedule", {})


def finished(world: World, campaign: str) -> dict[str, Any]:
    report = lambda: world.rest.get(f"campaigns/{campaign}/report")  # noqa: E731
    until(lambda: report()["state"] == "sent", 120, "the campaign is sent")
    found: dict[str, Any] = report()
    return found


def arrived(world: World) -> Counter[str]:
    return Counter(mail.recipients[0] for mail in world.relay.mails)


def test_a_mail_campaign_killed_inside_its_batches_reaches_everybody_at_most_once(world: World) -> None:
    world.start()
    campaign = newsletter(world)
    world.hub.stop()
    in_flight = 0
    for point in POINTS:
        start(world, point)
        schedule(world, campaign)
        assert world.hub.wait() == 137
        left_behind = int(world.query(COMMITTING)[0][0])
        in_flight += left_behind

    world.hub.start()

    report = finished(world, campaign)
    states = dict(map(tuple, world.query("select handle, state from deliveries")))  # type: ignore[arg-type]
    seen = arrived(world)
    assert {handle for handle, times in seen.items() if times > 1} == set()
    assert {states[handle] for handle in states if handle not in seen} <= {"unknown"}
    assert {states[handle] for handle in seen} <= {"sent", "unknown"}
    assert len(states) == READERS == report["sent"] + report["unknown"]
    assert report["unknown"] <= in_flight


@pytest.mark.parametrize("order", ["before the bodies", "after the bodies"])
def test_marking_a_batch_before_its_bodies_is_what_prevents_sending_twice(
    loop: Loop, tmp_path: Path, order: str
) -> None:
    world = World(loop, tmp_path)
    if order == "after the bodies":
        world.hub = Turned(world.config)
    world.start()
    campaign = newsletter(world, 30)
    world.hub.stop()
    start(world, "handed:5")
    schedule(world, campaign)
    assert world.hub.wait() == 137

    world.hub.start()

    report = finished(world, campaign)
    twice = [handle for handle, times in arrived(world).items() if times > 1]
    if order == "before the bodies":
        assert (twice, report["sent"] + report["unknown"]) == ([], 30)
        assert report["unknown"]
    else:
        assert twice, "the proof must catch a hub that marks its batches too late"
    world.close()

"""R15: with the disk nearly full the hub refuses before it accepts, and the inbox can still be read."""

import errno
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outsider.outside.letters import letter
from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.smtp import post
from tests.outsider.outside.world import SMS, SUPPORT, World
from tests.promises.newsletter import AT_ONCE, Mailing, draft, finished, judge, readers, schedule, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
DISK = 160_000_000
MANY = 2_000  # readers
ADA = "+4915112345678"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own: a tmpfs, in a namespace of our own where we are not root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "hub-test-disk", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, f"a small disk is needed, run as root: {done.stderr}"
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def post_until(world: World, refused: bool, text: str) -> list[str]:
    """Posts until one is refused, or none is any longer; the texts, that one last. The hub looks at its disk five
    times a second, when it is given the time."""
    said: list[str] = []
    for number in range(300):
        said.append(f"{text} {number}")
        answer = world.twilio.post("/hooks/sms/message", world.twilio.inbound(ADA, SMS, said[-1]))
        if (answer.status == 503) is refused:
            return said
        time.sleep(0.1)
    raise AssertionError(f"{len(said)} posts, the last answered {answer.status}")


def fill(disk: Path, leave: int) -> Path:
    """Take all but `leave` bytes; the hub may be writing meanwhile, so what is free is asked again."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        while True:
            try:
                os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - leave)
            except OSError as less:
                if less.errno != errno.ENOSPC:
                    raise
            else:
                return ballast


@pytest.mark.parametrize("leave", [30_000_000, 0], ids=["nearly full", "full to the last byte"])
def test_a_full_disk_refuses_before_it_accepts_and_reading_goes_on(
    loop: Loop, tmp_path: Path, disk: Path, leave: int
) -> None:
    world = World(loop, tmp_path, f"sqlite:///{disk}/hub.db")
    world.query = lambda sql: []  # type: ignore[method-assign]
    world.start()
    world.twilio.text("sms", ADA, SMS, "before")
    conversation = world.found("before")["conversation_id"]
    ballast = fill(disk, leave)
    *taken, _ = post_until(world, True, "filling")

    refused = [
        world.twilio.post("/hooks/sms/message", world.twilio.inbound(ADA, SMS, f"full {number}")).status
        for number in range(5)
    ]
    reply = post(world.listen, "ada@example.com", SUPPORT, letter("ada@example.com", SUPPORT, "full mail"))

    assert set(refused) == {503}
    assert reply[:1] == "4", reply
    assert [message["text"] for message in world.messages(conversation)] == ["before", *taken]
    assert world.rest.ask("GET", "/healthz").status == 200
    ballast.unlink()
    *_, taken_again = post_until(world, False, "after")
    world.found(taken_again, 30)
    world.close()


def test_a_disk_that_fills_up_in_the_middle_of_a_campaign_loses_and_doubles_nobody(
    loop: Loop, tmp_path: Path, disk: Path
) -> None:
    (tmp_path / "data").symlink_to(disk)
    world = Mailing(loop, tmp_path)
    readers(world, MANY)
    world.start()
    campaign = draft(world)
    schedule(world, campaign)
    wait_for(world, 1)

    ballast = fill(disk, 0)
    until(lambda: world.rest.ask("POST", "labels", {"name": "more"}).status == 503, 60, "nothing is written any more")
    begun = len(world.relay.mails)
    ballast.unlink()
    report = finished(world, campaign)

    verdict = judge(world, campaign)
    assert (verdict.twice, verdict.lost, verdict.untold) == ([], [], [])
    assert begun < MANY == report["sent"] + report["unknown"]
    assert report["unknown"] == verdict.unknown <= AT_ONCE
    world.close()

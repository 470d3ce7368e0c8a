"""docs/architecture.md names the files of the flow: one SMS is sent through a running hub, and they are what ran."""

import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from hub.model import DeliveryState
from tests.texting import open_world

ROOT = Path(__file__).parents[2]
MOST_FILES, MOST_LINES = 12, 1500  # so much somebody has to open to follow one message; outside hub/store
ROOMS = ("hub/inbound/", "hub/outbound/", "channels/")  # of these whatever ran is named, decisive or not


def tables() -> list[str]:
    """Of the flow: the way; what it leans on; what else there is when something goes wrong."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    return re.findall(r"(?:^\|.*\n)+", text.partition("## The flow\n")[2].partition("\n## ")[0], re.MULTILINE)


def steps() -> list[tuple[str, str]]:
    """(file, the function it is entered by), in their order."""
    return re.findall(r"^\| [^|]+ \| `([\w/]+\.py)` `(\w+)`", tables()[0], re.MULTILINE)


def named(table: str) -> set[str]:
    return set(re.findall(r"`([\w/]+\.py)`", table))


class Watch:
    """Which functions are entered, in every thread, in the order of their first calls."""

    def __init__(self) -> None:
        self.entered: dict[CodeType, None] = {}

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            self.entered.setdefault(frame.f_code)

    def ways(self) -> list[tuple[str, str]]:
        """(file, function); what runs as a module is imported is no step of anybody's way."""
        found = [(Path(code.co_filename), code.co_name) for code in list(self.entered) if code.co_name != "<module>"]
        return [(str(path.relative_to(ROOT)), name) for path, name in found if path.is_relative_to(ROOT)]


@pytest.fixture
def watch() -> Iterator[Watch]:
    watching = Watch()
    before = sys.getprofile()
    threading.setprofile(watching)
    sys.setprofile(watching)
    yield watching
    sys.setprofile(before)
    threading.setprofile(None)


async def test_one_message_takes_the_way_that_is_written_down(watch, store_url):
    async with open_world(store_url) as world:
        conversation = await world.hello()
        queued = await world.office.reply(conversation, text="It left this morning.", channel="sms")
        await world.office.delivery(queued, DeliveryState.DELIVERED)

    ways = watch.ways()
    the_way, leant_on, wrong = map(named, tables())
    assert [way for way in steps() if way not in ways] == []
    assert steps() == sorted(steps(), key=ways.index)
    ran = {file for file, _ in ways}
    assert (the_way | leant_on) - ran == set()
    assert {file for file in ran if file.startswith(ROOMS)} - (the_way | leant_on | wrong) == set()


def test_the_way_of_one_message_is_short():
    files = [file for file, _ in steps()]
    lines = {file: len((ROOT / file).read_text("utf-8").splitlines()) for file in files}

    assert set(files) == named(tables()[0])
    assert 0 < len(files) <= MOST_FILES
    assert not [file for file in files if file.startswith("hub/store/")]
    assert sum(lines.values()) <= MOST_LINES, lines

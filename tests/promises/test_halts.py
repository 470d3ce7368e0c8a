"""R22, R9 for campaigns by mail that are under way: a pause holds at once, and whoever asks out is not written to."""

import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.smtp import Mail
from tests.outsider.outside.world import World
from tests.promises.newsletter import (
    PURPOSE,
    READERS,
    WHOLE,
    Mailing,
    arrived,
    committing,
    draft,
    finished,
    judge,
    readers,
    wait_for,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900 + READERS)]
PAUSES = 3
HOLDS_WITHIN = 0.5  # seconds
OUT = 6  # readers who ask out
ADA = "ada@example.com"
Tell = Callable[[str, object], None]


@pytest.fixture
def world(loop: Loop, tmp_path: Path) -> Iterator[World]:
    """With READERS with the label news, and behind them OUT with the label early."""
    made = Mailing(loop, tmp_path)
    readers(made)
    readers(made, OUT, "early")
    yield made.start()
    made.close()


def started(world: World, *labels: str) -> str:
    campaign = draft(world, *labels)
    world.rest.post(f"campaigns/{campaign}/schedule", {})
    return campaign


def test_a_pause_at_any_moment_holds_and_resuming_sends_the_rest_once(world: World, record_property: Tell) -> None:
    campaign, dice = started(world, "news"), random.Random(20261129)
    path, late = f"campaigns/{campaign}", 0.0

    for _ in range(PAUSES):
        wait_for(world, dice.randint(1, READERS // (2 * PAUSES)))
        world.rest.post(f"{path}/pause")
        answered = time.monotonic()
        may = committing(world)
        may |= set(arrived(world))  # in this order: what is no longer committing has arrived
        until(lambda: not committing(world), 30, "what was leaving has left")
        another = world.rest.post("messages", {"to": {"kind": "email", "handle": ADA}, "text": "Hello"})
        world.delivery(another["id"], "sent", seconds=60)  # what went later has come through

        assert set(arrived(world)) - {ADA} <= may
        late = max(late, *(mail.at - answered for mail in world.relay.mails if mail.recipients[0] != ADA))
        world.rest.post(f"{path}/resume")

    assert finished(world, campaign)["sent"] == READERS
    verdict = judge(world, campaign)
    assert [handle for handle in verdict.twice if handle != ADA] == verdict.lost == []
    assert not WHOLE or late <= HOLDS_WITHIN
    record_property("counted", f"{READERS} readers, {PAUSES} pauses, the last mail {late:.3f} s after the answer")


def test_who_asks_out_while_it_runs_gets_nothing_that_was_not_leaving_already(world: World) -> None:
    finished(world, started(world, "early"))
    pressed = {mail.recipients[0]: one_click(world, mail) for mail in world.relay.mails}
    world.relay.mails.clear()
    campaign = started(world, "news", "early")
    wait_for(world, 1)

    may: set[str] = set()
    for number, (handle, press) in enumerate(pressed.items()):
        press() if number % 2 else withdraw(world, handle)
        may |= {handle} & committing(world)
        may |= {handle} & set(arrived(world))  # in this order: what is no longer committing has arrived
    report = finished(world, campaign)

    got = set(pressed) & set(arrived(world))
    assert got <= may < set(pressed)
    assert (judge(world, campaign).twice, report["sent"]) == ([], READERS + len(got))


def one_click(world: World, mail: Mail) -> Callable[[], Any]:
    """What a mail program does (RFC 8058)."""
    path = world.follow(re.sub(r"[<>\s]", "", str(mail.parsed["List-Unsubscribe"])))
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""}
    return lambda: world.rest.ask("POST", path, data="List-Unsubscribe=One-Click", headers=form)


def withdraw(world: World, handle: str) -> None:
    [[customer]] = world.query(f"select customer_id from addresses where handle = '{handle}'")
    said = {"channel": "email", "purpose": PURPOSE, "state": "withdrawn", "source": "phone"}
    world.rest.post(f"customers/{customer}/consents", said)

"""A campaign by mail for many readers, and what the relay's own log and the ledger say of it afterwards.

The suite asks with few readers. The whole proof is the same tests with
`PROOF_READERS=20000 PROOF_KILLS=20 ./test tests/promises/test_bulk.py tests/promises/test_halts.py`.
"""

import asyncio
import contextlib
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.clock import SystemClock
from hub.store.bench_data import add_readers
from hub.store.database import Store, open_store
from hub.store.migrate import migrate
from hub.store.tokens import EVERYTHING, add_token, new_secret
from tests.outsider.outside.loop import until
from tests.outsider.outside.world import SUPPORT, World
from tests.promises.load import TROUBLE

WHOLE = "PROOF_READERS" in os.environ
READERS = int(os.environ.get("PROOF_READERS", "400"))
KILLS = int(os.environ.get("PROOF_KILLS", "3"))
PATIENCE = 120 + READERS / 20  # seconds until a campaign is over, on a machine that does much else
AT_ONCE = 20  # mails that one process has committing at most: the channel's concurrency
LABEL, PURPOSE = "news", "newsletter"
AT_A_TIME = 1_000
COMMITTING = "select d.handle from attempts a join deliveries d on d.attempt_id = a.id where a.phase = 'committing'"


class Mailing(World):
    """A hub that sends mail and has no other channel: it is started again and again, and starts faster so. rate: mails
    a second at most, 0: as many as leave."""

    rate = 0

    def toml(self) -> str:
        return f"""
[store]
url = "{self.store}"
[web]
host = "127.0.0.1"
port = {self.port}
base_url = "{self.base}"
[channels.mail]
type = "email"
address = "{SUPPORT}"
rate = {self.rate}
[channels.mail.smtp]
host = "127.0.0.1"
port = {self.relay.port}
security = "none"
"""


def readers(world: World, count: int = READERS, label: str = LABEL) -> None:
    """So many more, and a key to the API, before the hub is started."""
    url = world.store if world.postgres else f"sqlite:///{world.folder}/data/hub.db"
    (world.folder / "data").mkdir(exist_ok=True)
    migrate(url)
    world.rest.token = new_secret()
    asyncio.run(_add_readers(open_store(url), count, label, world.rest.token))


async def _add_readers(store: Store, count: int, label: str, token: str) -> None:
    now = SystemClock().now()
    await store.open()
    await store.write(add_token, label, token, [EVERYTHING], now, None, [])
    for first in range(0, count, AT_A_TIME):
        numbers = range(first, min(first + AT_A_TIME, count))
        await store.write(add_readers, numbers, label, PURPOSE, now)
    await store.close()


def draft(world: World, *labels: str) -> str:
    """The campaign's id."""
    words = {"subject": "News", "html": "<p>Hello {{ customer.name }}</p>"}
    body = {"name": "News", "purpose": PURPOSE, "channel": "mail", "template": words}
    made = world.rest.post("campaigns", {**body, "audience": {"labels": labels or [LABEL]}}, status=201)
    return str(made["id"])


def schedule(world: World, campaign: str) -> None:
    with contextlib.suppress(*TROUBLE):  # the crash may come before the answer
        world.rest.post(f"campaigns/{campaign}/schedule", {})


def finished(world: World, campaign: str) -> Mapping[str, Any]:
    """The report, once the campaign is over."""
    report = lambda: world.rest.get(f"campaigns/{campaign}/report")  # noqa: E731
    until(lambda: report()["state"] == "sent", PATIENCE, "the campaign is sent")
    found: Mapping[str, Any] = report()
    return found


def wait_for(world: World, more: int) -> None:
    """Until the relay has so many more mails."""
    target, deadline = len(world.relay.mails) + more, time.monotonic() + PATIENCE
    while len(world.relay.mails) < target:
        assert time.monotonic() < deadline, f"{target - len(world.relay.mails)} mails are missing"
        time.sleep(0.001)


def arrived(world: World) -> Counter[str]:
    return Counter(mail.recipients[0] for mail in world.relay.mails)


def committing(world: World) -> set[str]:
    """To whom something may be leaving this instant."""
    return {row[0] for row in world.query(COMMITTING)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The relay's log against the ledger. twice: who got more than one; lost: who got none, although the ledger does
    not call it unknown; untold: who got one of which the ledger says otherwise; unknown: of how many nobody knows."""

    twice: Sequence[str]
    lost: Sequence[str]
    untold: Sequence[str]
    unknown: int


def judge(world: World, campaign: str) -> Verdict:
    rows = world.query(f"select handle, state from deliveries where campaign_id = '{campaign}'")
    states: dict[str, str] = dict(map(tuple, rows))  # type: ignore[arg-type]
    seen = arrived(world)
    return Verdict(
        twice=[handle for handle, times in seen.items() if times > 1],
        lost=[handle for handle, state in states.items() if handle not in seen and state != "unknown"],
        untold=[handle for handle in seen if states.get(handle) not in ("sent", "unknown")],
        unknown=Counter(states.values())["unknown"],
    )

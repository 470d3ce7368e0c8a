"""Measures a campaign end to end: from the schedule command to the commit of the last delivery's state.

It is the product's own path - expansion, one durable row per recipient, personal mails of over 10 KB with tracked
links and one-click headers, the outbox and its ledger - into an SMTP server. Without --smtp Postfix's smtp-sink takes
the mails, and smtp-source sends as many of the same size into the same sink for comparison.
"""

import asyncio
import resource
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.app import running, spare_garbage
from hub.bench import Options
from hub.bench._newsletter import TEMPLATE
from hub.bench._rounds import paired
from hub.campaigns import lifecycle
from hub.campaigns.content import words_of
from hub.campaigns.report import get_report
from hub.config import load_settings
from hub.context import Hub
from hub.errors import HubError
from hub.store.bench_data import add_readers, is_settled
from hub.store.campaigns import add_campaign
from hub.store.migrate import migrate
from hub.store.search_index import index_pending

PURPOSE = "bench"
AT_ONCE = 1_000
SESSIONS = 20
MAIL_BYTES = 16_000  # what one of our mails weighs on the wire
POLL = 0.05
CONFIG = """
[store]
url = "{store}"
[web]
host = "127.0.0.1"
port = 0
base_url = "https://hub.example.com"
[log]
level = "warning"
[channels.mail]
type = "email"
address = "news@example.com"
[channels.mail.smtp]
host = "{host}"
port = {port}
security = "none"
connections = {sessions}
"""


class Incomplete(HubError):
    """Not every mail was taken."""


@dataclass(frozen=True, slots=True)
class Measured:
    recipients: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.recipients / self.seconds


def run(options: Options) -> dict[str, Any]:
    if options.smtp:
        return _figures(_ours(options, options.smtp))
    sink, source = _tool("smtp-sink"), _tool("smtp-source")
    with _sink(sink) as address:
        measured: list[Measured] = []

        def ours() -> float:
            measured.append(_ours(options, address))
            return measured[-1].per_second

        result = paired(options.rounds, ours, lambda: _theirs(source, address, options.recipients))
    middle = sorted(measured, key=lambda one: one.per_second)[len(measured) // 2]
    unit = "messages per second: ours = hub, theirs = smtp-source -d -s 20"
    return {"benchmark": "campaign", "unit": unit, **_figures(middle), **result}


def _figures(measured: Measured) -> dict[str, Any]:
    return {
        "recipients": measured.recipients,
        "seconds": round(measured.seconds, 3),
        "messages_per_second": round(measured.per_second, 1),
        "cpu_seconds": round(measured.cpu_seconds, 3),
        "cpu_microseconds_per_message": round(measured.cpu_seconds / measured.recipients * 1e6, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _ours(options: Options, smtp: str) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        host, _, port = smtp.rpartition(":")
        store = options.store or f"sqlite:///{folder}/hub.db"
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG.format(store=store, host=host, port=int(port), sessions=SESSIONS), "utf-8")
        settings = load_settings(config, {})
        migrate(settings.store_url)
        return asyncio.run(_measure(settings, options.recipients))


async def _measure(settings: Any, recipients: int) -> Measured:
    async with running(settings, roles=("delivery", "scheduler")) as started:
        spare_garbage()
        hub = started.hub
        label = f"bench-{secrets.token_hex(4)}"
        for first in range(0, recipients, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, recipients))
            await hub.store.write(add_readers, numbers, label, PURPOSE, hub.clock.now())
        while await hub.store.write(index_pending):  # that is no part of the campaign
            continue
        campaign_id = await _draft(hub, label)
        began, cpu = time.monotonic(), _cpu()
        await _schedule(hub, campaign_id)
        while not await hub.store.read(is_settled, campaign_id):  # noqa: ASYNC110 - the ledger is what counts
            await asyncio.sleep(POLL)
        seconds, cpu_seconds = time.monotonic() - began, _cpu() - cpu
        report = await hub.store.read(get_report, campaign_id)
    if report.sent + report.delivered != recipients:
        raise Incomplete(f"of {recipients} mails {report.sent} were taken: {report}")
    return Measured(recipients, seconds, cpu_seconds)


async def _draft(hub: Hub, label: str) -> str:
    values = {
        "name": "Benchmark",
        "purpose": PURPOSE,
        "channel": "mail",
        "template": TEMPLATE,
        "audience": {"labels": [label]},
    }
    campaign = await hub.store.write(add_campaign, values, hub.clock.now())
    return campaign.id


async def _schedule(hub: Hub, campaign_id: str) -> None:
    now = hub.clock.now()
    prepared = await hub.store.read(lifecycle.prepare, words_of(hub), hub.outbox_deps, campaign_id, now)
    await hub.store.write(lifecycle.schedule, prepared, None, now)
    hub.live.wake()


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _theirs(source: str, address: str, recipients: int) -> float:
    words = [source, "-d", "-s", str(SESSIONS), "-l", str(MAIL_BYTES), "-m", str(recipients), address]
    began = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)  # noqa: S603 - Postfix's own tool
    return recipients / (time.monotonic() - began)


def _tool(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/sbin")
    if not found:
        raise HubError(f"{name} is missing: install postfix, or name a server with --smtp HOST:PORT")
    return found


@contextmanager
def _sink(tool: str) -> Iterator[str]:
    """A server that takes every mail and forgets it."""
    port = _free_port()
    words = [tool, *(["-u", "nobody"] if _is_root() else []), f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _is_root() -> bool:
    return Path("/proc/self").exists() and Path("/proc/self").stat().st_uid == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise HubError("smtp-sink does not start")

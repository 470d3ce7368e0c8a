"""Measures what a hub costs that nobody uses: processor time, calls of the store by name, resident memory.

Two hubs side by side, each `hub serve` on a store of its own: one with the sandbox and its six channels, one without
any channel. They are measured once, over rounds times seconds: `hub bench idle --rounds 1 --seconds 60`.
"""

import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from hub.bench import Options
from hub.bench._served import CONFIG, Served, check_readable, cpu_of, resident_mb, served
from hub.errors import HubError

SETTLES = 10.0  # seconds until nothing of the start is left to do
MINUTE = 60


def run(options: Options) -> dict[str, Any]:
    check_readable()
    if options.store:
        raise HubError("hub bench idle takes stores of its own")
    seconds = options.rounds * options.seconds
    with ExitStack() as stack:
        hubs = {"sandbox": _hub(stack, "--sandbox"), "no_channels": _hub(stack)}
        time.sleep(SETTLES)
        before = {name: (cpu_of(hub), calls_of(hub.port)) for name, hub in hubs.items()}
        time.sleep(seconds)
        return {
            "benchmark": "idle",
            "unit": "CPU seconds a minute, calls of the store a minute, resident megabytes",
            "seconds": seconds,
            **{name: _figures(hub, *before[name], seconds) for name, hub in hubs.items()},
        }


def _hub(stack: ExitStack, *more: str) -> Served:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    config = Path(folder) / "config.toml"
    config.write_text(CONFIG.format(folder=folder), "utf-8")
    return stack.enter_context(served("-m", "hub", "serve", "--config", str(config), "--port", "0", *more))


def _figures(hub: Served, cpu: float, calls: Counter[str], seconds: float) -> dict[str, Any]:
    used = (cpu_of(hub) - cpu) * MINUTE / seconds
    made = calls_of(hub.port) - calls
    return {
        "cpu_seconds": round(used, 3),
        "resident_mb": round(resident_mb(hub.process.pid), 1),
        "calls": round(made.total() * MINUTE / seconds),
        "calls_by_name": {name: round(count * MINUTE / seconds) for name, count in made.most_common()},
    }


def calls_of(port: int) -> Counter[str]:
    """How often a hub's process has called each function of the store, by its /metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=MINUTE) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    samples = (sample for family in families for sample in family.samples)
    return Counter({one.labels["call"]: int(one.value) for one in samples if one.name == "hub_store_calls_total"})

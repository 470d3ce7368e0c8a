"""Measures the hub with its own code paths and prints both sides of each ratio."""

import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from hub import bench
from hub.bench import Options

NAMES = sorted(module.name for module in iter_modules(bench.__path__) if not module.name.startswith("_"))


@click.command("bench")
@click.argument("name", type=click.Choice([*NAMES, "all"]))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--store", default="", metavar="URL", help="Measure on this store (default: a throw-away SQLite file).")
@click.option("--rounds", default=5, type=click.IntRange(1), show_default=True)
@click.option("--seconds", default=2.0, type=click.FloatRange(0.1), show_default=True, help="Of one side in one round.")
@click.option("--recipients", default=20_000, type=click.IntRange(1), show_default=True, help="campaign")
@click.option("--smtp", default="", metavar="HOST:PORT", help="campaign: where the mails go (default: a sink of ours).")
@click.option("--conversations", default=1_000_000, type=click.IntRange(1), show_default=True, help="inbox")
@click.option("--messages", default=1_000_000, type=click.IntRange(1), show_default=True, help="search")
def command(name: str, as_json: bool, **given: Any) -> None:
    """Run one benchmark, or all of them, each in a process of its own."""
    options = Options(**given)
    result = run_apart(NAMES, options) if name == "all" else run_one(name, options)
    if as_json:
        click.echo(json.dumps(result))
        return
    width = max(map(len, result))
    for key, value in result.items():
        click.echo(f"{key:<{width}}  {value}")


def run_one(name: str, options: Options) -> dict[str, Any]:
    found: dict[str, Any] = import_module(f"hub.bench.{name}").run(options)
    return found


def run_apart(names: Sequence[str], options: Options) -> dict[str, Any]:
    """Name -> its figures. One after the other, in processes that end: what one leaves in memory is not another's."""
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned, max_tasks_per_child=1) as pool:
        return dict(zip(names, pool.map(run_one, names, [options] * len(names)), strict=True))

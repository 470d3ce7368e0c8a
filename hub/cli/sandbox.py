"""Runs only the provider emulators, for a hub that runs elsewhere on this machine."""

import asyncio
import signal

import click

from hub.cli._sections import section_lines
from hub.clock import SystemClock
from hub.sandbox.world import World


@click.command("sandbox")
@click.option("--hub", "hub_url", default="http://127.0.0.1:8080", show_default=True, help="Whom webhooks go to.")
def command(hub_url: str) -> None:
    """Run only the provider emulators; prints their addresses and credentials as channels of a config.toml."""
    asyncio.run(_run(hub_url.rstrip("/")))


async def _run(hub_url: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    world = World(hub_url, SystemClock())
    try:
        await world.start()
        click.echo(f"# The sandbox is running; its webhooks go to {hub_url}/hooks/...; stop it with Ctrl-C.")
        for name, section in world.channel_sections().items():
            click.echo("\n".join(section_lines(f"channels.{name}", section)))
        click.echo("\n# ready")
        await stop.wait()
    finally:
        await world.stop()

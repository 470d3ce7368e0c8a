"""Runs only the provider emulators, for a hub that runs elsewhere on this machine."""

import asyncio
import signal

import click

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


def section_lines(name: str, section: dict[str, object]) -> list[str]:
    """As it would stand in config.toml."""
    plain = {key: value for key, value in section.items() if not isinstance(value, dict)}
    lines = [f"\n[{name}]", *(f"{key} = {_toml(value)}" for key, value in plain.items())]
    for key, value in section.items():
        if isinstance(value, dict):
            lines += section_lines(f"{name}.{key}", value)
    return lines


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        str(value)
        if isinstance(value, int | float)
        else '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
    )

"""`hub email inspect`: shows what the hub makes of a mail."""

import asyncio
import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from hub.cli._sections import section_lines
from hub.errors import HubError

LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}  # to some readers they end a line
ADAPTERS = "hub.channels" if find_spec("hub.channels") else "channels"  # as hub.registry, without its weight


@click.group("email")
def command() -> None:
    """Look at mails."""


@command.command()
@click.argument("address")
def discover(address: str) -> None:
    """Find the servers of a mailbox from its ADDRESS; print who was asked, and a channel for config.toml."""
    try:
        found = asyncio.run(_discovered(address))
    except HubError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    for asked, answer in found.tried.items():
        click.echo(f"# {asked}: {answer}")
    for proposal in found.proposals:
        click.echo(f"\n# {proposal.because}")
        for note in proposal.notes:
            click.echo(f"# {note}")
        click.echo("\n".join(section_lines("channels.mail", {"type": "email", **proposal.settings(found.address)})))
    sys.exit(0 if found.proposals else 1)


async def _discovered(address: str) -> Any:
    finding = import_module("hub.discovery.finding")
    fetch = import_module("hub.platform.fetcher").GuardedFetcher(None)
    try:
        return await finding.discover(address, fetch, finding.open_resolver())
    finally:
        await fetch.close()


@command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def inspect(files: tuple[str, ...]) -> None:
    """Print one JSON object per FILE (one per line); - is standard input."""
    read = import_module(f"{ADAPTERS}.email.inspection").inspect
    readable = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    unreadable = 0
    for file in files:
        try:
            raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as trouble:
            click.echo(f"hub: {file}: cannot be read: {trouble.strerror or trouble}", err=True)
            unreadable += 1
            continue
        click.echo(json.dumps(read(raw), ensure_ascii=not readable).translate(LINE_ENDS))
    sys.exit(1 if unreadable else 0)

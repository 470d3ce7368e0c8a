"""Copies the whole store into one file while the hub runs."""

from pathlib import Path

import click

from hub.cli._options import pass_settings
from hub.config import Settings
from hub.store.backup import backup


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_settings
def command(settings: Settings, file: Path) -> None:
    """Write a consistent copy of the store to FILE; the hub may go on running."""
    backup(settings.store_url, file.absolute())
    click.echo(f"{file}: {file.stat().st_size:,} bytes; a hub restored from it sends nothing until `hub arm`", err=True)

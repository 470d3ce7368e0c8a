"""Fills an empty store from a backup; what it holds is not sent until somebody arms it."""

from pathlib import Path

import click

from hub.cli._options import pass_settings
from hub.config import Settings
from hub.store.backup import restore


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_settings
def command(settings: Settings, file: Path) -> None:
    """Fill an empty store (SQLite or PostgreSQL) from FILE, a copy made by `hub backup`."""
    restore(file.absolute(), settings.store_url)
    click.echo("Restored. It sends nothing yet, as its original may still be running: `hub arm` lets it.", err=True)

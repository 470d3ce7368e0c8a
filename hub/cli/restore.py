"""Fills an empty store from a backup; what it holds is not sent until somebody arms it."""

from pathlib import Path

import click

from hub.cli._options import pass_settings
from hub.cli._store import with_store
from hub.config import Settings
from hub.errors import Locked
from hub.store.backup import restore
from hub.store.locked import list_locked
from hub.vault import open_vault


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_settings
def command(settings: Settings, file: Path) -> None:
    """Fill an empty store (SQLite or PostgreSQL) from FILE, a copy made by `hub backup`."""
    restore(file.absolute(), settings.store_url)
    _say_what_stays_locked(settings)
    click.echo("Restored. It sends nothing yet, as its original may still be running: `hub arm` lets it.", err=True)


def _say_what_stays_locked(settings: Settings) -> None:
    vault, reasons = open_vault(settings), []
    for one in with_store(settings, lambda store: store.read(list_locked)):
        try:
            vault.unlock(one.place, one.locked)
        except Locked as locked:
            reasons.append(str(locked))
    if reasons:
        said = f"{len(reasons)} secrets of it stay locked: {reasons[0]}. Put the key there (docs/secrets.md)."
        click.echo(said, err=True)

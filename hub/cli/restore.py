"""Fills an empty store from a backup; what it holds is not sent until somebody arms it."""

from functools import partial
from pathlib import Path

import click

from hub.cli._options import pass_settings
from hub.cli._store import audit, with_store
from hub.config import Settings
from hub.errors import Locked, Unreadable
from hub.jobs.locking import find_key_problems
from hub.sealing import is_sealed, unseal
from hub.store.audit import Deed
from hub.store.backup import restore
from hub.vault import open_vault


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_settings
def command(settings: Settings, file: Path) -> None:
    """Fill an empty store (SQLite or PostgreSQL) from FILE, a copy made by `hub backup`, encrypted or not."""
    _restore(settings, file.absolute())
    with_store(settings, lambda store: audit(store, Deed.RESTORED, file.name))
    _say_what_stays_locked(settings)
    click.echo("Restored. It sends nothing yet, as its original may still be running: `hub arm` lets it.", err=True)


def _restore(settings: Settings, file: Path) -> None:
    """Raises Locked, Unreadable and what else `restore` raises; then the store is as it was."""
    if not is_sealed(file):
        restore(file, settings.store_url)
        return
    find = open_vault(settings).find_file_key
    try:
        restore(file, settings.store_url, partial(unseal, find))
    except Locked as locked:
        words = f"nothing was restored: {file} is encrypted, and {locked}: put it there (docs/secrets.md)"
        raise Locked(words) from locked
    except Unreadable as damaged:
        raise Unreadable(f"nothing was restored: {damaged}") from damaged


def _say_what_stays_locked(settings: Settings) -> None:
    for problem in with_store(settings, lambda store: find_key_problems(store, open_vault(settings))):
        click.echo(problem, err=True)

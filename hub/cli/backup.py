"""Copies the whole store into one file while the hub runs."""

from functools import partial
from pathlib import Path

import click

from hub.cli._options import pass_settings
from hub.cli._store import audit, with_store
from hub.config import Settings
from hub.sealing import seal
from hub.store.audit import Deed
from hub.store.backup import backup
from hub.vault import open_vault


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--encrypt", is_flag=True, help="Only the hub's key (keyring, HUB_KEY) opens FILE: docs/secrets.md.")
@pass_settings
def command(settings: Settings, file: Path, *, encrypt: bool) -> None:
    """Write a consistent copy of the store to FILE; the hub may go on running."""
    if encrypt:
        vault = open_vault(settings)
        key = vault.file_key()
        backup(settings.store_url, file.absolute(), partial(seal, key))
        click.echo(f"Only the key {key[0]} of {vault.where} opens it: keep a copy of that elsewhere.", err=True)
    else:
        backup(settings.store_url, file.absolute())
    with_store(settings, lambda store: audit(store, Deed.BACKED_UP, file.name))
    click.echo(f"{file}: {file.stat().st_size:,} bytes; a hub restored from it sends nothing until `hub arm`", err=True)

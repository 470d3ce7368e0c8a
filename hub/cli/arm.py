"""Lets a restored copy send."""

import click

from hub.cli._options import pass_settings
from hub.cli._store import note, with_store
from hub.config import Settings
from hub.store.audit import Deed
from hub.store.settings import arm


@click.command("arm")
@pass_settings
def command(settings: Settings) -> None:
    """Let a store restored from a backup send. Make sure its original does not run any more."""
    was_disarmed = with_store(settings, lambda store: store.write(arm))
    if was_disarmed:
        with_store(settings, lambda store: note(store, Deed.STORE_ARMED))
    click.echo("The hub sends from now on." if was_disarmed else "The hub was sending already.", err=True)

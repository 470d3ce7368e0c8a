"""Lets a restored copy send."""

import click
from sqlalchemy import Connection

from hub.cli._options import pass_settings
from hub.cli._store import audit_entry, with_store
from hub.clock import SystemClock
from hub.config import Settings
from hub.jobs.locking import open_secret
from hub.store.audit import Deed, add_audit
from hub.store.settings import arm


@click.command("arm")
@pass_settings
def command(settings: Settings) -> None:
    """Let a store restored from a backup send. Make sure its original does not run any more."""
    if not settings.secret.get_secret_value():
        with_store(settings, lambda store: open_secret(store, settings))
    was_disarmed = with_store(settings, lambda store: store.write(_arm, SystemClock().now()))
    click.echo("The hub sends from now on." if was_disarmed else "The hub was sending already.", err=True)


def _arm(conn: Connection, now: int) -> bool:
    was_disarmed = arm(conn)
    if was_disarmed:
        add_audit(conn, audit_entry(Deed.STORE_ARMED), now)
    return was_disarmed

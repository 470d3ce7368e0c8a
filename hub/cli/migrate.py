"""Brings the store up to date."""

import click

from hub.cli._options import pass_settings
from hub.config import Settings
from hub.store.migrate import migrate


@click.command("migrate")
@pass_settings
def command(settings: Settings) -> None:
    """Bring the store up to date (creates it when there is none)."""
    migrate(settings.store_url)
    click.echo(f"The store is up to date: {without_password(settings.store_url)}", err=True)


def without_password(url: str) -> str:
    """Fit for a terminal and a log."""
    scheme, _, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    return f"{scheme}://{account.partition(':')[0]}{at}{place}"

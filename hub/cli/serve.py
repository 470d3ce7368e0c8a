"""Runs the hub: web, intake, delivery and scheduler in one process, or one role of many.

The hub itself is loaded last: a mistake in the configuration is told long before.
"""

from importlib import import_module

import click

from hub.cli._loading import unswept
from hub.cli._options import pass_settings
from hub.config import ROLES, Settings
from hub.platform import logs
from hub.registry import read_section
from hub.store.migrate import migrate


@click.command("serve")
@click.option("--role", "roles", multiple=True, type=click.Choice(("all", *ROLES)), help="May be given several times.")
@click.option("--sandbox", is_flag=True, help="Play every provider on this machine; nothing leaves it.")
@click.option("--host", help="The address to listen on (default: web.host).")
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes a free one (default: web.port).")
@pass_settings
def command(settings: Settings, roles: tuple[str, ...], sandbox: bool, host: str | None, port: int | None) -> None:
    """Run the hub until SIGTERM, then drain and stop."""
    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update={"web": settings.web.model_copy(update=given)})
    logs.configure(settings.log)
    logs.conceal_all(settings)
    for name, section in settings.channels.items():  # a wrong key stops the start before the store is touched
        read_section(name, section, str(settings.file))
    migrate(settings.store_url)
    chosen = ROLES if not roles or "all" in roles else roles
    with unswept():
        app = import_module("hub.app")
    app.serve(settings, roles=chosen, sandbox=sandbox, say=lambda text: click.echo(text))

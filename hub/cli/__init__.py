"""The `hub` command: one module of this folder per command, loaded only when it runs.

A module offers `command`, a click command or group; its file name is the command's name (where Python keeps that
word for itself, with an underscore: `import_`). `hub.cli._options` hands it the settings. A wrong configuration is
one line and exit status 2, any other trouble the hub knows one line and exit status 1.
"""

import os
import sys
from importlib import import_module
from keyword import iskeyword

import click

from hub import __version__
from hub.cli._loading import unswept
from hub.cli._options import config_everywhere
from hub.errors import ConfigError, HubError

COMMANDS = {  # and what `hub --help` says of them, for which it loads none
    "agent": "Add the people who work here.",
    "arm": "Let a store restored from a backup send.",
    "backup": "Write a consistent copy of the store to FILE.",
    "bench": "Run one benchmark, or all of them.",
    "check": "Check configuration, store, channels and DNS records.",
    "email": "Look at mails.",
    "export": "Take data out.",
    "import": "Bring data in.",
    "migrate": "Bring the store up to date.",
    "restore": "Fill an empty store (SQLite or PostgreSQL) from FILE.",
    "rotate-key": "Lock every secret of the store with a new key.",
    "sandbox": "Run only the provider emulators.",
    "serve": "Run the hub until SIGTERM, then drain and stop.",
    "template": "Message templates: what is wrong with them.",
    "token": "API tokens: what they may do.",
}


class LazyGroup(click.Group):
    """Knows its commands by name; loading one does not load the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)
        with unswept():
            command: click.Command = import_module(f"hub.cli.{name}").command
        return config_everywhere(command)


@click.group(cls=LazyGroup)
@click.version_option(__version__)
def hub() -> None:
    """Every conversation with a customer, on whatever channel, in one inbox."""


config_everywhere(hub)


def main() -> None:
    """The console script. What it writes (stores, backups, exports) is for whoever runs it alone."""
    os.umask(0o077)
    try:
        hub(prog_name="hub")
    except ConfigError as wrong:
        _say(str(wrong))
        sys.exit(2)
    except HubError as trouble:
        _say(str(trouble))
        sys.exit(1)
    except OSError as trouble:
        what = f"{trouble.filename}: {trouble.strerror}" if trouble.filename else str(trouble)
        _say(what)
        sys.exit(1)


def _say(sentence: str) -> None:
    """What it quotes of a file moves no cursor: control characters are spelled out."""
    spelled = (sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in sentence)
    click.echo(f"hub: {''.join(spelled)}", err=True)

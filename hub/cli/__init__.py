"""The `hub` command: one module of this folder per command, loaded only when it is asked for.

A module offers `command`, a click command or group; its file name is the command's name (a trailing underscore
is dropped: `import_`). `hub.cli._options` hands it the settings. A wrong configuration is one line and exit
status 2, any other trouble the hub knows one line and exit status 1.
"""

import gc
import os
import sys
from importlib import import_module
from pkgutil import iter_modules

import click

from hub import __version__
from hub.cli._options import config_everywhere
from hub.errors import ConfigError, HubError


class LazyGroup(click.Group):
    """Finds its commands in this folder; loading one does not load the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = [module.name for module in iter_modules(__path__) if not module.name.startswith("_")]
        return sorted(name.removesuffix("_").replace("_", "-") for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        names, cmd_name = {module.name for module in iter_modules(__path__)}, cmd_name.replace("-", "_")
        gc.disable()  # importing makes no garbage, and looking for it takes a sixth of the start
        try:
            module = import_module(f"hub.cli.{cmd_name if cmd_name in names else f'{cmd_name}_'}")
        finally:
            gc.enable()
        command: click.Command = module.command
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

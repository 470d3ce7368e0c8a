"""Checks message templates."""

import sys
from pathlib import Path

import click

from hub.cli._options import pass_settings
from hub.config import Settings
from hub.registry import parts_of
from hub.templating.checking import check_path


@click.group()
def command() -> None:
    """Message templates: what is wrong with them."""


@command.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@pass_settings
def check(settings: Settings, paths: tuple[Path, ...]) -> None:
    """Compile each PATH (a message's folder, a file in it, or a folder of folders) and render it for sample
    customers. Prints every problem with file and line; exit status 1 if there is one."""
    taken = parts_of(settings.channels)
    problems = [problem for path in paths for problem in check_path(path, settings, taken)]
    for problem in problems:
        click.echo(str(problem), err=problem.warning)
    if any(not problem.warning for problem in problems):
        sys.exit(1)

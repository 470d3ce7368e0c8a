"""What every command shares: --config before or after its name, and the settings that follow from it."""

import os
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from hub.config import Settings, load_settings

P = ParamSpec("P")
T = TypeVar("T")
CHECKOUT = Path(__file__).parents[2]
_FILE = "hub.config_file"


def pass_settings(fn: Callable[Concatenate[Settings, P], T]) -> Callable[P, T]:
    """Decorates a command's function: its first argument is the settings."""

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return fn(current_settings(), *args, **kwargs)

    return update_wrapper(call, fn)


def current_settings() -> Settings:
    """Read for the command that is running. Raises ConfigError."""
    context = click.get_current_context()
    return load_settings(config_file(context.meta.get(_FILE)))


def config_file(given: Path | None) -> Path | None:
    """--config, else HUB_CONFIG, else config.toml here, else the checkout's; None: there is no file at all."""
    named = given or (Path(os.environ["HUB_CONFIG"]) if os.environ.get("HUB_CONFIG") else None)
    if named:
        return named.absolute()
    places = (Path.cwd() / "config.toml", CHECKOUT / "config.toml")
    return next((place for place in places if place.is_file()), None)


def config_everywhere(command: click.Command) -> click.Command:
    """Adds --config to a command and to everything below it."""
    if not any(option.name == "config" for option in command.params):
        command.params.append(_config_option())
    if type(command) is click.Group:
        for below in command.commands.values():
            config_everywhere(below)
    return command


def _config_option() -> click.Option:
    return click.Option(
        ["--config"],
        type=click.Path(dir_okay=False, path_type=Path),
        expose_value=False,
        callback=_remember,
        metavar="FILE",
        help="The configuration file (default: HUB_CONFIG, or config.toml here).",
    )


def _remember(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value is not None:
        context.meta[_FILE] = value  # click shares meta between a command and those below it

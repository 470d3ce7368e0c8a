"""Finds channel adapters by type: channels/<type>.py defines <Type>Channel; others by entry point.

In a checkout the adapters are the package `channels`; in a wheel they are `hub.channels`, because a top-level
`channels` would overwrite Django Channels in a shared environment.
"""

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hub.channel import Channel, Tools
from hub.config import describe
from hub.errors import ConfigError
from hub.platform.logs import conceal_all

PACKAGE = "hub.channels" if find_spec("hub.channels") else "channels"
GROUP = "hub.channels"
TYPES = ("email", "sms", "whatsapp", "telegram", "webchat", "voice", "letter")

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
RESERVED = {"preferred", "note"}  # what else stands where a channel is named: in campaigns and in the composer

log = logging.getLogger("hub.registry")


Adapter = type[Channel]


def find_adapter(type: str) -> Adapter | None:
    """The adapter class of a type, or None when there is none."""
    if type.isidentifier() and find_spec(f"{PACKAGE}.{type}"):
        adapter: Adapter = getattr(import_module(f"{PACKAGE}.{type}"), f"{type.title()}Channel")
        return adapter
    for entry in entry_points(group=GROUP, name=type):
        adapter = entry.load()
        return adapter
    return None


def open_channel(name: str, section: Mapping[str, Any], tools: Tools, file: str = "config.toml") -> Channel:
    """Build one adapter from its section of config.toml; raises ConfigError naming the key."""
    adapter, settings = read_section(name, section, file)
    conceal_all(settings)
    return adapter(name, settings, tools)


def read_section(name: str, section: Mapping[str, Any], file: str = "config.toml") -> tuple[Adapter, Any]:
    """The adapter a section asks for and its validated settings; opens nothing. Raises ConfigError naming the key."""
    if not NAME.fullmatch(name):
        rule = "a channel's name is 1 to 63 letters, digits, . _ or - and begins with a letter or a digit"
        raise ConfigError(f"{file}: channels.{name!r}: {rule}")
    keys = dict(section)
    type_name = keys.pop("type", None)
    if not isinstance(type_name, str) or not type_name:
        raise ConfigError(f"{file}: channels.{name}.type: is missing (one of {', '.join(filter(find_adapter, TYPES))})")
    adapter = find_adapter(type_name)
    if adapter is None:
        raise ConfigError(f"{file}: channels.{name}.type: there is no channels/{type_name}.py")
    if problem := _misnamed(name, type_name):
        raise ConfigError(f"{file}: channels.{name}: {problem}")
    try:
        return adapter, adapter.Settings.model_validate(keys, context={"folder": Path(file).parent})
    except ValidationError as invalid:
        raise ConfigError(describe(invalid, file, f"channels.{name}")) from invalid


def _misnamed(name: str, type: str) -> str:
    """Wherever a channel may be named, a type may be too: none may pass for another."""
    if name in RESERVED:
        return "this name is reserved"
    return f"this name is that of a type, and this channel is of type {type}" if name in TYPES and name != type else ""


class Registry(Mapping[str, Channel]):
    """The channels of this process by configured name.

    resting: the store is a restored copy, so no provider hears of us (the original may still be at work).
    """

    def __init__(self, channels: Mapping[str, Channel] | None = None) -> None:
        self._channels = dict(channels or {})
        self.added: dict[str, Mapping[str, Any]] = {}  # name -> section of those that stand in the store
        self.adding = asyncio.Lock()
        self.resting = False

    def __getitem__(self, name: str) -> Channel:
        return self._channels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._channels)

    def __len__(self) -> int:
        return len(self._channels)

    def of_type(self, type: str) -> list[Channel]:
        return [channel for channel in self._channels.values() if channel.type == type]

    def of_kind(self, kind: str) -> list[Channel]:
        """Those that reach an address kind."""
        return [channel for channel in self._channels.values() if channel.address_kind == kind]

    def own_handles(self, kind: str) -> frozenset[str]:
        """Our side's addresses of a kind, in lower case."""
        return frozenset(channel.own_handle.lower() for channel in self.of_kind(kind))

    def find(self, name_or_type: str) -> Channel | None:
        """By configured name, else the first of that type."""
        return self._channels.get(name_or_type) or next(iter(self.of_type(name_or_type)), None)

    def admit(self, channel: Channel) -> None:
        """Take it in; open() opens it with the others."""
        self._channels[channel.name] = channel

    async def add(self, channel: Channel) -> None:
        """Open it and take it in (a channel added in the browser)."""
        if not self.resting:
            await channel.open()
        self._channels[channel.name] = channel

    async def remove(self, name: str) -> None:
        channel = self._channels.pop(name, None)
        if channel is not None:
            await channel.close()

    async def open(self, *, armed: bool = True) -> None:
        self.resting = not armed
        for channel in list(self._channels.values()) if armed else ():
            await channel.open()

    async def close(self) -> None:
        for channel in list(self._channels.values()):
            try:
                await channel.close()
            except Exception:
                log.exception("channel %s did not close cleanly", channel.name)

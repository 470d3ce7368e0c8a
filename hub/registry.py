"""Finds channel adapters by type: channels/<type>.py defines <Type>Channel; others by entry point.

A type is a word of small letters, digits and _; class and entry point of `two_way` are TwoWayChannel and two_way.

In a checkout the adapters are the package `channels`; in a wheel they are `hub.channels`, because a top-level
`channels` would overwrite Django Channels in a shared environment.
"""

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping, Set
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from pydantic import ValidationError

from hub.channel import Channel, Tools
from hub.config import describe
from hub.errors import ConfigError
from hub.kinds import WELL_KNOWN, Face, in_order, is_phone, is_word, kind_of
from hub.platform.logs import conceal_all

PACKAGE = "hub.channels" if find_spec("hub.channels") else "channels"
GROUP = "hub.channels"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
RESERVED = {"preferred", "note"}  # what else stands where a channel is named: in campaigns and in the composer

log = logging.getLogger("hub.registry")


Adapter = type[Channel]


def find_adapter(type: str) -> Adapter | None:
    """The adapter class of a type, or None when there is none. Raises ConfigError when there is one that cannot be
    loaded, or that calls itself otherwise."""
    try:
        adapter = _load(type) if is_word(type) else None
        called = adapter.type if adapter else type
    except (ImportError, AttributeError) as broken:
        raise ConfigError(f"the adapter of channels of type {type!r} cannot be loaded: {broken}") from broken
    if called != type:
        raise ConfigError(f"the adapter of channels of type {type!r} says type = {called!r}")
    return adapter


def _load(type: str) -> Adapter | None:
    adapter: Adapter | None
    if find_spec(f"{PACKAGE}.{type}"):
        name = "".join(part.capitalize() for part in type.split("_"))
        adapter = getattr(import_module(f"{PACKAGE}.{type}"), f"{name}Channel")
    else:
        adapter = next((entry.load() for entry in entry_points(group=GROUP, name=type)), None)
    return adapter


def list_types() -> list[str]:
    """Every type there is an adapter for; loads none."""
    here = import_module(PACKAGE).__path__
    modules = (module.name for module in iter_modules(here) if is_word(module.name))
    return sorted({*modules, *(entry.name for entry in entry_points(group=GROUP) if is_word(entry.name))})


ADDED = "a channel added here"  # in place of a file's name: whoever adds one by the API names no files of the machine


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
        raise ConfigError(f"{file}: channels.{name}.type: is missing (one of {', '.join(list_types())})")
    adapter = find_adapter(type_name)
    if adapter is None:
        raise ConfigError(f"{file}: channels.{name}.type: there is no channels/{type_name}.py")
    if problem := _misnamed(name, type_name):
        raise ConfigError(f"{file}: channels.{name}: {problem}")
    try:
        return adapter, adapter.Settings.model_validate(
            keys, context={"folder": None if file == ADDED else Path(file).parent}
        )
    except ValidationError as invalid:
        key = ".".join(str(part) for part in invalid.errors()[0]["loc"])
        raise ConfigError(describe(invalid, file, f"channels.{name}"), key) from invalid


def _misnamed(name: str, type: str) -> str:
    """Wherever a channel may be named, a type may be too: none may pass for another."""
    if name in RESERVED:
        return "this name is reserved"
    taken = name != type and (name in WELL_KNOWN or name in list_types())
    return f"this name is that of a type, and this channel is of type {type}" if taken else ""


def parts_of(sections: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The parts of message templates that these channels of config.toml take; what is wrong in them does not matter."""
    types = {str(section.get("type", "")) for section in sections.values()}
    adapters = (adapter for adapter in map(find_adapter, types) if adapter)
    able = ((adapter.type, adapter.capabilities) for adapter in adapters)
    return sorted(can.template_part or can.address_kind or type for type, can in able)


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
        """Those that reach an address kind; first the channels that are called like it."""
        able = (channel for channel in self.ordered() if channel.address_kind == kind)
        return sorted(able, key=lambda channel: channel.type != kind)

    def own_handles(self, kind: str) -> frozenset[str]:
        """Our side's addresses of a kind, in lower case."""
        return frozenset(channel.own_handle.lower() for channel in self.of_kind(kind))

    def carries_copies(self, name: str) -> bool:
        """Can others be given copies on the channel of this name?"""
        return name in self._channels and self._channels[name].address_kind == "email"

    def find(self, word: str) -> Channel | None:
        """By configured name, else the first of that type, else the first that reaches that kind of address."""
        return self._channels.get(word) or next(iter((*self.of_type(word), *self.of_kind(word))), None)

    def ordered(self) -> list[Channel]:
        """As they are asked where nothing else decides."""
        return sorted(self._channels.values(), key=lambda channel: (channel.preference, channel.name))

    def types(self) -> list[str]:
        """The types of the configured channels, as they are asked."""
        return list(dict.fromkeys(channel.type for channel in self.ordered()))

    def kinds(self) -> list[str]:
        """Every kind of address known here: the well-known ones, and those our channels reach."""
        return in_order((*WELL_KNOWN, *(channel.address_kind for channel in self._channels.values())))

    def known(self) -> dict[str, list[str]]:
        """What requests may name. preferences: what a customer may prefer; other kinds: of address, whose handles
        are taken as they are written."""
        kinds = self.kinds()
        return {
            "kinds": kinds,
            "other kinds": [kind for kind in kinds if kind != "email" and kind != "telegram" and not is_phone(kind)],
            "preferences": ["", *dict.fromkeys((*self.types(), *kinds))],
            "parts": list(dict.fromkeys((*self.parts(), *kinds, *self.types()))),
        }

    def parts(self) -> list[str]:
        """The parts of message templates that our channels take."""
        able = (channel for channel in self.ordered() if channel.capabilities.writes)
        return list(dict.fromkeys(channel.template_part for channel in able))

    def part_of(self, word: str) -> str:
        """The part of a message template that a channel (by name or type) takes; a part's own name is its own."""
        channel = self.find(word)
        return channel.template_part if channel else word

    def face(self, word: str) -> Face:
        """Of a type of channel or a kind of address, also of one that no configured channel has (any more)."""
        channel = next(iter(self.of_type(word)), None)
        return channel.face if channel else kind_of(word).face

    def without(self, names: Set[str]) -> "Registry":
        """The others; as they are at this moment."""
        return Registry({name: channel for name, channel in self.items() if name not in names}) if names else self

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

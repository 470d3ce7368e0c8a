"""Which channels past messages belong to, and the addresses of our own."""

from dataclasses import dataclass
from typing import Any

from hub.channel import Channel
from hub.config import Settings
from hub.errors import InvalidInput
from hub.registry import find_adapter, read_section
from hub.store.channels import list_channel_rows
from hub.store.database import Store

TYPE = "email"


@dataclass(frozen=True, slots=True)
class MailChannels:
    """names: of all e-mail channels; addresses: of those in config.toml (in the store they are under lock)."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]


async def list_channels_by_type(store: Store, settings: Settings) -> dict[str, str]:
    """Type -> the name of its first channel; config.toml comes before the store."""
    rows = [(row.type, row.name) for row in await store.read(list_channel_rows)]
    sections = [(str(one.get("type")), name) for name, one in settings.channels.items()]
    return dict(reversed([*sections, *rows]))


async def list_mail_channels(store: Store, settings: Settings) -> MailChannels:
    sections = {name: one for name, one in settings.channels.items() if one.get("type") == TYPE}
    read = [read_section(name, one, str(settings.file))[1] for name, one in sections.items()]
    rows = [row.name for row in await store.read(list_channel_rows) if row.type == TYPE and row.name not in sections]
    return MailChannels((*sections, *rows), tuple(one.address.lower() for one in read))


def reader_of(name: str, address: str) -> Channel:
    """Something that reads mails as the channel of that name does, and cannot do anything else."""
    adapter: Any = find_adapter(TYPE)
    without_tools: Any = None
    channel: Channel = adapter(name, adapter.Settings(address=address), without_tools)
    return channel


def chosen(found: MailChannels, name: str) -> str:
    """name: "" where nobody said. Raises InvalidInput."""
    if name and name not in found.names:
        there = ", ".join(found.names) or "none"
        raise InvalidInput(f"there is no e-mail channel {name!r}; there are: {there}")
    if name or len(found.names) == 1:
        return name or found.names[0]
    if not found.names:
        raise InvalidInput("no e-mail channel is configured: the messages would belong nowhere")
    raise InvalidInput(f"to which channel do they belong? --channel {' or '.join(found.names)}")

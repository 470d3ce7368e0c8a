"""Channels added in the browser or by the API: brings this process in line with what stands in the store."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from hub.context import Hub
from hub.errors import ConfigError, Locked
from hub.registry import ADDED, open_channel
from hub.store.channels import ChannelRow, list_channel_rows

LOCKED = "locked"

log = logging.getLogger("hub.jobs.channel_sync")


async def sync_channels(hub: Hub) -> None:
    """Open what is new, close what is gone or switched off, open anew what was changed. config.toml has the first word
    on a name."""
    rows = {row.name: row for row in await hub.store.read(list_channel_rows) if row.enabled}
    async with hub.channels.adding:
        for name, section in list(hub.channels.added.items()):
            if name not in rows or rows[name].section != section:
                del hub.channels.added[name]
                await hub.channels.remove(name)
        for name, row in rows.items():
            if name not in hub.channels and name not in hub.channels.added:
                await _open(hub, row)


def locked_settings(hub: Hub, name: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """As the store holds them: they are credentials."""
    return {LOCKED: hub.vault.lock(f"channel {name}", json.dumps(dict(settings)))}


def section_of(hub: Hub, row: ChannelRow) -> dict[str, Any]:
    """As config.toml would have it. Raises Locked. What an older process keeps is in clear until the next start."""
    if set(row.settings) != {LOCKED}:
        return row.section
    return {"type": row.type, **json.loads(hub.vault.unlock(f"channel {row.name}", row.settings[LOCKED]))}


async def _open(hub: Hub, row: ChannelRow) -> None:
    try:
        channel = open_channel(row.name, section_of(hub, row), hub.guarded_tools, ADDED)
    except (ConfigError, Locked) as wrong:  # e.g. its adapter is no longer installed
        log.warning("channel %s stays closed: %s", row.name, wrong)
        return
    await hub.channels.add(channel)
    hub.channels.added[row.name] = row.section

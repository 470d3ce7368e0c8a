"""Takes in a channel that somebody adds in the browser or by the API: whether its settings are right, and its row."""

from sqlalchemy import Connection

from hub.channel import Channel
from hub.context import Hub
from hub.registry import ADDED, open_channel
from hub.store.channel_health import forget_health
from hub.store.channels import ChannelRow, add_channel_row, find_channel_row, forget_channel_row, mark_channel_row
from hub.store.events import append_event
from hub.store.locked import KEEPSAKE
from hub.store.settings import forget_setting


def built(hub: Hub, row: ChannelRow) -> Channel:
    """An adapter that is not opened: shows whether the settings are right. Raises ConfigError."""
    return open_channel(row.name, row.section, hub.guarded_tools, ADDED)


def keep_added(conn: Connection, row: ChannelRow, now: int) -> None:
    """row: its settings locked. Raises Conflict where the name is taken."""
    add_channel_row(conn, row.name, row.type, row.settings, now)
    append_event(conn, "channel.added", at=now, data={"channel": row.name})


def drop_channel(conn: Connection, name: str, now: int) -> None:
    """What was said on it stays. Raises NotFound."""
    forget_channel_row(conn, name)
    forget_setting(conn, f"{KEEPSAKE}{name}")
    forget_health(conn, name)
    append_event(conn, "channel.removed", at=now, data={"channel": name})


def keep_channel(conn: Connection, row: ChannelRow, now: int) -> None:
    """Add it, or change the one of that name. row: its settings locked."""
    if find_channel_row(conn, row.name) is None:
        return keep_added(conn, row, now)
    mark_channel_row(conn, row.name, settings=dict(row.settings))
    append_event(conn, "channel.changed", at=now, data={"channel": row.name})

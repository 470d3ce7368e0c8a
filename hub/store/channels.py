"""Channels that were added in the browser or by the API; those of config.toml are not in the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from hub.errors import Conflict, NotFound
from hub.store.dialect import insert_or_skip
from hub.store.tables import channel_rows


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """settings: the section as config.toml would have it, without `type`."""

    name: str
    type: str
    settings: Mapping[str, Any]
    enabled: bool
    created_at: int

    @property
    def section(self) -> dict[str, Any]:
        return {"type": self.type, **self.settings}


_ROWS = select(*(channel_rows.c[name] for name in ChannelRow.__dataclass_fields__))


def list_channel_rows(conn: Connection) -> list[ChannelRow]:
    return [ChannelRow(*row) for row in conn.execute(_ROWS.order_by(channel_rows.c.name))]


def find_channel_row(conn: Connection, name: str) -> ChannelRow | None:
    row = conn.execute(_ROWS.where(channel_rows.c.name == name)).first()
    return ChannelRow(*row) if row else None


def add_channel_row(conn: Connection, name: str, type: str, settings: Mapping[str, Any], at: int) -> None:
    row = {"name": name, "type": type, "settings": dict(settings), "enabled": True, "created_at": at}
    if not insert_or_skip(conn, channel_rows, row):
        raise Conflict(f"there is a channel {name!r} already")


def mark_channel_row(conn: Connection, name: str, **changes: Any) -> None:
    """Change settings or enabled."""
    if conn.execute(update(channel_rows).where(channel_rows.c.name == name).values(**changes)).rowcount == 0:
        raise NotFound(f"there is no channel {name!r} here; those of config.toml are changed there")


def forget_channel_row(conn: Connection, name: str) -> None:
    if conn.execute(delete(channel_rows).where(channel_rows.c.name == name)).rowcount == 0:
        raise NotFound(f"there is no channel {name!r} here; those of config.toml are changed there")

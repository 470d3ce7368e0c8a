"""When somebody last wrote by a kind of channel on which one may answer freely for some time only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from hub.clock import DAY
from hub.model import Address, Direction
from hub.store.quick_json import loads
from hub.store.sets import SetQuery
from hub.store.tables import messages

OTHERWISE = "otherwise"  # among the parts of a message: what it says where its own words are not taken any more


@dataclass(frozen=True, slots=True)
class Heard:
    """When somebody wrote to that channel of ours from that address."""

    channel: str
    peer: str
    at: int

    def is_from(self, address: Address) -> bool:
        """Who hides the number is heard from an id, and only the provider knows whose number it is."""
        return address.handle == self.peer or address.handle.startswith("+") != self.peer.startswith("+")


def list_windows(
    conn: Connection, customer_ids: Sequence[str], types: Collection[str] = ("whatsapp",)
) -> dict[str, int]:
    """Customer id -> until when free text arrives, or arrived: a day after the last word."""
    said = (messages.c.direction == Direction.IN, messages.c.channel_type.in_(types))
    theirs = select(messages.c.customer_id, func.max(messages.c.occurred_at)).where(
        messages.c.customer_id.in_(set(customer_ids)), *said
    )
    return {row[0]: row[1] + DAY for row in conn.execute(theirs.group_by(messages.c.customer_id))}


def list_heard(conn: Connection, customer_ids: Sequence[str], since: int) -> dict[str, list[Heard]]:
    """Who wrote since then by a channel with such a time, with each word; others are left out."""
    found: dict[str, list[Heard]] = {}
    for id, channel, peer, at in _HEARD(conn, [(id, since) for id in customer_ids]):
        found.setdefault(id, []).append(Heard(channel, peer, at))
    return found


_HEARD = SetQuery(
    "id text, since bigint",
    "m.customer_id, m.channel, m.peer, m.occurred_at",
    "v JOIN messages m ON m.customer_id = v.id AND m.occurred_at > v.since "
    "WHERE m.direction = 'in' AND m.channel_type = 'whatsapp'",
)


def list_otherwise(conn: Connection, message_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Message -> its parts; those that have nothing else to say are left out."""
    found = {id: loads(parts) for id, parts in _PARTS(conn, [(id,) for id in message_ids])}
    return {id: parts for id, parts in found.items() if OTHERWISE in parts}


_PARTS = SetQuery("id text", "m.id, CAST(m.parts AS text)", "v JOIN messages m ON m.id = v.id")

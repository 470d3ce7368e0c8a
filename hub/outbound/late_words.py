"""What was held until its channel takes no free text any more leaves by approved words instead.

WhatsApp takes free text only for so long after a customer wrote. Whether it does is asked when a message is written;
what waited since then (for a pause, the morning, a provider that was away) is asked again when it is claimed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from hub.approved import OPTION, Chosen
from hub.channel import Channel
from hub.clock import MINUTE
from hub.model import Address
from hub.store.database import Store
from hub.store.deliveries import Delivery
from hub.store.messages import mark_message
from hub.store.windows import OTHERWISE, Heard, list_heard, list_otherwise

MARGIN = 10 * MINUTE  # it still has to leave, and to arrive in time


def is_closed(channel: Channel, heard: Sequence[Heard], to: Address, at: int) -> bool:
    """Does the channel take no free text to that address at that instant?"""
    window = channel.capabilities.window
    if not window:
        return False
    mine = (one.at for one in heard if one.channel == channel.name and one.is_from(to))
    return at + MARGIN > max(mine, default=0) + window


def otherwise(text: str, chosen: Chosen) -> dict[str, object]:
    """What is kept among the parts of a message of free text. text: the approved words, as the customer reads them."""
    return {OTHERWISE: {"text": text, **chosen.option}}


async def say_otherwise(store: Store, channel: Channel, claimed: Sequence[Delivery], now: int) -> None:
    """Those of them that come too late for their free text, and have other words, say these from now on."""
    late = await store.read(_list_late, channel, claimed, now) if channel.capabilities.window else {}
    if late:
        await store.write(_mark, late)


def _list_late(
    conn: Connection, channel: Channel, claimed: Sequence[Delivery], now: int
) -> dict[str, Mapping[str, Any]]:
    """Message -> its parts."""
    able = list_otherwise(conn, [item.message_id for item in claimed])
    asked = [item for item in claimed if item.message_id in able]
    heard = list_heard(conn, [item.customer_id for item in asked], now - channel.capabilities.window)
    late = (item for item in asked if is_closed(channel, heard.get(item.customer_id, ()), item.address, now))
    return {item.message_id: able[item.message_id] for item in late}


def _mark(conn: Connection, late: Mapping[str, Mapping[str, Any]]) -> None:
    for id, parts in late.items():
        said = parts[OTHERWISE]
        kept = {name: value for name, value in parts.items() if name != OTHERWISE}
        mark_message(conn, id, subject="", text=said["text"], html="", parts={**kept, OPTION: said[OPTION]})

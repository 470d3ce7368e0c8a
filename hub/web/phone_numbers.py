"""Who can be called, and under which number."""

from collections.abc import Sequence

from sqlalchemy import Connection

from hub.model import SHUT
from hub.outbound.channel_choice import list_choices, list_open_channels
from hub.registry import Registry
from hub.store.customers import Reached, list_all_addresses
from hub.store.visibility import Visibility

CALLED = "voice"  # the kind of address


def can_call(conn: Connection, channels: Registry, who: Visibility, id: str, at: int) -> bool:
    """Is there a channel on which this customer can be called by this person?"""
    choices = list_choices(conn, list_open_channels(conn, channels, who, None), id, None, at)
    return any(choice.able.calls and choice.reachable for choice in choices)


def any_calls(channels: Registry) -> bool:
    return any(channel.capabilities.calls for channel in channels.ordered())


def list_phones(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Customer id -> the number to call; those without one are missing."""
    return {id: found for id, reached in list_all_addresses(conn, ids).items() if (found := phone_of(reached))}


def phone_of(reached: Sequence[Reached]) -> str:
    """The oldest that may be called, or nothing."""
    return next((one.handle for one in reached if one.kind == CALLED and not one.is_id and one.state not in SHUT), "")

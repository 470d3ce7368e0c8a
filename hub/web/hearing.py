"""Which events one browser hears: all of them, campaigns only, or those of what its agent may see."""

from collections.abc import Sequence
from dataclasses import replace

from hub.context import Hub
from hub.store.events import Happening, list_seen_events
from hub.store.visibility import EVERYTHING, Visibility

WORDLESS = Visibility(words=False)


def ear_of(who: Visibility) -> Visibility:
    """Equal for all who hear the same."""
    return EVERYTHING if who.is_whole else who if who.words else WORDLESS


async def heard_by(hub: Hub, ear: Visibility, page: Sequence[Happening]) -> Sequence[Happening]:
    """What was given to somebody else is heard of without saying what it is, so that lists are fetched anew."""
    if ear.is_whole:
        return page
    if not ear.words:
        return [one for one in page if one.type.startswith("campaign.")]
    seen = {one.seq for one in await hub.store.read(list_seen_events, ear, page)}
    return [one if one.seq in seen else _unnamed(one) for one in page if one.seq in seen or one.type in HANDED_OVER]


HANDED_OVER = ("conversation.assigned", "conversation.merged")


def _unnamed(one: Happening) -> Happening:
    return replace(one, conversation_id=None, customer_id=None, message_id=None, agent_id=None, data={})

"""Shows that somebody is writing: an agent to the customer where the channel can, a web chat visitor to the agents.

Nothing of it is stored; it may get lost.
"""

import logging

from hub.context import Hub
from hub.model import Address
from hub.store.messages import find_last_inbound

AGENT_TYPES, CUSTOMER_TYPES = "agent_types", "customer_types"

log = logging.getLogger("hub.webchat.presence")


async def agent_types(hub: Hub, conversation_id: str, channel_name: str, agent_name: str) -> None:
    """To whoever wrote last on that channel; to nobody when the channel cannot show it."""
    channel = hub.channels.get(channel_name)
    if channel is None or not channel.capabilities.typing:
        return
    last = await hub.store.read(find_last_inbound, conversation_id, channel.type)
    if last is None or last.channel != channel.name:
        return
    words = {"what": AGENT_TYPES, "kind": channel.address_kind, "handle": last.peer, "author": agent_name}
    hub.live.send_ephemeral(words)
    try:
        await channel.typing(Address(channel.address_kind, last.peer))
    except Exception:  # a courtesy: whatever is wrong will show when the message is sent
        log.debug("%s could not show that somebody is writing", channel.name, exc_info=True)


def customer_types(hub: Hub, customer_id: str, name: str) -> None:
    hub.live.send_ephemeral({"what": CUSTOMER_TYPES, "customer": customer_id, "name": name})

"""Puts mails that left into the Sent folder of their mailbox: after they are sent, and apart from sending.

Whatever fails here is tried again, for days, and can send nothing. Mails of campaigns and copies for others are left
out.
"""

import logging

from hub.channel import Channel
from hub.context import Hub
from hub.errors import HubError
from hub.model import Outbound
from hub.outbound.compose import build
from hub.store.deliveries import Delivery
from hub.store.sent_copies import claim_uncopied, list_channels_of_uncopied, mark_copied

AT_ONCE = 20

log = logging.getLogger("hub.jobs.sent_copies")


async def copy_sent(hub: Hub) -> bool:
    """One round; whether something was done, so that there may be more."""
    done = False
    for name in await hub.store.read(list_channels_of_uncopied, hub.clock.now()):
        if channel := hub.channels.get(name):
            done |= await _copy(hub, channel)
    return done


async def _copy(hub: Hub, channel: Channel) -> bool:
    claimed = await hub.store.write(claim_uncopied, channel.name, hub.clock.now(), AT_ONCE)
    if channel.keeps_copies:
        about = (hub.signer, hub.base_url)
        built = [(item, await hub.store.read(build, *about, item, channel)) for item in claimed]
        sent = [(message, _left_at(item)) for item, message in built if isinstance(message, Outbound)]
        try:
            await channel.keep_copies(sent)
        except HubError as trouble:  # they are due again later
            log.warning("%s: the Sent folder does not take a copy: %s", channel.name, trouble)
            return False
    if claimed:
        await hub.store.write(mark_copied, [item.id for item in claimed])
    return bool(claimed)


def _left_at(item: Delivery) -> int:
    return item.sent_at or item.changed_at

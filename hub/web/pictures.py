"""Pictures that a mail names elsewhere: shown when an agent asks, once or always from that sender."""

from collections.abc import Mapping, Sequence
from functools import partial

from aiohttp import web

from hub.context import Hub
from hub.inbound.pictures import fetch_pictures, keep_pictures
from hub.model import Direction
from hub.sanitise import shown_html
from hub.store.messages import Message, get_message
from hub.store.pictures import brought_pictures, remote_pictures
from hub.web.conversation_acts import back, conversation_id
from hub.web.forms import read_fields
from hub.web.keys import HUB
from hub.web.media import PURPOSE
from hub.web.stream import in_frame


async def create(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    view, always = await read_fields(request, "view", "always")
    message = await hub.store.read(get_message, conversation_id(request))
    if not message.conversation_id or not remote_pictures(message):
        raise web.HTTPNotFound
    urls = remote_pictures(message) if brought_pictures(message) is None else []
    found = await fetch_pictures(hub.fetch, urls, hub.base_url)
    await hub.store.write(keep_pictures, message.id, found, hub.clock.now(), always=bool(always))
    hub.live.wake()
    if request.headers.get("X-Quiet"):
        return web.Response(status=204)
    raise back(message.conversation_id, view, f"#m-{message.id}")


def helpers(hub: Hub) -> Mapping[str, object]:
    """For the templates: what stands in the frame of a mail, where a message stands as it was sent, and what can be put
    at it."""
    return {
        "framed": partial(_framed, hub),
        "sent_as": lambda delivery: f"/v/{hub.signer.sign('view', delivery.id)}",
        "reactions_of": partial(_reactions, hub),
    }


def _reactions(hub: Hub, message: Message) -> Sequence[str]:
    channel = hub.channels.get(message.channel) if message.direction == Direction.IN and message.provider_id else None
    return channel.capabilities.reactions if channel and channel.can_react(message.provider_id or "") else ()


def _framed(hub: Hub, message: Message) -> str:
    """With the pictures that were asked for. The frame shares nothing with the page, no session either: a link that
    nobody can make up is what lets it have them."""
    shown = shown_html(message)
    for number, file in (brought_pictures(message) or {}).items():
        if file and number.isdigit():
            link = f'src="/m/{hub.signer.sign(PURPOSE, file)}"'
            shown = shown.replace(f'data-remote="{number}"', link)
    return in_frame(shown)

"""Which chat is asked for, and which sites may show it."""

from aiohttp import web
from yarl import URL

from hub.channel import Channel
from hub.web.keys import HUB


def chat_channel(request: web.Request) -> Channel:
    """The web chat of the path, by its configured name or, if there is but one of that type, by "webchat"."""
    channel = request.app[HUB].channels.find(request.match_info["channel"])
    if channel is None or channel.type != "webchat":
        raise web.HTTPNotFound
    return channel


def is_welcome(request: web.Request, channel: Channel) -> bool:
    """No Origin: no browser. Else the hub's own page, or a site of the channel's list."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    own = {URL(request.app[HUB].base_url).authority, request.headers.get("Host", "")}
    return origin.partition("://")[2] in own or bool({"*", origin.lower()} & set(channel.settings.origins))


def frame_ancestors(channel: Channel) -> str:
    """Who may show the chat in a frame (CSP)."""
    return " ".join(("'self'", *channel.settings.origins))

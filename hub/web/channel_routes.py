"""The part of the sitemap that is about channels: how they are, and what came in on them and could not be read."""

from hub.web import channels, set_aside
from hub.web.permissions import Permission
from hub.web.route import Route

CHANNEL_ROUTES: tuple[Route, ...] = (
    Route("GET", "/settings/channels", Permission.MANAGE, channels.index),
    Route("POST", "/settings/channels/{name}/test", Permission.MANAGE, channels.test, limit=20_000),
    Route("GET", "/set-aside", Permission.MANAGE, set_aside.index),
    Route("GET", "/set-aside/{id}", Permission.MANAGE, set_aside.show),
    Route("GET", "/set-aside/{id}/raw", Permission.MANAGE, set_aside.raw),
    Route("POST", "/set-aside/{id}/replay", Permission.MANAGE, set_aside.replay),
)

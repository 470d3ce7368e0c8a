"""Builds the web application of a hub: the sitemap, the guard before every handler, the errors after it."""

from functools import cache

from aiohttp import web

from hub.campaigns.archive import Archive
from hub.campaigns.content import words_of
from hub.context import Hub
from hub.web.archive import ARCHIVE
from hub.web.assets import ASSETS, Assets
from hub.web.attendance import Attendance
from hub.web.bodies import BODIES, Bodies
from hub.web.chat import rooms as chat_rooms
from hub.web.chat.page import LOADER, build_loader
from hub.web.guard import guarded
from hub.web.guesses import KNOWN, known_of
from hub.web.hooks import BUSY
from hub.web.keys import HUB
from hub.web.live import BROADCAST, Broadcast
from hub.web.middleware import answer_errors
from hub.web.once import ANSWERED
from hub.web.pages import PAGES, Pages
from hub.web.presence import PRESENCE, Presence
from hub.web.pushing import PUSHER, Pusher
from hub.web.routes import ROUTES
from hub.web.sandbox import CALLS
from hub.web.security import compress, dress
from hub.web.telemetry import observe

MAX_REQUEST = 64_000_000  # octets; each route sets its own, smaller limit


def make_app(hub: Hub) -> web.Application:
    app = web.Application(middlewares=[observe, compress, answer_errors], client_max_size=MAX_REQUEST)
    app[HUB] = hub
    app[ASSETS] = Assets()
    app[PAGES] = Pages(app, app[ASSETS])
    app[LOADER] = build_loader(app[ASSETS], hub.settings.company.language)
    app[ARCHIVE] = Archive(hub.store, words_of(hub))
    app[BUSY] = [0]
    app[BODIES] = Bodies()
    app[KNOWN] = known_of(hub)
    app[CALLS] = set()
    app[ANSWERED] = {}
    app[BROADCAST] = Broadcast(hub)
    app.cleanup_ctx.append(app[BROADCAST].run)
    app.cleanup_ctx.append(Attendance(hub, app[BROADCAST]).run)
    app[PRESENCE] = Presence(hub)
    app.cleanup_ctx.append(app[PRESENCE].run)
    app[PUSHER] = Pusher(hub, app[BROADCAST], app[PRESENCE])
    app.cleanup_ctx.append(app[PUSHER].run)
    app.on_shutdown.append(app[BROADCAST].hang_up)
    chat_rooms.set_up(app, hub)
    app.on_response_prepare.append(dress)
    for resource in _resources():
        app.router.register_resource(resource)
    return app


@cache
def _resources() -> tuple[web.AbstractResource, ...]:
    """The sitemap as aiohttp keeps it, guards and all; it belongs to no application, so all of them share it."""
    router = web.UrlDispatcher()
    for route in ROUTES:
        if route.method == "GET":
            router.add_get(route.path, guarded(route), allow_head=True)
        else:
            router.add_route(route.method, route.path, guarded(route))
    return tuple(router.resources())

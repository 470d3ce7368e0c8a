"""Tells load balancers and supervisors how this process is."""

from aiohttp import web

from hub.errors import StoreUnavailable
from hub.store.migrate import is_current
from hub.web.keys import HUB


async def alive(request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    """200 when the store can be reached and its schema is ours, else 503 with the reason."""
    try:
        current = await request.app[HUB].store.read(is_current)
    except StoreUnavailable as away:
        return web.json_response({"status": "not ready", "reason": str(away)}, status=503)
    if not current:
        return web.json_response({"status": "not ready", "reason": "the store waits for `hub migrate`"}, status=503)
    return web.json_response({"status": "ready"})

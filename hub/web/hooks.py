"""Takes what providers send: verified, made durable, and only then answered.

Nothing is understood here; reading happens later, in a job. A forged request leaves no trace in the store.
"""

from aiohttp import web

from hub.channel import Webhook
from hub.desk import NOBODY_THERE
from hub.errors import StoreUnavailable, WebhookForged
from hub.inbound.desk import LineDesk
from hub.web.keys import HUB

MAX_BODY = 2_000_000
AT_ONCE = 512  # requests under way; beyond that a fast "later" is kinder than a slow "ok"
BUSY = web.AppKey("busy", list[int])


async def create(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    channel = hub.channels.get(request.match_info["channel"])
    if channel is None:
        raise web.HTTPNotFound
    content = request.content  # before a place is taken: who announces a body and does not send it holds up nobody
    body = content.read_nowait() if content.is_eof() else await _body(request)
    busy = request.app[BUSY]
    if busy[0] >= AT_ONCE:
        raise StoreUnavailable("too many webhooks at once")
    busy[0] += 1
    try:
        able = channel.capabilities.calls
        desk = LineDesk(hub.store, hub.settings, hub.clock, channel.name) if able else NOBODY_THERE
        webhook = Webhook(
            action=request.match_info["action"],
            method=request.method,
            url=hub.base_url + request.raw_path,
            headers=request.headers,
            body=body,
            desk=desk,
        )
        try:
            received = await channel.receive(webhook)
        except (WebhookForged, UnicodeError):  # bytes that are no text: no signature is made of them
            raise web.HTTPForbidden from None
        await hub.intake.accept(channel.name, received.raws)
    finally:
        busy[0] -= 1
    return web.Response(body=received.reply, headers={"Content-Type": received.reply_type})


async def _body(request: web.Request) -> bytes:
    """Also bounded when the length was not announced."""
    body = bytearray()
    while not request.content.at_eof():
        body += await request.content.readany()
        if len(body) > MAX_BODY:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY, len(body))
    return bytes(body)

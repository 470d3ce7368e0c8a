"""Devices that are told of news: subscribed by a button, listed, set to show names and words or not, removed."""

import json

from aiohttp import web

from hub.digests import hash_of
from hub.errors import InvalidInput, NotFound
from hub.ids import is_id
from hub.platform.fetcher import refusal_of
from hub.platform.web_push import Subscription, checked, public_of
from hub.store.devices import Device, forget_own_device, mark_device, put_device
from hub.web.assets import ASSETS, hand_out
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB, SESSION
from hub.web.pushing import PUSHER, private_key
from hub.web.sessions import browser_of

PAGE = "/settings#notifications"
LONGEST = 2_000  # characters of an address


async def worker(request: web.Request) -> web.Response:
    """What a browser runs when something comes and no page is open; it stands at the root, whose pages it serves."""
    return hand_out(request, request.app[ASSETS].get("worker.js"), {"Cache-Control": "no-cache"})


async def create_key(request: web.Request) -> web.Response:
    """The hub's, public; made when the first browser asks."""
    return web.json_response({"key": public_of(await private_key(request.app[HUB]))})


async def create(request: web.Request) -> web.Response:
    """Said by the page, once its browser has subscribed."""
    hub, agent = request.app[HUB], request[AGENT]
    subscription = checked(Subscription(*await read_fields(request, "endpoint", "p256dh", "auth")))
    refused = refusal_of(subscription.endpoint)
    if refused or not subscription.endpoint.startswith("https:") or len(subscription.endpoint) > LONGEST:
        raise InvalidInput(refused or "a push service is reached by https", "endpoint")
    id = _id_of(subscription.endpoint)
    told = {name: getattr(subscription, name) for name in Subscription.__slots__}
    locked = hub.vault.lock(f"device {id}", json.dumps(told))
    name = browser_of(request.headers.get("User-Agent", ""))
    device = Device(id, agent.id, request[SESSION], locked, name, False, hub.clock.now(), None, "")
    await hub.store.write(put_device, device)
    request.app[PUSHER].came.set()
    return web.Response(status=204)


async def renew(request: web.Request) -> web.Response:
    """Said by the page of a browser that is subscribed, once after a sign-in; 404 where it is not this agent's, or was
    removed: the browser then ends its subscription."""
    [endpoint] = await read_fields(request, "endpoint")
    await request.app[HUB].store.write(mark_device, _id_of(endpoint), request[AGENT].id, {"session": request[SESSION]})
    return web.Response(status=204)


async def update(request: web.Request) -> web.Response:
    [words] = await read_fields(request, "words")
    await request.app[HUB].store.write(mark_device, _named(request), request[AGENT].id, {"words": words == "1"})
    raise web.HTTPSeeOther(PAGE)


async def destroy(request: web.Request) -> web.Response:
    await request.app[HUB].store.write(forget_own_device, _named(request), request[AGENT].id)
    raise web.HTTPSeeOther(PAGE)


def _named(request: web.Request) -> str:
    id: str = request.match_info["id"]
    if not is_id(id):
        raise NotFound("there is no such device")
    return id


def _id_of(endpoint: str) -> str:
    return hash_of(endpoint)[:32]

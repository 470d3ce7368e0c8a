"""What came in and could not be read: kept as received, shown, handed out, tried again."""

import json
from collections.abc import Awaitable

from aiohttp import web

from hub.ids import is_id
from hub.store.raw import Unread, get_raw_piece, get_unread, list_set_aside, mark_unread
from hub.web.attachments import safe_headers
from hub.web.downloads import send_pieces
from hub.web.keys import HUB
from hub.web.pages import render

PREVIEW = 4000  # octets shown on the page
ENDINGS = {"mail": "eml", "update": "json"}


async def index(request: web.Request) -> web.Response:
    kept = await request.app[HUB].store.read(list_set_aside)
    return render(request, "set_aside/index.html", kept=kept)


async def show(request: web.Request) -> web.Response:
    kept = await _find(request)
    begin = await request.app[HUB].store.read(get_raw_piece, kept.id, 0, PREVIEW)
    text = begin.decode("utf-8", "replace").replace("\x00", "\ufffd")
    envelope = json.dumps(dict(kept.envelope), indent=2, ensure_ascii=False, default=str)
    return render(request, "set_aside/show.html", kept=kept, text=text, envelope=envelope, preview=PREVIEW)


async def raw(request: web.Request) -> web.StreamResponse:
    store, kept = request.app[HUB].store, await _find(request)
    name = f"{kept.channel}-{kept.id[-8:]}.{ENDINGS.get(kept.kind, 'bin')}"

    def read(start: int, octets: int) -> Awaitable[bytes]:
        return store.read(get_raw_piece, kept.id, start, octets)

    return await send_pieces(request, kept.size, read, safe_headers(name, "application/octet-stream"))


async def replay(request: web.Request) -> web.Response:
    """Read it again, for instance after an update of the hub."""
    hub = request.app[HUB]
    kept = await _find(request)
    await hub.store.write(mark_unread, kept.id, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther("/set-aside")


async def _find(request: web.Request) -> Unread:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    return await request.app[HUB].store.read(get_unread, id)

"""Files in the chat: visitors upload with their token, and open only what belongs to their own chat."""

from urllib.parse import quote

from aiohttp import BodyPartReader, web

from hub.channel import Channel
from hub.digests import hash_of
from hub.errors import InvalidInput, NotFound
from hub.model import Attachment
from hub.store.blobs import add_attachment, get_attachment
from hub.store.customers import find_customer
from hub.store.webchat import Visitor, find_visitor
from hub.web.chat.allowances import keeping, per_minute
from hub.web.chat.frames import FILE, UPLOAD
from hub.web.chat.site import chat_channel
from hub.web.downloads import send_file
from hub.web.guesses import open_signed
from hub.web.keys import HUB
from hub.web.security import network_at
from hub.web.tries import count

MAX_REQUEST = 26_000_000
CHUNK = 65_536
UPLOADS_PER_MINUTE = 30
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
    "Content-Type": "application/octet-stream",
}


async def create(request: web.Request) -> web.Response:
    """multipart/form-data with one part named `file`; the id that comes back belongs in a message's attachments."""
    hub, channel = request.app[HUB], chat_channel(request)
    await count(request, [per_minute(f"upload from {network_at(request)}", UPLOADS_PER_MINUTE * 4)])
    visitor, customer_id = await _visitor(request, channel)
    await count(request, [per_minute(f"upload {visitor.id}", UPLOADS_PER_MINUTE)])
    most = channel.settings.max_file_bytes
    counted = keeping(visitor.id, network_at(request), min(request.content_length or most, most))
    await count(request, counted)
    file = await _read_file(request, most)
    if not hub.store.has_room(len(file.content)):
        raise web.HTTPInsufficientStorage
    id = await hub.store.write(add_attachment, file, hub.clock.now(), customer_id=customer_id)
    described = {"filename": file.filename, "content_type": file.content_type, "size": len(file.content)}
    return web.json_response({"id": hub.signer.sign(UPLOAD, id, visitor.id), **described}, status=201)


async def show(request: web.Request) -> web.StreamResponse:
    """Always as a download: nothing a stranger made is shown from our origin."""
    hub, channel = request.app[HUB], chat_channel(request)
    id, _ = await open_signed(request, FILE, request.match_info["token"], ids=2)
    file = await hub.store.read(get_attachment, id)
    if file.message_id is None or channel.type != "webchat":
        raise NotFound("there is no such file")
    disposition = f"attachment; filename*=UTF-8''{quote(file.filename or 'file', safe='')}"
    return await send_file(request, file, SAFE_HEADERS | {"Content-Disposition": disposition})


async def _visitor(request: web.Request, channel: Channel) -> tuple[Visitor, str]:
    """Whoever has not said anything yet has no conversation to put a file into."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise web.HTTPUnauthorized
    store = request.app[HUB].store
    visitor = await store.read(find_visitor, channel.name, hash_of(token.strip()))
    customer_id = await store.read(find_customer, visitor.address) if visitor else None
    if visitor is None or customer_id is None:
        raise web.HTTPUnauthorized
    return visitor, customer_id


async def _read_file(request: web.Request, most: int) -> Attachment:
    if not request.content_type.startswith("multipart/"):
        raise InvalidInput("a file is sent as multipart/form-data")
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file":
                return await _read_part(part, most)
    except ValueError as broken:
        raise InvalidInput("the form is broken") from broken
    raise InvalidInput("there is no file in the form")


async def _read_part(part: BodyPartReader, most: int) -> Attachment:
    content = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        content += chunk
        if len(content) > most:
            raise web.HTTPRequestEntityTooLarge(most, len(content))
    if not content:
        raise InvalidInput("the file is empty", code="file_empty")
    name = "".join(character for character in part.filename or "" if character.isprintable())[-200:]
    kind = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Attachment(name or "file", kind if kind.isprintable() and len(kind) < 100 else "", bytes(content))

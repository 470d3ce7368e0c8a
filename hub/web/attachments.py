"""Hands out files: always as a download of an inert kind, from a page without rights.

A picture or a sound may be shown by our own pages, which name it in <img> or <audio>.
"""

from urllib.parse import quote

from aiohttp import web

from hub.ids import is_id
from hub.store.blobs import get_attachment, get_content
from hub.web.keys import HUB

INERT = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "text/plain", "application/pdf"}
    | {"audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/x-wav", "audio/aac", "audio/amr", "audio/webm"}
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Accept-Ranges": "bytes",
}


async def show(request: web.Request) -> web.Response:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    store = request.app[HUB].store
    file = await store.read(get_attachment, id)
    content = await store.read(get_content, file.sha256)
    return download(request, content, file.filename, file.content_type)


def download(request: web.Request, content: bytes, filename: str, content_type: str) -> web.Response:
    kind = content_type.partition(";")[0].strip().lower()
    ascii_name = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in filename) or "file"
    disposition = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename or 'file', safe='')}"
    headers = HEADERS | {"Content-Disposition": disposition}
    wanted = _wanted(request, len(content))
    if wanted is None:
        return web.Response(body=content, content_type=_inert(kind), headers=headers)
    start, stop = wanted
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
    return web.Response(status=206, body=content[start:stop], content_type=_inert(kind), headers=headers)


def _inert(kind: str) -> str:
    return kind if kind in INERT else "application/octet-stream"


def _wanted(request: web.Request, size: int) -> tuple[int, int] | None:
    """One byte range, for players that seek; anything else gets the whole file."""
    try:
        wanted = request.http_range
    except ValueError:
        return None
    if wanted.start is None or not size:
        return None
    start = max(size + wanted.start, 0) if wanted.start < 0 else wanted.start
    stop = min(size if wanted.stop is None else wanted.stop, size)
    return (start, stop) if start < stop else None

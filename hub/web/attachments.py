"""Hands out files: always as a download of an inert kind, from a page without rights.

A picture or a sound may be shown by our own pages, which name it in <img> or <audio>.
"""

from aiohttp import web

from hub.ids import is_id
from hub.store.blobs import get_attachment
from hub.web.downloads import disposition_of, send_file
from hub.web.keys import HUB

INERT = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "text/plain", "application/pdf"}
    | {"audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/x-wav", "audio/aac", "audio/amr", "audio/webm"}
)
HEADERS = {  # a browser asks before it shows again what it has kept: whoever signed out sees nothing more
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}


async def show(request: web.Request) -> web.StreamResponse:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    file = await request.app[HUB].store.read(get_attachment, id)
    return await send_file(request, file, safe_headers(file.filename, file.content_type), _wanted(request, file.size))


def safe_headers(filename: str, content_type: str) -> dict[str, str]:
    """Of a download that cannot act."""
    kind = content_type.partition(";")[0].strip().lower()
    inert = kind if kind in INERT else "application/octet-stream"
    return HEADERS | {"Content-Disposition": disposition_of(filename), "Content-Type": inert}


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

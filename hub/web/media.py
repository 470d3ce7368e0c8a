"""Files of outgoing messages, for providers that fetch them themselves (MMS, WhatsApp): /m/<signed token>."""

from urllib.parse import quote

from aiohttp import web

from hub.store.blobs import get_attachment
from hub.web.downloads import send_file
from hub.web.guesses import open_signed
from hub.web.keys import HUB

PURPOSE = "media"


async def show(request: web.Request) -> web.StreamResponse:
    """Whoever knows the token may have the file; nobody can make one up."""
    [id] = await open_signed(request, PURPOSE, request.match_info["token"])
    file = await request.app[HUB].store.read(get_attachment, id)
    headers = {
        "Content-Type": file.content_type or "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename or 'file')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600",
    }
    return await send_file(request, file, headers)

"""Files of outgoing messages, for providers that fetch them themselves (MMS, WhatsApp): /m/<signed token>."""

from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from hub.store.blobs import StoredFile, get_attachment, get_content
from hub.web.guesses import open_signed
from hub.web.keys import HUB

PURPOSE = "media"


async def show(request: web.Request) -> web.Response:
    """Whoever knows the token may have the file; nobody can make one up."""
    hub = request.app[HUB]
    [id] = await open_signed(request, PURPOSE, request.match_info["token"])
    file, content = await hub.store.read(_load, id)
    return web.Response(
        body=content,
        headers={
            "Content-Type": file.content_type or "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename or 'file')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )


def _load(conn: Connection, id: str) -> tuple[StoredFile, bytes]:
    file = get_attachment(conn, id)
    return file, get_content(conn, file.sha256)

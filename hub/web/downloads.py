"""Hands out files piece by piece: however slowly somebody takes one, it never stands in memory whole."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from aiohttp import web

from hub.errors import HubError
from hub.exchange.sheets import write_csv, write_xlsx
from hub.store.audited import audit_now
from hub.store.blobs import StoredFile, get_piece
from hub.web.guard import may_go_on
from hub.web.keys import HUB

PIECE = 500_000  # octets in memory for one who takes a file
Read = Callable[[int, int], Awaitable[bytes]]  # from there, so many octets; raises NotFound

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

log = logging.getLogger("hub.web.downloads")


async def send_file(
    request: web.Request, file: StoredFile, headers: Mapping[str, str], part: tuple[int, int] | None = None
) -> web.StreamResponse:
    """The whole file, or its octets from part[0] up to part[1] (206); nothing where the browser has it (304, RFC 9110,
    section 15.4.5). Raises NotFound before anything is sent."""
    store, headers = request.app[HUB].store, {**headers, "ETag": f'"{file.sha256}"'}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)

    def read(start: int, octets: int) -> Awaitable[bytes]:
        return store.read(get_piece, file.sha256, start, octets)

    return await send_pieces(request, file.size, read, headers, part)


async def send_pieces(
    request: web.Request, size: int, read: Read, headers: Mapping[str, str], part: tuple[int, int] | None = None
) -> web.StreamResponse:
    """Of so many octets all, or those from part[0] up to part[1] (206). Raises NotFound before anything is sent."""
    start, stop = part or (0, size)
    piece = await read(start, min(PIECE, stop - start))
    answer = web.StreamResponse(status=206 if part else 200, headers=headers)
    answer.content_length = stop - start
    if part:
        answer.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    await audit_now(request.app[HUB].store)
    await answer.prepare(request)
    if request.method == "HEAD":
        return answer
    try:
        while piece:
            await answer.write(piece)
            start += len(piece)
            piece = await read(start, min(PIECE, stop - start)) if start < stop else b""
    except HubError as trouble:  # the answer has begun: all that is left is to hang up
        log.warning("a file was not handed out whole: %s", trouble)
        if request.transport:
            request.transport.abort()
    return answer


async def send_growing(
    request: web.Request, pieces: AsyncIterator[bytes], headers: Mapping[str, str]
) -> web.StreamResponse:
    """What is read while it is sent. It breaks off once whoever asked is signed out or may not any more."""
    first = await anext(pieces)  # what goes wrong by then is said
    answer = web.StreamResponse(headers={"Cache-Control": "no-store", **headers})
    await audit_now(request.app[HUB].store)
    await answer.prepare(request)
    await answer.write(first)
    async for piece in pieces:
        if not await may_go_on(request):
            log.warning("an export broke off: whoever asked may not have it any more")
            if request.transport:
                request.transport.abort()
            break
        await answer.write(piece)
    return answer


def disposition_of(filename: str) -> str:
    """Saved, never shown, under this name (RFC 6266)."""
    ascii_name = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in filename) or "file"
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename or 'file', safe='')}"


def send_table(
    name: str, header: Sequence[str], rows: Iterable[Sequence[str]], sheet: str, separator: str
) -> web.Response:
    """For spreadsheets. name: the file's, which ends in csv or xlsx; sheet: what its one sheet is called; separator: of
    the cells of a CSV file."""
    kind = name.rpartition(".")[2]
    headers = {"Content-Disposition": disposition_of(name), "Cache-Control": "no-store"}
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"table.{kind}"
        if kind == "csv":
            write_csv(file, header, rows, separator)
        else:
            write_xlsx(file, header, rows, sheet)
        return web.Response(body=file.read_bytes(), headers={"Content-Type": TYPES[kind], **headers})

"""Files: uploaded before they are sent, and fetched as they came."""

import re
from dataclasses import replace
from hashlib import sha256
from urllib.parse import quote, unquote

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from sqlalchemy import Connection

from hub.model import Attachment as File
from hub.store.blobs import add_attachment, get_attachment
from hub.web.api import shapes
from hub.web.api.call import ApiRequest
from hub.web.api.fields import ONE_LINE
from hub.web.api.operation import operation
from hub.web.api.problems import Fault, Refused
from hub.web.api.shapes import Attachment
from hub.web.downloads import send_file

MAX_FILE = 25_000_000
FORM = "multipart/form-data"
_LONE = re.compile("[\ud800-\udfff]")  # bytes that are no UTF-8, as aiohttp hands them on
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")


@operation("POST", "/attachments", scope="messages:write", status=201, body_type=FORM, max_bytes=MAX_FILE)
async def create(call: ApiRequest) -> Attachment:
    """Upload a file (form field `file`); name its id in a reply or message."""
    file = await _uploaded(call.request)
    if call.key:
        about = f"{file.filename}\n{file.content_type}\n".encode()
        call.key = replace(call.key, fingerprint=sha256(about + file.content).hexdigest())
    return await call.write(_add, file, call.now)


@operation("GET", "/attachments/{id}", scope="messages:read", produces="application/octet-stream")
async def show(call: ApiRequest, id: str) -> web.StreamResponse:
    """Download a file: exactly the bytes received."""
    stored = await call.hub.store.read(get_attachment, id)
    name = re.sub(r"[^A-Za-z0-9._ -]", "_", stored.filename) or "file"
    disposition = f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(stored.filename or 'file', safe='')}"
    kind = {"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff"}
    return await send_file(call.request, stored, kind | {"Content-Disposition": disposition})


async def _uploaded(request: web.Request) -> File:
    if request.content_type != FORM:
        raise Refused(415, f"send {FORM}")
    try:
        return await _read(await request.multipart())
    except HttpProcessingError:  # its words quote the stranger's bytes
        raise Refused(422, "the form cannot be read: a part's header holds what no header may") from None
    except (ValueError, AssertionError, RuntimeError) as broken:
        raise Refused(422, f"the form cannot be read: {broken}") from None


async def _read(form: MultipartReader) -> File:
    file: File | None = None
    async for part in form:
        if not isinstance(part, BodyPartReader) or part.name != "file" or file is not None:
            raise _wrong("file" if file else str(getattr(part, "name", "")), "one field `file` and nothing else")
        filename = _plain(part.filename or "file")
        file = File(filename, _type(part), await _content(part))
    if file is None:
        raise _wrong("file", "is missing")
    return file


def _plain(filename: str) -> str:
    """As the sender wrote it. Browsers escape three characters in the names of a form, some programs (aiohttp among
    them) all that are not plain: encoding such a name anew gives what they sent."""
    whole = unquote(filename)
    escaped_by_browser = re.sub("%(22|0D|0A)", lambda escape: chr(int(escape[1], 16)), filename)
    name = whole if quote(whole, safe="") == filename else escaped_by_browser
    if not re.fullmatch(ONE_LINE.strip("^$"), name) or len(name) > 250:
        raise _wrong("file", "the name of the file is too long or holds control characters")
    if _LONE.search(name):
        raise _wrong("file", "the name of the file is not UTF-8")
    return name


async def _content(part: BodyPartReader) -> bytes:
    found = bytearray()
    while chunk := await part.read_chunk(65_536):
        found += chunk
        if len(found) > MAX_FILE:
            raise Refused(413, f"at most {MAX_FILE} bytes")
    return bytes(found)


def _type(part: BodyPartReader) -> str:
    given = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return given if _TYPE.fullmatch(given) else "application/octet-stream"


def _wrong(field: str, message: str) -> Refused:
    return Refused(422, "the form is wrong", [Fault(field=field, message=message)])


def _add(conn: Connection, file: File, now: int) -> Attachment:
    return shapes.Attachment.of(get_attachment(conn, add_attachment(conn, file, now)))


OPERATIONS = (create, show)

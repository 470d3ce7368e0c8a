"""Reads what a form of ours sent: text fields, files, local times."""

from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web
from multidict import MultiDict, MultiMapping

from hub.errors import InvalidInput
from hub.model import Attachment
from hub.moments import on_calendar, wall_instant

MAX_FILES = 10


Form = MultiMapping[str | bytes | bytearray | web.FileField]


async def read_form(request: web.Request) -> Form:
    """The one way to a form's fields: NUL, which PostgreSQL cannot hold, never comes through. Raises HTTPBadRequest
    for bytes that are none, in a charset that is none or holds what UTF-8 does not (lone surrogates)."""
    try:
        form = await request.post()
        for name, value in form.items():
            said = value.filename if isinstance(value, web.FileField) else value
            (name + said if isinstance(said, str) else name).encode()
    except (LookupError, ValueError) as odd:
        raise web.HTTPBadRequest from odd
    return MultiDict(
        (name, value.replace("\0", "") if isinstance(value, str) else value) for name, value in form.items()
    )


async def read_fields(request: web.Request, *names: str) -> list[str]:
    """The named text fields, empty where missing."""
    form = await read_form(request)
    return [_text(form.get(name, "")) for name in names]


async def read_files(request: web.Request, name: str) -> list[Attachment]:
    form = await read_form(request)
    fields = [field for field in form.getall(name, []) if isinstance(field, web.FileField) and field.filename]
    if len(fields) > MAX_FILES:
        raise InvalidInput(f"at most {MAX_FILES} files at once", name, "too_many_files")
    return [_attachment(field) for field in fields]


def _attachment(field: web.FileField) -> Attachment:
    name = _text(field.filename).replace("\\", "/").rpartition("/")[2]
    clean = "".join(sign for sign in name if sign.isprintable()).strip()[:200]
    return Attachment(clean or "file", field.content_type, field.file.read())


def _text(value: object) -> str:
    return value.replace("\x00", "").replace("\r\n", "\n") if isinstance(value, str) else ""


def read_local(text: str, zone: ZoneInfo) -> int:
    """What <input type=datetime-local> sends, or an offer with its own offset, as an instant. A time the clocks leap
    over is refused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise InvalidInput(f"{text!r} is not a date with a time", "at", "no_date") from wrong
    return wall_instant(moment, zone) if moment.tzinfo is None else on_calendar(moment)

"""Reads requests to the REST API: the form, the resource named in the path."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from aiohttp import web

from hub.sandbox.twilio_errors import RestError
from hub.sandbox.twilio_state import Item, Shelf

ACCOUNT = "/2010-04-01/Accounts/{account}"
Form = Mapping[str, list[str]]
FORM: web.RequestKey[Form] = web.RequestKey("form", Mapping)


async def form_of(request: web.Request) -> dict[str, list[str]]:
    """Every value of every field, whatever else was sent."""
    body = await request.read()
    return parse_qs(body.decode(errors="replace"), keep_blank_values=True)


def resource(shelf: Shelf[Item], request: web.Request, name: str = "sid") -> Item:
    item = shelf.get(request.match_info[name])
    if item is None:
        raise RestError(20404, request.path)
    return item

"""What a form that comes back to be mended says, and at which of its fields."""

from typing import TypedDict

from aiohttp import web

from hub.errors import HubError, InvalidInput
from hub.web.refusals import say_refusal


class Told(TypedDict):
    """field: where the problem is said, if that is one of the form's."""

    problem: str
    field: str


def told(request: web.Request, refused: HubError) -> Told:
    field = refused.field if isinstance(refused, InvalidInput) else ""
    return Told(problem=say_refusal(request, refused), field=field)

"""Every error answer of the API: application/problem+json (RFC 9457)."""

import http
import logging
from collections.abc import Mapping, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from hub.errors import Conflict, HubError, InvalidInput, Locked, NotFound, StoreUnavailable
from hub.web.api.fields import Answer
from hub.web.connections import HUNG_UP, has_left

PREFIX = "/api/v1"
CONTENT_TYPE = "application/problem+json"
STATUS: Mapping[type[HubError], int] = {
    NotFound: 404,
    Conflict: 409,
    InvalidInput: 422,
    StoreUnavailable: 503,
    Locked: 503,
}

SAYS = {
    413: "the body is longer than this operation takes",
    429: "too many wrong tokens from your network, or bodies that do not come",
}

log = logging.getLogger("hub.api")


class Fault(BaseModel):
    """One thing that is wrong with the request."""

    field: str
    message: str


class Problem(Answer):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: tuple[Fault, ...] = ()


class Refused(Exception):
    """Ends a request with a problem."""

    def __init__(
        self, status: int, detail: str = "", faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.faults, self.headers = status, detail, faults, dict(headers or {})


def problem(refused: Refused) -> web.Response:
    title = http.HTTPStatus(refused.status).phrase
    body = Problem(title=title, status=refused.status, detail=refused.detail, errors=tuple(refused.faults))
    return web.Response(
        status=refused.status,
        headers=refused.headers,
        body=body.model_dump_json().encode(),
        content_type=CONTENT_TYPE,
    )


def refusal(error: BaseException) -> Refused:
    """The one table from what went wrong to what the client hears."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, InvalidInput):
        return Refused(422, str(error), [Fault(field=error.field, message=str(error))])
    if isinstance(error, StoreUnavailable):
        return Refused(503, "the store is away; try again", headers={"Retry-After": "2"})
    if isinstance(error, HubError) and type(error) in STATUS:
        return Refused(STATUS[type(error)], str(error))
    if isinstance(error, web.RequestPayloadError):
        return Refused(400, "the body does not unpack as its Content-Encoding says")
    if isinstance(error, web.HTTPMethodNotAllowed):
        return Refused(405, "", headers={"Allow": error.headers["Allow"]})
    if isinstance(error, web.HTTPException) and error.status >= 400:
        kept = {"Retry-After": error.headers["Retry-After"]} if "Retry-After" in error.headers else {}
        return Refused(error.status, SAYS.get(error.status, error.text or ""), headers=kept)
    log.error("api failed", exc_info=error)
    return Refused(500, "a mistake of ours; it is in the log")


async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every error of the API into a problem."""
    try:
        response: web.StreamResponse = await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return problem(refusal(error))
    except Exception as error:
        if has_left(request, error):
            return web.Response(status=HUNG_UP)
        return problem(refusal(error))
    return response

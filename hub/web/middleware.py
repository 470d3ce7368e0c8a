"""Turns every error into an answer, in one table. Below /api/ they are problem+json."""

import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from sqlalchemy import Connection

from hub import errors
from hub.ids import new_id
from hub.store.agents import list_agents
from hub.web.api.problems import answer_problems
from hub.web.connections import HUNG_UP, has_left
from hub.web.guard import signed_in
from hub.web.keys import HUB
from hub.web.pages import render
from hub.web.permissions import Permission, allows
from hub.web.refusals import say_refusal
from hub.web.route import Handler
from hub.web.versions import Overtaken, show_both

log = logging.getLogger("hub.web")

STATUS: dict[type[errors.HubError], int] = {
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.WebhookForged: 403,
    errors.Unreadable: 422,
    errors.StoreUnavailable: 503,
    errors.Locked: 503,
}
RETRY_AFTER = {"Retry-After": "5"}
KEPT = ("Allow", "Retry-After")  # of what a handler raised
PLAIN = ("/hooks/", "/live", "/static/")


def status_of(error: errors.HubError) -> int:
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path.startswith("/api/"):
        return await answer_problems(request, handler)
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        response = await explain(request, answer.status)
        response.headers.update({name: answer.headers[name] for name in KEPT if name in answer.headers})
        return response
    except Overtaken as faster:
        return await show_both(request, faster)
    except errors.HubError as error:
        status = status_of(error)
        if status == 503:  # nobody's fault here, and while it lasts every request meets it
            log.warning("%s %s: %s", request.method, _place(request), error)
        elif status >= 500:
            log.exception("%s %s", request.method, _place(request))
        detail = say_refusal(request, error) if status in (409, 422) else ""
        return await explain(request, status, detail, field=getattr(error, "field", ""))
    except web.RequestPayloadError:  # it does not unpack as its Content-Encoding says
        return await explain(request, 400)
    except HttpProcessingError:  # a part of a form with bytes in its header that no header may hold
        return await explain(request, 422)
    except Exception as error:
        if has_left(request, error):
            return web.Response(status=HUNG_UP)
        code = new_id()[-8:]
        log.exception("%s %s failed (%s)", request.method, _place(request), code)
        return await explain(request, 500, code=code)


def _who_grants(conn: Connection) -> list[str]:
    """The names of those who can give somebody another role."""
    return [one.name for one in list_agents(conn) if one.active and allows(one.role, Permission.MANAGE)]


def _place(request: web.Request) -> str:
    """The path for the log, without the token in it: it is the key to what it opens."""
    token = request.match_info.get("token")
    return request.path.replace(token, "***") if token else request.path


async def explain(request: web.Request, status: int, detail: str = "", code: str = "", field: str = "") -> web.Response:
    """An error page that keeps the navigation; one line of text where a machine is listening. field: what of a form is
    wrong, beside which a page that is open puts the detail (static/wrong.js)."""
    headers = RETRY_AFTER if status == 503 else {}
    if request.path.startswith(PLAIN):
        return web.Response(text=f"{status}\n", status=status, headers=headers)
    granting: list[str] = []
    if status != 503:
        try:
            if await signed_in(request) and status == 403:
                granting = await request.app[HUB].store.read(_who_grants)
        except errors.StoreUnavailable:
            status, headers = 503, RETRY_AFTER
    said = {"detail": detail, "code": code, "field": field, "granting": granting}
    response = render(request, "error.html", status=status, number=status, **said)
    response.headers.update(headers)
    return response

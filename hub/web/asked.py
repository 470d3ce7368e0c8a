"""The customer's page of a survey, behind a signed link: seen without signing in, answered by POST only, once.

No script, no cookie; opening it answers nothing, because mail scanners follow links.
"""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub import surveys as flow
from hub.errors import NotFound
from hub.store.customers import Customer, get_customer
from hub.store.surveys import SCALES, SENT, Survey, get_survey
from hub.web.forms import read_fields
from hub.web.guesses import open_signed
from hub.web.keys import HUB
from hub.web.public import render_public, speaks


async def show(request: web.Request) -> web.Response:
    return _page(request, *await _find(request))


async def create(request: web.Request) -> web.Response:
    """A score, then a comment; whatever was said before stands, and is shown."""
    hub, (survey, customer) = request.app[HUB], await _find(request)
    score, comment = await read_fields(request, "score", "comment")
    if survey.score is None:
        if not (score.isascii() and score.isdigit() and len(score) <= 2 and int(score) in SCALES[survey.kind]):
            return _page(request, survey, customer, empty=True)
        await hub.store.write(flow.answer, survey.id, int(score), "link", hub.clock.now())
    if comment.strip():
        await hub.store.write(flow.comment, survey.id, comment, hub.clock.now())
    hub.live.wake()
    return _page(request, *await _find(request))


async def _find(request: web.Request) -> tuple[Survey, Customer]:
    [id] = await open_signed(request, "survey", request.match_info["token"])
    try:
        return await request.app[HUB].store.read(_load, id)
    except NotFound as gone:
        raise web.HTTPNotFound from gone


def _load(conn: Connection, id: str) -> tuple[Survey, Customer]:
    survey = get_survey(conn, id)
    if survey.state != SENT:
        raise NotFound("nobody was asked")
    return survey, get_customer(conn, survey.customer_id)


def _page(request: web.Request, survey: Survey, customer: Customer, *, empty: bool = False) -> web.Response:
    values: dict[str, Any] = {"survey": survey, "scale": SCALES[survey.kind], "empty": empty}
    return render_public(
        request, speaks(request, customer), "public/survey.html", status=422 if empty else 200, **values
    )

"""Automatic replies in the settings: written once for each language, shown as a customer reads them, switched."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.context import Hub
from hub.errors import InvalidInput
from hub.hours import Hours, look
from hub.ids import is_id, new_id
from hub.languages import LANGUAGES
from hub.rules.answer_words import checked, said_in
from hub.rules.silence import LONGEST_HOURS
from hub.store import auto_replies as store
from hub.store.audited import audit_about
from hub.store.auto_replies import CLOSED, USUAL_HOURS, WHENS, AutoReply, Words
from hub.templating.answer import check_answer
from hub.templating.problems import Problem
from hub.web.agents import id_of
from hub.web.forms import Form, read_fields, read_form
from hub.web.goals import goals_of
from hub.web.keys import HUB
from hub.web.mending import told
from hub.web.pages import render

PAGE = "/settings/auto-replies"
MAX_NAME = 100
SHOWN_NAMES = ("hours.opens", "company.name", "company.address")
Typed = Mapping[str, Any]


async def index(request: web.Request) -> web.Response:
    """`?open=` an id: that one in the form."""
    id = request.query.get("open", "")
    if not is_id(id):
        return await _page(request)
    reply = await request.app[HUB].store.read(store.get_auto_reply, id)
    return await _page(request, id, _typed_of(reply))


async def create(request: web.Request) -> web.Response:
    return await _save(request, "")


async def update(request: web.Request) -> web.Response:
    return await _save(request, id_of(request))


async def preview(request: web.Request) -> web.Response:
    """What is in the form, saved or not, as customers read it in each language; `id` is kept open."""
    form = await read_form(request)
    hub, id, typed = request.app[HUB], str(form.get("id", "")), _typed(form)
    id = id if is_id(id) else ""
    try:
        words = checked(typed["words"], hub.settings.company)
    except InvalidInput as wrong:
        return await _page(request, id, typed, **told(request, wrong))
    return await _page(request, id, typed, shown=await hub.store.read(_show, hub, typed, words))


async def switch(request: web.Request) -> web.Response:
    [state] = await read_fields(request, "state")
    reply = await _about(request, "on" if state == "on" else "off")
    await request.app[HUB].store.write(partial(store.change_auto_reply, id=reply.id, active=state == "on"))
    raise web.HTTPSeeOther(PAGE)


async def destroy(request: web.Request) -> web.Response:
    reply = await _about(request, "deleted")
    await request.app[HUB].store.write(store.forget_auto_reply, reply.id)
    raise web.HTTPSeeOther(PAGE)


async def _about(request: web.Request, what: str) -> AutoReply:
    """That one; the audit log says what is done with it."""
    reply = await request.app[HUB].store.read(store.get_auto_reply, id_of(request))
    audit_about(f"{reply.name}: {what}")
    return reply


async def _save(request: web.Request, id: str) -> web.Response:
    hub, form = request.app[HUB], await read_form(request)
    typed = _typed(form)
    try:
        facts = _checked(hub, typed)
        audit_about(facts["name"])
        await hub.store.write(_put, id, facts)
    except InvalidInput as wrong:
        return await _page(request, id, typed, **told(request, wrong))
    raise web.HTTPSeeOther(PAGE)


def _put(conn: Connection, id: str, facts: Mapping[str, Any]) -> None:
    if id:
        store.change_auto_reply(conn, id, **facts)
    else:
        store.add_auto_reply(conn, AutoReply(id=new_id(), active=True, **facts))


def _checked(hub: Hub, typed: Typed) -> dict[str, Any]:
    """As the store keeps it. Raises InvalidInput."""
    name, hours = " ".join(typed["name"].split()), typed["hours"].strip()
    if not name or len(name) > MAX_NAME:
        raise InvalidInput(f"it has a name of 1 to {MAX_NAME} characters", "name", "auto_reply_name")
    if typed["when"] not in WHENS:
        raise InvalidInput("there is no such occasion", "when")
    if not (hours.isascii() and hours.isdigit() and 1 <= int(hours[:9]) <= LONGEST_HOURS):
        raise InvalidInput(f"1 to {LONGEST_HOURS} hours", "hours", "auto_reply_hours")
    channels = tuple(name for name in typed["channels"] if name in hub.channels)
    words = checked(typed["words"], hub.settings.company)
    return {"name": name, "when": typed["when"], "hours": int(hours), "channels": channels, "words": words}


def _typed(form: Form) -> Typed:
    """What stands in the form."""
    said = {name: str(value).replace("\r\n", "\n") for name, value in form.items()}
    words = {tag: Words(said.get(f"subject_{tag}", ""), said.get(f"text_{tag}", "")) for tag in LANGUAGES}
    channels = [str(name) for name in form.getall("channels", [])]
    return {name: said.get(name, "") for name in ("name", "when", "hours")} | {"channels": channels, "words": words}


def _typed_of(reply: AutoReply) -> Typed:
    words = {tag: reply.words.get(tag, Words("", "")) for tag in LANGUAGES}
    return {
        "name": reply.name,
        "when": reply.when,
        "hours": str(reply.hours),
        "channels": reply.channels,
        "words": words,
    }


def _new() -> Typed:
    """What a new one begins with."""
    words = {tag: Words(one.answer.subject, one.answer.text.strip()) for tag, one in LANGUAGES.items()}
    return {"name": "", "when": CLOSED, "hours": str(USUAL_HOURS), "channels": (), "words": words}


def _load(conn: Connection, hub: Hub) -> tuple[list[AutoReply], Hours]:
    return store.list_auto_replies(conn), goals_of(conn, hub).hours(None)


def _show(conn: Connection, hub: Hub, typed: Typed, words: Mapping[str, Words]) -> Mapping[str, Words]:
    """Outside of business hours, if it is about them."""
    hours, now = goals_of(conn, hub).hours(None), hub.clock.now()
    found = look(hours, now)
    then = found.until if typed["when"] == CLOSED and found.is_open and found.until else now
    return {tag: said_in(one, tag, hub.settings.company, hours, then) for tag, one in words.items()}


def _wrong(typed: Typed, company: Mapping[str, Any]) -> Mapping[str, Sequence[Problem]]:
    """Language -> what keeps its words from being filled in."""
    return {
        tag: [*check_answer(one.subject, company), *check_answer(one.text, company)]
        for tag, one in typed["words"].items()
    }


async def _page(
    request: web.Request,
    id: str = "",
    typed: Typed | None = None,
    problem: str = "",
    field: str = "",
    shown: Mapping[str, Words] | None = None,
) -> web.Response:
    """id: of the one that is open; typed: what stands in its form; shown: as customers read it."""
    hub = request.app[HUB]
    replies, hours = await hub.store.read(_load, hub)
    typed = typed or _new()
    return render(
        request,
        "auto_replies.html",
        status=422 if problem else 200,
        replies=replies,
        now=look(hours, hub.clock.now()),
        zone=hours.zone,
        round_the_clock=not hours.week,
        channels=[name for name, channel in hub.channels.items() if channel.capabilities.writes],
        names=SHOWN_NAMES,
        id=id,
        typed=typed,
        problem=problem,
        field=field,
        wrong=_wrong(typed, hub.settings.company.model_dump()),
        shown=shown,
    )

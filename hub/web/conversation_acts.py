"""What an agent does with a case besides answering: close, reopen, snooze, label, prioritise, mark read."""

from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from hub import conversations
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.snoozing import snoozed_until
from hub.web.forms import read_fields, read_form, read_local
from hub.web.inbox import find_next, read_cursor
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import speaker
from hub.web.views import view_of

MAX_LABELS, MAX_LABEL = 20, 40


def chosen_agent(request: web.Request, chosen: str) -> str | None:
    """An agent's id, or None for nobody."""
    return request[AGENT].id if chosen == "me" else chosen or None


async def close(request: web.Request) -> web.Response:
    """Done; with `then=next` the next conversation of the view is opened."""
    view, after, then = await read_fields(request, "view", "cursor", "then")
    hub, id = request.app[HUB], conversation_id(request)
    await hub.store.write(conversations.close, id, hub.clock.now(), request[AGENT].id)
    hub.live.wake()
    if then != "next":
        raise back(id, view)
    raise await onward(request, id, view, after)


async def reopen(request: web.Request) -> web.Response:
    return await change(request, conversations.reopen)


async def show_as_person(request: web.Request) -> web.Response:
    """A person is behind it: into the inbox, for good."""
    return await change(request, conversations.show_as_person)


async def snooze(request: web.Request) -> web.Response:
    preset, exact, moment = await read_fields(request, "until", "at", "moment")
    until = snooze_until(request, preset, moment or exact)
    return await change(request, conversations.snooze, until)


def snooze_until(request: web.Request, preset: str, exact: str) -> int:
    """An instant from a preset word, or from a date and time in the agent's zone."""
    say = speaker(request)
    if exact and preset in ("", "at"):
        return read_local(exact, say.zone)
    return snoozed_until(preset, say.now, say.zone)


async def label(request: web.Request) -> web.Response:
    form = await read_form(request)
    [fresh] = await read_fields(request, "new")
    return await change(request, conversations.label, read_labels([*form.getall("label", []), *fresh.split(",")]))


def read_labels(chosen: Iterable[object]) -> list[str]:
    """Each once, without needless blanks. Raises InvalidInput."""
    names = [" ".join(str(name).split()) for name in chosen]
    wanted = list(dict.fromkeys(name for name in names if name))
    if len(wanted) > MAX_LABELS or any(len(name) > MAX_LABEL for name in wanted):
        raise InvalidInput(f"at most {MAX_LABELS} labels of {MAX_LABEL} characters", "label", "labels")
    return wanted


async def prioritise(request: web.Request) -> web.Response:
    [priority] = await read_fields(request, "priority")
    return await change(request, conversations.prioritise, priority)


async def mark_read(request: web.Request) -> web.Response:
    """Sent by the page once the conversation was in view for a moment, or by a button."""
    return await change(request, conversations.mark_read)


async def mark_unread(request: web.Request) -> web.Response:
    return await change(request, conversations.mark_unread)


async def change(request: web.Request, act: Callable[..., Any], *args: Any) -> web.Response:
    hub, id = request.app[HUB], conversation_id(request)
    await hub.store.write(act, id, *args, hub.clock.now(), request[AGENT].id)
    hub.live.wake()
    if request.headers.get("X-Quiet"):
        return web.Response(status=204)
    [view] = await read_fields(request, "view")
    raise back(id, view)


def conversation_id(request: web.Request) -> str:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    return id


def back(id: str, view: str, fragment: str = "") -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/conversations/{id}?view={view_of(view)}{fragment}")


async def onward(request: web.Request, id: str, view: str, cursor: str) -> web.HTTPSeeOther:
    """To the next conversation of the view, else to the view itself."""
    name = view_of(view)
    hub, place = request.app[HUB], read_cursor(cursor)
    following = await hub.store.read(find_next, hub, name, request[VISIBILITY], id, place)
    return back(following, name) if following else web.HTTPSeeOther(f"/inbox?view={name}")

"""Letters on paper: those that wait to be printed, the runs that were, and what became of them."""

from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.ids import is_id
from hub.letters import tray
from hub.outbound.compose import Reply
from hub.store.agents import list_agents
from hub.store.drafts import keep_draft
from hub.store.print_runs import count_unprinted, get_run, list_printed, list_runs, list_unprinted
from hub.web.conversation_acts import conversation_id
from hub.web.forms import read_fields, read_form
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.letterhead import read_heads
from hub.web.pages import render
from hub.web.replies import MAX_TEXT
from hub.web.tasks import names_of

SHOWN = 30  # runs
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


async def index(request: web.Request) -> web.Response:
    return render(request, "letters/index.html", **await request.app[HUB].store.read(_waiting))


def _waiting(conn: Connection) -> dict[str, Any]:
    waiting = list_unprinted(conn, tray.AT_ONCE)
    return {
        "waiting": waiting,
        "count": count_unprinted(conn),
        "names": names_of(conn, [one.customer_id for one in waiting]),
        "runs": list_runs(conn, SHOWN),
        "agents": {agent.id: agent.name for agent in list_agents(conn)},
    }


async def create(request: web.Request) -> web.Response:
    """Print those that are ticked, or (`all`) as many as go into one run."""
    hub, form = request.app[HUB], await read_form(request)
    ids = None if "all" in form else [str(id) for id in form.getall("letter", []) if is_id(str(id))]
    run = await hub.store.write(tray.print_letters, hub.outbox_deps, ids, request[AGENT].id, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther(f"/letters/{run}" if run else "/letters")


async def show(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    values = await hub.store.read(_run, _id(request))
    posted = values["run"].posted_at
    undoable = posted is not None and hub.clock.now() - posted <= tray.UNDO
    return render(request, "letters/show.html", undoable=undoable, **values)


def _run(conn: Connection, id: str) -> dict[str, Any]:
    letters = list_printed(conn, id)
    names = names_of(conn, [one.customer_id for one in letters])
    return {"run": get_run(conn, id), "letters": letters, "names": names}


async def pdf(request: web.Request) -> web.Response:
    id = _id(request)
    found = await tray.paper_of(request.app[HUB], id)
    headers = {**HEADERS, "Content-Disposition": f'inline; filename="letters-{id[-8:]}.pdf"'}
    return web.Response(body=found, content_type="application/pdf", headers=headers)


async def preview(request: web.Request) -> web.Response:
    """The letter that the composer's words would be; they are kept as a draft. Raises InvalidInput, Conflict."""
    hub, conversation = request.app[HUB], conversation_id(request)
    text, channel = await read_fields(request, "text", "channel")
    heads = await read_heads(request)
    known = (conversation, request[AGENT].id, text[:MAX_TEXT], channel)
    await hub.store.write(keep_draft, *known, at=hub.clock.now(), **heads)
    reply = Reply(text=text.strip(), subject=heads["subject"], channel=channel)
    found = await tray.set_draft(hub, request[VISIBILITY], conversation, reply)
    headers = {**HEADERS, "Content-Disposition": 'inline; filename="letter.pdf"'}
    return web.Response(body=found, content_type="application/pdf", headers=headers)


async def update(request: web.Request) -> web.Response:
    """What became of them: posted, not posted after all, put back, or one of them came back."""
    hub, id, now = request.app[HUB], _id(request), request.app[HUB].clock.now()
    action, letter, reason = await read_fields(request, "action", "letter", "reason")
    acts = {
        "post": partial(tray.post, run_id=id, at=now),
        "unpost": partial(tray.unpost, run_id=id, at=now),
        "put_back": partial(tray.put_back, run_id=id),
        "came_back": partial(
            tray.came_back, signer=hub.signer, run_id=id, delivery_id=letter, reason=reason.strip()[:200], at=now
        ),
    }
    if action not in acts:
        raise web.HTTPBadRequest
    await hub.store.write(acts[action])
    hub.live.wake()
    raise web.HTTPSeeOther("/letters" if action == "put_back" else f"/letters/{id}")


def _id(request: web.Request) -> str:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    return id

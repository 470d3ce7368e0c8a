"""Complaints: the list with its oldest, one noted from a conversation or a message, and what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from hub import complaints as flow
from hub.context import Hub
from hub.errors import InvalidInput, NotFound
from hub.store.agents import Agent, list_agents
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.complaints import (
    CATEGORIES,
    VIEWS,
    Complaint,
    ComplaintFilter,
    Cursor,
    Pile,
    count_complaints,
    cursor_of,
    get_complaint,
    list_complaints,
    list_words,
)
from hub.store.conversations import get_conversation
from hub.store.gate import check_message
from hub.store.messages import Message, get_message
from hub.store.visibility import Visibility
from hub.web.forms import read_fields
from hub.web.goals import goals_of
from hub.web.inbox import read_cursor, write_cursor
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render
from hub.web.security import safe_next
from hub.web.tasks import names_of, task_id

PAGE = 50
BACK = ("/complaints", "/customers/", "/conversations/")  # pages on which a complaint stands
UNDONE = ("opened", "answered", "solved", "rejected")  # acts that can be undone


@dataclass(frozen=True, slots=True)
class ComplaintList:
    """piles: by view; names: of customers by id; words: of messages by id."""

    view: str
    rows: Sequence[Complaint]
    next: str
    after: str
    piles: Mapping[str, Pile]
    names: Mapping[str, str]
    words: Mapping[str, str]
    agents: Mapping[str, Agent]


async def index(request: web.Request) -> web.Response:
    view, after = request.query.get("view", "open"), request.query.get("after", "")
    view, cursor = view if view in VIEWS else "open", read_cursor(after)
    found = await request.app[HUB].store.read(_list, view, cursor, after if cursor else "", request[VISIBILITY])
    return render(request, "complaints/index.html", list=found)


def _list(conn: Connection, view: str, cursor: Cursor | None, after: str, who: Visibility) -> ComplaintList:
    wanted = {name: ComplaintFilter(name, who.agent_id, visibility=who) for name in VIEWS}
    rows = list_complaints(conn, wanted[view], cursor, PAGE + 1)
    shown = rows[:PAGE]
    return ComplaintList(
        view,
        shown,
        write_cursor(cursor_of(view, shown[-1])) if len(rows) > PAGE else "",
        after,
        {name: count_complaints(conn, wanted[name]) for name in VIEWS if name != "closed"},
        names_of(conn, [row.customer_id for row in shown]),
        list_words(conn, [row.message_id for row in shown if row.message_id], who),
        {one.id: one for one in list_agents(conn)},
    )


async def show(request: web.Request) -> web.Response:
    complaint = await request.app[HUB].store.read(get_complaint, task_id(request))
    return await _form(request, complaint, complaint.conversation_id, complaint.message_id)


async def propose(request: web.Request) -> web.Response:
    """The form for a conversation that is one."""
    return await _form(request, None, task_id(request), None)


async def propose_message(request: web.Request) -> web.Response:
    """The form for a message that is one; a campaign's message is in no conversation."""
    message = await request.app[HUB].store.read(get_message, task_id(request))
    if message.conversation_id is None:
        raise web.HTTPNotFound
    return await _form(request, None, message.conversation_id, message.id)


async def _form(
    request: web.Request, complaint: Complaint | None, conversation_id: str, message_id: str | None
) -> web.Response:
    def load(conn: Connection) -> tuple[Message | None, str, list[Agent], dict[str, str]]:
        customer = get_conversation(conn, conversation_id).customer_id
        message = _seen_message(conn, request[VISIBILITY], message_id) if message_id else None
        return message, customer, list_agents(conn), names_of(conn, [customer])

    message, customer, agents, names = await request.app[HUB].store.read(load)
    return render(
        request,
        "complaints/show.html",
        complaint=complaint,
        message=message,
        conversation_id=conversation_id,
        customer_id=customer,
        who=names.get(customer, ""),
        agents=agents,
        categories=CATEGORIES,
        did=read_done(request),
    )


def _seen_message(conn: Connection, who: Visibility, id: str) -> Message | None:
    """It may have gone where this agent does not see it."""
    try:
        check_message(conn, who, id)
    except NotFound:
        return None
    return get_message(conn, id)


def read_done(request: web.Request) -> Mapping[str, str] | None:
    """What was just done with a complaint and can be undone, as the address of the page after it tells."""
    id, _, word = request.query.get("complained", "").partition(".")
    return {"id": id, "word": word} if word in UNDONE and id.isalnum() and id.isascii() else None


async def create_for_conversation(request: web.Request) -> web.Response:
    return await _create(request, task_id(request), None)


async def create_for_message(request: web.Request) -> web.Response:
    said = await request.app[HUB].store.read(get_message, task_id(request))
    if said.conversation_id is None:
        raise web.HTTPNotFound
    return await _create(request, said.conversation_id, said.id)


async def _create(request: web.Request, conversation_id: str, message_id: str | None) -> web.Response:
    hub, agent = request.app[HUB], request[AGENT]
    category, wish, owner = await read_fields(request, "category", "wish", "owner")
    said = flow.Complained(category, wish, message_id, agent.id if owner == "me" else owner or None)
    made = await hub.store.write(_begin, hub, conversation_id, said, agent.id)
    word = "opened" if made.opened_by == agent.id else ""  # a colleague had noted the message already
    raise await _done(request, made, word, f"/conversations/{made.conversation_id}")


def _begin(conn: Connection, hub: Hub, conversation_id: str, said: flow.Complained, by: str) -> Complaint:
    made = flow.begin(conn, goals_of(conn, hub), conversation_id, said, hub.clock.now(), by)
    audit_about(made.id)
    return made


async def update(request: web.Request) -> web.Response:
    hub, agent, id = request.app[HUB], request[AGENT], task_id(request)
    category, wish, owner = await read_fields(request, "category", "wish", "owner")
    values = {"category": category, "wish": wish, "owner_id": agent.id if owner == "me" else owner or None}
    changed = await hub.store.write(flow.change, id, values, hub.clock.now(), agent.id)
    raise await _done(request, changed, "", f"/complaints/{id}")


async def move(request: web.Request) -> web.Response:
    """It is answered, solved, rejected, or taken up again."""
    hub, agent, id = request.app[HUB], request[AGENT], task_id(request)
    state, reason = await read_fields(request, "state", "reason")
    ends = {"solved": flow.solve, "rejected": flow.reject}
    steps = {"answered": flow.answer, "open": flow.reopen}
    if state in ends:
        moved = await hub.store.write(ends[state], id, reason, hub.clock.now(), agent.id)
    elif state in steps:
        moved = await hub.store.write(steps[state], id, hub.clock.now(), agent.id)
    else:
        raise InvalidInput("there is no such state", "state")
    raise await _done(request, moved, state, f"/complaints/{id}")


async def restore(request: web.Request) -> web.Response:
    """Undoes what was just done: a complaint that was noted is none, one that was closed is open."""
    hub, agent, id = request.app[HUB], request[AGENT], task_id(request)
    [word] = await read_fields(request, "did")
    if word not in UNDONE:
        raise InvalidInput("there is nothing to undo", "did", "nothing_to_undo")
    audit_about(id, Deed.COMPLAINT_REMOVED if word == "opened" else None)
    undone = await hub.store.write(flow.undo, id, word, hub.clock.now(), agent.id)
    raise await _done(request, undone, "", f"/conversations/{undone.conversation_id}")


async def _done(request: web.Request, complaint: Complaint, word: str, otherwise: str) -> web.HTTPSeeOther:
    """Back to the page the form stood on, which says what can be undone."""
    request.app[HUB].live.wake()
    [back] = await read_fields(request, "back")
    ours = (
        back.startswith(BACK)
        and not set(back) & set("?#")
        and "//" not in back
        and back.isprintable()
        and safe_next(back) == back
    )
    query = f"?{urlencode({'complained': f'{complaint.id}.{word}'})}" if word in UNDONE else ""
    return web.HTTPSeeOther((back if ours else otherwise) + query)

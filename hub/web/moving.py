"""Moves a conversation, or one message of it, to the customer it belongs to, until it is undone."""

from dataclasses import asdict, dataclass

from aiohttp import web
from sqlalchemy import Connection

from hub.errors import Conflict, NotFound
from hub.ids import is_id
from hub.moving import move
from hub.store.audited import audit_about
from hub.store.conversations import Conversation, get_conversation
from hub.store.gate import check_customer
from hub.store.lists import list_customers
from hub.store.messages import Message, get_message
from hub.store.moving import list_inside
from hub.store.search_index import read_indexed
from hub.store.undoables import add_undoable
from hub.store.visibility import Visibility
from hub.web.conversation_acts import back, conversation_id
from hub.web.customer_list import CustomerRow, rows_of
from hub.web.forms import read_fields
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import render
from hub.web.refusals import say_refusal
from hub.web.tasks import names_of
from hub.web.undoing import stood
from hub.web.views import view_of

OFFERED = 20  # customers
MAX_QUERY = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """name: of the one it is with; message: the one that moves, or all of it."""

    case: Conversation
    name: str
    message: Message | None
    found: list[CustomerRow]


async def show(request: web.Request) -> web.Response:
    """`?q=` finds customers; `?message=` an id: that one alone."""
    return await _page(request, request.query.get("message", ""), request.query.get("q", ""))


async def _page(request: web.Request, message: str, query: str, problem: str = "") -> web.Response:
    query = " ".join(query.replace("\0", "").split())[:MAX_QUERY]
    asked = (conversation_id(request), message, query, request[VISIBILITY])
    choice = await read_indexed(request.app[HUB].store, query, _load, *asked)
    view = view_of(request.query.get("view", ""))
    values = {"choice": choice, "query": query, "view": view, "problem": problem}
    return render(request, "inbox/moving.html", status=409 if problem else 200, **values)


def _load(conn: Connection, id: str, message: str, query: str, who: Visibility) -> Choice:
    case = get_conversation(conn, id)
    among = who.of_customers()
    found = list_customers(conn, query, "", None, OFFERED + 1, tuple(among)) if query else []
    others = [one for one in found if one.id != case.customer_id][:OFFERED]
    name = names_of(conn, [case.customer_id])[case.customer_id]
    return Choice(case, name, _alone(conn, case, message), rows_of(conn, others))


def _alone(conn: Connection, case: Conversation, message: str) -> Message | None:
    if not is_id(message):
        return None
    found = get_message(conn, message)
    if found.conversation_id != case.id:
        raise NotFound("there is no such message in this conversation")
    return found


async def create(request: web.Request) -> web.Response:
    hub, id = request.app[HUB], conversation_id(request)
    view, customer, message, query = await read_fields(request, "view", "customer", "message", "q")
    if not is_id(customer):
        raise web.HTTPNotFound
    audit_about(f"{id} {customer}")
    try:
        moved, done = await hub.store.write(_move, request[VISIBILITY], id, customer, message, hub.clock.now())
    except Conflict as refused:
        return await _page(request, message, query, say_refusal(request, refused))
    hub.live.wake()
    raise back(moved, view, f"&did={done}.move.1")


def _move(conn: Connection, who: Visibility, id: str, customer: str, message: str, at: int) -> tuple[str, str]:
    """The conversation that moved, and under which id that can be undone."""
    check_customer(conn, who, customer)
    case = get_conversation(conn, id)
    alone = _alone(conn, case, message)
    moved = move(conn, case.id, customer, at, who.agent_id, [alone.id] if alone else ())
    into = "" if moved.id == case.id else case.id
    kept = asdict(stood(moved, (), ())) | {
        "customer": case.customer_id,
        "into": into,
        "moved": list_inside(conn, moved),
    }
    return moved.id, add_undoable(conn, who.agent_id, [[moved.id, kept]], at)

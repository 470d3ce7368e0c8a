"""The inbox: which conversations stand in a view, a page at a time."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from hub.context import Hub
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.kinds import is_word
from hub.store.agents import Agent, list_agents
from hub.store.drafts import list_openings
from hub.store.events import last_seq
from hub.store.inbox import Cursor, Row, View, count_inbox, count_unread, cursor_of, find_longest_wait, list_inbox
from hub.store.visibility import Visibility
from hub.web.keys import HUB, VISIBILITY
from hub.web.pages import render

PAGE = 40
VIEWS = ("mine", "unassigned", "waiting", "snoozed", "open", "apart", "done")
COUNTED = ("mine", "unassigned", "waiting", "snoozed", "open", "apart")


@dataclass(frozen=True, slots=True)
class ListPage:
    """What stands left of the open conversation. several: types of which there is more than one channel; seq: the last
    event this page knows of."""

    view: str
    rows: Sequence[Row]
    next: str
    after: str
    types: Sequence[str]
    several: Set[str]
    counts: Mapping[str, int]
    longest_wait: int | None
    badge: int
    agents: Mapping[str, Agent]
    drafts: Mapping[str, str]
    seq: int

    def link(self, conversation_id: str) -> str:
        query = {"view": self.view} | ({"after": self.after} if self.after else {})
        return f"/conversations/{conversation_id}?{urlencode(query)}"


async def index(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    view, after = wanted(request)
    page = await hub.store.read(load_list, hub, view, after, request[VISIBILITY])
    return render(request, "inbox/index.html", list=page, badge=page.badge, opened=None)


def wanted(request: web.Request) -> tuple[str, str]:
    """The view and cursor of the address; a wrong one is the reader's typing, not an error."""
    view = request.query.get("view", "mine")
    after = request.query.get("after", "")
    return view if is_view(view) else "mine", after if read_cursor(after) else ""


def is_view(name: str) -> bool:
    return name in VIEWS or (name.startswith("channel:") and is_word(name.partition(":")[2]))


def read_cursor(text: str) -> Cursor | None:
    at, _, id = text.partition("-")
    return (int(at), id) if at.isascii() and at.isdigit() and len(at) < 17 and is_id(id) else None


def write_cursor(cursor: Cursor) -> str:
    return f"{cursor[0]}-{cursor[1]}"


def load_list(conn: Connection, hub: Hub, name: str, after: str, who: Visibility) -> ListPage:
    view = View(name, who.agent_id, who)
    types = hub.channels.types()
    rows = list_inbox(conn, view, read_cursor(after), PAGE + 1)
    counted = [replace(view, name=one) for one in (*COUNTED, *(f"channel:{type}" for type in types))]
    return ListPage(
        view=name,
        rows=rows[:PAGE],
        next=write_cursor(cursor_of(view, rows[PAGE - 1])) if len(rows) > PAGE else "",
        after=after,
        types=types,
        several={type for type in types if len(hub.channels.of_type(type)) > 1},
        counts=count_inbox(conn, counted),
        longest_wait=find_longest_wait(conn, who),
        badge=count_unread(conn, who.agent_id),
        agents={one.id: one for one in list_agents(conn)},
        drafts=list_openings(conn, who.agent_id, [row.id for row in rows]),
        seq=last_seq(conn),
    )


def find_next(conn: Connection, name: str, who: Visibility, current: str, cursor: Cursor | None) -> str | None:
    """The conversation to go on with: the one below in the view, else the first of it."""
    view = View(name, who.agent_id, who)
    below = list_inbox(conn, view, cursor, 2) if cursor else []
    candidates = [*below, *list_inbox(conn, view, None, 2)]
    return next((row.id for row in candidates if row.id != current), None)


def view_of(text: str) -> str:
    """The view a form came from; raises InvalidInput for one that never was."""
    if text and not is_view(text):
        raise InvalidInput("there is no such view", "view")
    return text or "mine"

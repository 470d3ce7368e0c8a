"""The inbox: which conversations stand in a view, a page at a time."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from hub.context import Hub
from hub.goals import Dues, dues_of
from hub.ids import is_id
from hub.store.agents import Agent, list_agents
from hub.store.complaints import ComplaintFilter, Pile, count_complaints
from hub.store.conversations import Conversation
from hub.store.drafts import list_openings
from hub.store.events import last_seq
from hub.store.inbox import (
    Cursor,
    Row,
    View,
    count_inbox,
    count_unread,
    cursor_of,
    has_conversations,
    list_inbox,
    list_longest_waits,
)
from hub.store.labels import Label, list_labels
from hub.store.macros import Macro, list_macros
from hub.store.saved_views import SavedView, list_saved_views
from hub.store.teams import Team, list_teams
from hub.store.undoables import has_undoable
from hub.store.visibility import Visibility
from hub.web.goals import goals_of
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.pages import render
from hub.web.views import is_view, open_view, read_view, without_each, write_view

PAGE = 40
COUNTED = ("mine", "unassigned", "mentions", "waiting", "overdue", "snoozed", "open", "apart")
TOLD_WAITS = ("mine", "unassigned", "waiting")


@dataclass(frozen=True, slots=True)
class Rail:
    """The views one can go to. counts and waits: how many stand in each, since when the longest wait lasts."""

    types: Sequence[str]
    teams: Sequence[Team]
    saved: Sequence[SavedView]
    counts: Mapping[str, int]
    waits: Mapping[str, int]
    complaints: Pile


@dataclass(frozen=True, slots=True)
class ListPage:
    """What stands left of the open conversation. view: as the address names it, shown: what that means; several: types
    of which there is more than one channel; dues: who waits too long; seq: the last event this page knows of; next and
    previous: places."""

    view: str
    shown: View
    rows: Sequence[Row]
    next: str
    previous: str
    after: str
    rail: Rail
    several: Set[str]
    badge: int
    agents: Mapping[str, Agent]
    labels: Sequence[Label]
    macros: Sequence[Macro]
    drafts: Mapping[str, str]
    first_use: bool
    dues: Dues
    seq: int

    def link(self, conversation_id: str) -> str:
        query = {"view": self.view} | ({"after": self.after} if self.after else {})
        return f"/conversations/{conversation_id}?{urlencode(query)}"

    def cursor(self, conversation: Conversation) -> str:
        """Where the conversation stands in this view."""
        return write_cursor(cursor_of(self.shown, conversation))

    @property
    def word(self) -> str:
        """The view itself: what a saved one means."""
        return write_view(self.shown)

    @property
    def narrowed(self) -> Mapping[tuple[str, str], str]:
        return without_each(self.shown)


@dataclass(frozen=True, slots=True)
class Did:
    """An act on many conversations, as the address of the page after it tells."""

    id: str
    word: str
    count: int


async def index(request: web.Request) -> web.Response:
    if "narrow" in request.query:
        raise web.HTTPSeeOther(f"/inbox?view={_narrowed(request)}")
    hub = request.app[HUB]
    view, after = wanted(request)
    page = await hub.store.read(load_list, hub, view, after, request[VISIBILITY])
    did = await read_did(request)
    return render(request, "inbox/index.html", list=page, badge=page.badge, opened=None, did=did)


async def read_did(request: web.Request) -> Did | None:
    """What was just done with many, if it can still be undone."""
    told = DID.fullmatch(request.query.get("did", ""))
    if not told:
        return None
    known = await request.app[HUB].store.read(has_undoable, request[AGENT].id, told[1])
    return Did(told[1], told[2], int(told[3])) if known else None


def _narrowed(request: web.Request) -> str:
    """The view that the form of filters asks for; what it cannot mean is left out."""
    query = request.query
    view = read_view(query.get("view", "")) or View("mine", sort="waiting")
    word = view.name
    asked = [query.get("sort", ""), *(f"label:{id}" for id in query.getall("label", []))]
    asked += [f"{kind}:{query.get(kind, '')}" for kind in ("priority", "channel")]
    for part in [*asked, *(["unread"] if "unread" in query else [])]:
        word = f"{word},{part}" if read_view(f"{word},{part}") else word
    found = read_view(word)
    return write_view(found) if found else "mine"


def wanted(request: web.Request) -> tuple[str, str]:
    """The view and place of the address; a wrong one is the reader's typing, not an error."""
    view = request.query.get("view", "mine")
    after = request.query.get("after", "")
    return view if is_view(view) else "mine", after if read_place(after) else ""


DID = re.compile(r"([0-9a-f]{32})\.(done|snooze|priority|assign|label|macro|merge|move)\.(\d{1,3})")
BACK = "before-"  # a place that ends the page instead of beginning it


def read_cursor(text: str) -> Cursor | None:
    at, _, id = text.partition("-")
    return (int(at), id) if at.isascii() and at.isdigit() and len(at) < 17 and is_id(id) else None


def read_place(text: str) -> Cursor | None:
    """Where a page begins, or ends."""
    return read_cursor(text.removeprefix(BACK))


def write_cursor(cursor: Cursor) -> str:
    return f"{cursor[0]}-{cursor[1]}"


def load_list(conn: Connection, hub: Hub, name: str, after: str, who: Visibility) -> ListPage:
    dues = read_dues(conn, hub)
    view = open_view(conn, name, who, dues.over)
    rows, previous, following, place = _page(conn, view, after)
    types = hub.channels.types()
    return ListPage(
        view=name,
        shown=view,
        rows=rows,
        next=following,
        previous=previous,
        after=place,
        rail=_rail(conn, types, who, dues),
        several={type for type in types if len(hub.channels.of_type(type)) > 1},
        badge=count_unread(conn, who.agent_id),
        agents={one.id: one for one in list_agents(conn)},
        labels=list_labels(conn),
        macros=list_macros(conn, who),
        drafts=list_openings(conn, who.agent_id, [row.id for row in rows]),
        first_use=not rows and not has_conversations(conn),
        dues=dues,
        seq=last_seq(conn),
    )


def read_dues(conn: Connection, hub: Hub) -> Dues:
    return dues_of(goals_of(conn, hub), hub.clock.now())


def _page(conn: Connection, view: View, after: str) -> tuple[Sequence[Row], str, str, str]:
    """The rows, the places of the pages before and after them, and the place of this page itself."""
    back = after.startswith(BACK)
    cursor = read_place(after)
    rows = list_inbox(conn, view, cursor, PAGE + 1, back=back)
    if back and len(rows) <= PAGE:  # that is the top: shown as such, full
        rows, back, after = list_inbox(conn, view, None, PAGE + 1), False, ""
    more = len(rows) > PAGE
    rows = rows[1:] if back and more else rows[:PAGE]
    if not rows:
        return rows, "", "", after
    first, last = (write_cursor(cursor_of(view, row)) for row in (rows[0], rows[-1]))
    return rows, f"{BACK}{first}" if after else "", last if more or back else "", after


def _rail(conn: Connection, types: Sequence[str], who: Visibility, dues: Dues) -> Rail:
    teams = [team for team in list_teams(conn) if who.covers(team.id, None)]
    saved = list_saved_views(conn, who.agent_id)
    named = [*COUNTED, *(f"channel:{type}" for type in types), *(f"team:{team.id}" for team in teams)]
    words = {name: name for name in named} | {f"saved:{one.id}": one.view for one in saved}
    views = {name: open_view(conn, word, who, dues.over) for name, word in words.items()}
    told = {name: view for name, view in views.items() if name in TOLD_WAITS or name.startswith("team:")}
    counts = dict(zip(views, count_inbox(conn, list(views.values())), strict=True))
    waits = dict(zip(told, list_longest_waits(conn, list(told.values())), strict=True))
    longest = {name: since for name, since in waits.items() if since}
    pile = count_complaints(conn, ComplaintFilter("open", who.agent_id, visibility=who))
    return Rail(types, teams, saved, counts, longest, pile)


def find_next(
    conn: Connection, hub: Hub, name: str, who: Visibility, current: str, cursor: Cursor | None
) -> str | None:
    """The conversation to go on with: the one below in the view, else the first of it."""
    view = open_view(conn, name, who, read_dues(conn, hub).over)
    below = list_inbox(conn, view, cursor, 2) if cursor else []
    candidates = [*below, *list_inbox(conn, view, None, 2)]
    return next((row.id for row in candidates if row.id != current), None)

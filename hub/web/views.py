"""Names views: in addresses and forms one is a word such as `mine`, `team:<id>` or `open,oldest,label:<id>,unread`; and
keeps those an agent wants to see again, `saved:<id>`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from aiohttp import web
from sqlalchemy import Connection

from hub.conversations import PRIORITIES
from hub.errors import InvalidInput
from hub.ids import is_id
from hub.kinds import is_word
from hub.store.inbox import SORTS, View
from hub.store.saved_views import add_saved_view, forget_saved_view, list_saved_views
from hub.store.visibility import Visibility
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB

VIEWS = ("mine", "unassigned", "mentions", "waiting", "overdue", "snoozed", "open", "apart", "done")
WAITING_FIRST = ("mine", "unassigned")  # unless somebody sorts them otherwise
MAX_NAME = 60
MOST_LABELS = 10
SAVED = re.compile(r"saved:([0-9a-f]{32})")


def read_view(word: str) -> View | None:
    """None for a word that names no view."""
    name, *parts = word.split(",")
    kind, _, of = name.partition(":")
    known = name in VIEWS or (kind == "channel" and is_word(of)) or (kind in ("team", "agent") and is_id(of))
    view = View(name, sort=_usual_sort(name)) if known else None
    for part in parts:
        view = _narrowed(view, part) if view else None
    return view


def _narrowed(view: View, part: str) -> View | None:
    kind, _, value = part.partition(":")
    if part in SORTS:
        return replace(view, sort=part)
    if part == "unread":
        return replace(view, unread=True)
    if kind == "label" and is_id(value) and len(view.labels) < MOST_LABELS:
        return replace(view, labels=(*view.labels, value))
    if kind == "priority" and value in PRIORITIES:
        return replace(view, priority=value)
    return replace(view, channel=value) if kind == "channel" and is_word(value) else None


def _usual_sort(name: str) -> str:
    return "waiting" if name in WAITING_FIRST else "newest"


def write_view(view: View) -> str:
    parts = [view.sort] if view.sort != _usual_sort(view.name) else []
    parts += [f"{kind}:{value}" for kind, value in narrowing(view)]
    return ",".join([view.name, *parts, *(["unread"] if view.unread else [])])


def narrowing(view: View) -> Iterable[tuple[str, str]]:
    yield from (("label", label) for label in view.labels)
    yield from ((kind, value) for kind, value in (("priority", view.priority), ("channel", view.channel)) if value)


def without_each(view: View) -> Mapping[tuple[str, str], str]:
    """What narrows the view -> the view without it."""
    less = {("label", id): replace(view, labels=[one for one in view.labels if one != id]) for id in view.labels}
    less |= {("priority", view.priority): replace(view, priority="")} if view.priority else {}
    less |= {("channel", view.channel): replace(view, channel="")} if view.channel else {}
    less |= {("unread", ""): replace(view, unread=False)} if view.unread else {}
    return {part: write_view(one) for part, one in less.items()}


def is_view(word: str) -> bool:
    return bool(SAVED.fullmatch(word)) or read_view(word) is not None


def open_view(conn: Connection, word: str, who: Visibility, over: Mapping[str, int]) -> View:
    """The view as that agent sees it; mine instead of a saved one that is gone or somebody else's. over: as of View."""
    saved = SAVED.fullmatch(word)
    kept = {one.id: one.view for one in list_saved_views(conn, who.agent_id)} if saved else {}
    view = read_view(kept.get(saved[1], "mine") if saved else word) or View("mine", sort="waiting")
    return replace(view, agent_id=who.agent_id, visibility=who, over=over)


def view_of(word: str) -> str:
    """The view a form came from; raises InvalidInput for one that never was."""
    if word and not is_view(word):
        raise InvalidInput("there is no such view", "view")
    return word or "mine"


async def create(request: web.Request) -> web.Response:
    name, word = await read_fields(request, "name", "view")
    if not (wanted := " ".join(name.split())[:MAX_NAME]) or read_view(word) is None:
        raise InvalidInput("a view needs a name", "name", "view_name")
    hub = request.app[HUB]
    saved = await hub.store.write(add_saved_view, request[AGENT].id, wanted, word, hub.clock.now())
    raise web.HTTPSeeOther(f"/inbox?view=saved:{saved.id}")


async def destroy(request: web.Request) -> web.Response:
    await request.app[HUB].store.write(forget_saved_view, request[AGENT].id, request.match_info["id"])
    raise web.HTTPSeeOther("/inbox")

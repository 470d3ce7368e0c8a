"""Finds people and messages by words; umlauts, accents and case do not matter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web
from markupsafe import Markup, escape
from sqlalchemy import Connection

from hub.errors import InvalidInput
from hub.ids import is_id
from hub.store.companies import FIELD
from hub.store.customers import list_customers_by_id
from hub.store.inbox import list_handles
from hub.store.macros import Macro, list_macros
from hub.store.narrowing import Narrowing
from hub.store.search import Found, search_customers, search_messages
from hub.store.search_index import read_indexed
from hub.store.spots import spots_of
from hub.store.visibility import Visibility
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.operators import read_query
from hub.web.pages import render, speaker
from hub.web.permissions import Permission, allows
from hub.web.places import list_acts, list_places, matching
from hub.web.refusals import say_refusal

PAGE = 25
PEOPLE = 8
FEW = 5  # of each kind in the palette
AROUND = 60  # characters shown before the first hit
SHOWN = 220


@dataclass(frozen=True, slots=True)
class Findings:
    people: Sequence[tuple[str, str, int]]
    messages: Sequence[Found]
    names: Mapping[str, str]
    next: str
    companies: Mapping[str, str] = field(default_factory=dict)


async def index(request: web.Request) -> web.Response:
    query = " ".join(request.query.get("q", "").replace("\0", "").split())[:200]
    after = request.query.get("after", "")
    found, words, problem, narrowed = Findings((), (), {}, ""), query, "", False
    try:
        words, narrowing = read_query(query, request.app[HUB].clock.now(), speaker(request).zone)
        if words or narrowing:
            asked = (words, narrowing, after if is_id(after) else None, request[VISIBILITY])
            narrowed = bool(narrowing)
            found = await read_indexed(request.app[HUB].store, words, _search, *asked)
    except InvalidInput as odd:
        problem = say_refusal(request, odd)
    values: dict[str, Any] = {"query": query, "words": words, "found": found, "after": after, "excerpt": excerpt}
    values |= {"problem": problem}
    say, role = speaker(request).gettext, request[AGENT].role
    places = matching(list_places, say, query, role)
    if request.query.get("part") != "palette":
        return render(request, "search.html", **values, places=places if query else [])
    acts = matching(list_acts, say, query, role) if "open" in request.query else []
    macros = await _macros(request, query) if "macros" in request.query else []
    few = replace(found, people=found.people[:FEW], messages=found.messages[:FEW])
    values |= {"narrowed": narrowed, "found": few, "places": places, "acts": acts, "macros": macros}
    return render(request, "_palette.html", **values, open=request.query.get("open", ""))


async def _macros(request: web.Request, query: str) -> list[Macro]:
    """Those every word of the query begins a word of."""
    if not allows(request[AGENT].role, Permission.WRITE_CONVERSATIONS):
        return []
    asked = query.casefold().split()
    known = await request.app[HUB].store.read(list_macros, request[VISIBILITY])
    named = [(one, f"macro {one.name}".casefold().split()) for one in known]
    return [one for one, words in named if all(any(word.startswith(part) for word in words) for part in asked)][:FEW]


def _search(conn: Connection, words: str, narrowing: Narrowing, after: str | None, who: Visibility) -> Findings:
    messages = search_messages(conn, words, after, PAGE + 1, who, narrowing)
    people = [] if after or narrowing else search_customers(conn, words, PEOPLE, who)
    ids = list({message.customer_id for message in messages} | {person[0] for person in people})
    known = list_customers_by_id(conn, ids)
    names = {id: customer.name for id, customer in known.items()}
    companies = {id: str(customer.fields[FIELD]) for id, customer in known.items() if customer.fields.get(FIELD)}
    handles = list_handles(conn, [id for id in ids if not names.get(id)])
    following = messages[PAGE - 1].id if len(messages) > PAGE else ""
    return Findings(people, messages[:PAGE], names | handles, following, companies)


def excerpt(query: str, *texts: str) -> Markup:
    """The words around the first hit in the first text that has one, the hits marked."""
    flats = [" ".join(text.split()) for text in texts]
    flat, spots = next(((flat, spots) for flat in flats if (spots := spots_of(flat, query))), (flats[0], []))
    start = max(spots[0][0] - AROUND, 0) if spots else 0
    end = start + SHOWN
    out, at = escape("…" if start else ""), start
    for begin, stop in spots:
        if stop <= end:
            out += escape(flat[at:begin]) + Markup("<mark>") + escape(flat[begin:stop]) + Markup("</mark>")
            at = stop
    return out + escape(flat[at:end]) + escape("…" if len(flat) > end else "")

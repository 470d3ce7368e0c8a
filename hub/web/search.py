"""Finds people and messages by words; umlauts, accents and case do not matter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup, escape
from sqlalchemy import Connection

from hub.ids import is_id
from hub.store.customers import list_customers_by_id
from hub.store.inbox import list_handles
from hub.store.search import Found, search_customers, search_messages, spell
from hub.web.keys import HUB
from hub.web.pages import render

PAGE = 25
PEOPLE = 8
AROUND = 60  # characters shown before the first hit
SHOWN = 220


@dataclass(frozen=True, slots=True)
class Findings:
    people: Sequence[tuple[str, str, int]]
    messages: Sequence[Found]
    names: Mapping[str, str]
    next: str


async def index(request: web.Request) -> web.Response:
    query = " ".join(request.query.get("q", "").split())[:200]
    after = request.query.get("after", "")
    found = Findings((), (), {}, "")
    if query:
        found = await request.app[HUB].store.read(_search, query, after if is_id(after) else None)
    return render(request, "search.html", query=query, found=found, after=after, excerpt=excerpt)


def _search(conn: Connection, query: str, after: str | None) -> Findings:
    messages = search_messages(conn, query, after, PAGE + 1)
    people = [] if after else search_customers(conn, query, PEOPLE)
    ids = list({message.customer_id for message in messages} | {person[0] for person in people})
    names = {id: customer.name for id, customer in list_customers_by_id(conn, ids).items()}
    handles = list_handles(conn, [id for id in ids if not names.get(id)])
    following = messages[PAGE - 1].id if len(messages) > PAGE else ""
    return Findings(people, messages[:PAGE], names | handles, following)


def excerpt(text: str, query: str) -> Markup:
    """The words around the first hit, the hits marked."""
    flat = " ".join(text.split())
    words = [word for word in spell(query).split() if word]
    places = sorted(place for word in words if (place := flat.lower().find(word)) >= 0)
    start = max(places[0] - AROUND, 0) if places else 0
    piece = flat[start : start + SHOWN]
    return escape("…" if start else "") + _marked(piece, words) + escape("…" if len(flat) > start + SHOWN else "")


def _marked(piece: str, words: Sequence[str]) -> Markup:
    low, at, out = piece.lower(), 0, Markup("")
    while at < len(piece):
        hits = [(low.find(word, at), len(word)) for word in words]
        first = min((hit for hit in hits if hit[0] >= 0), default=None)
        if first is None or len(low) != len(piece):
            break
        begin, length = first
        out += escape(piece[at:begin]) + Markup("<mark>") + escape(piece[begin : begin + length]) + Markup("</mark>")
        at = begin + length
    return out + escape(piece[at:])

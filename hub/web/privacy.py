"""What the law gives a customer, at the desk: all that is kept of them handed out, or forgotten after a typed yes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from hub.privacy.dossier import named_files, without_colleagues, write_dossier
from hub.privacy.forgetting import forget, take_out
from hub.store.customers import Customer
from hub.store.merges import count_moved
from hub.store.personal import collect_customer, get_living
from hub.web.customers import customer_id
from hub.web.downloads import disposition_of, send_pieces
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB
from hub.web.locale import Speaker
from hub.web.pages import PAGES, render, speaker
from hub.web.tasks import names_of

TOLD = ("addresses", "messages", "attachments", "consents")  # have a part of the page to themselves


@dataclass(frozen=True, slots=True)
class Person:
    """kept: table -> how many rows."""

    customer: Customer
    name: str
    kept: Mapping[str, int]


async def show(request: web.Request) -> web.Response:
    id = customer_id(request)
    person = await request.app[HUB].store.read(_load, id)
    if person.customer.id != id:
        raise web.HTTPSeeOther(f"/customers/{person.customer.id}/privacy")
    return _page(request, person)


def _load(conn: Connection, id: str) -> Person:
    customer = get_living(conn, id)
    return Person(customer, names_of(conn, [customer.id])[customer.id], count_moved(conn, customer.id))


def _page(request: web.Request, person: Person, problem: str = "") -> web.Response:
    return render(request, "customers/privacy.html", status=422 if problem else 200, person=person, problem=problem)


async def export(request: web.Request) -> web.StreamResponse:
    """The archive, for whoever asks for what is kept of them."""
    person = await request.app[HUB].store.read(_load, customer_id(request))
    return await send_dossier(request, speaker(request), person.customer.id)


async def send_dossier(request: web.Request, say: Speaker, id: str, *, own: bool = False) -> web.StreamResponse:
    """say: whose language its page is in; own: the customer takes it."""
    hub, at = request.app[HUB], request.app[HUB].clock.now()
    found = await hub.store.read(collect_customer, id)
    found = without_colleagues(found) if own else found
    company = hub.settings.company
    values = {**_values(say, found, at), "company": company}
    page = await asyncio.to_thread(request.app[PAGES].render, say.language, "privacy/dossier.html", **values)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "dossier.zip"
        await write_dossier(hub.store, found, page, at, file)

        async def read(start: int, octets: int) -> bytes:
            return await asyncio.to_thread(_piece, file, start, octets)

        name = f"{say.person(found['name'])}.zip"
        headers = {"Content-Type": "application/zip", "Content-Disposition": disposition_of(name)}
        headers |= {"Cache-Control": "no-store"}
        return await send_pieces(request, file.stat().st_size, read, headers)


def _values(say: Speaker, found: Mapping[str, Any], at: int) -> dict[str, Any]:
    files: dict[str, list[tuple[str, str]]] = {}
    names = named_files(found["attachments"])
    for row in found["attachments"]:
        files.setdefault(row["message_id"] or "", []).append((names[row["id"]], row["filename"]))
    rest = {
        name: rows for name, rows in found.items() if isinstance(rows, list) and rows and name not in (*TOLD, "labels")
    }
    return {"say": say, "found": found, "files": files, "rest": rest, "taken_at": at}


def _piece(file: Path, start: int, octets: int) -> bytes:
    with file.open("rb") as source:
        source.seek(start)
        return source.read(octets)


async def erase(request: web.Request) -> web.Response:
    """Only after the name was typed: it cannot be undone."""
    hub = request.app[HUB]
    person = await hub.store.read(_load, customer_id(request))
    [typed] = await read_fields(request, "typed")
    say = speaker(request)
    if _plain(typed) != _plain(say.person(person.name)):
        problem = say.gettext("Type the name as it stands above: erasing cannot be undone.")
        return _page(request, person, problem)
    await hub.store.write(_forget, person.customer.id, request[AGENT].email, hub.clock.now())
    await take_out(hub.store)
    hub.live.wake()
    raise web.HTTPSeeOther("/customers?erased=1")


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _forget(conn: Connection, id: str, by: str, at: int) -> None:
    forget(conn, get_living(conn, id).id, by, at)

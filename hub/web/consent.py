"""A customer's consents: what counts now, the ledger behind it, what an agent was told, and the proof of an entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import iso
from hub.consents import declare
from hub.errors import InvalidInput, NotFound
from hub.store.consents import GRANTED, PAUSED, RESUMED, WITHDRAWN, Consent, list_consents, newest_consents
from hub.store.customers import Customer, Reached, get_customer, list_addresses
from hub.store.segment_choices import load_purposes
from hub.web.customers import customer_id
from hub.web.forms import read_fields
from hub.web.keys import AGENT, HUB
from hub.web.pages import render, speaker
from hub.web.refusals import say_refusal
from hub.web.tasks import names_of

FIELDS = ("kind", "purpose", "state", "source", "wording")


@dataclass(frozen=True, slots=True)
class Ledger:
    """entries: newest first; current: the newest of each purpose and kind of channel."""

    customer: Customer
    name: str
    entries: Sequence[Consent]
    current: Sequence[Consent]
    addresses: Sequence[Reached]
    purposes: Sequence[str]


async def show(request: web.Request) -> web.Response:
    ledger = await request.app[HUB].store.read(_load, customer_id(request))
    if ledger.customer.merged_into:
        raise web.HTTPSeeOther(f"/customers/{ledger.customer.merged_into}/consent")
    asked = {name: request.query.get(name, "").replace("\0", "")[:200] for name in ("kind", "purpose", "state")}
    return _page(request, ledger, asked)


def _page(
    request: web.Request, ledger: Ledger, said: dict[str, str], problem: str = "", field: str = ""
) -> web.Response:
    """field: the one the problem is said at."""
    kinds = request.app[HUB].channels.kinds()
    values = dict.fromkeys(FIELDS, "") | said
    return render(
        request,
        "customers/consent.html",
        status=422 if problem else 200,
        ledger=ledger,
        said=values,
        problem=problem,
        field=field,
        kinds=kinds,
    )


def _load(conn: Connection, id: str) -> Ledger:
    customer = get_customer(conn, id)
    entries = list_consents(conn, id)
    current = newest_consents(entries)
    name = names_of(conn, [id]).get(id, "")
    return Ledger(customer, name, entries, current, list_addresses(conn, id), load_purposes(conn))


async def create(request: web.Request) -> web.Response:
    """What the customer told an agent."""
    hub, id, agent = request.app[HUB], customer_id(request), request[AGENT]
    said = dict(zip(FIELDS, await read_fields(request, *FIELDS), strict=True))
    try:
        consent = _consent(said, hub.channels.kinds(), agent.name)
    except InvalidInput as wrong:
        return _page(request, await hub.store.read(_load, id), said, say_refusal(request, wrong), wrong.field)
    await hub.store.write(_declare, id, consent, hub.clock.now(), agent.id)
    hub.live.wake()
    raise web.HTTPSeeOther(f"/customers/{id}/consent")


def _consent(said: dict[str, str], kinds: Sequence[str], agent: str) -> Consent:
    line = {name: " ".join(said[name].split())[:200] for name in ("purpose", "source")}
    wording = said["wording"].strip()[:10_000]
    if said["kind"] not in kinds or said["state"] not in (GRANTED, WITHDRAWN):
        raise InvalidInput("there is no such consent", "kind")
    if not line["purpose"]:
        raise InvalidInput("a consent has a purpose", "purpose", "no_consent_purpose")
    if not line["source"]:
        raise InvalidInput("say how it is known", "source", "no_source")
    if said["state"] == GRANTED and not wording:
        raise InvalidInput("say what was agreed to", "wording", "no_wording")
    return Consent(said["kind"], line["purpose"], said["state"], f"{line['source']} ({agent})", wording)


def _declare(conn: Connection, id: str, consent: Consent, at: int, by: str) -> None:
    if get_customer(conn, id).merged_into:
        raise NotFound("there is no such customer")
    declare(conn, id, consent, at, by)


async def proof(request: web.Request) -> web.Response:
    """One entry of the ledger as a text to keep or hand on."""
    ledger = await request.app[HUB].store.read(_load, customer_id(request))
    entry = next((one for one in ledger.entries if one.id == request.match_info["entry"]), None)
    if entry is None:
        raise web.HTTPNotFound
    text = "\r\n".join(f"{word}: {value}" if word else value for word, value in _proof(request, ledger, entry))
    headers = {
        "Content-Disposition": f'attachment; filename="consent-{entry.id[:12]}.txt"',
        "Cache-Control": "no-store",
    }
    return web.Response(
        body=f"{text}\r\n".encode("utf-8-sig"), content_type="text/plain", charset="utf-8", headers=headers
    )


def _proof(request: web.Request, ledger: Ledger, entry: Consent) -> list[tuple[str, str]]:
    """(word, value), the wording last, as it was shown."""
    hub, say = request.app[HUB], speaker(request)
    _ = say.gettext
    handles = ", ".join(one.handle for one in ledger.addresses if one.kind == entry.kind)
    titles = {
        GRANTED: _("Proof of a consent"),
        WITHDRAWN: _("Proof of a withdrawal"),
        PAUSED: _("Proof of a pause"),
        RESUMED: _("Proof of the end of a pause"),
    }
    moment = datetime.fromtimestamp(entry.at / 1000, UTC).astimezone(say.zone)
    return [
        ("", titles[entry.state]),
        (_("Company"), hub.settings.company.name),
        (_("Customer"), f"{ledger.name} ({ledger.customer.id})"),
        (_("Channel"), _(hub.channels.face(entry.kind).label) if entry.kind else "-"),
        (_("Address or number"), handles or "-"),
        (_("Purpose"), entry.purpose or _("All advertising")),
        (_("Moment"), f"{moment:%Y-%m-%d %H:%M:%S} {say.zone.key} ({iso(entry.at)})"),
        *([(_("Until"), iso(entry.until))] if entry.until else []),
        (_("How it is known"), entry.source or "-"),
        (_("From the address"), entry.ip or "-"),
        (_("Entry"), entry.id),
        (_("Wording"), entry.wording or "-"),
    ]

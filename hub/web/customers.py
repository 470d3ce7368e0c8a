"""A customer: who it is, how they are reached, and everything that was said to and by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aiohttp import web
from sqlalchemy import Connection

from hub.clock import instant_of
from hub.conversations import open_for
from hub.errors import InvalidInput
from hub.fields import Field
from hub.ids import is_id
from hub.inbound.addresses import normalise
from hub.inbound.placement import place
from hub.kinds import is_phone, kind_of
from hub.languages import LANGUAGES
from hub.model import Address
from hub.registry import Registry
from hub.store.agents import Agent, list_agents
from hub.store.complaints import Complaint, ComplaintFilter, list_complaints
from hub.store.consents import Consent, list_consents, newest_consents
from hub.store.conversations import Conversation, list_customer_conversations
from hub.store.customers import (
    Customer,
    NewCustomer,
    Reached,
    add_address,
    add_customer,
    get_customer,
    list_addresses,
    list_customer_labels,
)
from hub.store.events import append_event
from hub.store.fields import all_fields
from hub.store.inbox import list_handles
from hub.store.sales import Order, Quote, SalesFilter, list_orders, list_quotes
from hub.store.tasks import Task, TaskFilter, list_tasks
from hub.store.threads import Thread
from hub.store.timeline import FILTERS, load_timeline
from hub.store.undoables import has_undoable
from hub.store.visibility import Visibility
from hub.web.customer_classes import class_meanings, class_names
from hub.web.details import Refused, details_of
from hub.web.forms import read_fields
from hub.web.inbox import read_cursor
from hub.web.keys import AGENT, HUB, VISIBILITY
from hub.web.merging import Kin, load_kin
from hub.web.pages import render, speaker
from hub.web.phone_numbers import can_call
from hub.web.pictures import helpers
from hub.web.quotes import money
from hub.web.stream import HELPERS, build_stream
from hub.web.worth import Worth, load_worth

PAGE = 50
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Profile:
    customer: Customer
    name: str
    addresses: Sequence[Reached]
    labels: Sequence[str]
    current: Sequence[Consent]
    conversations: Sequence[Conversation]
    agents: Mapping[str, Agent]
    timeline: Thread
    tasks: Sequence[Task]
    quotes: Sequence[Quote]
    orders: Sequence[Order]
    complaints: Sequence[Complaint]
    kin: Kin
    worth: Worth
    can_be_called: bool
    fields: Sequence[Field]


async def show(request: web.Request) -> web.Response:
    return await page(request)


async def page(request: web.Request, problem: str = "", refused: Refused | None = None) -> web.Response:
    """Everything about the customer; problem: why what was asked for was not done; refused: what was typed into the
    details and does not fit."""
    id = customer_id(request)
    before = read_cursor(request.query.get("before", ""))
    hub = request.app[HUB]
    only = _only(request)
    at, country = speaker(request).local(hub.clock.now()), hub.settings.company.country
    profile = await hub.store.read(_profile, hub.channels, id, before, request[VISIBILITY], at, only, country)
    if profile.customer.merged_into:
        raise web.HTTPSeeOther(f"/customers/{profile.customer.merged_into}")
    did = request.query.get("did", "")
    undoable = bool(did) and await hub.store.read(has_undoable, request[AGENT].id, did)
    return _shown(request, profile, before, problem, refused, did if undoable else "")


def _only(request: web.Request) -> list[str]:
    """What of the timeline is asked for; nothing is everything."""
    wanted = request.query.getall("only", [])
    return [name for name in FILTERS if name in wanted]


def _shown(
    request: web.Request,
    profile: Profile,
    before: tuple[int, str] | None,
    problem: str,
    refused: Refused | None,
    did: str,
) -> web.Response:
    """did: under which id what was just changed can be undone."""
    stream = build_stream(profile.timeline, speaker(request), 0)
    return render(
        request,
        "customers/show.html",
        status=422 if problem or refused else 200,
        who=profile,
        kin=profile.kin,
        worth=profile.worth,
        classes=class_names(speaker(request)),
        meanings=class_meanings(speaker(request)),
        stream=stream,
        before=before,
        only=_only(request),
        filters=FILTERS,
        problem=problem,
        details=details_of(speaker(request), profile.customer, profile.labels, profile.fields, refused),
        did=did,
        kinds=typed_kinds(request.app[HUB].channels),
        preferences=preferences_of(request.app[HUB].channels, profile.customer),
        tongues=LANGUAGES,
        money=partial(money, request),
        **HELPERS,
        **helpers(request.app[HUB]),
    )


def typed_kinds(channels: Registry) -> list[str]:
    """The kinds of address somebody can write down; the kinds of phone are one."""
    kinds = (kind for kind in channels.kinds() if not kind_of(kind).secret)
    return [kind for kind in kinds if kind == "sms" or not is_phone(kind)]


def preferences_of(channels: Registry, customer: Customer) -> list[str]:
    """What may be preferred, the present preference included even when its channel is gone."""
    names = [name for name in channels.known()["preferences"] if name]
    return list(dict.fromkeys((*names, *filter(None, [customer.preferred_channel]))))


def _profile(
    conn: Connection,
    channels: Registry,
    id: str,
    before: tuple[int, str] | None,
    who: Visibility,
    at: datetime,
    only: Sequence[str],
    country: str,
) -> Profile:
    """at: now, as the reader's calendar has it; country: the company's."""
    customer = get_customer(conn, id)
    return Profile(
        customer,
        customer.name or list_handles(conn, [id]).get(id, ""),
        list_addresses(conn, id),
        list_customer_labels(conn, [id])[id],
        newest_consents(list_consents(conn, id)),
        list_customer_conversations(conn, id, visibility=who),
        {agent.id: agent for agent in list_agents(conn)},
        load_timeline(conn, id, before, who, only),
        list_tasks(conn, TaskFilter("open", customer_id=id, visibility=who), None, PAGE),
        list_quotes(conn, SalesFilter(customer_id=id), None, PAGE),
        list_orders(conn, SalesFilter(customer_id=id), None, PAGE),
        list_complaints(conn, ComplaintFilter(customer_id=id, visibility=who), None, PAGE),
        load_kin(conn, id, who, instant_of(at), country),
        load_worth(conn, id, who, at),
        can_call(conn, channels, who, id, instant_of(at)),
        all_fields(conn),
    )


async def create(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    said = await read_fields(request, "name", "kind", "handle")
    id = await hub.store.write(_create, hub.channels, said, hub.settings.company.country, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther(f"/customers/{id}")


def _create(conn: Connection, channels: Registry, said: Sequence[str], country: str, at: int) -> str:
    name, kind, handle = said
    clean = " ".join(name.split())[:MAX_NAME]
    if not clean:
        raise InvalidInput("a customer needs a name", "name", "no_name")
    id = add_customer(conn, NewCustomer(name=clean), at)
    if handle.strip():
        add_address(conn, id, _typed(channels, kind, handle, country), verified=False, at=at, source="agent")
    append_event(conn, "customer.created", at=at, customer_id=id)
    return id


def _typed(channels: Registry, kind: str, handle: str, country: str) -> Address:
    if kind not in channels.kinds():
        raise InvalidInput("there is no such kind of address", "kind")
    return normalise(kind, handle, country)


async def add_reach(request: web.Request) -> web.Response:
    """Note another address, not yet proven."""
    hub, id = request.app[HUB], customer_id(request)
    kind, handle = await read_fields(request, "kind", "handle")
    await hub.store.write(_add_reach, hub.channels, id, (kind, handle), hub.settings.company.country, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther(f"/customers/{id}")


def _add_reach(conn: Connection, channels: Registry, id: str, said: Sequence[str], country: str, at: int) -> None:
    kind, handle = said
    get_customer(conn, id)
    add_address(conn, id, _typed(channels, kind, handle, country), verified=False, at=at, source="agent")
    append_event(conn, "address.added", at=at, customer_id=id, data={"kind": kind})


async def write(request: web.Request) -> web.Response:
    """To the conversation with a customer in which the next message would land, or to a new one."""
    hub, id = request.app[HUB], customer_id(request)
    days = hub.settings.inbox.reopen_days
    opened = await hub.store.write(open_conversation, id, request[VISIBILITY], days, hub.clock.now())
    hub.live.wake()
    raise web.HTTPSeeOther(f"/conversations/{opened}?view=open#composer")


def open_conversation(conn: Connection, id: str, who: Visibility, reopen_days: int, at: int) -> str:
    get_customer(conn, id)
    if who.has_all_teams:
        return place(conn, id, None, "", reopen_days, at).id
    return open_for(conn, who, id, "", at).id


def customer_id(request: web.Request) -> str:
    id = request.match_info["id"]
    if not is_id(id):
        raise web.HTTPNotFound
    return id

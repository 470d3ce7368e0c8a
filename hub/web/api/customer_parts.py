"""What hangs on a customer: addresses, consents, the timeline."""

from typing import Literal

from sqlalchemy import Connection

from hub.errors import NotFound
from hub.model import Address as ModelAddress
from hub.store import customers as store
from hub.store.audit import Deed
from hub.store.consents import Consent as ConsentRow
from hub.store.consents import list_consents
from hub.store.events import append_event
from hub.store.messages import list_timeline
from hub.store.personal import get_living
from hub.store.visibility import Visibility
from hub.web.api import shapes
from hub.web.api.call import ApiRequest
from hub.web.api.customers import consent_given, may_prove
from hub.web.api.fields import Answer, Body, Moment
from hub.web.api.handles import NewAddress, NewConsent, plain
from hub.web.api.operation import audited_as, operation
from hub.web.api.paging import Page, PageQuery, TimePageQuery, cut, time_cursor
from hub.web.api.shapes import Address, Message


class AddressChange(Body):
    """verified: true proves that it is the customer's address; state: blocked stops every message to it."""

    verified: Literal[True] | None = None
    state: Literal["ok", "blocked"] | None = None


class Consent(Answer):
    """state: granted or withdrawn; or paused (until then) and resumed, which are about all advertising and name neither
    channel nor purpose."""

    channel: str
    purpose: str
    state: str
    source: str
    wording: str
    at: Moment
    until: Moment | None = None


@operation("GET", "/customers/{id}/addresses", scope="customers:read")
async def addresses(call: ApiRequest, id: str, query: PageQuery) -> Page[Address]:
    """List the customer's addresses."""
    rows = [one for one in await call.hub.store.read(_reached, id) if one.id > (query.after or "")]
    page, after = cut(rows, query.size, lambda row: row.id)
    return Page(items=[shapes.Address.of(one) for one in page], next=after)


@operation("POST", "/customers/{id}/addresses", scope="customers:write", status=201)
async def add_address(call: ApiRequest, id: str, body: NewAddress) -> Page[Address]:
    """Add an address; a phone number reaches sms, whatsapp and voice. Answers all addresses."""
    may_prove(call, body.verified)
    return await call.write(_add_address, id, body, call.hub.settings.company.country, call.now)


@operation("PATCH", "/customers/{id}/addresses/{address_id}", scope="customers:write")
async def change_address(call: ApiRequest, id: str, address_id: str, body: AddressChange) -> Address:
    """Verify, block or unblock an address."""
    may_prove(call, bool(body.verified))
    return await call.write(_change_address, id, address_id, body, call.now)


@audited_as(Deed.ADDRESS_REMOVED)
@operation("DELETE", "/customers/{id}/addresses/{address_id}", scope="customers:write")
async def remove_address(call: ApiRequest, id: str, address_id: str) -> None:
    """Remove an address."""
    await call.write(_remove_address, id, address_id)


@operation("GET", "/customers/{id}/consents", scope="customers:read")
async def consents(call: ApiRequest, id: str, query: TimePageQuery) -> Page[Consent]:
    """List the consent ledger, newest first; the newest per channel and purpose counts."""
    ledger = await call.hub.store.read(_ledger, id)
    rows = [one for one in ledger if query.key is None or (one.at, one.id) < query.key]
    page, after = cut(rows, query.size, lambda row: time_cursor(row.at, row.id))
    return Page(items=[Consent.of(one, channel=one.kind) for one in page], next=after)


@operation("POST", "/customers/{id}/consents", scope="customers:write", status=201)
async def add_consent(call: ApiRequest, id: str, body: NewConsent) -> Consent:
    """Write into the consent ledger that something was granted or withdrawn."""
    return await call.write(_add_consent, id, body, call.now)


@operation("GET", "/customers/{id}/timeline", scope="messages:read")
async def timeline(call: ApiRequest, id: str, query: TimePageQuery) -> Page[Message]:
    """List everything said with this customer on any channel, newest first."""
    return await call.hub.store.read(_timeline, id, query, call.seen)


def _reached(conn: Connection, id: str) -> list[store.Reached]:
    return store.list_addresses(conn, get_living(conn, id).id)


def _add_address(conn: Connection, id: str, body: NewAddress, country: str, now: int) -> Page[Address]:
    customer = get_living(conn, id)
    store.add_address(conn, customer.id, plain(body, country), verified=body.verified, at=now, source="api")
    append_event(conn, "customer.changed", at=now, customer_id=customer.id, data={"changed": ["addresses"]})
    return Page(items=[shapes.Address.of(one) for one in _reached(conn, customer.id)])


def _find(conn: Connection, id: str, address_id: str) -> store.Reached:
    address = next((one for one in _reached(conn, id) if one.id == address_id), None)
    if address is None:
        raise NotFound("there is no such address")
    return address


def _change_address(conn: Connection, id: str, address_id: str, body: AddressChange, now: int) -> Address:
    address = _find(conn, id, address_id)
    where = ModelAddress(address.kind, address.handle)
    if body.verified:
        store.add_address(conn, address.customer_id, where, verified=True, at=now, source="api")
    if body.state is not None:
        store.mark_address(conn, address.customer_id, where, body.state, "api" if body.state == "blocked" else "")
    return shapes.Address.of(_find(conn, id, address_id))


def _remove_address(conn: Connection, id: str, address_id: str) -> None:
    address = _find(conn, id, address_id)
    store.forget_address(conn, address.customer_id, address.id)


def _ledger(conn: Connection, id: str) -> list[ConsentRow]:
    return list_consents(conn, get_living(conn, id).id)


def _add_consent(conn: Connection, id: str, body: NewConsent, now: int) -> Consent:
    given = consent_given(conn, get_living(conn, id).id, body, now)
    return Consent.of(given, channel=given.kind)


def _timeline(conn: Connection, id: str, query: TimePageQuery, seen: Visibility) -> Page[Message]:
    rows = list_timeline(conn, get_living(conn, id).id, query.key, query.size + 1, seen)
    page, after = cut(rows, query.size, lambda row: time_cursor(row.occurred_at, row.id))
    return Page(items=shapes.messages(conn, page), next=after)


OPERATIONS = (addresses, add_address, change_address, remove_address, consents, add_consent, timeline)

"""What is done to a customer as a whole: merged, taken apart again, handed out, erased."""

from typing import Any

from sqlalchemy import Connection

from hub.clock import iso
from hub.errors import ReadDeferred
from hub.privacy.forgetting import forget, take_out
from hub.store.audit import Deed
from hub.store.audited import audit_about
from hub.store.duplicates import Evidence, list_duplicates
from hub.store.merges import Merge, append_merge_event, merge_customers, undo_merge
from hub.store.personal import collect_customer, get_living
from hub.store.visibility import Visibility
from hub.web.api import shapes
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Body, Id, Moment, Nothing
from hub.web.api.operation import audited_as, operation
from hub.web.api.problems import Refused
from hub.web.api.shapes import Customer
from hub.web.invitations import link_to


class Absorbed(Body):
    """The customer who becomes part of this one."""

    customer_id: Id


class Undoing(Body):
    """Absent: the latest merge."""

    merge_id: Id | None = None


class Merged(Customer):
    merge_id: str
    absorbed_id: str


class Export(Answer):
    """Everything kept about one person, table by table."""

    exported_at: Moment
    customer: dict[str, Any]


class Erasure(Answer):
    id: str
    erased_at: Moment


class TelegramLink(Answer):
    """For this customer only, for a week."""

    url: str


class Possible(Answer):
    """evidence: what speaks for it, in words."""

    customer_id: str
    evidence: list[str]


class Twins(Answer):
    items: list[Possible]


@operation("GET", "/customers/{id}/duplicates", scope="customers:read")
async def duplicates(call: ApiRequest, id: str) -> Twins:
    """Say who may be the same person, the best founded first."""
    return Twins(items=await call.hub.store.read(_duplicates, id, call.visibility, call.hub.settings.company.country))


@audited_as(Deed.MERGED)
@operation("POST", "/customers/{id}/merge", scope="customers:write")
async def merge(call: ApiRequest, id: str, body: Absorbed) -> Merged:
    """Put another customer into this one; can be undone."""
    call.whole("a merge")
    audit_about(f"{id} {body.customer_id}")
    return await call.write(_merge, id, body.customer_id, call.now)


@audited_as(Deed.UNMERGED)
@operation("POST", "/customers/{id}/unmerge", scope="customers:write")
async def unmerge(call: ApiRequest, id: str, body: Undoing) -> Merged:
    """Undo a merge: the customer taken in is as before."""
    call.whole("a merge")
    return await call.write(_unmerge, id, body.merge_id, call.now)


@audited_as(Deed.EXPORTED)
@operation("GET", "/customers/{id}/export", scope="customers:export")
async def export(call: ApiRequest, id: str) -> Export:
    """Hand out everything kept about this person (GDPR articles 15 and 20)."""
    call.whole("an export")
    customer = await call.hub.store.read(_export, id)
    return Export(exported_at=iso(call.now), customer=customer)


@audited_as(Deed.ERASED)
@operation("POST", "/customers/{id}/erasure", scope="customers:write")
async def erasure(call: ApiRequest, id: str, body: Nothing) -> Erasure:
    """Forget this person (GDPR article 17): words, files and handles are gone for good."""
    call.whole("an erasure")
    actor = call.token.name if call.token else ""
    erased = await call.write(_erase, id, actor, call.now)
    await take_out(call.hub.store)
    return erased


@operation("POST", "/customers/{id}/telegram-link", scope="customers:write")
async def invite(call: ApiRequest, id: str, body: Nothing) -> TelegramLink:
    """Make a link to the bot: whoever opens it is this customer. Answers 404 where there is no bot."""
    customer = await call.hub.store.read(get_living, id)
    try:
        url = await link_to(call.hub, "telegram", customer.id)
    except ReadDeferred as away:
        raise Refused(503, str(away), headers={"Retry-After": "30"}) from away
    return TelegramLink(url=url)


def _duplicates(conn: Connection, id: str, seen: Visibility, country: str) -> list[Possible]:
    found = list_duplicates(conn, get_living(conn, id).id, seen, country)
    return [Possible(customer_id=one.customer_id, evidence=[_told(each) for each in one.evidence]) for one in found]


def _told(evidence: Evidence) -> str:
    words = {
        "address": "the same address",
        "signature": "a number of theirs below a message",
        "domain": "the same name, and mail at",
        "name": "the same name, elsewhere",
    }
    return f"{words[evidence.what]}: {evidence.detail}"


def _merge(conn: Connection, id: str, other: str, now: int) -> Merged:
    merge = merge_customers(conn, get_living(conn, id).id, get_living(conn, other).id, None, now)
    append_merge_event(conn, "customer.merged", merge, now)
    return _merged(conn, merge)


def _unmerge(conn: Connection, id: str, merge_id: str | None, now: int) -> Merged:
    merge = undo_merge(conn, get_living(conn, id).id, merge_id, now)
    audit_about(f"{merge.customer_id} {merge.absorbed_id}")
    append_merge_event(conn, "customer.unmerged", merge, now)
    return _merged(conn, merge)


def _merged(conn: Connection, merge: Merge) -> Merged:
    customer = shapes.customers(conn, [get_living(conn, merge.customer_id)])[0]
    return Merged(**dict(customer), merge_id=merge.id, absorbed_id=merge.absorbed_id)


def _export(conn: Connection, id: str) -> dict[str, Any]:
    return collect_customer(conn, get_living(conn, id).id)


def _erase(conn: Connection, id: str, actor: str, now: int) -> Erasure:
    customer = get_living(conn, id)
    forget(conn, customer.id, actor, now)
    return Erasure(id=customer.id, erased_at=iso(now))


OPERATIONS = (duplicates, merge, unmerge, export, erasure, invite)

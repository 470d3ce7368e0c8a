"""The audit log: who came in, changed rights, took data out."""

from typing import Annotated

from pydantic import Field

from hub.clock import iso
from hub.store.audit import Deed, list_audit
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Moment
from hub.web.api.operation import operation
from hub.web.api.paging import Page, PageQuery, cut


class AuditQuery(PageQuery):
    """what, who: only these."""

    what: Deed | None = None
    who: Annotated[str, Field(max_length=200, pattern="^[^\x00]*$")] = ""


class AuditNote(Answer):
    """who: an address, the name of a token, or the command line; about: whom or what."""

    id: str
    at: Moment
    what: str
    who: str
    about: str
    network: str


@operation("GET", "/audit", scope="audit:read")
async def index(call: ApiRequest, query: AuditQuery) -> Page[AuditNote]:
    """List what was done, newest first."""
    call.whole("the audit log")
    words = {"deed": query.what or "", "who": query.who, "before": query.after or ""}
    rows = await call.hub.store.read(list_audit, **words, limit=query.size + 1)
    page, after = cut(rows, query.size, lambda row: row.id)
    items = [
        AuditNote(id=one.id, at=iso(one.at), what=one.deed, who=one.who, about=one.about, network=one.network)
        for one in page
    ]
    return Page(items=items, next=after)


OPERATIONS = (index,)

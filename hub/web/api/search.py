"""Search over customers and messages."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from hub.clock import iso
from hub.store.search import search_customers, search_messages
from hub.store.search_index import read_indexed
from hub.web.api.authorisation import READS_CUSTOMERS, may
from hub.web.api.call import ApiRequest
from hub.web.api.fields import ONE_LINE, Answer, Moment
from hub.web.api.operation import operation
from hub.web.api.paging import Page, PageQuery, cut

PEOPLE = 10  # on the first page, before the messages
EXCERPT = 300


class SearchQuery(PageQuery):
    q: Annotated[str, Field(pattern=ONE_LINE, min_length=1, max_length=200)]


class Hit(Answer):
    """A customer (title is the name) or a message (title is the subject)."""

    type: Literal["customer", "message"]
    id: str
    customer_id: str
    conversation_id: str | None
    title: str
    text: str
    at: Moment


@operation("GET", "/search", scope="search:read")
async def index(call: ApiRequest, query: SearchQuery) -> Page[Hit]:
    """Find customers by name, company or address (with the scope customers:read), then messages by their words
    (messages:read), newest first."""
    return await read_indexed(call.hub.store, query.q, _page, query, call)


def _page(conn: Connection, query: SearchQuery, call: ApiRequest) -> Page[Hit]:
    known = call.token is not None and may(call.token, READS_CUSTOMERS)
    most = min(PEOPLE, max(query.size - 1, 1))
    people = search_customers(conn, query.q, most, call.visibility) if known and not query.after else []
    room = query.size - len(people)
    words = room and call.visibility.words
    found = search_messages(conn, query.q, query.after, room + 1, call.visibility) if words else []
    page, after = cut(found, room, lambda row: row.id)
    hits = [
        Hit(type="customer", id=id, customer_id=id, conversation_id=None, title=name, text="", at=iso(at))
        for id, name, at in people
    ]
    hits += [
        Hit(
            type="message",
            id=row.id,
            customer_id=row.customer_id,
            conversation_id=row.conversation_id,
            title=row.subject,
            text=row.text[:EXCERPT],
            at=iso(row.occurred_at),
        )
        for row in page
    ]
    return Page(items=hits, next=after if room else "f" * 32)


OPERATIONS = (index,)

"""Everything that happened, in order."""

from typing import Annotated, Any

from pydantic import Field

from hub.live import described
from hub.store.events import list_seen_events
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Moment
from hub.web.api.operation import operation
from hub.web.api.paging import Limited, Page, Seq, cut

Position = Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]


class EventQuery(Limited):
    """since: the `seq` of the last event seen."""

    since: Seq = 0
    after: Position | None = None


class Event(Answer):
    seq: int
    id: str
    type: str
    customer_id: str | None
    conversation_id: str | None
    message_id: str | None
    agent_id: str | None
    data: dict[str, Any]
    at: Moment


@operation("GET", "/events", scope="events:read")
async def index(call: ApiRequest, query: EventQuery) -> Page[Event]:
    """List events after `since`, oldest first."""
    since = max(query.since, int(query.after or 0))
    rows = await call.hub.live.since(since, query.size + 1)
    page, after = cut(rows, query.size, lambda row: str(row.seq))
    if not call.seen.is_whole:
        page = await call.hub.store.read(list_seen_events, call.seen, page)
    return Page(items=[Event(**described(row)) for row in page], next=after)


OPERATIONS = (index,)

"""Surveys: what customers said when they were asked how it was."""

from sqlalchemy import Connection

from hub.store import surveys as store
from hub.store.gate import check_customer
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, Id, Moment
from hub.web.api.operation import operation
from hub.web.api.paging import Page, PageQuery, cut


class SurveyQuery(PageQuery):
    """answered: only those with a score."""

    answered: bool = False
    customer_id: Id | None = None


class Survey(Answer):
    """kind: csat (score 1 to 5) or nps (0 to 10); via: link or reply, "" as long as nobody answered."""

    id: str
    customer_id: str
    conversation_id: str
    complaint_id: str | None
    team_id: str | None
    message_id: str | None
    kind: str
    channel_type: str
    score: int | None
    comment: str
    via: str
    sent_at: Moment | None
    answered_at: Moment | None


@operation("GET", "/surveys", scope="conversations:read", errors=(404,))
async def index(call: ApiRequest, query: SurveyQuery) -> Page[Survey]:
    """List whom we asked and what they said, newest first."""
    return await call.hub.store.read(_page, call, query)


@operation("GET", "/surveys/{id}", scope="conversations:read")
async def show(call: ApiRequest, id: str) -> Survey:
    """Get a survey."""
    return Survey.of(await call.hub.store.read(store.get_survey, id))


def _page(conn: Connection, call: ApiRequest, query: SurveyQuery) -> Page[Survey]:
    if query.customer_id:
        check_customer(conn, call.seen, query.customer_id)
    wanted = store.SurveyFilter(query.answered, query.customer_id or "", visibility=call.seen)
    rows = store.list_surveys(conn, wanted, query.after, query.size + 1)
    page, after = cut(rows, query.size, lambda row: row.id)
    return Page(items=[Survey.of(row) for row in page], next=after)


OPERATIONS = (index, show)

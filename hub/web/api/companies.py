"""Companies: those of whose people the field `company` says the same."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from hub.amounts import amount_of
from hub.errors import NotFound
from hub.store.companies import list_companies, load_company
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Answer, OneLine
from hub.web.api.operation import operation
from hub.web.api.paging import Limited, Page, cut

NameCursor = Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,8000}$")]


class CompanyQuery(Limited):
    """q: what the name contains."""

    q: OneLine = ""
    after: NameCursor | None = None


class CompanyInList(Answer):
    """people: customers whose field `company` says this; `GET /customers?company=` lists them."""

    name: str
    people: int


class Worth(Answer):
    """total: what orders that were not cancelled come to, in that currency."""

    currency: str
    total: str


class Company(Answer):
    """open_conversations: of its people; orders: of theirs that were not cancelled."""

    name: str
    people: int
    open_conversations: int
    orders: int
    worth: list[Worth]


@operation("GET", "/companies", scope="customers:read")
async def index(call: ApiRequest, query: CompanyQuery) -> Page[CompanyInList]:
    """List companies by name."""
    return await call.hub.store.read(_page, call, query)


@operation("GET", "/companies/{name}", scope="customers:read")
async def show(call: ApiRequest, name: str) -> Company:
    """Get a company, by its name letter for letter; 404 where nobody is of it."""
    found = await call.hub.store.read(load_company, name, call.visibility)
    if not found.people:
        raise NotFound("nobody is of this company")
    worth = [Worth(currency=currency, total=f"{amount_of(coins, currency):f}") for currency, coins in found.worth]
    return Company(name=name, people=found.people, open_conversations=found.open, orders=found.orders, worth=worth)


def _page(conn: Connection, call: ApiRequest, query: CompanyQuery) -> Page[CompanyInList]:
    after = bytes.fromhex(query.after or "").decode("utf-8", "replace").replace("\0", "")
    rows = list_companies(conn, query.q, after, query.size + 1, call.visibility)
    page, following = cut(rows, query.size, lambda row: row[0].encode().hex())
    return Page(items=[CompanyInList(name=name, people=people) for name, people in page], next=following)


OPERATIONS = (index, show)

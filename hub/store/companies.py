"""Companies: customers of whom the field `company` says the same, as files and address books bring it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from hub.model import ConversationState
from hub.store.conversations import CONVERSATION, Conversation
from hub.store.dialect import holds_text, text_under
from hub.store.sales import CANCELLED
from hub.store.tables import conversations, customers, orders
from hub.store.value import LIVING
from hub.store.visibility import Visibility

FIELD = "company"
SHOWN = 20  # open conversations

_c, _o = conversations.c, orders.c


@dataclass(frozen=True, slots=True)
class Company:
    """waiting: open conversations of its people, the latest first, at most SHOWN of `open`; worth: (currency, sum of
    orders in its smallest coins), the largest first."""

    people: int
    open: int
    waiting: Sequence[Conversation]
    orders: int
    worth: Sequence[tuple[str, int]]


def of_company(dialect: str, name: str) -> ColumnElement[bool]:
    """A clause over `customers`: costs what a segment by a field costs."""
    return text_under(dialect, customers.c.fields, FIELD) == name


def list_companies(conn: Connection, query: str, after: str, limit: int, who: Visibility) -> list[tuple[str, int]]:
    """(name, how many people) of those whose name holds the query, in the order of their names, behind one."""
    dialect = conn.dialect.name
    told = text_under(dialect, customers.c.fields, FIELD)
    named = select(told.label("name")).where(*LIVING, *who.of_customers()).subquery("named")
    name = named.c.name.collate("C") if dialect == "postgresql" else named.c.name
    found = select(named.c.name, func.count()).where(name > after, named.c.name != "")
    found = found.where(holds_text(dialect, named.c.name, query, anywhere=True)) if query else found
    rows = conn.execute(found.group_by(named.c.name).order_by(name).limit(limit))
    return [(name, count) for name, count in rows]


def load_company(conn: Connection, name: str, who: Visibility) -> Company:
    among = (of_company(conn.dialect.name, name), *LIVING, *who.of_customers())
    people = list(conn.scalars(select(customers.c.id).where(*among)))
    is_open = (_c.customer_id.in_(people), _c.state == ConversationState.OPEN, _c.merged_into.is_(None))
    seen = (*is_open, *who.of_conversations())
    latest = select(*CONVERSATION).where(*seen).order_by(_c.last_message_at.desc(), _c.id.desc()).limit(SHOWN)
    sums = select(_o.currency, func.count().label("orders"), func.sum(_o.total).label("worth"))
    bought = conn.execute(sums.where(_o.customer_id.in_(people), _o.state != CANCELLED).group_by(_o.currency)).all()
    return Company(
        len(people),
        conn.scalar(select(func.count()).where(*seen)) or 0,
        [Conversation(*row) for row in conn.execute(latest)],
        sum(row.orders for row in bought),
        sorted(((row.currency, int(row.worth)) for row in bought), key=lambda one: (-one[1], one[0])),
    )

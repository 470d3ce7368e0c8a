"""What orders say of customers: how many and what they come to, which class that is, and who has fallen silent.

Each is one pass over the orders, however many customers are asked about: they are fewer than customers times one
look-up. A cancelled order is none.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, and_, case, cast, func, literal, select, union_all
from sqlalchemy.sql.selectable import Subquery

from hub.clock import DAY
from hub.store.sales import CANCELLED
from hub.store.tables import conversations, customers, orders
from hub.store.visibility import Visibility

BEST, REGULAR, NEW, ONCE, FADING, FORMER = "best", "regular", "new", "once", "fading", "former"
CLASSES = (BEST, REGULAR, NEW, ONCE, FADING, FORMER)
NEWCOMER, YEAR, MONTH = 90 * DAY, 365 * DAY, 30 * DAY
FIFTHS = 5
SAMPLE = 1_000  # the newest orders, whose customers say what much is
HABIT = 3  # orders or conversations that make one

_o, _c = orders.c, conversations.c
_BOUGHT = _o.state != CANCELLED
LIVING = (customers.c.merged_into.is_(None), customers.c.erased_at.is_(None))


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one customer. name: the class; worth: (currency, sum in its smallest coins), the largest first."""

    name: str
    orders: int
    first_at: int
    last_at: int
    worth: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ClassTotal:
    """How many customers are of a class, and what their orders in one currency come to."""

    name: str
    currency: str
    customers: int
    value: int


@dataclass(frozen=True, slots=True)
class Worth:
    """A customer in the list of what they are worth; worth: in one currency, in its smallest coins."""

    customer_id: str
    customer: str
    name: str
    orders: int
    last_at: int
    worth: int


def bought(since: int | None, at_least: int = 1) -> Select[Any]:
    """Whose orders since then are at least so many."""
    found = select(_o.customer_id).where(_BOUGHT)
    found = found if since is None else found.where(_o.created_at >= since)
    return found if at_least == 1 else found.group_by(_o.customer_id).having(func.count() >= at_least)


def bought_last_before(instant: int) -> Select[Any]:
    found = select(_o.customer_id).where(_BOUGHT).group_by(_o.customer_id)
    return found.having(func.max(_o.created_at) < instant)


def spent(currency: str, coins: int, since: int | None) -> Select[Any]:
    sums = select(_o.customer_id).where(_BOUGHT, _o.currency == currency)
    sums = sums if since is None else sums.where(_o.created_at >= since)
    return sums.group_by(_o.customer_id).having(func.sum(_o.total) >= coins)


def silent_since(instant: int) -> Select[Any]:
    """Who used to buy or write (orders and conversations together make a habit), and was not heard of since."""
    parts = [(orders, _o.created_at, _BOUGHT), (conversations, _c.last_inbound_at, _c.last_inbound_at.is_not(None))]
    heard = union_all(
        *(
            select(table.c.customer_id, func.count().label("times"), func.max(at).label("at"))
            .where(counts)
            .group_by(table.c.customer_id)
            for table, at, counts in parts
        )
    ).subquery("heard")
    query = select(heard.c.customer_id).group_by(heard.c.customer_id)
    return query.having(func.sum(heard.c.times) >= HABIT, func.max(heard.c.at) < instant)


def of_class(name: str, now: int) -> Select[Any]:
    named = _classes(now)
    return select(named.c.customer_id).where(named.c.name == name)


def _sums() -> Select[Any]:
    """What each customer's orders come to, by currency."""
    worth = (func.sum(_o.total).label("value"), func.count().label("orders"))
    times = (func.min(_o.created_at).label("first_at"), func.max(_o.created_at).label("last_at"))
    query = select(_o.customer_id, _o.currency, *worth, *times).where(_BOUGHT)
    return query.group_by(_o.customer_id, _o.currency)


def _steps() -> Subquery:
    """From which sum on somebody is of the n-th fifth (1: the best), by currency: of those who bought lately."""
    latest = select(_o.customer_id).where(_BOUGHT).order_by(_o.id.desc()).limit(SAMPLE).subquery("latest")
    sums = _sums().where(_o.customer_id.in_(select(latest.c.customer_id))).subquery("lately")
    fifth = func.ntile(FIFTHS).over(partition_by=sums.c.currency, order_by=sums.c.value.desc()).label("fifth")
    ranked = select(sums.c.currency, sums.c.value, fifth).subquery("ranked")
    step = select(ranked.c.currency, ranked.c.fifth, func.min(ranked.c.value).label("value"))
    return step.group_by(ranked.c.currency, ranked.c.fifth).subquery("steps")


def _classes(now: int, of: Select[Any] | None = None) -> Subquery:
    """(customer_id, name and what it goes by) of everybody who bought, or of these."""
    sums = (_sums() if of is None else of).subquery("sums")
    steps = _steps()
    top = and_(steps.c.currency == sums.c.currency, steps.c.fifth == 1)
    is_top = func.max(case((sums.c.value >= steps.c.value, 1), else_=0)).label("top")
    whole = (
        select(
            sums.c.customer_id,
            cast(func.sum(sums.c.orders), BigInteger).label("orders"),
            func.min(sums.c.first_at).label("first_at"),
            func.max(sums.c.last_at).label("last_at"),
            is_top,
        )
        .select_from(sums.outerjoin(steps, top))
        .group_by(sums.c.customer_id)
        .subquery("whole")
    )
    return select(whole, _name(whole, now).label("name")).subquery("classes")


def _name(whole: Subquery, now: int) -> Any:
    """docs/value.md says the same to people."""
    w, quiet = whole.c, literal(now, BigInteger) - whole.c.last_at
    fades = and_(w.orders >= HABIT, quiet > MONTH, quiet * (w.orders - 1) > 2 * (w.last_at - w.first_at))
    return case(
        (quiet > YEAR, FORMER),
        (fades, FADING),
        (and_(w.orders > 1, w.top == 1), BEST),
        (w.orders > 1, REGULAR),
        (quiet <= NEWCOMER, NEW),
        else_=ONCE,
    )


def find_figures(conn: Connection, customer_id: str, now: int) -> Figures | None:
    """None for somebody who never bought."""
    return load_figures(conn, [customer_id], now).get(customer_id)


def load_figures(conn: Connection, ids: list[str], now: int) -> dict[str, Figures]:
    """Of those of them who bought; two statements, however many they are."""
    mine = _sums().where(_o.customer_id.in_(ids))
    worth: dict[str, list[tuple[str, int]]] = {}
    for row in conn.execute(mine):
        worth.setdefault(row.customer_id, []).append((row.currency, int(row.value)))
    if not worth:
        return {}
    return {
        row.customer_id: Figures(
            row.name,
            row.orders,
            row.first_at,
            row.last_at,
            tuple(sorted(worth[row.customer_id], key=lambda one: (-one[1], one[0]))),
        )
        for row in conn.execute(select(_classes(now, mine)))
    }


def find_fifth(conn: Connection, currency: str, worth: int) -> int:
    """In which fifth of those who bought lately such a sum is; 1 is the best."""
    steps = _steps()
    found = conn.scalar(select(func.min(steps.c.fifth)).where(steps.c.currency == currency, steps.c.value <= worth))
    return found or FIFTHS


def list_class_totals(conn: Connection, who: Visibility, now: int) -> list[ClassTotal]:
    """By class and currency; somebody who bought in two currencies stands in both."""
    classes, sums = _classes(now), _sums().subquery("sums")
    query = (
        select(classes.c.name, sums.c.currency, func.count(), func.sum(sums.c.value))
        .join(sums, sums.c.customer_id == classes.c.customer_id)
        .join(customers, customers.c.id == classes.c.customer_id)
        .where(*LIVING, *who.of_customers())
        .group_by(classes.c.name, sums.c.currency)
    )
    return [ClassTotal(name, currency, count, int(value)) for name, currency, count, value in conn.execute(query)]


def count_classes(conn: Connection, who: Visibility, now: int) -> dict[str, int]:
    """Class -> how many customers; those who never ordered under ""."""
    classes = _classes(now)
    name = func.coalesce(classes.c.name, "").label("name")
    query = select(name, func.count().label("customers")).select_from(
        customers.outerjoin(classes, classes.c.customer_id == customers.c.id)
    )
    query = query.where(*LIVING, *who.of_customers()).group_by(name)
    return {row.name: row.customers for row in conn.execute(query)}


def list_worth(
    conn: Connection, who: Visibility, currency: str, now: int, names: tuple[str, ...] = (), limit: int = 200
) -> list[Worth]:
    """Those who bought, or those of some classes, by what they ordered in that currency, the most first."""
    classes, sums = _classes(now), _sums().subquery("sums")
    worth = cast(func.coalesce(sums.c.value, 0), BigInteger).label("worth")
    mine = and_(sums.c.customer_id == classes.c.customer_id, sums.c.currency == currency)
    query = (
        select(customers.c.id, customers.c.name, classes.c.name, classes.c.orders, classes.c.last_at, worth)
        .select_from(classes.outerjoin(sums, mine).join(customers, customers.c.id == classes.c.customer_id))
        .where(*LIVING, *who.of_customers())
        .order_by(worth.desc(), customers.c.id)
        .limit(limit)
    )
    return [Worth(*row) for row in conn.execute(query.where(classes.c.name.in_(names)) if names else query)]

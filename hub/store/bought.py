"""What a template may say to customers of their orders, of many in a few statements. A cancelled one is none."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from hub.store.sales import CANCELLED
from hub.store.tables import orders
from hub.store.value import load_figures

LATEST = 10


@dataclass(frozen=True, slots=True)
class Sold:
    """One order. total: with tax, in the smallest coins of the currency."""

    number: str
    title: str
    state: str
    currency: str
    total: int
    at: int


@dataclass(frozen=True, slots=True)
class Bought:
    """Of one customer. latest: the newest first; worth, name: as in Figures."""

    latest: Sequence[Sold]
    worth: Sequence[tuple[str, int]]
    name: str


def load_bought(conn: Connection, ids: Sequence[str], now: int) -> dict[str, Bought]:
    """Of those of them who bought; three statements, however many they are."""
    latest = _latest(conn, ids)
    figures = load_figures(conn, list(latest), now) if latest else {}
    return {id: Bought(latest[id], found.worth, found.name) for id, found in figures.items()}


def _latest(conn: Connection, ids: Sequence[str]) -> dict[str, list[Sold]]:
    o = orders.c
    newest = (o.created_at.desc(), o.id.desc())
    place = func.row_number().over(partition_by=o.customer_id, order_by=newest).label("place")
    wanted = (o.customer_id, o.number, o.title, o.state, o.currency, o.total, o.created_at)
    ranked = select(*wanted, place).where(o.customer_id.in_(ids), o.state != CANCELLED).subquery("ranked")
    query = select(ranked).where(ranked.c.place <= LATEST).order_by(ranked.c.customer_id, ranked.c.place)
    found: dict[str, list[Sold]] = {}
    for id, *said, _ in conn.execute(query):
        found.setdefault(id, []).append(Sold(*said))
    return found

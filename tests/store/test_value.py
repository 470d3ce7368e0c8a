"""hub.store.value: the classes of customers by their orders say what a reading of the orders in plain Python says."""

from collections import defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from hub.clock import DAY
from hub.ids import new_id
from hub.store import value
from hub.store.customers import NewCustomer, add_customer
from hub.store.tables import conversations, customers, orders

NOW = 1_795_000_000_000
ORDERS = st.lists(
    st.tuples(
        st.integers(0, 9),  # of whom
        st.integers(0, 800),  # days ago
        st.sampled_from([1, 100, 2500, 99_900]),
        st.sampled_from(["EUR", "EUR", "CHF"]),
        st.sampled_from(["open", "done", "done", "cancelled"]),
    ),
    max_size=40,
)


def fill(conn, bought):
    """The ids of ten customers, with these orders and no others."""
    conn.execute(delete(orders))
    people = list(conn.scalars(select(customers.c.id).order_by(customers.c.id)))
    people = people or sorted(add_customer(conn, NewCustomer(name=f"Person {n}"), 1) for n in range(10))
    for n, (who, days, total, currency, state) in enumerate(bought):
        row = {"id": new_id(), "customer_id": people[who], "number": f"O-{n}", "state": state, "currency": currency}
        conn.execute(orders.insert(), row | {"total": total, "created_at": NOW - days * DAY, "changed_at": NOW})
    return people


def read(bought):
    """Whom of the ten -> class, in plain Python."""
    theirs = defaultdict(list)
    for who, days, total, currency, state in bought:
        if state != "cancelled":
            theirs[who].append((days, total, currency))
    sums = {(who, c): sum(t for _, t, cur in rows if cur == c) for who, rows in theirs.items() for _, _, c in rows}
    steps = {}
    for currency in {c for _, c in sums}:
        ranked = sorted((worth for (_, c), worth in sums.items() if c == currency), reverse=True)
        steps[currency] = ranked[-(-len(ranked) // 5) - 1]
    found = {}
    for who, rows in theirs.items():
        quiet, since, n = min(rows)[0], max(rows)[0], len(rows)
        top = any(worth >= steps[c] for (each, c), worth in sums.items() if each == who)
        if quiet > 365:
            found[who] = "former"
        elif n >= 3 and quiet > 30 and quiet * (n - 1) > 2 * (since - quiet):
            found[who] = "fading"
        elif n > 1:
            found[who] = "best" if top else "regular"
        else:
            found[who] = "new" if quiet <= 90 else "once"
    return found


def classes(conn):
    return {id: name for name in value.CLASSES for id in conn.scalars(value.of_class(name, NOW))}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bought=ORDERS)
async def test_classes_are_those_of_a_plain_reading(store, bought):
    people = await store.write(fill, bought)
    expected = {people[who]: name for who, name in read(bought).items()}

    assert await store.read(classes) == expected
    figures = await store.read(value.load_figures, people, NOW)
    assert {id: one.name for id, one in figures.items()} == expected


async def test_figures_sum_by_currency_without_what_was_cancelled(store):
    bought = [
        (0, 40, 100, "CHF", "done"),
        (0, 4, 2500, "EUR", "open"),
        (0, 1, 1, "EUR", "done"),
        (1, 1, 9, "EUR", "cancelled"),
    ]
    ada, grace, *_ = await store.write(fill, bought)

    found = await store.read(value.find_figures, ada, NOW)
    assert found == value.Figures("best", 3, NOW - 40 * DAY, NOW - DAY, (("EUR", 2501), ("CHF", 100)))
    assert await store.read(value.find_figures, grace, NOW) is None


async def test_who_used_to_write_or_buy_is_missed(store):
    ada, grace, *_ = await store.write(fill, [(0, days, 1, "EUR", "done") for days in (500, 400)])

    def write(conn):
        for who, days in ((ada, 300), (grace, 300), (grace, 250)):
            at = NOW - days * DAY
            row = {"id": new_id(), "customer_id": who, "created_at": at, "last_message_at": at, "last_inbound_at": at}
            conn.execute(conversations.insert(), row)

    await store.write(write)
    found = await store.read(lambda conn: list(conn.scalars(value.silent_since(NOW - 200 * DAY))))
    assert found == [ada]
    assert await store.read(lambda conn: list(conn.scalars(value.silent_since(NOW - 301 * DAY)))) == []

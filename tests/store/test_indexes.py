"""What is asked about one customer never looks through a whole table, however many customers there are."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, PrimaryKeyConstraint, Table, UniqueConstraint, event, text

from hub.store import falls
from hub.store.audience import list_taken
from hub.store.campaigns import count_left
from hub.store.customers import Reached
from hub.store.merges import merge_customers, undo_merge
from hub.store.personal import forget_customer
from hub.store.reports import list_parts
from hub.store.tables import metadata
from hub.store.visibility import EVERYTHING
from tests.texts import add_person

OF_A_CUSTOMER = {"customer_id", "absorbed_id", "merged_into"}
PEOPLE = {"team_id", "agent_id"}  # of some dozens of teams and agents
UNASKED = {("conversations", "merged_into")}
A_WEEK = {
    "idempotency_keys",
    "imports",
    "import_pieces",
    "import_problems",
    "undoables",
}  # kept no longer, and emptied by erasure
WORDS_OF_THE_HOUSE = {
    "agents",
    "channel_health",
    "saved_views",
    "audit_notes",
}  # somebody erased may stand anywhere in them
ID = "0" * 32
READ_WHOLE = re.compile(r"(?:^SCAN|Seq Scan on) (\w+)")


def leads(table: Table) -> set[str]:
    """The columns by which rows are found: the first of every index that holds all rows that have something there."""
    unique = [one for one in table.constraints if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)]
    found = {one.columns[0].name for one in unique} | {column.name for column in table.c if column.unique}
    for index in table.indexes:
        condition, first = index.dialect_options["sqlite"]["where"], index.columns[0].name
        if condition is None or str(condition) == f"{first} IS NOT NULL":
            found.add(first)
    return found


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_what_concerns_a_customer_or_leads_to_another_row_has_an_index(table: Table) -> None:
    asked = {column.name for column in table.c if column.foreign_keys or column.name in OF_A_CUSTOMER} - PEOPLE
    assert {name for name in asked - leads(table) if (table.name, name) not in UNASKED} == set()


def take_apart(conn: Connection, customer: str) -> None:
    merge_customers(conn, customer, add_person(conn, "Grace", "grace@example.com"), None, 1)
    undo_merge(conn, customer, None, 2)


@pytest.fixture
def acts() -> Mapping[str, Callable[[Connection, str], object]]:
    return {
        "erased": lambda conn, id: forget_customer(conn, id, "admin", 1),
        "taken apart": take_apart,
        "reported": lambda conn, id: list_parts(conn, 1, 2, EVERYTHING),
    }


@pytest.mark.parametrize("act", ["erased", "reported", "taken apart"])
async def test_no_table_is_read_to_its_end(store, acts, act) -> None:
    customer = await store.write(add_person, "Ada")
    found = await store.write(scans, acts[act], customer)
    allowed = WORDS_OF_THE_HOUSE if act == "erased" else set()
    assert [step for step in found if READ_WHOLE.search(step)[1] not in allowed] == []


async def test_what_left_of_a_campaign_within_the_hour_is_found_by_its_time(store) -> None:
    """Not among all it ever sent: a campaign with a limit asks every minute. Of SQLite, which says how it goes about it
    whatever the tables hold."""
    if store.dialect == "sqlite":
        steps = await store.write(steps_of, ask)
        assert [step for step in steps if "ix_deliveries_campaign_sent (campaign_id=? AND sent_at>?)" in step]
        assert not [step for step in steps if READ_WHOLE.search(step)]


BY_DELIVERY = "ix_campaign_recipients_delivery_id (delivery_id=?)"
OF_A_CHAIN: Sequence[tuple[Callable[[Connection], object], str]] = [
    (lambda conn: falls.list_failed(conn, ID, 2, 1, 9), "ix_deliveries_campaign_id (campaign_id=? AND state=?)"),
    (lambda conn: falls.list_silent(conn, ID, 2, 1, 9), "ix_deliveries_campaign_sent (campaign_id=? AND sent_at"),
    (lambda conn: falls.find_first_silent(conn, ID, 2), "ix_deliveries_campaign_sent (campaign_id=?"),
    (lambda conn: falls.list_needless(conn, ID, 2, 9, patient=False), "ix_deliveries_revocable (campaign_id=?"),
    (lambda conn: falls.list_cancelled(conn, ID, 2, 9), "ix_deliveries_campaign_id (campaign_id=? AND state=?)"),
]


async def test_a_chain_is_gone_along_by_what_became_of_deliveries(store) -> None:
    """Not by walking all recipients: each round of a campaign asks."""
    for ask, index in OF_A_CHAIN if store.dialect == "sqlite" else ():
        steps = await store.write(steps_of, ask)
        assert index in steps[0]
        assert any(BY_DELIVERY in step for step in steps)
        assert not [step for step in steps if READ_WHOLE.search(step) or "TEMP B-TREE" in step]


async def test_who_is_written_to_at_an_address_is_found_by_its_claimants(store) -> None:
    def ask(conn: Connection) -> object:
        return list_taken(conn, ID, [Reached(ID, ID, "email", "ada@example.com", verified=False, state="ok")])

    if store.dialect == "sqlite":
        steps = await store.write(steps_of, ask)
        assert any("ix_deliveries_customer_id (customer_id=?)" in step for step in steps)
        assert not [step for step in steps if READ_WHOLE.search(step)]


def steps_of(conn: Connection, ask: Callable[[Connection], object]) -> list[str]:
    return [step for statement, values in asked(conn, ask) for step in plan(conn, statement, values)]


def ask(conn: Connection) -> None:
    count_left(conn, ID, 1)


def scans(conn: Connection, act: Callable[[Connection, str], object], customer: str) -> list[str]:
    """Of the statements of that act, the steps that an engine can only take by reading a whole table."""
    seen = asked(conn, lambda conn: act(conn, customer))
    return [step for statement, values in seen for step in whole(conn, statement, values)]


def asked(conn: Connection, act: Callable[[Connection], object]) -> list[tuple[str, Any]]:
    """The statements of that act, with their values."""
    seen: list[tuple[str, Any]] = []

    def note(conn: Connection, cursor: object, statement: str, values: Any, context: object, many: bool) -> None:
        seen.append((statement, values[0] if many else values))

    event.listen(conn, "before_cursor_execute", note)
    act(conn)
    event.remove(conn, "before_cursor_execute", note)
    return seen


def whole(conn: Connection, statement: str, values: Sequence[Any]) -> Iterator[str]:
    for step in plan(conn, statement, values):
        read = READ_WHOLE.search(step)
        if read and read[1] in metadata.tables.keys() - A_WEEK:
            yield step


def plan(conn: Connection, statement: str, values: Sequence[Any]) -> list[str]:
    """The steps in which the engine goes about it."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN" if conn.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    return [row[-1] for row in conn.exec_driver_sql(f"{explain} {statement}", values)]

"""hub.store.merges: whatever is put together and taken apart, in any order, nothing is lost or misplaced."""

from collections import defaultdict

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub.ids import new_id
from hub.model import Address
from hub.store.consents import GRANTED, WITHDRAWN, Consent, append_consent, find_consent
from hub.store.customers import (
    NewCustomer,
    add_address,
    add_customer,
    get_customer,
    list_addresses,
    list_customer_labels,
    mark_customer_labels,
)
from hub.store.merges import merge_customers, undo_merge
from hub.store.tables import addresses, consents, conversations, messages, orders, tasks
from tests.texts import add_text

OWNED = (conversations, messages, consents, tasks, orders)
PEOPLE = 4
lives = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["", "Ada", "Grace"]),
        "language": st.sampled_from(["", "de", "en"]),
        "fields": st.dictionaries(st.sampled_from(["plan", "city"]), st.sampled_from(["a", "b"]), max_size=2),
        "labels": st.lists(st.sampled_from(["vip", "new", "old"]), unique=True, max_size=2),
        "handles": st.lists(st.sampled_from(["x@example.com", "y@example.com"]), unique=True, max_size=2),
        "verified": st.booleans(),
        "agreed": st.sampled_from([GRANTED, WITHDRAWN, ""]),
        "said": st.integers(0, 2),
    }
)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("undo"), st.integers(0, PEOPLE - 1), st.integers(0, 2)),
        st.tuples(st.just("say"), st.integers(0, PEOPLE - 1), st.just(0)),
    ),
    min_size=3,
    max_size=9,
)


def alike(**more):
    """Nobody, two who are known by the same, and nobody."""
    one = {"name": "", "language": "", "fields": {}, "labels": [], "handles": [], "verified": False, "agreed": ""}
    nobody = one | {"said": 0}
    return [nobody, nobody | more, nobody | more, nobody]


FIRST_OF_TWO = [("merge", 0, 0), ("merge", 0, 0), ("undo", 0, 0)]


def begin(conn, life, taken):
    """A customer with that life so far."""
    id = add_customer(conn, NewCustomer(name=life["name"], language=life["language"], fields=life["fields"]), 1)
    for handle in life["handles"]:
        verified = life["verified"] and handle not in taken
        taken |= {handle} if verified else set()
        add_address(conn, id, Address("email", handle), verified=verified, at=1)
    mark_customer_labels(conn, id, life["labels"], 1)
    for n in range(life["said"]):
        say(conn, id, begun(conn, id))
        row = {"id": new_id(), "customer_id": id, "number": new_id(), "state": "done", "created_at": n, "changed_at": n}
        conn.execute(orders.insert(), row)
        row = {"id": new_id(), "customer_id": id, "title": "Call", "due_at": 1, "created_at": 1, "changed_at": 1}
        conn.execute(tasks.insert(), row)
    if life["agreed"]:
        append_consent(conn, id, Consent("email", "news", life["agreed"], "test"), 1)
    return id


def begun(conn, customer_id):
    row = {"id": new_id(), "customer_id": customer_id, "state": "open", "created_at": 1, "last_message_at": 1}
    conn.execute(conversations.insert(), row)
    return row["id"]


def say(conn, customer_id, conversation_id):
    id = add_text(conn, customer_id, "Hello")
    conn.execute(messages.update().where(messages.c.id == id).values(conversation_id=conversation_id))
    return id


def of(conn, table):
    """Row -> whose it is."""
    return dict(conn.execute(select(table.c.id, table.c.customer_id)).all())


def known(conn, id):
    """What is known of one customer."""
    customer = get_customer(conn, id)
    return {
        "who": (customer.name, customer.language, dict(customer.fields)),
        "labels": set(list_customer_labels(conn, [id])[id]),
        "addresses": {(one.id, one.kind, one.handle, one.verified) for one in list_addresses(conn, id)},
        "consent": find_consent(conn, id, "email", "news"),
    }


class World:
    """What ought to be: who is part of whom, and the rows by whom they came to be."""

    def __init__(self, conn, told):
        taken = set()
        self.conn = conn
        self.people = [begin(conn, life, taken) for life in told]
        self.first = {id: known(conn, id) for id in self.people}
        self.rows = {
            table.name: {row: who for row, who in of(conn, table).items() if who in self.people} for table in OWNED
        }
        self.merges = []  # (keep, absorbed, id), those not undone

    def root(self, id):
        above = next((keep for keep, absorbed, _ in self.merges if absorbed == id), None)
        return self.root(above) if above else id

    def act(self, what, one, other):
        """With those who are part of nobody."""
        whole = [id for id in self.people if self.root(id) == id]
        keep = whole[one % len(whole)]
        if what == "say":
            self.say(self.people[one])
        elif what == "merge":
            rest = [id for id in whole if id != keep]
            if rest:
                absorbed = rest[other % len(rest)]
                self.merges.append((keep, absorbed, merge_customers(self.conn, keep, absorbed, None, 2).id))
        else:
            mine = [each for each in self.merges if each[0] == keep]
            if mine:
                self.undo(mine[other % len(mine)])
        self.check()

    def undo(self, merge):
        undo_merge(self.conn, merge[0], merge[2], 3)
        self.merges.remove(merge)

    def say(self, who):
        """In a conversation of theirs, wherever it is now."""
        mine = [row for row, first in self.rows["conversations"].items() if first == who]
        if mine:
            self.rows["messages"][say(self.conn, self.root(who), mine[0])] = who

    def check(self):
        for table in OWNED:
            now = of(self.conn, table)
            wanted = {row: self.root(who) for row, who in self.rows[table.name].items()}
            assert {row: now.get(row) for row in wanted} == wanted, table.name
        parts = defaultdict(list)
        for id in self.people:
            parts[self.root(id)].append(self.first[id])
        for id, members in parts.items():
            now = known(self.conn, id)
            assert now["labels"] == set().union(*(one["labels"] for one in members))
            handles = {(kind, handle) for one in members for _, kind, handle, _ in one["addresses"]}
            assert {(kind, handle) for _, kind, handle, _ in now["addresses"]} == handles
            sure = {handle for one in members for _, _, handle, verified in one["addresses"] if verified}
            assert {handle for _, _, handle, verified in now["addresses"] if verified} == sure

    def part(self):
        """All taken apart again, in any order that is allowed."""
        while self.merges:
            free = next(each for each in self.merges if self.root(each[0]) == each[0])
            self.undo(free)
            self.check()
        assert {id: known(self.conn, id) for id in self.people} == self.first


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(told=alike(labels=["vip"]), done=FIRST_OF_TWO)
@example(told=alike(handles=["x@example.com"]), done=FIRST_OF_TWO)
@example(told=alike(handles=["x@example.com"], verified=True), done=FIRST_OF_TWO)
@example(told=alike(name="Ada", fields={"plan": "a"}), done=FIRST_OF_TWO)
@given(told=st.lists(lives, min_size=PEOPLE, max_size=PEOPLE), done=acts)
async def test_whatever_is_merged_and_undone_nothing_is_lost_or_misplaced(store, told, done):
    def live(conn):
        for table in (messages, conversations, tasks, orders, addresses):
            conn.execute(table.delete())
        world = World(conn, told)
        for each in done:
            world.act(*each)
        world.part()

    await store.write(live)

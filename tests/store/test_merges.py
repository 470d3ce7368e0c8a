"""hub.store.merges: whatever is put together and taken apart, in any order, nothing is lost or misplaced."""

from collections import defaultdict

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub import conversations as flow
from hub.ids import new_id
from hub.model import Address
from hub.store.consents import GRANTED, WITHDRAWN, Consent, append_consent, find_consent
from hub.store.conversations import get_conversation
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
from hub.store.tables import (
    addresses,
    attempts,
    consents,
    conversations,
    deliveries,
    messages,
    orders,
    quotes,
    sequence_runs,
    step_messages,
    tasks,
)
from tests.owned import begin_conversation, begin_sequence, follow_up, say, sell, take_step

OWNED = (
    conversations,
    messages,
    consents,
    tasks,
    quotes,
    orders,
    deliveries,
    attempts,
    sequence_runs,
    step_messages,
)
WITHIN = (messages, deliveries, quotes, tasks, sequence_runs)  # a conversation, of the same customer
SEGMENT = new_id()
WRITTEN = (sequence_runs, step_messages, conversations, messages, deliveries, attempts, tasks, quotes, orders)
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
        "followed_up": st.booleans(),
    }
)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("undo"), st.integers(0, PEOPLE - 1), st.integers(0, 2)),
        st.tuples(st.sampled_from(["say", "sell", "part"]), st.integers(0, PEOPLE - 1), st.integers(0, 5)),
        st.tuples(st.just("join"), st.integers(0, PEOPLE - 1), st.integers(0, 20)),
    ),
    min_size=3,
    max_size=12,
)


def alike(**more):
    """Nobody, two who are known by the same, and nobody."""
    one = {"name": "", "language": "", "fields": {}, "labels": [], "handles": [], "verified": False, "agreed": ""}
    nobody = one | {"said": 0, "followed_up": False}
    return [nobody, nobody | more, nobody | more, nobody]


FIRST_OF_TWO = [("merge", 0, 0), ("merge", 0, 0), ("undo", 0, 0)]


def begin(conn, life, taken, sequence_id):
    """A customer with that life so far."""
    id = add_customer(conn, NewCustomer(name=life["name"], language=life["language"], fields=life["fields"]), 1)
    for handle in life["handles"]:
        verified = life["verified"] and handle not in taken
        taken |= {handle} if verified else set()
        add_address(conn, id, Address("email", handle), verified=verified, at=1)
    mark_customer_labels(conn, id, life["labels"], 1)
    for _ in range(life["said"]):
        conversation = begin_conversation(conn, id)
        say(conn, id, conversation)
        sell(conn, id, conversation)
    if life["followed_up"]:
        follow_up(conn, sequence_id, id, SEGMENT)
    if life["agreed"]:
        append_consent(conn, id, Consent("email", "news", life["agreed"], "test"), 1)
    return id


def of(conn, table):
    """Row -> whose it is."""
    return dict(conn.execute(select(table.c.id, table.c.customer_id)).all())


def known(conn, id):
    """What is known of one customer."""
    customer = get_customer(conn, id)
    running = select(sequence_runs.c.id, sequence_runs.c.state).where(sequence_runs.c.trigger_id == SEGMENT)
    return {
        "who": (customer.name, customer.language, dict(customer.fields)),
        "labels": set(list_customer_labels(conn, [id])[id]),
        "addresses": {(one.id, one.kind, one.handle, one.verified) for one in list_addresses(conn, id)},
        "consent": find_consent(conn, id, "email", "news"),
        "runs": [tuple(row) for row in conn.execute(running.where(sequence_runs.c.customer_id == id))],
    }


class World:
    """What ought to be: who is part of whom, and the rows by whom they came to be."""

    def __init__(self, conn, told):
        taken = set()
        self.conn, self.sequence = conn, begin_sequence(conn)
        self.people = [begin(conn, life, taken, self.sequence) for life in told]
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
        if what in ("say", "sell"):
            self.go_on(say if what == "say" else sell, self.people[one], other)
        elif what in ("join", "part"):
            self.rearrange(what, keep, other)
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

    def go_on(self, write, who, which):
        """In a conversation of theirs, or the one it is part of by now: what is new is of whom that was."""
        mine = [row for row, first in self.rows["conversations"].items() if first == who]
        now = get_conversation(self.conn, mine[which % len(mine)]) if mine else None
        if now and now.id in self.rows["conversations"]:
            owner = self.rows["conversations"][now.id]
            self.note(write(self.conn, now.customer_id, now.id), owner)
            run = follow_up(self.conn, self.sequence, now.customer_id, new_id(), now.id)
            self.note({"sequence_runs": run}, owner)
            self.note(take_step(self.conn, now.customer_id, run), owner)

    def note(self, written, who):
        for table, id in written.items():
            self.rows[table][id] = who

    def rearrange(self, what, id, which):
        """Two conversations of a customer become one, or one becomes two."""
        query = select(conversations.c.id, conversations.c.message_count).where(conversations.c.customer_id == id)
        theirs = self.conn.execute(
            query.where(conversations.c.merged_into.is_(None)).order_by(conversations.c.id)
        ).all()
        if what == "join" and len(theirs) > 1:
            source, target = theirs[which % len(theirs)].id, theirs[(which + 1) % len(theirs)].id
            flow.merge(self.conn, source, target, 2, None)
        elif what == "part" and theirs and theirs[which % len(theirs)].message_count > 1:
            source = theirs[which % len(theirs)].id
            last = select(messages.c.id).where(messages.c.conversation_id == source).order_by(messages.c.id.desc())
            flow.split(self.conn, source, [self.conn.scalars(last).first()], 2, None)

    def check(self):
        for table in OWNED:
            now = of(self.conn, table)
            wanted = {row: self.root(who) for row, who in self.rows[table.name].items()}
            if table is sequence_runs:  # who was in it twice is in it once, and the other stays where it was
                wanted = {row: who for row, who in wanted.items() if row not in self.left()}
            assert {row: now.get(row) for row in wanted} == wanted, table.name
        for table in WITHIN:
            owner = select(conversations.c.customer_id).where(conversations.c.id == table.c.conversation_id)
            strange = select(table.c.id).where(owner.scalar_subquery() != table.c.customer_id)
            if table is sequence_runs:
                strange = strange.where(table.c.trigger_id != SEGMENT)
            assert not self.conn.scalars(strange).all(), table.name
        theirs = select(conversations.c.id, conversations.c.customer_id).where(conversations.c.merged_into.is_not(None))
        for id, owner in self.conn.execute(theirs):
            assert get_conversation(self.conn, id).customer_id == owner
        self.check_people()

    def left(self):
        gone = select(sequence_runs.c.id).where(sequence_runs.c.state == "exited")
        return set(self.conn.scalars(gone))

    def check_people(self):
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
            waiting = [state for _, state in now["runs"] if state == "waiting"]
            assert len(waiting) == any(one["runs"] for one in members)

    def part(self):
        """All taken apart again, in any order that is allowed."""
        while self.merges:
            free = next(each for each in self.merges if self.root(each[0]) == each[0])
            self.undo(free)
            self.check()
        assert {id: known(self.conn, id) for id in self.people} == self.first


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(told=alike(labels=["vip"]), done=FIRST_OF_TWO)
@example(told=alike(handles=["x@example.com"]), done=FIRST_OF_TWO)
@example(told=alike(handles=["x@example.com"], verified=True), done=FIRST_OF_TWO)
@example(told=alike(name="Ada", fields={"plan": "a"}), done=FIRST_OF_TWO)
@example(told=alike(followed_up=True), done=FIRST_OF_TWO)
@example(told=alike(said=1), done=[("merge", 1, 1), ("join", 0, 0), ("say", 1, 0), ("undo", 1, 0)])
@example(told=alike(said=1), done=[("merge", 1, 1), ("join", 0, 1), ("part", 0, 0), ("sell", 1, 0), ("undo", 1, 0)])
@given(told=st.lists(lives, min_size=PEOPLE, max_size=PEOPLE), done=acts)
async def test_whatever_is_merged_and_undone_nothing_is_lost_or_misplaced(store, told, done):
    def live(conn):
        for table in (*reversed(WRITTEN), addresses):
            conn.execute(table.delete())
        world = World(conn, told)
        for each in done:
            world.act(*each)
        world.part()

    await store.write(live)

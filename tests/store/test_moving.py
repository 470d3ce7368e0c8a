"""hub.moving on both engines: what goes to another customer with a conversation, and what stays."""

import asyncio

import pytest

from hub import conversations as flow
from hub.errors import Conflict
from hub.moving import move
from hub.store.conversations import get_conversation
from hub.store.tables import attempts, conversations, deliveries, messages, sequence_runs, step_messages
from tests.owned import begin_conversation, begin_sequence, follow_up, say
from tests.texts import AT, add_person, change


def two_people(conn):
    return add_person(conn, "Ada"), add_person(conn, "Grace", "grace@example.com")


def of(conn, table, id):
    return conn.scalar(table.select().with_only_columns(table.c.customer_id).where(table.c.id == id))


async def test_advertising_stays_with_whom_it_was_sent_to(store):
    def act(conn):
        ada, grace = two_people(conn)
        case = begin_conversation(conn, ada)
        said, sold, followed = (say(conn, ada, case) for _ in range(3))
        change(conn, deliveries, sold["deliveries"], purpose="news")
        run = follow_up(conn, begin_sequence(conn), ada, case, case)
        change(conn, sequence_runs, run, state="done")
        named = {"delivery_id": followed["deliveries"], "message_id": followed["messages"], "run_id": run}
        conn.execute(step_messages.insert(), {"id": run, "customer_id": ada, "sequence_id": run} | named)
        move(conn, case, grace, AT, None)
        for table in (messages, deliveries, attempts):
            assert of(conn, table, said[table.name]) == grace
            assert {of(conn, table, one[table.name]) for one in (sold, followed)} == {ada}
        for table in (messages, deliveries):
            inside = table.select().with_only_columns(table.c.id).where(table.c.conversation_id == case)
            assert conn.scalars(inside).all() == [said[table.name]]
        assert get_conversation(conn, case).message_count == 1
        assert conn.scalar(sequence_runs.select().with_only_columns(sequence_runs.c.conversation_id)) is None

    await store.write(act)


async def test_a_conversation_of_advertising_alone_is_not_moved(store):
    def act(conn):
        ada, grace = two_people(conn)
        case = begin_conversation(conn, ada)
        change(conn, deliveries, say(conn, ada, case)["deliveries"], purpose="news")
        with pytest.raises(Conflict, match="advertising"):
            move(conn, case, grace, AT, None)
        assert of(conn, conversations, case) == ada

    await store.write(act)


async def test_a_follow_up_keeps_a_conversation_only_while_it_waits(store):
    def act(conn):
        ada, grace = two_people(conn)
        case = begin_conversation(conn, ada)
        say(conn, ada, case)
        run = follow_up(conn, begin_sequence(conn), ada, case, case)
        with pytest.raises(Conflict, match="follow-up"):
            move(conn, case, grace, AT, None)
        change(conn, sequence_runs, run, state="exited")
        assert move(conn, case, grace, AT, None).customer_id == grace

    await store.write(act)


async def test_what_was_put_together_twice_moves_whole(store):
    def act(conn):
        ada, grace = two_people(conn)
        first, second, third = (begin_conversation(conn, ada) for _ in range(3))
        for case in (first, second, third):
            say(conn, ada, case)
        flow.merge(conn, first, second, AT, None)
        flow.merge(conn, second, third, AT, None)
        move(conn, third, grace, AT, None)
        assert {of(conn, conversations, case) for case in (first, second, third)} == {grace}

    await store.write(act)


async def test_two_who_move_it_at_once_leave_it_whole(store):
    def begin(conn):
        ada, grace = two_people(conn)
        emmy, case = add_person(conn, "Emmy", "emmy@example.com"), begin_conversation(conn, ada)
        return case, say(conn, ada, case)["messages"], (grace, emmy)

    case, said, people = await store.write(begin)
    moves = [store.write(move, case, one, AT, None) for one in people]
    refused = [one for one in await asyncio.gather(*moves, return_exceptions=True) if isinstance(one, Exception)]
    assert all(isinstance(one, Conflict) for one in refused)
    assert len(refused) < 2
    whose = await store.read(lambda conn: (of(conn, conversations, case), of(conn, messages, said)))
    assert whose[0] == whose[1] != ""

"""What belongs to a customer beside words, as plain rows: conversations, what is sent, sold and followed up in them."""

from hub.ids import new_id
from hub.store.tables import (
    attempts,
    conversations,
    deliveries,
    messages,
    orders,
    quotes,
    sequence_runs,
    sequences,
    step_messages,
    tasks,
)
from tests.texts import AT, add_text


def begin_conversation(conn, customer_id):
    row = {"id": new_id(), "customer_id": customer_id, "state": "open", "created_at": AT, "last_message_at": AT}
    conn.execute(conversations.insert(), row)
    return row["id"]


def say(conn, customer_id, conversation_id):
    """Name of the table -> id of what was written: a message that was sent."""
    message = add_text(conn, customer_id, "Hello")
    conn.execute(messages.update().where(messages.c.id == message).values(conversation_id=conversation_id))
    return {"messages": message, **_send(conn, customer_id, message, conversation_id)}


def _send(conn, customer_id, message_id, conversation_id):
    row = {"id": new_id(), "message_id": message_id, "customer_id": customer_id, "conversation_id": conversation_id}
    sent = {"channel": "mail", "channel_type": "email", "kind": "email", "handle": "x", "state": "sent", "due_at": AT}
    conn.execute(deliveries.insert(), row | sent | {"give_up_at": AT, "created_at": AT, "changed_at": AT})
    attempt = {"id": new_id(), "delivery_id": row["id"], "customer_id": customer_id, "started_at": AT, "phase": "x"}
    conn.execute(attempts.insert(), attempt)
    return {"deliveries": row["id"], "attempts": attempt["id"]}


def sell(conn, customer_id, conversation_id):
    """The same of a quotation out of a conversation, its order, and a task to call."""
    owner = {"customer_id": customer_id, "created_at": AT, "changed_at": AT}
    quote = {"id": new_id(), "number": new_id(), "state": "accepted", "conversation_id": conversation_id}
    order = {"id": new_id(), "number": new_id(), "state": "done", "quote_id": quote["id"]}
    task = {"id": new_id(), "title": "Call", "due_at": AT, "conversation_id": conversation_id}
    for table, row in ((quotes, quote), (orders, order), (tasks, task)):
        conn.execute(table.insert(), row | owner)
    return {"quotes": quote["id"], "orders": order["id"], "tasks": task["id"]}


def begin_sequence(conn):
    row = {"id": new_id(), "name": "Welcome", "state": "active", "created_at": AT, "changed_at": AT}
    conn.execute(sequences.insert(), row)
    return row["id"]


def follow_up(conn, sequence_id, customer_id, trigger_id, conversation_id=None):
    row = {"id": new_id(), "sequence_id": sequence_id, "customer_id": customer_id, "trigger_id": trigger_id}
    more = {"conversation_id": conversation_id, "due_at": AT, "created_at": AT, "changed_at": AT}
    conn.execute(sequence_runs.insert(), row | more)
    return row["id"]


def take_step(conn, customer_id, run_id):
    """What a sequence sends belongs to no conversation."""
    sent = say(conn, customer_id, None)
    row = {"id": new_id(), "customer_id": customer_id, "sequence_id": new_id(), "run_id": run_id}
    named = {"delivery_id": sent["deliveries"], "message_id": sent["messages"]}
    conn.execute(step_messages.insert(), row | named)
    return {"step_messages": row["id"]}

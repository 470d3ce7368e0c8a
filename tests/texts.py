"""Customers, texts and files as plain rows, for tests of what is found again."""

from hub.ids import new_id
from hub.store.tables import addresses, attachments, blobs, conversations, customers, messages
from tests.people import ADA

AT = 1_795_000_000_000


def add_person(conn, name, email=ADA.email, kind="email"):
    id = new_id()
    conn.execute(customers.insert(), {"id": id, "name": name, "created_at": AT, "updated_at": AT})
    address = {"id": new_id(), "customer_id": id, "kind": kind, "handle": email, "created_at": AT}
    conn.execute(addresses.insert(), address)
    return id


def add_text(conn, customer_id, text, kind="text", quoted=""):
    row = {
        "id": new_id(),
        "customer_id": customer_id,
        "channel": "mail",
        "channel_type": "email",
        "direction": "in",
        "kind": kind,
        "text": text,
        "quoted_text": quoted,
        "occurred_at": AT,
        "created_at": AT,
    }
    conn.execute(messages.insert(), row)
    return row["id"]


def add_file(conn, customer_id, message_id, filename):
    conn.execute(blobs.insert(), {"sha256": filename, "size": 1, "content": b"x"})
    row = {"id": new_id(), "customer_id": customer_id, "message_id": message_id, "filename": filename}
    conn.execute(attachments.insert(), row | {"size": 1, "sha256": filename, "created_at": AT})


def change(conn, table, id, **values):
    conn.execute(table.update().where(table.c.id == id).values(**values))


def add_conversation(conn, customer_id, *texts):
    """A conversation of such messages."""
    row = {"id": new_id(), "customer_id": customer_id, "created_at": AT, "last_message_at": AT}
    conn.execute(conversations.insert(), row)
    for text in texts:
        change(conn, messages, add_text(conn, customer_id, text), conversation_id=row["id"])
    return row["id"]

"""Fills a store with made-up customers, conversations and readers of a newsletter, many at once, for measuring."""

import random
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select

from hub.clock import MINUTE
from hub.ids import new_id
from hub.model import DeliveryState
from hub.store.consents import GRANTED
from hub.store.customers import find_label
from hub.store.dialect import insert_missing
from hub.store.tables import (
    addresses,
    attachments,
    blobs,
    campaigns,
    consent_states,
    consents,
    conversations,
    customer_labels,
    customers,
    deliveries,
    messages,
)

AGENTS = tuple(f"{number:032x}" for number in range(1, 21))
CHANNELS = (("support-mail", "email"), ("sms", "sms"), ("whatsapp", "whatsapp"), ("telegram", "telegram"))
EACH = 5  # messages in a conversation
STATES = ("open", "open", "open", "closed", "closed", "snoozed")


# built once: whoever measures asks often, and what that takes is measured too
_EXPANDED = select(campaigns.c.expanded).where(campaigns.c.id == bindparam("campaign"))
_UNSETTLED = deliveries.c.state.in_((DeliveryState.HELD, DeliveryState.QUEUED, DeliveryState.SENDING))
_WAITING = select(exists().where(deliveries.c.campaign_id == bindparam("campaign"), _UNSETTLED))


def is_empty(conn: Connection) -> bool:
    return conn.execute(select(customers.c.id).limit(1)).first() is None


def add_conversations(conn: Connection, count: int, first: int, now: int) -> list[tuple[str, str]]:
    """count customers, each with an address and a conversation, the youngest the newest; (customer, conversation) of
    each. first: how many there are."""
    dice = random.Random(first)  # noqa: S311 - the same ones every time
    rows = list(_rows(dice, count, first, now))
    for table, at in ((customers, 0), (addresses, 1), (conversations, 2)):
        conn.execute(insert(table), [row[at] for row in rows])
    return [(row[0]["id"], row[2]["id"]) for row in rows]


def _rows(dice: random.Random, count: int, first: int, now: int) -> Iterator[tuple[dict[str, Any], ...]]:
    for number in range(first, first + count):
        customer_id, at = new_id(), now - number * 7 * 1000 - dice.randrange(MINUTE)
        handle = f"reader{number}@example.com"
        stamps = {"created_at": at, "updated_at": at}
        yield (
            {"id": customer_id, "name": f"Reader {number:07d}", **stamps},
            {"id": new_id(), "customer_id": customer_id, "kind": "email", "handle": handle, "created_at": at},
            _conversation(dice, customer_id, number, at),
        )


def _conversation(dice: random.Random, customer_id: str, number: int, at: int) -> dict[str, Any]:
    channel, channel_type = dice.choice(CHANNELS)
    state = dice.choice(STATES)
    return {
        "id": new_id(),
        "customer_id": customer_id,
        "state": state,
        "assignee_id": dice.choice((None, *AGENTS)),
        "subject": f"Question {number}",
        "created_at": at,
        "last_message_at": at,
        "last_preview": f"Where is my order {number}? I have been waiting since last week.",
        "last_channel": channel,
        "last_channel_type": channel_type,
        "last_direction": dice.choice(("in", "out")),
        "last_inbound_at": at,
        "waiting_since": at if state == "open" and number % 3 else None,
        "unread": number % 3,
        "message_count": 5,
        "channels": [channel_type],
        "snoozed_until": at + 10**9 if state == "snoozed" else None,
        "closed_at": at if state == "closed" else None,
    }


def add_messages(conn: Connection, written: Sequence[Mapping[str, str]], first: int, now: int) -> None:
    """Five in each of new conversations. written: subject, text, quoted_text and filename of each."""
    owners = add_conversations(conn, -(-len(written) // EACH), first // EACH, now)
    rows = [_message(one, owners[at // EACH], now) for at, one in enumerate(written)]
    conn.execute(insert(messages), rows)
    empty = {"sha256": sha256().hexdigest(), "size": 0}
    insert_missing(conn, blobs, [{**empty, "content": b""}])
    files = [(one["filename"], row) for one, row in zip(written, rows, strict=True) if one["filename"]]
    if files:
        conn.execute(insert(attachments), [{**_attachment(name, row), **empty} for name, row in files])


def _message(written: Mapping[str, str], owner: tuple[str, str], now: int) -> dict[str, Any]:
    customer_id, conversation_id = owner
    texts = {name: written[name] for name in ("subject", "text", "quoted_text")}
    place = {"customer_id": customer_id, "conversation_id": conversation_id, "channel": "support-mail"}
    stamps = {"occurred_at": now, "created_at": now}
    return {"id": new_id(), **place, "channel_type": "email", "direction": "in", **texts, **stamps}


def _attachment(filename: str, message: Mapping[str, Any]) -> dict[str, Any]:
    whose = {"customer_id": message["customer_id"], "message_id": message["id"]}
    return {"id": new_id(), **whose, "filename": filename, "created_at": message["created_at"]}


def add_readers(conn: Connection, numbers: Sequence[int], label: str, purpose: str, at: int) -> None:
    """Customers with a name, a field, an e-mail address, one label and a consent."""
    label_id = find_label(conn, label, at)
    people = [{"id": new_id(), "number": number} for number in numbers]
    conn.execute(insert(customers), [_customer(one["id"], one["number"], at) for one in people])
    conn.execute(insert(addresses), [_address(one["id"], one["number"], label, at) for one in people])
    agreed = [
        {"customer_id": one["id"], "kind": "email", "purpose": purpose, "state": GRANTED, "at": at} for one in people
    ]
    conn.execute(insert(consents), [{**row, "id": new_id(), "source": "bench"} for row in agreed])
    conn.execute(insert(consent_states), agreed)
    conn.execute(insert(customer_labels), [{"customer_id": one["id"], "label_id": label_id} for one in people])


def _customer(id: object, number: object, at: int) -> dict[str, object]:
    name = f"Reader Number{number}"
    fields = {"plan": ("gold", "silver", "bronze")[int(str(number)) % 3], "order": f"A-{number}"}
    return {"id": id, "name": name, "language": "en", "fields": fields, "created_at": at, "updated_at": at}


def _address(id: object, number: object, label: str, at: int) -> dict[str, object]:
    return {
        "id": new_id(),
        "customer_id": id,
        "kind": "email",
        "handle": f"reader{number}.{label}@example.com",
        "verified": True,
        "source": "bench",
        "created_at": at,
    }


def is_settled(conn: Connection, campaign_id: str) -> bool:
    """Everybody is written for, and nothing is held, queued or being handed over."""
    asked = {"campaign": campaign_id}
    return bool(conn.scalar(_EXPANDED, asked)) and not conn.scalar(_WAITING, asked)

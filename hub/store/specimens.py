"""Fills a store with made-up customers and conversations, many at once, for measuring."""

import random
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, insert

from hub.clock import MINUTE
from hub.ids import new_id
from hub.store.tables import addresses, conversations, customers

AGENTS = tuple(f"{number:032x}" for number in range(1, 21))
CHANNELS = (("support-mail", "email"), ("sms", "sms"), ("whatsapp", "whatsapp"), ("telegram", "telegram"))
STATES = ("open", "open", "open", "closed", "closed", "snoozed")


def add_specimens(conn: Connection, count: int, first: int, now: int) -> None:
    """count customers, each with an address and a conversation, the youngest the newest. first: how many there are."""
    dice = random.Random(first)  # noqa: S311 - the same specimens every time
    rows = list(_rows(dice, count, first, now))
    for table, at in ((customers, 0), (addresses, 1), (conversations, 2)):
        conn.execute(insert(table), [row[at] for row in rows])


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

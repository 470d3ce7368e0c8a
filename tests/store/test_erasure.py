"""Erased is erased: of somebody who stands in every table, no word is found in any of them afterwards, nor in the file.

The rows are made from the metadata: a table or a column that comes later is in here without a line of its own.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, LargeBinary, Table, Text, select

from hub.ids import new_id
from hub.moving import move
from hub.store.merges import merge_customers
from hub.store.personal import forget_customer
from hub.store.scrub import scrub
from hub.store.search_index import index_pending
from hub.store.search_merge import is_unmerged, merge_step
from hub.store.tables import (
    addresses,
    agents,
    audit_notes,
    channel_health,
    customers,
    deliveries,
    messages,
    metadata,
    raw_inbound,
    saved_views,
)
from tests.owned import begin_conversation, say
from tests.texts import add_person, change

BY_DATABASE = {"customer_words", "message_words", "word_parts"}  # filled by what notes changed texts
HOUSE = {  # of the house: what its people set, wrote and did
    *("agents", "api_tokens", "audit", "audit_notes", "passkeys", "recovery_codes", "sessions", "teams"),
    *("channel_health", "channel_hours"),  # what a provider says about itself
    *(
        "channels",
        "cursors",
        "devices",
        "labels",
        "links",
        "number_series",
        "processes",
        "settings",
        "team_channels",
        "webhooks",
    ),
    *("macros", "rules", "pushes", "saved_views", "snippets", "template_versions", "templates", "undoables"),
    *("campaigns", "segments", "sequence_versions", "sequences"),
    "unnamed_clicks",  # of nobody: counts alone
}
OURS = {  # words that we chose, whoever they are about
    *("channel", "channels", "channel_type", "last_channel", "last_channel_type", "direction", "last_direction"),
    *("kind", "last_kind", "purpose", "state", "type", "phase", "priority", "sorted_as", "sorted_sign", "timezone"),
}
KEPT = {
    ("campaign_recipients", "excluded"),  # why, in a word of ours
    ("campaign_recipients", "variant"),
    ("sequence_runs", "reason"),
    ("costs", "currency"),  # of sums that name nobody
    ("imports", "name"),  # of the file, as a colleague gave it
    ("imports", "counts"),
    ("imports", "rules"),
    ("raw_inbound", "provider_id"),  # so that the same unit does not come in again
}


def mark_of(column: Column[Any]) -> str:
    """Unlike any other, and a word that is searched for."""
    return f"lovelace{column.table.name}{column.name}x".replace("_", "")


class Everywhere:
    """One customer, and a row about them in each table; ids: of those rows."""

    def __init__(self) -> None:
        self.ids = {table.name: new_id() for table in metadata.sorted_tables}
        self.customer = self.ids["customers"]
        self.rows: dict[str, dict[str, Any]] = {}

    def fill(self, conn: Connection) -> None:
        for table in metadata.sorted_tables:
            if table.name not in BY_DATABASE:
                self.rows[table.name] = {column.name: self._value(column) for column in table.c}
                conn.execute(table.insert(), self._real(table))
        while index_pending(conn):
            pass

    def _real(self, table: Table) -> dict[str, Any]:
        row = self.rows[table.name]
        if table.name in ("customers", "conversations"):
            row["merged_into"] = None
        if table.name == "customers":
            row["erased_at"] = None
        if table.name == "addresses":
            row |= {"kind": "webchat", "handle": self.ids["webchat_visitors"]}
        return row

    def _value(self, column: Column[Any]) -> Any:
        mark = mark_of(column)
        if column.foreign_keys:
            [key] = column.foreign_keys
            return self.customer if key.column.table is customers else self.rows[key.column.table.name][key.column.name]
        if isinstance(column.type, LargeBinary):
            return json.dumps({"customer_id": self.customer, "text": mark}).encode()
        if isinstance(column.type, JSON):
            return {"said": mark}
        if isinstance(column.type, Text):
            return mark
        if column.type.python_type is str:
            return self._id(column)
        return False if isinstance(column.type, Boolean) else 1

    def _id(self, column: Column[Any]) -> str:
        """Its own, or that of the row it names."""
        named = {"id": column.table.name, "raw_id": "raw_inbound", "customer_id": "customers"}
        name = named.get(column.name, f"{column.name.removesuffix('_id')}s")
        return self.ids.get(name, new_id())


def found(conn: Connection) -> Mapping[str, set[str]]:
    """Table -> columns in which a mark still stands."""
    told: dict[str, set[str]] = {}
    for table in metadata.sorted_tables:
        for column in table.c:
            if any(
                "lovelace" in (bytes(one).decode() if isinstance(one, bytes) else str(one))
                for one in read(conn, column)
            ):
                told.setdefault(table.name, set()).add(column.name)
    return told


def read(conn: Connection, column: Column[Any]) -> list[Any]:
    return list(conn.scalars(select(column).where(column.is_not(None))))


def left(told: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """What stands where nothing may."""
    there = {(table, name) for table, names in told.items() if table not in HOUSE for name in names - OURS}
    return there - KEPT


def in_file(path: Path, told: set[tuple[str, str]]) -> list[str]:
    octets = path.read_bytes().lower()
    columns = [metadata.tables[table].c[name] for table, name in told]
    return [str(column) for column in columns if mark_of(column).encode() in octets]


async def test_no_word_of_an_erased_customer_is_left_in_a_table_or_a_file(store):
    ada = Everywhere()
    await store.write(ada.fill)
    before = left(await store.read(found))
    assert {("messages", "text"), ("import_pieces", "content"), ("word_parts", "word")} <= before
    await store.write(forget_customer, ada.customer, "admin", 2)

    assert left(await store.read(found)) == set()
    if store.dialect == "sqlite":
        assert await store.read(is_unmerged)
        while await store.write(merge_step):
            pass
        assert not await store.read(is_unmerged)
        assert scrub(store.url)
        assert in_file(store.path, before) == []


async def test_who_became_part_of_an_erased_customer_is_erased_too(store):
    ids = [await store.write(add_person, f"Lovelace {n}", f"lovelace{n}@example.com") for n in range(3)]
    for keep, absorb in ((1, 0), (2, 1)):
        await store.write(merge_customers, ids[keep], ids[absorb], None, 1)
    await store.write(forget_customer, ids[2], "admin", 2)
    assert left(await store.read(found)) == set()


async def test_what_the_house_keeps_for_itself_names_no_erased_customer(store):
    """What a provider complained of, a search that was saved, a note of an act; a colleague's own stays."""
    ada, mail, phone = new_id(), "ada.byron@example.com", "+491511234567"
    agent = {"id": new_id(), "email": "grace@example.com", "name": "Grace", "role": "agent", "created_at": 1}
    views = ("q=ada.byron%40example.com&view=open", "q=%2B491511234567", "q=adabyron")

    def write(conn: Connection) -> None:
        conn.execute(customers.insert(), {"id": ada, "name": "Ada Byron", "created_at": 1, "updated_at": 1})
        for kind, handle in (("email", mail), ("sms", phone), ("email", agent["email"])):
            row = {"id": new_id(), "customer_id": ada, "kind": kind, "handle": handle, "created_at": 1}
            conn.execute(addresses.insert(), row)
        conn.execute(agents.insert(), agent)
        for view in views:
            row = {"id": new_id(), "agent_id": agent["id"], "name": "Mine", "view": view, "created_at": 1}
            conn.execute(saved_views.insert(), row)
        problem = f"421 <{mail}>: come again, ada.byron; 491511234567 is no number"
        conn.execute(channel_health.insert(), {"channel": "mail", "way": "out", "problem": problem})
        for about in (f"{ada} email {mail.upper()}", f"{agent['email']} admin"):
            note = {"id": new_id(), "at": 1, "deed": "agent_changed", "who": mail, "about": about}
            conn.execute(audit_notes.insert(), note)

    await store.write(write)
    await store.write(forget_customer, ada, "admin", 2)

    said = await store.read(
        lambda conn: (
            read(conn, channel_health.c.problem),
            read(conn, saved_views.c.view),
            sorted(read(conn, audit_notes.c.about)),
            set(read(conn, audit_notes.c.who)),
        )
    )
    assert said == (
        ["421 <…>: come again, …; … is no number"],
        ["q=adabyron"],
        sorted([f"{ada} email …", f"{agent['email']} admin"]),
        {"…"},
    )


async def test_what_was_moved_to_another_names_no_erased_customer(store):
    ada, grace = [await store.write(add_person, name, f"{name}@example.com") for name in ("ada", "grace")]

    def write(conn: Connection) -> None:
        case = begin_conversation(conn, ada)
        for handle in ("ada@example.com", "grace@example.com"):
            sent = say(conn, ada, case)
            raw = {"id": sent["messages"], "body": handle.encode(), "envelope": {"from": handle}}
            conn.execute(
                raw_inbound.insert(),
                raw | {"channel": "mail", "kind": "mail", "provider_id": handle, "due_at": 1, "received_at": 1},
            )
            named = dict.fromkeys(("peer", "from_handle", "to_handle"), handle)
            change(conn, messages, sent["messages"], raw_id=sent["messages"], **named)
            change(conn, deliveries, sent["deliveries"], handle=handle)
        move(conn, case, grace, 2, None)

    await store.write(write)
    await store.write(forget_customer, ada, "admin", 3)

    columns = (messages.c.peer, messages.c.from_handle, messages.c.to_handle, deliveries.c.handle)
    for column in columns:
        assert sorted(await store.read(read, column)) == ["", "grace@example.com"]
    assert sorted(map(bytes, await store.read(read, raw_inbound.c.body))) == [b"", b"grace@example.com"]

"""hub.store.search: one word however it is spelled, on both engines."""

import pytest

from hub.ids import new_id
from hub.store.search import search_customers, search_messages
from hub.store.tables import addresses, customers, messages
from tests.people import ADA

AT = 1_795_000_000_000


def add_person(conn, name, email=ADA.email):
    id = new_id()
    conn.execute(customers.insert(), {"id": id, "name": name, "created_at": AT, "updated_at": AT})
    address = {"id": new_id(), "customer_id": id, "kind": "email", "handle": email, "created_at": AT}
    conn.execute(addresses.insert(), address)
    return id


def add_text(conn, customer_id, text, kind="text"):
    row = {
        "id": new_id(),
        "customer_id": customer_id,
        "channel": "mail",
        "channel_type": "email",
        "direction": "in",
        "kind": kind,
        "text": text,
        "occurred_at": AT,
        "created_at": AT,
    }
    conn.execute(messages.insert(), row)
    return row["id"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Frau Müller schreibt", "müller"),
        ("Frau Müller schreibt", "mueller"),
        ("Frau MÜLLER schreibt", "Müll"),
        ("Frau Mueller schreibt", "MÜLLER"),
        ("In der Straße", "strasse"),
        ("IN DER STRASSE", "straße"),
        ("Herr Wéber", "weber"),
        ("Herr Weber", "wéber"),
        ("decomposed Mu\u0308ller", "müller"),
        ("write to ada@example.com today", "example"),
        ("write to ada@example.com today", "ada@example.com"),
        ("order A-1234/56 is late", "1234"),
        ("Привет мир", "привет"),
        ("Привет мир", "МИР"),
        ('it\'s "quoted" -- and; (odd)', "quoted odd"),
    ],
)
async def test_a_word_is_found_however_it_is_spelled(store, text, query):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, text)

    assert [found.id for found in await store.read(search_messages, query, None, 10)] == [id]


@pytest.mark.parametrize("query", ["", "   ", '"', "*", "a:b & | !", "') --", "\\", "nothing", "AND OR NOT", "NEAR("])
async def test_odd_queries_find_nothing_and_break_nothing(store, query):
    customer = await store.write(add_person, "Ada")
    await store.write(add_text, customer, "hello")

    assert await store.read(search_messages, query, None, 10) == []


async def test_messages_come_newest_first_and_page_by_page(store):
    customer = await store.write(add_person, "Ada")
    ids = [await store.write(add_text, customer, f"parcel {n}") for n in range(5)]

    first = await store.read(search_messages, "parcel", None, 3)
    rest = await store.read(search_messages, "parcel", first[-1].id, 3)

    assert [found.id for found in [*first, *rest]] == ids[::-1]


async def test_an_edited_text_is_found_by_its_new_words_only(store):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, "before")
    await store.write(lambda conn: conn.execute(messages.update().where(messages.c.id == id).values(text="after")))

    assert await store.read(search_messages, "before", None, 10) == []
    assert [found.id for found in await store.read(search_messages, "after", None, 10)] == [id]


async def test_a_deleted_text_is_not_found(store):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, "secret")
    await store.write(lambda conn: conn.execute(messages.delete().where(messages.c.id == id)))

    assert await store.read(search_messages, "secret", None, 10) == []


async def test_campaign_texts_are_not_indexed(store):
    customer = await store.write(add_person, "Ada")
    await store.write(add_text, customer, "newsletter", "campaign")

    assert await store.read(search_messages, "newsletter", None, 10) == []


@pytest.mark.parametrize("query", ["ada", "lovel", "LOVELACE ada", "ada@ex", "ada@example.com"])
async def test_a_customer_is_found_by_name_or_address(store, query):
    customer = await store.write(add_person, "Ada Lovelace")
    await store.write(add_person, "Grace Hopper", "grace@example.org")

    assert [found[0] for found in await store.read(search_customers, query, 10)] == [customer]

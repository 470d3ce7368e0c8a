"""hub.store.search: one word however it is spelled, on both engines."""

import asyncio
import unicodedata
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, event, select

from hub.ids import new_id
from hub.store.lists import Filter, list_conversations, list_customers
from hub.store.narrowing import Narrowing, list_newest
from hub.store.personal import forget_customer
from hub.store.search import search_customers, search_messages
from hub.store.search_index import ALONE, index_pending, read_indexed
from hub.store.search_merge import has_grown, mark_unmerged, merge_step
from hub.store.tables import customers, message_words, messages, word_parts
from hub.store.visibility import EVERYTHING
from tests.texts import add_conversation, add_file, add_person, add_text, change


async def found_by(store, query):
    while await store.write(index_pending, 500):
        pass
    return [found.id for found in await store.read(search_messages, query, None, 10)]


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

    assert await found_by(store, query) == [id]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Der Störungsmelder blinkt.", "storungsmelder"),
        ("Der Störungsmelder blinkt.", "stoerungsmelder"),
        ("Der Stoerungsmelder blinkt.", "storung"),
        ("Frau Mueller", "muller"),
        ("Jørgen aus Tromsø", "tromso"),
        ("Łódź i Gdańsk", "lodz"),
        ("Şişli, İstanbul", "istanbul"),
        ("у меня ёлка", "елка"),
        ("у меня елка", "ЁЛКА"),
        ("Ο λογαριασμός μου", "λογαριασμος"),
        ("הַחֶשְׁבּוֹן שֶׁלִּי", "החשבון"),
        ("أين الطَّلَب؟", "الطلب"),
        ("soft\u00adhyphen", "softhyphen"),
        ("ﬁnal oﬃce", "office"),
        ("Herr Nygaard", "Nygård"),
        ("Herr Nygård", "nygaard"),
        ("Oel für den Motor", "Öl"),
        ("Fruehstück", "Frühstueck"),
        ("سلام عليك", "سلام علیک"),
        ("این کتاب", "كتاب"),
        ("المدرسة", "المدرسه"),
    ],
)
async def test_a_word_is_found_without_its_accents(store, text, query):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, text)

    assert await found_by(store, query) == [id]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("你好，我的订单号是一二三。请帮忙。", "订单号"),
        ("你好，我的订单号是一二三。请帮忙。", "单"),
        ("注文した商品がまだ届きません", "商品"),
        ("ｶﾞｽ料金のﾃﾚﾋﾞ広告", "ガス"),
        ("ガス料金のテレビ広告", "ﾃﾚﾋﾞ"),
        ("りんごジュース", "ジュース"),
        ("배송조회가 안 됩니다", "조회"),
        ("สวัสดีครับผมต้องการคืนสินค้า", "สินค้า"),
        ("ＡＢＣ１２３ 全角", "abc123"),
        ("iPhone壳坏了", "壳坏"),
        ("Der Donaudampfschifffahrtskapitän", "schiff"),
        ("Auftragsbestätigung", "bestatigung"),
        ("Auftragsbestätigung", "stat"),
        ("das neue iPhone15", "phone"),
        ("Bestellnummer B2026X77", "2026"),
    ],
)
async def test_a_part_of_a_word_is_found_inside_it(store, text, query):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, text)

    assert await found_by(store, query) == [id]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Meine E-Mail-Adresse", "email"),
        ("Meine E-Mail-Adresse", "emailadresse"),
        ("Meine Emailadresse", "E-Mail-Adresse"),
        ("Das Wi\u2011Fi geht nicht", "wifi"),
        ("Das Wifi geht nicht", "Wi-Fi"),
        ("Mr. O’Brien", "obrien"),
        ("Mr. OBrien", "O'Brien"),
        ("п'ять квитків", "пʼять"),
        ("пʼять квитків", "п’ять"),
    ],
)
async def test_a_word_is_found_whether_its_parts_are_joined_or_not(store, text, query):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, text)

    assert await found_by(store, query) == [id]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Das kostet 1.299,00 €", "1299"),
        ("Das kostet 1.299,00 €", "1299,00"),
        ("Das kostet 1 299 €", "1299"),
        ("Das kostet 1299 Euro", "1.299"),
        ("Rechnung RE-2024-0815", "RE20240815"),
        ("Rechnung RE20240815", "RE-2024-0815"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("DE89370400440532013000", "DE89 3704 0044 0532 0130 00"),
        ("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
        ("my XR-7 broke", "xr7"),
        ("my xr 7 broke", "XR7"),
        ("my xr7 broke", "XR-7"),
        ("my XR7 broke", "xr 7"),
        ("mein iPhone15 ist kaputt", "iPhone 15"),
        ("mein iPhone 15 ist kaputt", "iphone15"),
        ("KB500-2", "KB-500/2"),
        ("AB 1234 bitte", "AB1234"),
        ("die X25", "X-25"),
        ("Hauptstr. 4711B", "4711-B"),
        ("Hauptstr. 4711-B", "4711B"),
        ("Hauptstraße 12 b", "Hauptstraße 12b"),
        ("Hauptstraße 12b", "Hauptstraße 12 b"),
        ("Betrag 1.299 EUR", "Betrag 1299"),
        ("Order 12-345", "order 12345"),
        ("Order 12-345", "order12345"),
        ("call (202) 555-0101", "1-202-555-0101"),
        ("тел. +7 495 1234567", "8 (495) 123-45-67"),
        ("0170 1234567", "491701234567"),
        ("Tel. 0170 123 45 67", "4567"),
    ],
)
async def test_a_number_is_found_however_it_is_grouped(store, text, query):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, text)

    assert await found_by(store, query) == [id]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Auftrag", "rag"),
        ("订单号", "号订"),
        ("订单。号", "单号"),
        ("Müller", "mueler"),
        ("1234567", "456 7"),
        ("neun", "neue"),
        ("am 12. und 99 mal", "1299"),
        ("RE-2024-0815", "AB20240815"),
        ("e Mail", "email"),
        ("my XR-8 broke", "xr7"),
        ("a 4-pack of toner", "A4"),
        ("Weg 12-C in Berlin", "12b"),
    ],
)
async def test_what_was_not_written_is_not_found(store, text, query):
    customer = await store.write(add_person, "Ada")
    await store.write(add_text, customer, text)

    assert await found_by(store, query) == []


WRITTEN = (
    "+49 170 1234567",
    "0170/1234567",
    "0170 123 45 67",
    "+491701234567",
    "0049 170 1234567",
    "+49 (0)170-123 45 67",
)
WRITTEN += ("(0170) 123-4567", "0170.123.4567", "+49\u00a0170\u00a01234567", "01701234567", "٠١٧٠ ١٢٣٤٥٦٧")


@pytest.mark.parametrize("query", WRITTEN)
async def test_a_phone_number_is_found_in_any_spelling(store, query):
    customer = await store.write(add_person, "Ada")
    ids = [await store.write(add_text, customer, f"Ruf an: {number}, bitte") for number in WRITTEN]
    await store.write(add_text, customer, "Ruf an: 0170 1234568, bitte")

    assert await found_by(store, query) == ids[::-1][:10]


@pytest.mark.parametrize("query", [*WRITTEN, "0170/123", "+49 170 123", "1701234567", "4917012"])
async def test_a_customer_is_found_by_the_phone_number(store, query):
    customer = await store.write(add_person, "Ada", "+491701234567", "sms")
    await store.write(add_person, "Grace", "+491719876543", "sms")
    await store.write(index_pending)

    assert [found[0] for found in await store.read(search_customers, query, 10)] == [customer]


async def test_folded_text_and_file_names_are_found(store):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, "See below", quoted="> the Sägeblatt is blunt")
    await found_by(store, "below")
    await store.write(add_file, customer, id, "Reparaturrechnung_2026-11.pdf")

    for query in ("sageblatt", "rechnung 2026", "reparatur below", "pdf"):
        assert await found_by(store, query) == [id]


@pytest.mark.parametrize("query", ["", "   ", '"', "*", "a:b & | !", "') --", "\\", "nothing", "AND OR NOT", "NEAR("])
async def test_odd_queries_find_nothing_and_break_nothing(store, query):
    customer = await store.write(add_person, "Ada")
    await store.write(add_text, customer, "hello")

    assert await found_by(store, query) == []


async def test_messages_come_newest_first_and_page_by_page(store):
    customer = await store.write(add_person, "Ada")
    ids = [await store.write(add_text, customer, f"parcel {n}") for n in range(5)]
    await store.write(index_pending)

    first = await store.read(search_messages, "parcel", None, 3)
    rest = await store.read(search_messages, "parcel", first[-1].id, 3)

    assert [found.id for found in [*first, *rest]] == ids[::-1]


async def test_a_beginning_that_very_many_words_share_is_found_in_old_texts_too(store):
    customer = await store.write(add_person, "Ada")
    letters = "abcdefghijklmnopqrst"
    words = [f"quer{one}{two}{three}" for one in letters[:5] for two in letters for three in letters]
    old = await store.write(add_text, customer, " ".join(words))
    await store.write(lambda conn: [add_text(conn, customer, f"nothing {number}") for number in range(1_200)])

    for query in ("quer", "qu", "quer quera", "qu nothing"):
        assert await found_by(store, query) == ([old] if query != "qu nothing" else [])


@pytest.mark.parametrize("engine", ["postgresql"])  # SQLite has no numbers to compare
@pytest.mark.parametrize("query", ["quer", "uera", "quer nothing"])
async def test_texts_without_the_words_are_not_read_for_a_part_of_very_many(store, query):
    """Only the very newest are: to read them all again took most of the time of a search."""
    customer = await store.write(add_person, "Ada")
    letters = "abcdefghijklmnopqrst"
    words = [f"quera{one}{two}{three}" for one in letters[:3] for two in letters for three in letters]
    old = await store.write(add_text, customer, " ".join([*words, "nothing"]))
    await store.write(lambda conn: [add_text(conn, customer, f"nothing {number}") for number in range(1_200)])
    await found_by(store, "other")

    with counted() as asked:
        assert await found_by(store, query) == [old]
    assert len([statement for statement in asked if "FROM message_contents" in statement]) <= 5


async def test_an_edited_text_is_found_by_its_new_words_only(store):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, "before 1234567 订单")
    assert await found_by(store, "before") == [id]
    await store.write(change, messages, id, text="in between")
    await store.write(change, messages, id, text="after 7654321")

    for query in ("before", "1234567", "订单", "between"):
        assert await found_by(store, query) == []
    assert await found_by(store, "after 7654321") == [id]


async def test_a_deleted_text_is_not_found_and_leaves_no_word(store):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, "secret")
    other = await store.write(add_text, customer, "secretary")
    await found_by(store, "secret")
    await store.write(lambda conn: conn.execute(messages.delete().where(messages.c.id == id)))

    assert await found_by(store, "secret") == [other]
    kept = await store.read(lambda conn: set(conn.scalars(select(word_parts.c.word))))
    assert "secret" not in kept
    assert "secretary" in kept


@pytest.mark.parametrize("rows", [(1, 300), (1, 150, 17_000, 40_000, 270_000, 600_000)])
async def test_each_text_is_found_once_however_far_back_it_is(store, rows):
    """Rows of the index are numbered; what was deleted leaves gaps."""
    customer = await store.write(add_person, "Ada")
    ids = [await store.write(add_text, customer, f"parcel {row} 订单") for row in rows]
    table = message_words
    for row, id in zip(rows, ids, strict=True):
        await store.write(
            lambda conn, row=row, id=id: conn.execute(table.update().where(table.c.id == id).values(n=-row))
        )
    await store.write(lambda conn: conn.execute(table.update().values(n=-table.c.n)))

    for query in ("parcel", "arce", "订单"):
        assert await found_by(store, query) == ids[::-1]
    first = await store.read(search_messages, "parcel", None, 2)
    rest = await store.read(search_messages, "parcel", first[-1].id, 10)
    assert [found.id for found in [*first, *rest]] == ids[::-1]


async def test_campaign_texts_are_not_indexed(store):
    customer = await store.write(add_person, "Ada")
    await store.write(add_text, customer, "newsletter", "campaign")

    assert await found_by(store, "newsletter") == []


@pytest.mark.parametrize("query", ["ada", "lovel", "LOVELACE ada", "ada@ex", "ada@example.com", "lace", "ada example"])
async def test_a_customer_is_found_by_name_or_address(store, query):
    customer = await store.write(add_person, "Ada Lovelace")
    await store.write(add_person, "Grace Hopper", "grace@example.org")
    await store.write(index_pending)

    assert [found[0] for found in await store.read(search_customers, query, 10)] == [customer]


def employ(conn, id, company):
    fields = {"plan": "gold", **({"company": company} if company else {})}
    conn.execute(customers.update().where(customers.c.id == id).values(fields=fields))


@pytest.mark.parametrize("query", ["müller", "mueller söhne", "sohne", "ada müller", '"muller & co"'])
async def test_a_customer_is_found_by_the_company_as_long_as_it_is_theirs(store, query):
    ada = await store.write(add_person, "Ada Lovelace")
    await store.write(add_person, "Grace Hopper", "grace@example.org")
    await store.write(index_pending)
    await store.write(employ, ada, 'Müller & Söhne "Muller & Co"')
    await store.write(index_pending)
    assert [found[0] for found in await store.read(search_customers, query, 10)] == [ada]

    await store.write(employ, ada, "")
    await store.write(index_pending)
    assert await store.read(search_customers, query, 10) == []


async def test_another_field_leaves_what_is_searched_alone(store):
    """Imports change fields by the thousand; what nobody searches for is not noted as changed."""
    ada = await store.write(add_person, "Ada Lovelace")
    await store.write(employ, ada, "Analytical Engines")
    await store.write(index_pending)
    await store.write(
        lambda conn: conn.execute(customers.update().values(fields={"company": "Analytical Engines"})) and None
    )

    assert await store.write(index_pending) == 0


LETTERS = st.characters(codec="utf-8", categories=["Lu", "Ll", "Lo", "Nd"])
WORDS = st.text(LETTERS, min_size=1, max_size=12)


def unaccented(word):
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.text(max_size=20), word=WORDS, after=st.text(max_size=20))
async def test_any_word_is_found_and_its_unaccented_form(store, before, word, after):
    customer = await store.write(add_person, "Ada", f"{new_id()}@example.com")
    text = f"{before} {word} {after}".replace("\0", "")
    id = await store.write(add_text, customer, text)

    for query in (word, word.upper(), unaccented(word)):
        assert id in await found_by(store, query), query


async def test_what_came_last_is_found_whatever_its_id(store):
    """Ids are made by many processes, whose clocks differ; a restored store has its rows in another order."""

    def add(conn, id, name):
        conn.execute(customers.insert().values(id=id, name=name, created_at=0, updated_at=0))

    await store.write(add, "f" * 32, "Grace Hopper")
    await store.write(add, "0" * 32, "Ada Lovelace")
    await store.write(index_pending)

    found = await store.read(search_customers, "lovelace", 10)
    assert [name for _, name, _ in found] == ["Ada Lovelace"]


CHANGES = (
    "UPDATE customers SET name = 'Grace Hopper' WHERE id = '{customer}'",
    "UPDATE addresses SET handle = 'grace@example.com' WHERE customer_id = '{customer}'",
    "INSERT INTO addresses (id, customer_id, kind, handle, created_at) VALUES ('new', '{customer}', 'sms', 'grace', 0)",
)


@pytest.mark.parametrize("engine", ["postgresql"])  # two who write at a time
@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_changed_while_a_customer_is_indexed_is_found_afterwards(store, store_url, change):
    customer = await store.write(add_person, "Ada Lovelace")
    async with somebody_else(store_url) as (others, commit):
        await others.execute(change.format(customer=customer))
        await store.write(index_pending)
        await commit()
    await store.write(index_pending)

    assert [found[0] for found in await store.read(search_customers, "grace", 10)] == [customer]


@pytest.mark.parametrize("engine", ["postgresql"])
async def test_what_two_change_at_a_time_is_found_afterwards(store, store_url):
    customer = await store.write(add_person, "Ada Lovelace")
    await store.write(index_pending)
    async with somebody_else(store_url) as (first, commit), somebody_else(store_url) as (second, commit_too):
        await first.execute(CHANGES[0].format(customer=customer))
        waiting = asyncio.create_task(second.execute(CHANGES[1].format(customer=customer)))
        await asyncio.sleep(0.05)  # whether it waits already or comes later: both are found
        await commit()
        await waiting
        await store.write(index_pending)
        await commit_too()
    await store.write(index_pending)

    for query in ("hopper", "grace@example.com"):
        assert [found[0] for found in await store.read(search_customers, query, 10)] == [customer], query
    kept = await store.read(lambda conn: set(conn.scalars(select(word_parts.c.word))))
    assert "lovelace" not in kept


@pytest.mark.parametrize("engine", ["postgresql"])
async def test_a_search_does_not_wait_for_somebody_who_indexes(store, store_url):
    customer = await store.write(add_person, "Ada Lovelace")
    await store.write(index_pending)
    await store.write(add_person, "Ada Byron", "byron@example.com")
    async with somebody_else(store_url) as (others, _):
        await others.execute("SELECT pg_advisory_xact_lock($1)", ALONE["lock"])
        found = await read_indexed(store, "ada", search_customers, "ada", 10)

    assert [id for id, *_ in found] == [customer]
    assert len(await read_indexed(store, "ada", search_customers, "ada", 10)) == 2


LETTERED = str.maketrans("0123456789", "abcdefghij")  # numbers are not among the plain words


async def test_many_words_are_forgotten_in_as_many_statements_as_few(store):
    async def statements(count):
        """Of erasing somebody who wrote so many words, half of which others write as well."""
        customer = await store.write(add_person, "Ada", f"{new_id()}@example.com")
        others = await store.write(add_person, "Grace", f"{new_id()}@example.com")
        mine = ["wort" + str(number).translate(LETTERED) for number in range(count)]
        await store.write(add_text, customer, " ".join(mine))
        await store.write(add_text, others, " ".join(mine[: count // 2]))
        await found_by(store, "wort")
        with counted() as asked:
            await store.write(forget_customer, customer, "admin", 0)
        kept = await store.read(lambda conn: set(conn.scalars(select(word_parts.c.word))))
        assert {word for word in kept if word.startswith("wort")} == set(mine[: count // 2])
        await store.write(forget_customer, others, "admin", 0)
        return len(asked)

    assert await statements(120) == await statements(600)


@contextmanager
def counted():
    """The statements that are run meanwhile."""
    asked = []

    def note(conn, cursor, statement, *rest):
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@asynccontextmanager
async def somebody_else(url):
    """(a connection in a transaction, how to commit it)."""
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection, transaction.commit
    finally:
        await connection.close()


# the first of each holds all pieces of the second, and not the word
ALMOST = [("订单 单号", "订单号"), ("12345 23456", "123456")]


@pytest.mark.parametrize(("almost", "query"), ALMOST)
async def test_a_list_of_customers_holds_none_who_only_seems_to_match(store, almost, query):
    right = [await store.write(add_person, f"Ada {query}", f"ada{number}@example.com") for number in range(2)]
    for number in range(3):
        await store.write(add_person, f"Grace {almost}", f"grace{number}@example.com")
    await store.write(index_pending)

    first = await store.read(list_customers, query, "", None, 1)
    rest = await store.read(list_customers, query, "", first[0].id, 5)
    assert [customer.id for customer in (*first, *rest)] == right[::-1]


@pytest.mark.parametrize(("almost", "query"), ALMOST)
async def test_a_list_of_conversations_holds_none_that_only_seems_to_match(store, almost, query):
    ada = await store.write(add_person, "Ada")
    grace = await store.write(add_person, f"Grace {query}", "grace@example.com")
    hopper = await store.write(add_person, f"Hopper {almost}", "hopper@example.com")
    right = [
        await store.write(add_conversation, ada, "hello", f"It is about {query}", "thanks"),
        await store.write(add_conversation, grace, "hello"),
    ]
    for who in (ada, hopper, ada):
        await store.write(add_conversation, who, f"It is about {almost}", "hello")
    await store.write(index_pending)

    first = await store.read(list_conversations, Filter(q=query), None, 1)
    place = (first[0].last_message_at, first[0].id)
    rest = await store.read(list_conversations, Filter(q=query), place, 5)
    assert [conversation.id for conversation in (*first, *rest)] == right[::-1]


async def test_a_recipient_is_found_in_any_case(store):
    customer = await store.write(add_person, "Ada")
    id = await store.write(add_text, customer, "Hallo")
    await store.write(change, messages, id, to_handle="DE.AbC134912086553")

    for part in ("DE.AbC", "de.abc"):
        assert await store.read(list_newest, Narrowing(to=(part,)), None, 10, EVERYTHING) == [id]


async def test_an_index_that_has_grown_becomes_one_piece_and_finds_the_same(store):
    customer = await store.write(add_person, "Ada")
    ids = []
    for number in range(6):
        ids.append(await store.write(add_text, customer, f"Waschmaschine{number} defekt"))
        await store.write(index_pending)
    on_sqlite = store.dialect == "sqlite"

    assert await store.read(has_grown, 5) == on_sqlite
    assert not await store.read(has_grown)  # a few thousand are quickly asked
    if on_sqlite:
        await store.write(mark_unmerged)
        while await store.write(merge_step):
            pass
        assert await store.read(pieces) == 1
    assert not await store.read(has_grown, 5)
    assert await found_by(store, "maschine") == ids[::-1]


def pieces(conn):
    """How many FTS5 looks a word up in."""
    return conn.exec_driver_sql("SELECT count(DISTINCT segid) FROM message_search_idx").scalar_one()

"""hub.store.migrate: the revisions lead to the schema the code believes in, on both engines, once, and never back."""

import sqlite3
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import column, table, text

from hub.errors import ConfigError
from hub.ids import new_id
from hub.store.database import open_store
from hub.store.migrate import FOLDER, is_current, migrate, revisions
from hub.store.search import search_customers, search_messages
from hub.store.search_index import index_pending
from hub.store.sqlite import create_sqlite_engine
from hub.store.tables import metadata
from tests import servers
from tests.texts import add_person, add_text

ROOT = Path(__file__).parents[2]
OWN = ("_search", "alembic_version")  # tables that only the database knows: search indexes
FIRST_INDEX = (
    "CREATE TABLE message_search_keys(n INTEGER PRIMARY KEY, id VARCHAR(32) NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE message_search USING fts5(words, content='', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER messages_search_insert AFTER INSERT ON messages WHEN new.kind <> 'campaign' "
    "BEGIN INSERT INTO message_search_keys(id) VALUES (new.id); END",
)
_numbers = count(1)


@pytest.fixture
def empty_url(engine, request, tmp_path):
    if engine == "sqlite":
        return f"sqlite:///{tmp_path}/deep/down/hub.db"
    server = request.getfixturevalue("postgresql_server")
    name = f"empty_{next(_numbers)}"
    servers.execute(server, f"CREATE DATABASE {name}")
    return f"{server}/{name}"


def differences(conn):
    """What alembic would still change; search tables and indexes on expressions are the database's own."""
    context = MigrationContext.configure(conn, opts={"include_name": included, "compare_type": True})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*expression-based index")
        return compare_metadata(context, metadata)


def included(name, type_, parents):
    return not (type_ == "table" and any(part in name for part in OWN)) and not (type_ == "index" and "search" in name)


async def test_revisions_lead_to_the_schema_of_the_code(store):
    assert await store.read(differences) == []
    assert await store.read(is_current)


async def move(store, revision):
    """Up or down; alembic ends SQLite's transactions by itself, so it gets a connection of its own there."""
    if store.dialect == "postgresql":
        await store.write(run_alembic, revision)
        return
    engine = create_sqlite_engine(store.path)
    with engine.connect() as conn:
        run_alembic(conn, revision)
    engine.dispose()


def run_alembic(conn, revision):
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = conn
    (command.upgrade if revision == "head" else command.downgrade)(config, revision)


async def test_texts_of_an_older_database_are_indexed_batch_by_batch_the_newest_first(store):
    await move(store, "0003")
    customer = await store.write(add_person, "Ada Lovelace")
    old, new = [await store.write(add_text, customer, f"Störungsmelder {n}") for n in range(2)]
    await move(store, "head")

    async def found():
        return [one.id for one in await store.read(search_messages, "melder", None, 10)]

    assert await found() == []
    assert await store.write(index_pending, 1) == 2
    assert await found() == [new]
    assert await store.write(index_pending, 1) == 1
    assert await found() == [new, old]
    assert await store.write(index_pending, 1) == 0
    assert [row[0] for row in await store.read(search_customers, "ada", 9)] == [customer]


async def test_companies_of_an_older_database_are_found_and_forgotten_when_it_is_one_again(store):
    await move(store, "0059")
    ada = await store.write(add_person, "Ada Lovelace")
    hired = text("UPDATE customers SET fields = :fields WHERE id = :id")
    await store.write(lambda conn: conn.execute(hired, {"id": ada, "fields": '{"company": "Engines"}'}) and None)
    await store.write(index_pending)
    assert await store.read(search_customers, "engines", 9) == []
    await move(store, "head")
    assert await store.write(index_pending) == 1
    assert [row[0] for row in await store.read(search_customers, "engines ada", 9)] == [ada]
    await move(store, "0059")
    await store.write(index_pending)
    assert await store.read(search_customers, "engines", 9) == []
    assert [row[0] for row in await store.read(search_customers, "ada", 9)] == [ada]


async def test_what_the_first_search_index_left_is_taken_away(tmp_path):
    url = f"sqlite:///{tmp_path}/hub.db"
    servers.apart(migrate, url)
    store = open_store(url)
    await store.open()
    await move(store, "0003")
    for statement in FIRST_INDEX:
        await store.write(lambda conn, statement=statement: conn.exec_driver_sql(statement) and None)
    await move(store, "head")
    customer = await store.write(add_person, "Ada")
    await store.write(add_text, customer, "hello")
    names = await store.read(lambda conn: set(conn.scalars(text("SELECT name FROM sqlite_master"))))
    await store.close()

    assert not [name for name in names if name.endswith("_search_keys") or "_search_insert" in name]


def test_many_processes_may_migrate_at_once(empty_url):
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(run_migrate, empty_url) for _ in range(4)]:
            assert done.result() == (0, "")


def run_migrate(url):
    code = f"from hub.store.migrate import migrate; migrate({url!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_current_database_is_asked_once_and_left_alone(store_url):
    code = f"import sys; from hub.store.migrate import migrate; migrate({store_url!r}); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


async def test_newer_database_is_refused(store, store_url):
    await store.write(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")) and None)
    await store.close()

    with pytest.raises(ConfigError, match="newer than this hub"):
        servers.apart(migrate, store_url)


def test_file_that_is_no_database_is_one_clear_error(tmp_path):
    (tmp_path / "hub.db").write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(ConfigError, match="cannot be used"):
        migrate(f"sqlite:///{tmp_path}/hub.db")


def test_foreign_database_is_not_touched(tmp_path):
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE customers (id INTEGER)")
    other.close()
    with pytest.raises(ConfigError, match="another program"):
        migrate(f"sqlite:///{file}")


def test_revisions_are_numbered_without_gaps():
    assert [int(name) for name in revisions()] == list(range(1, len(revisions()) + 1))


SAID = {  # an older hub's sentence -> the code, and what others said
    "": ("", ""),
    "the customer wrote first": ("wrote_first", ""),
    "the address is blocked: the customer wrote STOP": ("address_blocked", "the customer wrote STOP"),
    "gave up: 421: come back": ("gave_up", "421: come back"),
    "550 5.1.1 taken back": ("", "550 5.1.1 taken back"),
}
SORTED = {
    "nothing says otherwise": ("nothing_else", ""),
    "the list is our own: support@hub.example": ("own_list", "support@hub.example"),
    "Precedence: bulk": ("", "Precedence: bulk"),
}


async def test_sentences_of_an_older_database_become_codes_and_words_and_sentences_again(store):
    customer = await store.write(add_person, "Ada Lovelace")
    messages = {sign: await store.write(add_text, customer, sign) for sign in SORTED}
    await move(store, "0013")
    for said in SAID:
        await store.write(add_old_delivery, customer, messages["Precedence: bulk"], said)
    for sign, id in messages.items():
        old = text("UPDATE messages SET sorted_because = :sign WHERE id = :id")
        await store.write(lambda conn, old=old, row={"sign": sign, "id": id}: conn.execute(old, row) and None)
    await move(store, "head")

    assert await store.read(rows_of, "SELECT handle, reason, detail FROM deliveries") == SAID
    assert await store.read(rows_of, "SELECT text, sorted_sign, sorted_because FROM messages") == SORTED
    await move(store, "0013")
    assert await store.read(rows_of, "SELECT handle, reason FROM deliveries") == {said: (said,) for said in SAID}
    await move(store, "head")


def rows_of(conn, query):
    return {row[0]: tuple(row[1:]) for row in conn.execute(text(query))}


def add_old_delivery(conn, customer, message, said):
    """As version 0013 kept it; handle: the sentence, to tell them apart."""
    row = {"id": new_id(), "message_id": message, "customer_id": customer, "handle": said, "reason": said}
    row |= {"channel": "line", "channel_type": "sms", "kind": "sms", "state": "failed"}
    row |= dict.fromkeys(("due_at", "give_up_at", "created_at", "changed_at"), 1)
    conn.execute(table("deliveries", *map(column, row)).insert(), row)

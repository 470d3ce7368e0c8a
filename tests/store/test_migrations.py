"""hub.store.migrate: the revisions lead to the schema the code believes in, on both engines, once, and never back."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from hub.errors import ConfigError
from hub.store.migrate import is_current, migrate, revisions
from hub.store.tables import metadata
from tests import servers

ROOT = Path(__file__).parents[2]
OWN = ("_search", "alembic_version")  # tables that only the database knows: search indexes
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
    return compare_metadata(context, metadata)


def included(name, type_, parents):
    return not (type_ == "table" and any(part in name for part in OWN)) and not (type_ == "index" and "search" in name)


async def test_revisions_lead_to_the_schema_of_the_code(store):
    assert await store.read(differences) == []
    assert await store.read(is_current)


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

"""What every test may ask for: a store on both engines, Redis, a clock that stands still.

Two engines, one suite: whatever asks for `store` or `store_url` runs on SQLite and on PostgreSQL. The servers
are real, started once per test process, and each test gets a fresh database copied from a migrated template.
Passwords are hashed in the ordinary way at a thousandth of the cost, except where a hub runs as a process of its own.

Property tests try the same examples every time, so that a red run can be repeated; new ones are looked for with
`./test --hypothesis-profile=default`.
"""

import gc
import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher

from hub import passwords
from hub.clock import FakeClock
from hub.store.database import Store, open_store
from hub.store.migrate import migrate
from tests import servers

ENGINES = ("sqlite", "postgresql")
LONGEST = (  # files
    *("test_schemathesis.py", "test_commands.py", "test_matrix.py", "test_accessibility.py", "test_crash.py"),
    *("test_imports.py", "test_odd_bytes.py", "test_story.py", "test_calls.py", "test_campaign.py", "test_data.py"),
    *("test_queries.py", "test_configuration.py", "test_who_wrote.py", "test_tables_people_have.py"),
    *("test_visibility.py", "test_search.py"),
)
_numbers = count(1)

hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_collection_finish() -> None:
    """Ten thousand tests and what they import stay: the garbage collector need not look through them every time."""
    gc.freeze()
    gc.set_threshold(10_000)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What a test has counted (record_property) stands below the results, in whichever process it ran."""
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "counted":
                terminalreporter.write_line(f"{report.nodeid}: {value}")


@pytest.fixture(autouse=True, scope="session")
def cheap_hashes() -> Iterator[PasswordHasher]:
    """The real hasher, for a test of what a hash costs."""
    real, passwords.hasher = passwords.hasher, PasswordHasher(time_cost=1, memory_cost=32, parallelism=1)
    yield real
    passwords.hasher = real


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file; copying it is how a test gets its own."""
    file = tmp_path_factory.mktemp("template") / "hub.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a throw-away server, without a database name."""
    with servers.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a migrated database on that server; copying it is how a test gets its own."""
    servers.execute(postgresql_server, "CREATE DATABASE hub_template")
    servers.apart(migrate, f"{postgresql_server}/hub_template")
    return "hub_template"


@pytest.fixture(scope="session")
def used_databases() -> list[str]:
    """Names of databases that an earlier test has left and that were emptied."""
    return []


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a throw-away server."""
    with servers.redis() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """An empty Redis."""
    servers.flush(redis_server)
    return redis_server


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each test that asks for a store runs twice."""
    name: str = request.param
    return name


@pytest.fixture
def store_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database; for tests that start the hub as a process of its own."""
    if engine == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        yield f"sqlite:///{shutil.copy(template, tmp_path / 'hub.db')}"
        return
    server = request.getfixturevalue("postgresql_server")
    used = request.getfixturevalue("used_databases")
    if used:
        name = used.pop()
    else:
        name = f"hub_{next(_numbers)}"
        servers.copy_database(server, request.getfixturevalue("postgresql_template"), name)
    yield f"{server}/{name}"
    if servers.empty_database(server, name):
        used.append(name)
    else:
        servers.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An open store with nothing in it but the schema."""
    opened = open_store(store_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(params=ENGINES)
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A second store that does not exist yet (SQLite) or is empty (PostgreSQL)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/other/hub.db"
    server: str = request.getfixturevalue("postgresql_server")
    name = f"other_{next(_numbers)}"
    servers.execute(server, f"CREATE DATABASE {name}")
    return f"{server}/{name}"

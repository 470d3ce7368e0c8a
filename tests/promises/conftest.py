"""Proofs of docs/promises.md: real hubs in processes of their own, killed, starved and cut off on purpose.

They borrow the outsider's fake providers, each of which keeps its own log of what it saw.
"""

from collections.abc import Iterator

import pytest

from tests import servers
from tests.outsider.outside.loop import Loop
from tests.outsider.outside.postgres import Postgres


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    running = Loop()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def redis() -> Iterator[str]:
    with servers.redis() as url:
        yield url

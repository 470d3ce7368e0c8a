"""Proofs of docs/promises.md: real hubs in processes of their own, killed, starved and cut off on purpose.

They borrow the outsider's fake providers, each of which keeps its own log of what it saw.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.outsider.outside.loop import Loop
from tests.outsider.outside.postgres import Postgres
from tests.outsider.outside.world import World


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


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, loop: Loop, tmp_path: Path) -> Iterator[World]:
    """On either engine; not started yet."""
    server: Any = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    made = World(loop, tmp_path, server.create(f"promise{time.time_ns()}") if server else "", server)
    yield made
    made.close()

"""An outsider's world: fake providers, a hub started from its own configuration, clients of its interfaces.

Nothing below this folder imports the hub. What it knows is the contract page and the providers' published APIs.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """sqlite; modules that tell a main story ask for both."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="module")
def quiet_world(
    loop: Loop, engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[World]:
    """Configured, not started."""
    folder: Path = tmp_path_factory.mktemp("world")
    server: Any = request.getfixturevalue("postgres") if engine == "postgresql" else None
    made = World(loop, folder, server.create(folder.name) if server else "", server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(quiet_world: World) -> World:
    """A hub that serves."""
    return quiet_world.start()

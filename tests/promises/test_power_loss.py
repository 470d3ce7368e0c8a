"""R2: what was acknowledged survives a power cut that takes every write not yet synced; NORMAL does not."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import aiohttp
import pytest

from tests.outsider.outside.loop import Loop, until
from tests.outsider.outside.world import SMS, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HERE = Path(__file__).parent
ROUNDS, SENDERS = 4, 16


class NoCompiler(Exception):
    """gcc is not installed: apt install gcc libc6-dev"""


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """powerloss.c as a library to preload."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise NoCompiler(NoCompiler.__doc__)
    library = tmp_path_factory.mktemp("shim") / "powerloss.so"
    words = [compiler, "-Wall", "-Werror", "-O2", "-shared", "-fPIC", "-o", library, HERE / "powerloss.c", "-ldl"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
    assert done.returncode == 0, f"powerloss.c does not compile (packages gcc and libc6-dev):\n{done.stderr}"
    return library


class Plug:
    """A hub whose disk forgets at the moment of the cut whatever was not synced."""

    def __init__(self, loop: Loop, folder: Path, shim: Path, synchronous: str) -> None:
        self.world = World(loop, folder, f"sqlite:///data/hub.db?synchronous={synchronous}" if synchronous else "")
        self.data, self.shadow = folder / "data", folder / "shadow"
        self.env = {"HUB_TESTING": "1"}
        self.world.hub.env = dict(self.env)
        self.watched = {
            "LD_PRELOAD": str(shim),
            "POWERLOSS_WATCH": str(self.data),
            "POWERLOSS_SHADOW": str(self.shadow),
        }
        self.acknowledged: list[str] = []
        self.number = 0

    def life(self) -> None:
        """Serve under load, then lose the power."""
        shutil.rmtree(self.shadow, ignore_errors=True)
        self.shadow.mkdir()
        self.world.start(env=self.watched)
        load = self.world.loop.start(self._load())
        wanted = len(self.acknowledged) + 150
        until(lambda: len(self.acknowledged) >= wanted, 60)
        self.world.hub.kill()
        load.result(30)
        self._forget()

    def _forget(self) -> None:
        """Put back what had been synced; a file never synced is gone."""
        synced = {file.name for file in self.shadow.iterdir()}
        for file in self.data.iterdir():
            if file.name in synced:
                shutil.copyfile(self.shadow / file.name, file)
            elif file.name.startswith("hub.db"):
                if file.name == "hub.db":
                    continue  # written and synced by an earlier life
                file.unlink()

    async def _load(self) -> None:
        await asyncio.gather(*(self._sender() for _ in range(SENDERS)))

    async def _sender(self) -> None:
        while True:
            self.number += 1
            params = self.world.twilio.inbound(f"+4915143{self.number % 50:06d}", SMS, f"power {self.number}")
            self.world.twilio.messages.clear()  # no back-fill: only the hub's own disk may remember
            try:
                answer = await self.world.twilio.deliver("/hooks/sms/message", params)
            except (aiohttp.ClientError, OSError):
                return
            if answer.status in (200, 204):
                self.acknowledged.append(params["MessageSid"])

    def kept(self) -> set[str]:
        return {row[0] for row in self.world.query("select provider_id from raw_inbound where channel = 'sms'")}


def cut_again_and_again(plug: Plug) -> set[str]:
    """What was acknowledged and is gone after several power cuts."""
    plug.world.start()
    plug.world.hub.stop()
    for _ in range(ROUNDS):
        plug.life()
        plug.world.hub.start()
        plug.world.hub.stop()
    return set(plug.acknowledged) - plug.kept()


def test_what_was_acknowledged_survives_the_loss_of_power(loop: Loop, tmp_path: Path, shim: Path) -> None:
    plug = Plug(loop, tmp_path, shim, "")

    lost = cut_again_and_again(plug)

    assert len(plug.acknowledged) >= 150 * ROUNDS
    assert lost == set()
    plug.world.close()


def test_the_proof_notices_when_full_is_taken_out(loop: Loop, tmp_path: Path, shim: Path) -> None:
    plug = Plug(loop, tmp_path, shim, "NORMAL")

    assert cut_again_and_again(plug), "with synchronous=NORMAL acknowledged messages must be lost"
    plug.world.close()

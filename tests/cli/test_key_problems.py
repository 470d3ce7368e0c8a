"""`hub check` and `hub serve`: a key that is missing, of another store, of no use or open to others is told."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import hub
from hub.store.webhooks import add_webhook
from hub.vault import Vault
from tests import servers

ROOT = Path(__file__).parents[2]


async def lock(store, key: Path) -> None:
    await store.write(add_webhook, "https://example.com/", (), Vault(key).lock("webhook", "secret"), 1)


def missing(key: Path) -> None:
    key.unlink()


def wrong(key: Path) -> None:
    key.unlink()
    Vault(key).add_key()


def broken(key: Path) -> None:
    key.write_text("no key\n")


def open_to_others(key: Path) -> None:
    key.chmod(0o644)


CASES = [
    (missing, "1 secret stays locked: the key"),
    (wrong, "1 secret stays locked: the key"),
    (broken, "holds a key that is not 32 octets"),
    (open_to_others, "is open to others (mode 644): chmod 600"),
]


def words(folder: Path, url: str) -> dict[str, str]:
    return {"HUB_STORE__URL": url, "HUB_KEYRING": str(folder / "hub.key"), "HUB_WEB__PORT": "0"}


@pytest.mark.parametrize(("spoil", "told"), CASES)
async def test_check_says_what_is_wrong_with_the_key(store, store_url, tmp_path, spoil, told):
    await lock(store, tmp_path / "hub.key")
    spoil(tmp_path / "hub.key")
    done = await asyncio.to_thread(CliRunner().invoke, hub, ["check"], env=words(tmp_path, store_url))

    assert done.exit_code == 1
    assert "key: WRONG" in done.output
    assert told in done.output
    assert str(tmp_path / "hub.key") in done.output


async def test_check_has_nothing_to_say_about_the_right_key(store, store_url, tmp_path):
    await lock(store, tmp_path / "hub.key")
    done = await asyncio.to_thread(CliRunner().invoke, hub, ["check"], env=words(tmp_path, store_url))

    assert "key: ok" in done.output
    assert done.exit_code == 0


@pytest.mark.parametrize(("spoil", "told"), CASES)
async def test_serve_says_what_is_wrong_with_the_key_and_starts(store, store_url, tmp_path, spoil, told):
    await lock(store, tmp_path / "hub.key")
    spoil(tmp_path / "hub.key")
    log = tmp_path / "log"
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **words(tmp_path, store_url)}
    command = [sys.executable, "-m", "hub", "serve"]

    def serve() -> None:
        with servers.running(command, log, stop=signal.SIGTERM, env=environment, cwd=tmp_path):
            servers.wait_until(lambda: told in log.read_text(), "the key's problem")

    await asyncio.to_thread(serve)

    assert "hub is running at" in log.read_text()
    assert "Traceback" not in log.read_text()

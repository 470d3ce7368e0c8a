"""Several hubs that start at once on a store that is not there yet, with one place for the key: one store, one key."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from hub.digests import is_locked
from hub.store.database import open_store
from hub.store.locked import SIGNING
from hub.store.settings import SECRET, find_setting
from hub.vault import Vault

ROOT = Path(__file__).parents[2]
TOGETHER = 3


@contextmanager
def serving(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    told = {"HUB_STORE__URL": url, "HUB_KEYRING": str(folder / "hub.key"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "hub", "serve", "--port", "0", "--role", "web"]
    environment = {"PATH": os.environ["PATH"], **told}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as one:
        try:
            yield one
        finally:
            one.send_signal(signal.SIGTERM)
            one.communicate()


def set_up_code(one: subprocess.Popen[str]) -> str:
    """What the terminal shows: it is made of the secret that everything is signed with."""
    said = []
    assert one.stdout
    for line in one.stdout:
        said.append(line)
        if found := re.search(r"/setup\?token=(\w+)", line):
            return found[1]
    raise AssertionError("".join(said))


@pytest.mark.timeout(600)
async def test_hubs_that_start_together_make_one_store_and_one_key(other_url, tmp_path):
    with ExitStack() as stack:
        hubs = [stack.enter_context(serving(other_url, tmp_path)) for _ in range(TOGETHER)]
        codes = {set_up_code(one) for one in hubs}
    store = open_store(other_url)
    await store.open()
    kept = await store.read(find_setting, SECRET)
    await store.close()

    assert len(codes) == 1
    assert is_locked(kept)
    assert Vault(tmp_path / "hub.key").unlock(SIGNING, kept)
    assert len((tmp_path / "hub.key").read_text().split()) == 1
    assert [file.name for file in tmp_path.iterdir() if "hub.key" in file.name] == ["hub.key"]

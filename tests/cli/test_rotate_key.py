"""`hub rotate-key` and a restored copy: secrets open with the new key only, and who lacks the key is told so."""

import asyncio

import pytest
from click.testing import CliRunner

from hub.cli import hub
from hub.errors import Locked
from hub.keepsakes import Keepsakes
from hub.store.channels import add_channel_row, find_channel_row
from hub.store.webhooks import add_webhook, list_webhooks
from hub.vault import Vault


async def run(folder, url, *words):
    """The commands bring their own event loop."""
    environment = {"HUB_STORE__URL": url, "HUB_KEYRING": str(folder / "hub.key")}
    return await asyncio.to_thread(CliRunner().invoke, hub, words, env=environment)


async def fill(store, vault: Vault) -> None:
    await store.write(add_channel_row, "line", "sms", {"locked": vault.lock("channel line", "{}")}, 1)
    await Keepsakes(store, vault).mark("line", "refresh")
    await store.write(add_webhook, "https://example.com/", (), vault.lock("webhook", "secret"), 1)


async def test_everything_is_locked_with_the_new_key_and_the_old_one_let_go(store, store_url, tmp_path):
    old = Vault(tmp_path / "hub.key")
    await fill(store, old)
    before = (tmp_path / "hub.key").read_text()
    done = await run(tmp_path, store_url, "rotate-key")
    [hook] = await store.read(list_webhooks, None, 10)
    row = await store.read(find_channel_row, "line")
    new = Vault(tmp_path / "hub.key")

    assert (done.exit_code, "3 secrets" in done.output) == (0, True)
    assert (new.open("webhook", hook.secret), new.open("channel line", row.settings["locked"])) == ("secret", "{}")
    assert await Keepsakes(store, new).find("line") == "refresh"
    with pytest.raises(Locked):
        Vault(tmp_path / "hub.key", before).open("webhook", hook.secret)


async def test_without_the_old_key_nothing_is_changed(store, store_url, tmp_path):
    await fill(store, Vault(tmp_path / "lost.key"))
    [before] = await store.read(list_webhooks, None, 10)
    done = await run(tmp_path, store_url, "rotate-key")

    assert isinstance(done.exception, Locked)
    assert await store.read(list_webhooks, None, 10) == [before]
    assert not (tmp_path / "hub.key").exists()


async def test_restored_copy_says_that_the_key_is_missing(store, store_url, tmp_path):
    await fill(store, Vault(tmp_path / "lost.key"))
    assert (await run(tmp_path, store_url, "backup", str(tmp_path / "copy"))).exit_code == 0
    restored = await run(tmp_path, f"sqlite:///{tmp_path}/new.db", "restore", str(tmp_path / "copy"))

    assert restored.exit_code == 0
    assert "3 secrets stay locked" in restored.output
    assert "hub.key" in restored.output

"""`hub backup --encrypt`: nothing to read without the key, and restored whole or not at all."""

import asyncio
import stat

import pytest
from click.testing import CliRunner

from hub.cli import hub
from hub.errors import HubError, Locked, Unreadable
from hub.model import Address
from hub.store.audit import list_audit
from hub.store.customers import NewCustomer, add_owner
from hub.store.database import open_store
from hub.store.whole_customers import count_customers


@pytest.fixture
def run(store_url, tmp_path):
    """Runs a command in the folder, as a person would."""

    async def invoke(*words, url=store_url, keyring="hub.key"):
        environment = {"HUB_STORE__URL": url, "HUB_KEYRING": str(tmp_path / keyring)}
        return await asyncio.to_thread(CliRunner().invoke, hub, [str(word) for word in words], env=environment)

    return invoke


async def people_of(url) -> int:
    store = open_store(url)
    await store.open()
    try:
        return await store.read(count_customers)
    finally:
        await store.close()


async def fill(store) -> None:
    await store.write(add_owner, Address("email", "ada@example.com"), NewCustomer(name="Ada Lovelace"), 0, "test")


async def test_encrypted_backup_shows_nothing_and_comes_back_with_the_key(store, run, other_url, tmp_path):
    await fill(store)
    file = tmp_path / "copy"
    made = await run("backup", "--encrypt", file)
    kept = file.read_bytes()
    restored = await run("restore", file, url=other_url)

    assert (made.exit_code, restored.exit_code) == (0, 0), (made.output, restored.output)
    assert not [word for word in (b"Ada Lovelace", b"ada@example.com", b"SQLite format") if word in kept]
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE((tmp_path / "hub.key").stat().st_mode) == 0o600
    assert await people_of(other_url) == 1
    assert [note.deed for note in await store.read(list_audit)] == ["backed_up"]
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(("hub-backup", "copy."))]


async def test_without_the_key_restore_says_so_and_touches_nothing(store, run, other_url, tmp_path):
    await fill(store)
    file = tmp_path / "copy"
    assert (await run("backup", "--encrypt", file)).exit_code == 0
    before = sorted(path.name for path in tmp_path.rglob("*"))
    refused = await run("restore", file, url=other_url, keyring="lost.key")

    assert isinstance(refused.exception, Locked)
    assert "nothing was restored" in str(refused.exception)
    assert "lost.key" in str(refused.exception)
    assert not {"lost.key", "hub.db"} & ({path.name for path in tmp_path.rglob("*")} - set(before))


@pytest.mark.parametrize("encrypt", [True, False])
async def test_damaged_backup_is_refused_and_nothing_half_restored(store, run, tmp_path, encrypt):
    await fill(store)
    file, url = tmp_path / "copy", f"sqlite:///{tmp_path}/other/hub.db"
    assert (await run("backup", *["--encrypt"] * encrypt, file)).exit_code == 0
    whole = file.read_bytes()
    for spoiled in (whole[: len(whole) // 2], whole[: len(whole) // 2] + b"\xff" * 5_000 + whole[len(whole) // 2 :]):
        file.write_bytes(spoiled)
        refused = await run("restore", file, url=url)

        assert isinstance(refused.exception, Unreadable if encrypt else HubError), refused.output
        assert "\n" not in str(refused.exception)
        assert not (tmp_path / "other" / "hub.db").exists()

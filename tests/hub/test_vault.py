"""hub.vault: what was locked opens with its key, in its place, and with nothing else."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.errors import ConfigError, Locked
from hub.vault import Vault


def test_secret_comes_back_and_stands_nowhere_in_clear(tmp_path):
    vault = Vault(tmp_path / "deep" / "hub.key")
    locked = vault.lock("totp 1", "the secret ä")

    assert "secret" not in locked
    assert vault.lock("totp 1", "the secret ä") != locked
    assert Vault(tmp_path / "deep" / "hub.key").unlock("totp 1", locked) == "the secret ä"
    assert stat.S_IMODE((tmp_path / "deep" / "hub.key").stat().st_mode) == 0o600


def test_secret_does_not_open_in_another_place_or_altered(tmp_path):
    vault = Vault(tmp_path / "hub.key")
    locked = vault.lock("totp 1", "secret")
    for place, words in (
        ("totp 2", locked),
        ("totp 1", locked[:-6] + "AAAAA="),
        ("totp 1", locked[: locked.rindex(".") + 5]),
        ("totp 1", "ä.b.c"),
        ("totp 1", ""),
    ):
        with pytest.raises(Locked):
            vault.unlock(place, words)


def test_another_key_opens_nothing_and_the_error_names_the_key_and_the_file(tmp_path):
    locked = Vault(tmp_path / "one.key").lock("totp 1", "secret")
    other = Vault(tmp_path / "other.key")
    other.add_key()
    with pytest.raises(Locked) as refused:
        other.unlock("totp 1", locked)

    assert locked.split(".")[1] in str(refused.value)
    assert "other.key" in str(refused.value)


def test_new_key_locks_and_the_old_one_still_opens_also_in_a_process_that_runs(tmp_path):
    running = Vault(tmp_path / "hub.key")
    before = running.lock("a", "one")
    idle = Vault(tmp_path / "hub.key")
    assert idle.unlock("a", before) == "one"
    changing = Vault(tmp_path / "hub.key")
    changing.add_key()
    after = changing.lock("a", "two")

    assert running.unlock("a", after) == "two"
    assert changing.unlock("a", before) == "one"
    assert [changing.is_current(one) for one in (before, after)] == [False, True]
    changing.keep_first()
    assert Vault(tmp_path / "hub.key").unlock("a", idle.lock("a", "three")) == "three"
    with pytest.raises(Locked):
        Vault(tmp_path / "hub.key").unlock("a", before)


def test_key_from_the_environment_needs_no_file(tmp_path):
    vault = Vault(tmp_path / "hub.key", "A" * 43 + "= " + "B" * 43 + "=")

    assert vault.unlock("a", vault.lock("a", "one")) == "one"
    assert not (tmp_path / "hub.key").exists()
    with pytest.raises(ConfigError):
        vault.add_key()


@pytest.mark.parametrize("text", ["short", "ä" * 44, "A" * 44, "A" * 60])
def test_key_that_is_none_is_named_not_shown(tmp_path, text):
    with pytest.raises(ConfigError) as refused:
        Vault(tmp_path / "hub.key", text).lock("a", "one")
    assert text not in str(refused.value)


def test_many_that_need_a_first_key_at_once_find_the_same(tmp_path):
    vaults = [Vault(tmp_path / "hub.key") for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        locked = list(pool.map(lambda vault: vault.lock("a", "one"), vaults))

    assert {Vault(tmp_path / "hub.key").unlock("a", one) for one in locked} == {"one"}
    assert [path.name for path in tmp_path.iterdir()] == ["hub.key"]

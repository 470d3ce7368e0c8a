"""--config and HUB_CONFIG: found before and after the command's name, from any folder; mistakes are one line."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GOOD = '[store]\nurl = "sqlite:///data/hub.db"\n'


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "hub.toml").write_text(GOOD)
    return folder / "hub.toml"


@pytest.fixture
def hub(tmp_path):
    def run(*words, **environment):
        settings = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **environment}
        command = [sys.executable, "-m", "hub", *map(str, words)]
        return subprocess.run(
            command, env=settings, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.mark.parametrize("place", ["before", "after", "environment"])
def test_file_is_taken_from_wherever_it_is_named(hub, file, place):
    words = {"before": ("--config", file, "migrate"), "after": ("migrate", "--config", file)}.get(place, ("migrate",))
    environment = {"HUB_CONFIG": str(file)} if place == "environment" else {}

    assert hub(*words, **environment).returncode == 0
    assert (file.parent / "data" / "hub.db").exists()


def test_groups_take_the_file_too(hub, file):
    assert hub("token", "list", "--config", file).returncode == 0
    assert hub("token", "--config", file, "list").returncode == 0
    assert (file.parent / "data" / "hub.db").exists()


def test_file_named_on_the_command_line_wins(hub, file, tmp_path):
    assert hub("migrate", "--config", file, HUB_CONFIG=str(tmp_path / "none")).returncode == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[web]\nprot = 1\n", "web.prot: unknown key"),
        ('[web]\nport = "many"\n', "web.port: "),
        ("[store]\nurl = 'mysql://x'\n", "store.url: must start with"),
        ("not toml", "is not TOML"),
        ("[channels.'a/b']\ntype = 'webchat'\n", "channels.'a/b': a channel's name is"),
        ('[channels."a\\nb"]\ntype = "webchat"\n', "a channel's name is"),
        ("[channels.preferred]\ntype = 'webchat'\n", "channels.preferred: this name is reserved"),
        ("[channels.email]\ntype = 'webchat'\n", "channels.email: this name is that of a type"),
        (
            "[channels.x]\naddress = 'a'\n",
            "channels.x.type: is missing (one of email, letter, sms, telegram, telnyx, voice, webchat, whatsapp)",
        ),
        ("[store]\nurl = 'postgresql://hub@db:many/hub'\n", "store.url: Port"),
        ("[store]\nurl = 'postgresql://hub@db'\n", "store.url: names no database"),
        ("[store]\nurl = 'postgresql://hub@db/hub?sslmode=require'\n", "unknown option sslmode"),
    ],
)
def test_mistake_is_one_line_that_names_the_key(hub, file, content, words):
    file.write_text(content)
    done = hub("serve", "--config", file, "--port", "0")

    assert done.returncode == 2
    assert done.stderr.startswith(f"hub: {file}: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("wrong", ["intake.stored:x", "intake.stored:0", "intake.stored:-1", "nowhere:1", ":1"])
def test_crash_point_that_cannot_be_is_one_line(hub, file, wrong):
    done = hub("serve", "--config", file, "--port", "0", HUB_CRASH_AT=wrong, HUB_TESTING="1")

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("hub: HUB_CRASH_AT: ")


def test_mistake_in_an_address_does_not_show_its_password(hub, file):
    file.write_text("[store]\nurl = 'mysql://hub:hush@db/hub'\n")
    assert "hush" not in hub("migrate", "--config", file).stderr


@pytest.mark.parametrize(("path", "status", "words"), [("/none", 2, "does not exist"), ("//", 2, "names no database")])
def test_server_that_refuses_us_is_quoted_in_one_line(hub, postgresql_server, path, status, words):
    done = hub("migrate", HUB_STORE__URL=postgresql_server + path)

    assert (done.returncode, done.stderr.count("\n")) == (status, 1)
    assert words in done.stderr


def test_server_that_is_away_is_told_in_one_line(hub):
    done = hub("migrate", HUB_STORE__URL="postgresql://hub@127.0.0.1:1/hub")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_file_that_is_missing_is_named(hub, tmp_path):
    done = hub("migrate", "--config", tmp_path / "none.toml")

    assert done.returncode == 2
    assert "none.toml: cannot be read" in done.stderr


def test_newer_database_is_refused(hub, file):
    hub("migrate", "--config", file)
    database = sqlite3.connect(file.parent / "data" / "hub.db")
    with database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    done = hub("migrate", "--config", file)
    assert done.returncode == 2
    assert "newer than this hub" in done.stderr

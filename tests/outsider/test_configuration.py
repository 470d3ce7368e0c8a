"""Contract, "Configuration": files, environment, what a wrong key does."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.outsider.outside.hub import REPOSITORY, HubProcess, command

AGENT = ["agent", "add", "a@example.com", "--name", "A", "--role", "agent"]
MAIL = '[channels.m]\ntype = "email"\naddress = "a@example.com"\n'
PLAIN = '[store]\nurl = "sqlite:///data/hub.db"\n'


def config(folder: Path, text: str = PLAIN) -> Path:
    file = folder / "config.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[web]\nprot = 8080\n", "prot"),
        ("[wbe]\nport = 8080\n", "wbe"),
        ('[web]\nport = "many"\n', "port"),
        ('[store]\nurl = "mysql://localhost/hub"\n', "url"),
        ('[channels.news]\ntype = "carrier-pigeon"\n', "news"),
        ('[channels.news]\naddress = "a@example.com"\n', "news"),
        ('[channels.sms]\ntype = "sms"\naccount_sid = "AC1"\nauth_token = "t"\nform = "+4930901820"\n', "form"),
        ('[channels.bot]\ntype = "telegram"\ntoken = "1:a"\nmode = "pigeon"\n', "mode"),
        ("[web\nport = 1\n", "config.toml"),
        ('[web]\nbase_url = "hub.example.com"\n', "base_url"),
        ('[web]\ntrusted_proxies = ["the proxy"]\n', "trusted_proxies"),
        ('[company]\ntimezone = "Mars/Base"\n', "timezone"),
        ('[redis]\nurl = "http://127.0.0.1"\n', "redis.url"),
        ('[templates]\npath = "nowhere"\n', "templates.path"),
        (MAIL + "[channels.m.smtp]\nhost = '127.0.0.1'\nca_file = 'config.toml'\n", "channels.m.smtp.ca"),
        (MAIL + "[channels.m.listen]\ncertificate = 'nowhere.pem'\n", "channels.m.listen.certificate"),
    ],
    ids=[
        *("key", "section", "value", "engine", "type", "no type", "channel key", "channel value", "not TOML"),
        *("base_url", "proxies", "time zone", "redis", "templates", "authorities", "certificate"),
    ],
)
def test_a_wrong_key_stops_the_start_with_one_line_and_status_2(tmp_path: Path, text: str, key: str) -> None:
    file = config(tmp_path, text)

    done = command("serve", "--config", str(file), "--port", "0")

    assert done.returncode == 2
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert key in lines[0]
    assert str(file) in lines[0] or file.name in lines[0]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["migrate"], ["check"], ["token", "add", "x"], AGENT])
def test_every_command_refuses_an_unknown_key_with_status_2(tmp_path: Path, words: list[str]) -> None:
    file = config(tmp_path, PLAIN + "[web]\nprot = 8080\n")

    done = command(*words, "--config", str(file))

    assert done.returncode == 2
    assert "prot" in done.stderr
    assert "config.toml" in done.stderr


def test_a_missing_file_is_named_with_status_2(tmp_path: Path) -> None:
    done = command("serve", "--config", str(tmp_path / "nowhere.toml"))

    assert done.returncode == 2
    assert "nowhere.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_environment_key_is_refused_too(tmp_path: Path) -> None:
    done = command("migrate", "--config", str(config(tmp_path)), env={"HUB_WEB__PROT": "1"})

    assert done.returncode == 2
    assert "prot" in done.stderr.lower()


def test_relative_paths_are_relative_to_the_files_folder(tmp_path: Path) -> None:
    file = config(tmp_path)

    assert command("migrate", "--config", str(file), cwd="/").returncode == 0

    assert (tmp_path / "data" / "hub.db").is_file()


def test_a_relative_config_path_works_from_its_own_folder(tmp_path: Path) -> None:
    config(tmp_path)

    assert command("migrate", "--config", "config.toml", cwd=tmp_path).returncode == 0

    assert (tmp_path / "data" / "hub.db").is_file()


def test_hub_config_names_the_file(tmp_path: Path) -> None:
    file = config(tmp_path)

    assert command("migrate", env={"HUB_CONFIG": str(file)}).returncode == 0

    assert (tmp_path / "data" / "hub.db").is_file()


def test_hub_store_url_points_every_command_at_another_store(tmp_path: Path) -> None:
    file = config(tmp_path)
    other = {"HUB_STORE__URL": f"sqlite:///{tmp_path}/other.db"}

    assert command("migrate", "--config", str(file), env=other).returncode == 0
    assert command("token", "add", "x", "--config", str(file), env=other).returncode == 0

    assert not (tmp_path / "data").exists()
    db = sqlite3.connect(tmp_path / "other.db")
    assert db.execute("select count(*) from api_tokens").fetchone() == (1,)
    db.close()


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = config(tmp_path, PLAIN + "[web]\nport = 1\n")
    with HubProcess(file, env={"HUB_WEB__PORT": "0"}) as hub:
        hub.start()

        assert not hub.address.endswith(":1")


def test_a_secret_may_stand_in_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("sesame\n")
    text = PLAIN + '[channels.sms]\ntype = "sms"\nfrom = "+4930901820"\n'
    text += 'account_sid = "AC00000000000000000000000000000000"\n'

    without = command("serve", "--port", "0", "--config", str(config(tmp_path, text)))
    with_file = command("migrate", "--config", str(config(tmp_path, text + 'auth_token_file = "token.txt"\n')))

    assert without.returncode == 2
    assert "auth_token" in without.stderr
    assert with_file.returncode == 0, with_file.stderr


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not text"])
def test_a_wrong_secret_file_is_named_with_its_key_and_the_configuration(tmp_path: Path, content: bytes | None) -> None:
    file = config(tmp_path, 'secret_file = "secret.txt"\n' + PLAIN)
    if content is not None:
        (tmp_path / "secret.txt").write_bytes(content)

    done = command("migrate", "--config", str(file))

    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "secret_file" in done.stderr
    assert "secret.txt" in done.stderr
    assert str(file) in done.stderr


def test_trusted_proxies_may_be_named_in_the_environment_with_commas(tmp_path: Path) -> None:
    proxies = {"HUB_WEB__TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}

    assert command("migrate", "--config", str(config(tmp_path)), env=proxies).returncode == 0


def test_the_repositorys_own_configuration_runs_as_it_stands(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "config.toml", tmp_path / "config.toml")
    with HubProcess(tmp_path / "config.toml") as hub:
        hub.start("--port", "0", "--sandbox")

        assert hub.address
        assert hub.stop() == 0

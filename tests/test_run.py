"""./run: what it hands to `hub serve`, and that a second start sets nothing up again."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPY = '#!/bin/sh\n[ "$1" = -c ] && exit 0\nprintf "%s\\n" "$@" "store=${HUB_STORE__URL:-}" "config=$HUB_CONFIG"\n'


@pytest.fixture
def checkout(tmp_path):
    """A checkout that is set up, whose Python tells what it was asked to do."""
    here = tmp_path / "a checkout"
    vendor = here / "hub/web/static/vendor"
    (here / ".venv/bin").mkdir(parents=True)
    (here / ".venv/lib/python3.11/site-packages").mkdir(parents=True)
    vendor.mkdir(parents=True)
    shutil.copytree(ROOT / "tools", here / "tools")
    for name in ("run", "requirements.lock", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, here / name)
    shutil.copy(ROOT / "requirements.lock", here / ".venv/.installed-run")
    files = "".join((ROOT / name).read_text() for name in ("package.json", "package-lock.json"))
    (vendor / ".installed").write_text(f"run {files}")
    (here / ".venv/bin/python").write_text(SPY)
    (here / ".venv/bin/python").chmod(0o755)
    return here


def run(checkout, *words, cwd=None, env=None):
    command = [str(checkout / "run"), *words]
    done = subprocess.run(
        command,
        cwd=cwd or "/",
        env={"PATH": "/usr/bin:/bin", **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_start_serves_the_sandbox_with_the_checkouts_configuration(checkout):
    status, said, err = run(checkout)

    assert (status, err) == (0, "")
    assert said == ["-P", "-m", "hub", "serve", "--sandbox", "store=", f"config={checkout}/config.toml"]


def test_options_are_passed_on_as_they_are(checkout):
    _, said, _ = run(checkout, "--port", "0", "--host", "a b")
    assert said[4:9] == ["--sandbox", "--port", "0", "--host", "a b"]


@pytest.mark.parametrize("words", [("--data", "my data"), ("--data=my data",)])
def test_data_names_the_folder_of_the_store(checkout, tmp_path, words):
    _, said, _ = run(checkout, "--port", "1", *words, "--host", "h", cwd=tmp_path)

    assert said[4:9] == ["--sandbox", "--port", "1", "--host", "h"]
    assert f"store=sqlite:///{tmp_path}/my data/hub.db" in said
    assert (tmp_path / "my data").is_dir()


def test_data_without_a_folder_is_refused(checkout):
    assert run(checkout, "--data")[0] == 1


def test_configuration_of_the_environment_is_kept(checkout):
    assert "config=/etc/hub.toml" in run(checkout, env={"HUB_CONFIG": "/etc/hub.toml"})[1]


def test_changed_lock_file_is_installed_again(checkout):
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")

    _, said, err = run(checkout)

    assert "Installing the Python packages" in err
    assert "-m pip install --quiet --require-hashes" in " ".join(said)


def test_command_of_the_environment_works_from_anywhere(checkout, tmp_path):
    run(checkout)
    done = subprocess.run(
        [str(checkout / ".venv/bin/hub"), "check"],
        cwd=tmp_path,
        env={"HUB_CONFIG": ""},
        capture_output=True,
        check=True,
    )
    assert done.stdout.split()[:4] == [b"-P", b"-m", b"hub", b"check"]

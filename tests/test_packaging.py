"""The wheel: one top-level name, everything a hub needs inside, and it runs where no checkout is."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROOF = """
import asyncio, importlib.util, pathlib
import hub
assert "site-packages" in hub.__file__, hub.__file__
assert importlib.util.find_spec("channels") is None
from hub.registry import PACKAGE, find_adapter
assert PACKAGE == "hub.channels"
for type in {types}:
    assert find_adapter(type).type == type
from hub.config import Settings
from hub.rendering import page_environment, template_folders
settings = Settings()
for name in page_environment(settings).list_templates(extensions=["html"]):
    page_environment(settings).get_template(name)
assert any(template_folders(settings, "messages")[-1].iterdir())
from hub.web.assets import Assets
assert Assets().has("vendor/htmx.min.js")
from hub.store.migrate import migrate
migrate("sqlite:///" + str(pathlib.Path("hub.db").absolute()))
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [file] = folder.glob("*.whl")
    return file


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Path:
    """The python of a fresh environment that holds the wheel, and sees our dependencies but not the checkout."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/python3*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return folder / "bin" / "python"


def run(python, *words, cwd):
    return subprocess.run([python, *words], cwd=cwd, env={}, capture_output=True, text=True, timeout=60, check=False)


def test_wheel_takes_one_name_only(wheel):
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hub"}


def test_wheel_holds_adapters_templates_pages_and_migrations(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("channels", "templates"):
        assert {
            f"hub/{path.relative_to(ROOT).as_posix()}"
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        } <= names
    assert any(name.startswith("hub/store/migrations/versions/") for name in names)
    assert "hub/web/static/vendor/htmx.min.js" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".db")]


def test_wheel_carries_the_licence_and_the_command(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        folder = metadata.partition("/")[0]
        assert "License-Expression: Apache-2.0" in archive.read(metadata).decode()
        assert b"hub = hub.cli:main" in archive.read(f"{folder}/entry_points.txt")
        assert any(name.startswith(f"{folder}/licenses/") for name in archive.namelist())


def test_installed_hub_opens_every_channel_and_page(installed, tmp_path):
    types = [path.stem for path in (ROOT / "channels").iterdir() if not path.name.startswith("_")]
    done = run(installed, "-c", PROOF.format(types=types), cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_installed_command_knows_its_commands(installed, tmp_path):
    done = run(installed, "-m", "hub", "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout

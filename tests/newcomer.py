"""Somebody who follows CONTRIBUTING to the letter: the adapter it shows, as a file of a checkout or as a package."""

import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHECKOUT = ("hub", "channels", "templates", "tests", "pyproject.toml")
PACKAGE = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "hub-pager"
version = "1.0"
[tool.hatch.build.targets.wheel]
include = ["hub_pager.py"]
"""


def blocks(language: str) -> list[str]:
    """What CONTRIBUTING shows in that language, in order."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hub runs that knows the new channel. cwd: the folder of `hub`; path: what PYTHONPATH must hold."""

    cwd: Path
    path: str = ""


def adapter(**capabilities: str) -> str:
    """The module, with more capabilities than the example has."""
    more = "".join(f", {name}={value!r}" for name, value in capabilities.items())
    code = blocks("python")[0]
    assert code.count("max_text=160") == 1
    return code.replace("max_text=160", f"max_text=160{more}")


def as_a_file(folder: Path, code: str) -> Place:
    """channels/pager.py in a copy of the checkout, and the row and payload of the contract test."""
    for name in CHECKOUT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    (folder / "channels" / "pager.py").write_text(code)
    (folder / "tests/fixtures/pager").mkdir()
    (folder / "tests/fixtures/pager/page.json").write_text(blocks("json")[0])
    contract = folder / "tests/channels/test_contract.py"
    contract.write_text(contract.read_text().replace("CASES = {\n", f"CASES = {{\n{blocks('python')[1]}", 1))
    return Place(folder)


def as_a_package(folder: Path, code: str) -> Place:
    """Built and installed beside the hub, whose own files stay as they are."""
    source, site = folder / "source", folder / "site"
    source.mkdir(parents=True)
    (source / "hub_pager.py").write_text(code)
    (source / "pyproject.toml").write_text(PACKAGE + blocks("toml")[0])
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return Place(ROOT, str(site))

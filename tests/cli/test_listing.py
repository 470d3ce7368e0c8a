"""`hub --help`: it lists every command of the folder, and loads none of them."""

import subprocess
import sys
from pathlib import Path

import pytest

import hub.cli
from hub.cli import COMMANDS

LISTING = """
import sys
from hub.cli import hub
hub.main(["--help"], standalone_mode=False)
print(*sorted(name for name in sys.modules if name.startswith("hub.cli.")), file=sys.stderr)
"""


def test_every_module_of_the_folder_is_a_command():
    modules = [file.stem for file in Path(hub.cli.__file__).parent.glob("[!_]*.py")]
    assert sorted(COMMANDS) == sorted(name.removesuffix("_").replace("_", "-") for name in modules)


@pytest.mark.parametrize("name", COMMANDS)
def test_listed_words_are_those_a_command_begins_its_own_help_with(name):
    own = hub.cli.hub.get_command(None, name).help
    assert own.startswith(COMMANDS[name].rstrip("."))


def test_listing_loads_no_command():
    listed = subprocess.run([sys.executable, "-c", LISTING], capture_output=True, text=True, check=True)

    assert [name for name in COMMANDS if f"  {name} " not in listed.stdout] == []
    assert listed.stderr.split() == ["hub.cli._options"]

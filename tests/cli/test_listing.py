"""`hub --help` lists every command of the folder and loads none of them; a command loads what it needs, and then."""

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


WRONG = """
import sys
from hub.cli import main
sys.argv = ["hub", "serve", "--config", sys.argv[1]]
try:
    main()
finally:
    print(*sys.modules)
"""


def test_mistake_in_the_configuration_is_told_before_the_hub_is_loaded(tmp_path):
    (tmp_path / "config.toml").write_text("[web]\nprot = 1\n")
    command = [sys.executable, "-c", WRONG, str(tmp_path / "config.toml")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (told.returncode, "web.prot: unknown key" in told.stderr) == (2, True), told.stderr
    assert not {"hub.app", "hub.web"} & set(told.stdout.split())


def test_listing_loads_no_command():
    listed = subprocess.run([sys.executable, "-c", LISTING], capture_output=True, text=True, check=True)

    assert [name for name in COMMANDS if f"  {name} " not in listed.stdout] == []
    assert [name for name in listed.stderr.split() if not name.startswith("hub.cli._")] == []

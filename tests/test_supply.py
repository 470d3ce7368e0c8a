"""SECURITY.md and docs/threats.md say what a test shows, and what the hub is made of can be nothing else tomorrow."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.supply import loose, names_one, read_lock, read_packages

ROOT = Path(__file__).parent.parent
TABLES = "\n".join((ROOT / name).read_text("utf-8") for name in ("SECURITY.md", "docs/threats.md"))
ROWS = [line for line in TABLES.splitlines() if line.startswith("| ") and not line.endswith("| shown by |")]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("line", ROWS, ids=lambda line: line.split(" | ")[-2].strip("| "))
def test_each_threat_names_tests_that_there_are(line):
    named = NAMED.findall(line)
    assert named, "a threat without a test"
    for file, test in named:
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert test in {getattr(node, "name", "") for node in ast.walk(tree)}, f"{file} has no {test}"


def test_every_package_of_the_lock_files_is_pinned_with_its_hash():
    packages = read_packages(ROOT)
    assert loose(packages) == []
    assert {"aiohttp", "sqlalchemy", "htmx.org"} <= {one.name for one in packages if one.scope == "required"}


@pytest.mark.parametrize("line", ["left-pad", "left-pad>=1.0 --hash=sha256:" + "0" * 64, "left-pad==1.0"])
def test_package_that_is_not_pinned_is_named(line):
    assert loose(list(read_lock(line, "required"))) == ["left-pad"]


def test_trouble_of_an_auditor_is_no_vulnerability():
    assert names_one("demo 1.0 PYSEC-2024-1")
    assert not names_one('{"error": {"code": "ENOTFOUND"}}')


def test_bill_of_materials_lists_what_is_locked_and_is_the_same_again(tmp_path):
    bills = []
    for name in ("one.json", "two.json"):
        program = [sys.executable, str(ROOT / "tools" / "supply.py"), str(tmp_path / name)]
        said = subprocess.run(program, capture_output=True, text=True, check=True).stdout
        assert "known vulnerabilities by pip-audit: " in said
        bills.append(json.loads((tmp_path / name).read_text("utf-8")))
    assert bills[0] == bills[1]
    assert (bills[0]["bomFormat"], bills[0]["specVersion"]) == ("CycloneDX", "1.5")
    refs = [one["bom-ref"] for one in bills[0]["components"]]
    assert len(refs) == len(set(refs)) == len(read_packages(ROOT))

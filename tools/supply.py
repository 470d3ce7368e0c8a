"""What the hub is made of, from its lock files: a bill of materials (CycloneDX 1.5), and an audit of it.

The audit without a network: every package is pinned to one version and carries hashes, so that nothing else can be
installed. Where `pip-audit` or `npm` is at hand and its advisories can be reached, known vulnerabilities are asked for
too; where not, that is said, and is no failure. Ends with 1 for a package without hash and for a known vulnerability.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON_LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-node.lock")
NODE_LOCK = "package-lock.json"
SHIPPED = "requirements.lock"
PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
NAME = re.compile(r"[^A-Za-z0-9._-]")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
AWAY = 120  # seconds an advisory service may take


@dataclass(frozen=True, slots=True)
class Package:
    """hashes: as the lock file has them; scope: "required" where it is shipped, else "excluded"."""

    ecosystem: str
    name: str
    version: str
    hashes: tuple[str, ...]
    scope: str


def read_lock(text: str, scope: str) -> Iterator[Package]:
    """Packages of a requirements file with hashes; a line that pins nothing is a package without version."""
    for entry in re.sub(r"\\\n", " ", text).splitlines():
        words = entry.partition(" #")[0].strip()
        if not words or words.startswith(("#", "--")):
            continue
        found = PINNED.match(words)
        name, version = (found[1], found[2]) if found else (NAME.split(words)[0], "")
        yield Package("pypi", name.lower(), version, tuple(HASH.findall(words)), scope)


def read_node_lock(text: str) -> Iterator[Package]:
    for path, entry in json.loads(text)["packages"].items():
        if path:
            name, whole = path.rpartition("node_modules/")[2], entry.get("integrity", "")
            scope = "excluded" if entry.get("dev") else "required"
            yield Package("npm", name, entry.get("version", ""), (whole,) if whole else (), scope)


def read_packages(root: Path) -> list[Package]:
    """Of all lock files; what is shipped counts where a package stands in several."""
    found: dict[tuple[str, str, str], Package] = {}
    for lock in PYTHON_LOCKS:
        for one in read_lock((root / lock).read_text("utf-8"), "required" if lock == SHIPPED else "excluded"):
            found.setdefault((one.ecosystem, one.name, one.version), one)
    for one in read_node_lock((root / NODE_LOCK).read_text("utf-8")):
        found[one.ecosystem, one.name, one.version] = one
    return sorted(found.values(), key=lambda one: (one.ecosystem, one.name, one.version))


def loose(packages: Sequence[Package]) -> list[str]:
    """Packages that could be something else tomorrow."""
    return [one.name for one in packages if not one.version or not one.hashes]


def bill(packages: Sequence[Package], version: str) -> dict[str, Any]:
    """CycloneDX 1.5, without a date or a number of its own: equal lock files make equal bills."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "conversation-hub", "version": version}},
        "components": [_component(one) for one in packages],
    }


def _component(one: Package) -> Mapping[str, Any]:
    purl = f"pkg:{one.ecosystem}/{one.name.replace('@', '%40')}@{one.version}"
    component = {"type": "library", "bom-ref": purl, "name": one.name, "version": one.version, "purl": purl}
    return {**component, "scope": one.scope}


def ask_advisories(root: Path) -> list[tuple[str, str]]:
    """(what was asked, "clean", "vulnerable" or "not asked: why")."""
    pip_audit = ["pip-audit", "--requirement", str(root / SHIPPED), "--no-deps", "--disable-pip", "--timeout", "15"]
    npm = ["npm", "audit", "--package-lock-only", "--omit", "dev", "--json"]
    return [(command[0], _ask(command, root)) for command in (pip_audit, npm)]


def _ask(command: Sequence[str], root: Path) -> str:
    if not shutil.which(command[0]):
        return f"not asked: there is no {command[0]} here"
    try:
        asked = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=AWAY, check=False)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired:
        return "not asked: no answer in time"
    if asked.returncode == 0:
        return "clean"
    return "vulnerable" if names_one(asked.stdout) else "not asked: no advisory service can be reached"


def names_one(told: str) -> bool:
    """Does an auditor's output name a vulnerability, rather than its own trouble?"""
    return bool(re.search(r"\b(?:CVE|GHSA|PYSEC)-", told) or re.search(r'"total": *[1-9]', told))


def main(root: Path, into: Path) -> int:
    packages = read_packages(root)
    version = re.search(r'^version = "([^"]+)"', (root / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(json.dumps(bill(packages, version[1] if version else ""), indent=1) + "\n", "utf-8")
    unpinned = loose(packages)
    pinned = "every one pinned with its hash" if not unpinned else f"NOT PINNED: {', '.join(unpinned)}"
    print(f"audit: {len(packages)} packages, {pinned}; bill of materials: {into}")
    answers = ask_advisories(root)
    for name, answer in answers:
        print(f"audit: known vulnerabilities by {name}: {answer}")
    return 1 if unpinned or any(answer == "vulnerable" for _, answer in answers) else 0


if __name__ == "__main__":
    here = Path(__file__).resolve().parent.parent
    sys.exit(main(here, Path(sys.argv[1]) if len(sys.argv) > 1 else here / "build" / "sbom.cdx.json"))

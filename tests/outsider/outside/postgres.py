"""A PostgreSQL server of our own in a folder of its own; gone when the tests end."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.outsider.outside.hub import end_with_the_tests
from tests.outsider.outside.loop import free_port, until

SETTINGS = ("fsync=on", "synchronous_commit=on", "full_page_writes=off", "max_connections=60", "shared_buffers=32MB")


def _binary(name: str) -> str:
    found = [*sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True), shutil.which(name)]
    if not found[0]:
        raise RuntimeError(f"PostgreSQL's {name} is missing: install the package postgresql")
    return str(found[0])


def _as_nobody_special() -> list[str]:
    """initdb and postgres refuse to run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


class Postgres:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="outsider-postgres-"))  # not below pytest's: that is root's alone
        self.port = free_port()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", str(self.data), "-U", "hub", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.start()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _run(self, name: str, *words: str) -> None:
        done = subprocess.run(
            [*_as_nobody_special(), _binary(name), *words], capture_output=True, text=True, timeout=60, cwd=self.folder
        )
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    def start(self) -> None:
        with (self.folder / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    _binary("postgres"),
                    "-D",
                    str(self.data),
                    *("-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)),
                    *(word for setting in SETTINGS for word in ("-c", setting)),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                preexec_fn=end_with_the_tests if sys.platform == "linux" else None,
                **({"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}),
            )
        until(self._accepts, 30, "PostgreSQL accepts connections")

    def _accepts(self) -> bool:
        words = [_binary("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        return subprocess.run(words, timeout=10).returncode == 0

    def stop(self, how: str = "fast") -> None:
        """fast: clients are cut off; immediate: as if it had crashed."""
        self._run("pg_ctl", "-D", str(self.data), "-m", how, "-w", "stop")
        self._process.wait(20)

    def close(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def create(self, name: str) -> str:
        """A new database; its address for [store] url."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "hub", name)
        return f"postgresql://hub@127.0.0.1:{self.port}/{name}"

    def query(self, name: str, sql: str) -> list[list[str]]:
        words = [_binary("psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "hub", "-AtF", "\x1f", "-c", sql, name]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return [line.split("\x1f") for line in done.stdout.splitlines()]

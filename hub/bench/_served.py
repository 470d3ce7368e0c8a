"""A server in a process of its own that prints the address it listens on, and what it costs; paused while the other
side is measured."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.errors import HubError

CONFIG = """
[store]
url = "sqlite:///{folder}/hub.db"
[web]
host = "127.0.0.1"
[log]
level = "warning"
"""

_ADDRESS = re.compile(r"http://[\d.]+:(\d+)")
_START_SECONDS = 60
_STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Served:
    port: int
    process: subprocess.Popen[bytes]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Frozen: what it still has to do in the background takes nothing from the other side."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def served(*words: str) -> Iterator[Served]:
    """`python words...` until the block ends."""
    with tempfile.NamedTemporaryFile("w+", errors="replace") as log:
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield Served(_port(process, Path(log.name)), process)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def check_readable() -> None:
    """Raises HubError where cpu_of and resident_mb can be told nothing."""
    if not Path("/proc/self/stat").exists():
        raise HubError("what a server costs is read from /proc: that needs Linux")


def cpu_of(served: Served) -> float:
    """Seconds of processor time it has used (proc(5): fields 14 and 15, counted from 1)."""
    fields = Path(f"/proc/{served.process.pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """VmRSS of the process and of the children it keeps."""
    kilobytes = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii", "replace"))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return int(kilobytes[1]) / 1024 + sum(map(resident_mb, map(int, children))) if kilobytes else 0.0


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := _ADDRESS.search(log.read_text(errors="replace")):
            return int(found[1])
        time.sleep(0.02)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")

"""The hub as an operator meets it: a configuration file, commands, one process that is started, stopped and killed."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
ADDRESS = re.compile(r"http://[\w.\[\]:-]+:\d+")


def environment(**more: str) -> dict[str, str]:
    """Ours without any HUB_ key, so that the machine's own settings do not leak in."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("HUB_", "PYTEST", "COV"))}
    return {**ours, "PYTHONPATH": str(REPOSITORY), **more}


def command(*words: str, env: dict[str, str] | None = None, **options: object) -> subprocess.CompletedProcess[str]:
    """`hub …`, in a process of its own, never at a terminal."""
    options = {"cwd": "/", "timeout": 60, "stdin": subprocess.DEVNULL, **options}
    if "input" in options:
        options.pop("stdin")
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "hub", *words], capture_output=True, text=True, env=environment(**(env or {})), **options
    )


class HubProcess:
    """One configuration and at most one serving process. `command` runs the others beside it."""

    def __init__(self, config: Path, *, env: dict[str, str] | None = None) -> None:
        self.config = config
        self.env = dict(env or {})
        self.address = ""
        self.log = config.with_name(f"serve-{config.stem}.log")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "HubProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def command(self, *words: str, ok: bool = True, **options: object) -> subprocess.CompletedProcess[str]:
        done = command(*words, "--config", str(self.config), env=self.env, **options)
        if ok:
            assert done.returncode == 0, f"hub {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    program = (sys.executable, "-m", "hub")

    def start(self, *options: str, env: dict[str, str] | None = None, ready: bool = True) -> "HubProcess":
        with self.log.open("ab") as log:
            log.write(b"\n--- start ---\n")
            offset = log.tell()
            self.process = subprocess.Popen(
                [*self.program, "serve", "--config", str(self.config), *options],
                env=environment(**{**self.env, **(env or {})}),
                cwd=self.config.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_the_tests if sys.platform == "linux" else None,
            )
        if ready:
            try:
                self._wait_ready(offset)
            except AssertionError:
                self.close()
                raise
        return self

    def _wait_ready(self, offset: int, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            text = self.log.read_bytes()[offset:].decode(errors="replace")
            assert self.process is not None
            assert self.process.poll() is None, f"hub serve ended with {self.process.returncode}:\n{text}"
            if printed := ADDRESS.search(text):
                self.address = printed[0].rstrip("/")
                if _answers(f"{self.address}/readyz"):
                    return
            time.sleep(0.05)
        raise AssertionError(f"hub serve was not ready within {seconds} s:\n{self.tail()}")

    def stop(self, seconds: float = 30) -> int:
        """SIGTERM, as an operator stops it; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self._ended(seconds)

    def kill(self) -> int:
        assert self.process is not None
        self.process.kill()
        return self._ended(10)

    def wait(self, seconds: float = 30) -> int:
        """Until it ends by itself (a crash point)."""
        return self._ended(seconds)

    def _ended(self, seconds: float) -> int:
        assert self.process is not None
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise AssertionError(f"the hub did not end within {seconds} s:\n{self.tail()}") from None
        self.process = None
        return status

    def close(self) -> None:
        if self.process is not None:
            self.kill()
        print(f"--- what the hub complained of (of {self.config}) ---\n{self.complaints()}")  # shown of tests that fail

    def complaints(self, characters: int = 6000) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(line for line in text.splitlines() if "[info" not in line)[-characters:]

    def tail(self, characters: int = 6000) -> str:
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""


def end_with_the_tests() -> None:
    """A killed test run leaves nothing behind: prctl(PR_SET_PDEATHSIG, SIGKILL)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

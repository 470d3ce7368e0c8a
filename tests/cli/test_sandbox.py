"""hub sandbox: prints a configuration that a hub can be started with."""

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

from hub.cli.sandbox import section_lines

ROOT = Path(__file__).parents[2]


def test_sections_are_printed_as_toml():
    section = {"type": "email", "port": 25, "tls": False, "names": ["a", 'b"\\'], "smtp": {"host": "127.0.0.1"}}
    assert tomllib.loads("\n".join(section_lines("channels.x", section))) == {"channels": {"x": section}}


def test_printed_channels_configure_a_hub(tmp_path):
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "hub", "sandbox", "--hub", "http://127.0.0.1:9"]
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as sandbox:
        lines = list(iter(sandbox.stdout.readline, "# ready\n"))
        (tmp_path / "config.toml").write_text("".join(lines))
        checked = subprocess.run(
            [sys.executable, "-m", "hub", "check"],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        sandbox.send_signal(signal.SIGTERM)
        assert sandbox.wait(20) == 0
    assert "channel sms: ok" in checked.stdout, checked.stdout + checked.stderr

"""The API does what its OpenAPI document says: schemathesis asks a running hub, with every check, on both engines.

Deterministic and bounded: the same cases each time. To look for more, run the program by hand against a hub:
schemathesis run http://127.0.0.1:8080/api/v1/openapi.json -H "Authorization: Bearer ..." --max-examples 200
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import accepts, free_port, running, wait_until

HUB = [sys.executable, "-m", "hub"]
SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
RUNS = {  # what differs between the engines lies behind accepted requests; what is refused is refused before
    "sqlite": ["--phases", "examples,coverage,stateful", "--max-examples", "3"],
    "postgresql": ["--phases", "examples,coverage,fuzzing,stateful", "--mode", "positive", "--max-examples", "1"],
}
CONFIG = """
[store]
url = {url}
[web]
port = {port}
[channels.sms]
type = "sms"
account_sid = "AC00000000000000000000000000000000"
auth_token = "nothing is sent: the hub runs without delivery"
from = "+12025550100"
"""


@pytest.fixture
def config(store_url: str, tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(url=json.dumps(store_url), port=free_port()))
    return file


@pytest.fixture
def address(config: Path, tmp_path: Path) -> Iterator[str]:
    """A hub that runs in a process of its own."""
    port = int(config.read_text().split("port = ")[1].split()[0])
    with running([*HUB, "serve", "--config", config, "--role", "web"], tmp_path / "hub.log"):
        wait_until(lambda: accepts(port), "the start of the hub")
        yield f"http://127.0.0.1:{port}"


@pytest.mark.timeout(1200)
def test_the_api_does_what_its_description_says(engine: str, config: Path, address: str, tmp_path: Path) -> None:
    made = subprocess.run([*HUB, "token", "add", "st", "--config", config], capture_output=True, text=True, check=True)
    command = [SCHEMATHESIS, "run", f"{address}/api/v1/openapi.json", "--checks", "all", *RUNS[engine]]
    command += ["-H", f"Authorization: Bearer {made.stdout.strip()}"]
    command += ["--generation-deterministic", "--continue-on-failure"]

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2_000:]
    log = (tmp_path / "hub.log").read_text()
    assert "api failed" not in log, log[-5_000:]

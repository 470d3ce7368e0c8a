"""What an idle hub with every adapter costs: measured and printed; only the memory has a limit."""

import re
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.outsider.outside.loop import Loop
from tests.outsider.outside.world import World

pytestmark = pytest.mark.slow
LIMIT_MB = 126  # 123 measured; what may be loaded without being used stands in tests/hub/test_loading.py


def resident_mb(pid: int) -> float:
    """VmRSS of the process and of the children it keeps."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(found[1]) / 1024 + sum(resident_mb(int(child)) for child in children)


def test_an_idle_hub_with_every_adapter_stays_small(loop: Loop, tmp_path: Path) -> None:
    with closing(World(loop, tmp_path)) as world:
        memory, first_page = measure(world)

    print(f"idle: {memory:.0f} MB resident, second start to first page: {first_page:.1f} s")
    assert memory <= LIMIT_MB


def measure(world: World) -> tuple[float, float]:
    """Megabytes, and seconds from the second start to the first page."""
    world.start()
    world.hub.stop()
    begun = time.monotonic()
    world.hub.start()
    with urllib.request.urlopen(f"{world.base}/login", timeout=20) as page:
        assert page.status == 200
    first_page = time.monotonic() - begun
    assert world.hub.process is not None

    return resident_mb(world.hub.process.pid), first_page

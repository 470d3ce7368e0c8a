"""Bounds what an import or export may take of the machine's memory, beside the hub that runs on it."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import HubError

MOST = 2_000_000_000  # octets


@contextmanager
def bounded(file: Path) -> Iterator[None]:
    """Beyond it the task at hand ends with a sentence, and nothing else does. Raises HubError."""
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = min([MOST, *(one for one in (before, hard) if one != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    try:
        yield
    except (MemoryError, RuntimeError) as full:
        if isinstance(full, RuntimeError) and "thread" not in str(full):  # one that gets no stack
            raise
        raise HubError(f"{file}: this takes more than {most:,} bytes of memory: split it") from full
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))

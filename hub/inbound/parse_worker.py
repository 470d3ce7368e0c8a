"""The child's side of hub.inbound.parse_pool: reads one unit after the other within hard limits of time and memory.

It imports next to nothing itself; what is sent to it names the function that reads, and that function's module is
imported here on first use. Standard output carries the answers, so whatever prints goes to standard error.
"""

import gc
import os
import pickle
import resource
import sys
import time
import traceback
from collections.abc import Callable
from typing import BinaryIO

from hub.errors import ReadDeferred, Unreadable
from hub.inbound.answers import DEFERRED, FAULT, HEADER, READ, UNREADABLE, pack

READY = b"ready"
MEMORY_BYTES = 512 * 1024 * 1024
GARBAGE = 20_000  # objects between two collections: a mail leaves few cycles behind
Seconds = int


def main() -> None:
    cpu_seconds, memory = int(sys.argv[1]), int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CORE, 0)
    answers.write(READY)
    answers.flush()
    gc.freeze()  # what is loaded now stays: no need to look through it for every mail
    gc.set_threshold(GARBAGE)
    while header := sys.stdin.buffer.read(HEADER.size):
        asked = sys.stdin.buffer.read(HEADER.unpack(header)[0])
        _limit(resource.RLIMIT_CPU, int(time.process_time()) + cpu_seconds)
        _tell(answers, _read(asked))


def _limit(which: int, amount: int) -> None:
    """The soft limit only; a system that knows no such limit is left without."""
    try:
        resource.setrlimit(which, (amount, resource.getrlimit(which)[1]))
    except (OSError, ValueError) as unknown:
        print(f"hub.inbound.parse_worker: no limit {which}: {unknown}", file=sys.stderr)


def _read(asked: bytes) -> bytes:
    """A frame of hub.inbound.answers."""
    try:
        call: Callable[..., object]
        call, *unit = pickle.loads(asked)  # noqa: S301 - our own parent's words
        return pack(READ, call(*unit))
    except Unreadable as unreadable:
        return pack(UNREADABLE, str(unreadable))
    except ReadDeferred as deferred:
        return pack(DEFERRED, str(deferred))
    except MemoryError:
        return pack(UNREADABLE, f"reading it needs more than {MEMORY_BYTES // 2**20} MB")
    except Exception:
        return pack(FAULT, traceback.format_exc(limit=-8))


def _tell(answers: BinaryIO, frame: bytes) -> None:
    try:
        answers.write(HEADER.pack(len(frame)) + frame)
        answers.flush()
    except BrokenPipeError:  # the hub is gone: there is nobody to tell, not even about this
        os._exit(0)


if __name__ == "__main__":
    main()

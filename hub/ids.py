"""Time-ordered ids, made by us: UUIDv7 (RFC 9562 section 5.7) as 32 hex digits, equal on both engines."""

import os
import re
import threading
import time

_ID = re.compile(r"[0-9a-f]{32}")
_NOISE = 14  # random digits of an id
_SPARE = 7 * 512  # random bytes fetched at a time: asking the kernel lets another thread run, which costs more
_lock = threading.Lock()
_last = 0
_random = ""


def new_id() -> str:
    """Later calls of one process give greater ids: 48 bits of milliseconds, 18 bits of a counter, the rest random."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """So many, each greater than the one before."""
    global _last, _random
    with _lock:
        first = max(_last + 1, (time.time_ns() // 1_000_000) << 18)
        _last = first + count - 1
        if len(_random) < _NOISE * count:
            _random = os.urandom(_SPARE + _NOISE * count).hex()
        noise, _random = _random[: _NOISE * count], _random[_NOISE * count :]
    # the counter runs on when the clock stands or jumps back
    return [
        f"{tick >> 18:012x}7{tick >> 6 & 0xFFF:03x}{0x80 | tick & 0x3F:02x}{noise[_NOISE * n : _NOISE * (n + 1)]}"
        for n, tick in enumerate(range(first, first + count))
    ]


def is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))

"""Time-ordered ids, made by us: UUIDv7 (RFC 9562 section 5.7) as 32 hex digits, equal on both engines."""

import os
import re
import threading
import time

_ID = re.compile(r"[0-9a-f]{32}")
_SPARE = 7 * 512  # random bytes fetched at a time: asking the kernel lets another thread run, which costs more
_lock = threading.Lock()
_last = 0
_random = b""


def new_id() -> str:
    """Later calls of one process give greater ids: 48 bits of milliseconds, 18 bits of a counter, the rest random."""
    global _last, _random
    with _lock:
        _last = max(_last + 1, (time.time_ns() // 1_000_000) << 18)
        tick = _last
        _random = _random or os.urandom(_SPARE)
        noise, _random = _random[:7], _random[7:]
    milliseconds, counter = tick >> 18, tick & 0x3FFFF  # the counter runs on when the clock stands or jumps back
    high = (milliseconds << 16) | 0x7000 | (counter >> 6)
    low = (0b10 << 62) | ((counter & 0x3F) << 56) | int.from_bytes(noise)
    return f"{high:016x}{low:016x}"


def is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))

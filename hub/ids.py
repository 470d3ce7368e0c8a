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
_spare: list[str] = []  # random digits


def new_id() -> str:
    """Later calls of one process give greater ids: 48 bits of milliseconds, 18 bits of a counter, the rest random."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """So many, each greater than the one before."""
    global _last
    with _lock:
        first = max(_last + 1, (time.time_ns() // 1_000_000) << 18)
        _last = first + count - 1
        if len(_spare) < count:
            digits = os.urandom(_SPARE + _NOISE // 2 * count).hex()
            _spare.extend(digits[at : at + _NOISE] for at in range(0, len(digits), _NOISE))
        left = len(_spare) - count
        noise = _spare[left:]
        del _spare[left:]
    # the counter runs on when the clock stands or jumps back; 7 and 8 are the version and the variant
    return [
        f"{tick >> 18 << 24 | 0x700080 | (tick & 0x3FFC0) << 2 | tick & 0x3F:018x}{random}"
        for tick, random in zip(range(first, first + count), noise, strict=True)
    ]


def is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text))

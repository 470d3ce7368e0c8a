"""Mails that a mailbox lists and does not give, since what it keeps of them is broken: they hold nobody up.

A server in trouble refuses every mail, and none is passed over for that: one counts as withheld when it was refused
again and again, and the same server gave another one just before.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from hub.channel import Raw

TRIES = 3
LATER = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|OVERQUOTA|THROTTLED)\b|socket error", re.IGNORECASE)  # RFC 5530


class Doubts:
    """Which mails of one mailbox were refused, by UID."""

    def __init__(self) -> None:
        self._last = 0
        self._tries: Counter[int] = Counter()

    def few(self, uids: Sequence[int]) -> Sequence[int]:
        """Those to ask for at once: mail by mail where many were refused, to find the one."""
        return uids[:1] if uids[0] <= self._last else uids

    def are_grave(self, uids: Sequence[int]) -> bool:
        """Is it one mail that was asked for often enough?"""
        return len(uids) == 1 and self._tries[uids[0]] >= TRIES - 1

    def note(self, uids: Sequence[int], words: str) -> None:
        self._last = max(self._last, uids[-1])
        self._tries[uids[0]] += len(uids) == 1 and not LATER.search(words)


def withheld(identity: str, envelope: Mapping[str, Any], words: str) -> Raw:
    """Set aside and visible; what it says is known to the mailbox alone."""
    seal = sha256(f"withheld {identity}".encode()).hexdigest()
    return Raw("mail", seal, b"", {**envelope, "withheld": words})

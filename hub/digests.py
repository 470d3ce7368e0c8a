"""Secrets that strangers show: told apart in constant time, kept as digests, whatever bytes they are made of."""

import hmac
import re
from hashlib import sha256

_LOCKED = re.compile(r"v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{38,}={0,2}")


def hash_of(token: str) -> str:
    """SHA-256 in hex: what is stored of a token of 256 random bits."""
    return sha256(octets(token)).hexdigest()


def same(shown: str, secret: str) -> bool:
    """Takes as long whether they differ early or late."""
    return hmac.compare_digest(octets(shown), octets(secret))


def octets(text: str) -> bytes:
    """A header may hold bytes that are no UTF-8: they come as lone surrogates, of which no secret of ours is made."""
    return text.encode("utf-8", "surrogatepass")


def is_locked(kept: str) -> bool:
    """Is it what `hub.vault` makes of a secret? One in clear that only begins like that is none."""
    return _LOCKED.fullmatch(kept) is not None

"""Secrets that strangers show: told apart in constant time, kept as digests, whatever bytes they are made of."""

import hmac
from hashlib import sha256


def hash_of(token: str) -> str:
    """SHA-256 in hex: what is stored of a token of 256 random bits."""
    return sha256(octets(token)).hexdigest()


def same(shown: str, secret: str) -> bool:
    """Takes as long whether they differ early or late."""
    return hmac.compare_digest(octets(shown), octets(secret))


def octets(text: str) -> bytes:
    """A header may hold bytes that are no UTF-8: they come as lone surrogates, of which no secret of ours is made."""
    return text.encode("utf-8", "surrogatepass")

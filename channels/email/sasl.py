"""Signing in with an access token: OAUTHBEARER (RFC 7628) where the server offers it, else XOAUTH2 (Google's and
Microsoft's own, https://developers.google.com/workspace/gmail/imap/xoauth2-protocol)."""

from collections.abc import Collection
from dataclasses import dataclass

from .._fates import SetUpWrongly


@dataclass(frozen=True, slots=True)
class Bearer:
    """opening: what is said first; ending: what is said to the server's reasons for a no, so that it says no."""

    mechanism: str
    opening: bytes
    ending: bytes


def bearer(offered: Collection[str], username: str, token: str, server: tuple[str, int]) -> Bearer:
    """offered: the server's mechanisms; server: host and port. Raises SetUpWrongly where it has neither."""
    names = {name.upper() for name in offered}
    if "OAUTHBEARER" in names:
        host, port = server
        escaped = username.replace("=", "=3D").replace(",", "=2C")  # RFC 5801, section 4
        told = f"n,a={escaped},\1host={host}\1port={port}\1auth=Bearer {token}\1\1"
        return Bearer("OAUTHBEARER", told.encode(), b"\1")
    if "XOAUTH2" in names:
        return Bearer("XOAUTH2", f"user={username}\1auth=Bearer {token}\1\1".encode(), b"")
    ways = ", ".join(sorted(names)) or "no way to sign in"
    raise SetUpWrongly(f"{server[0]}:{server[1]} takes no access tokens (it offers {ways}): give a password instead")

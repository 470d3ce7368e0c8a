"""Codes of an authenticator app: TOTP of RFC 6238 with HMAC-SHA-1, six digits, thirty seconds - what every app can."""

import base64
import hmac
import secrets
from urllib.parse import quote

from hub.digests import same

STEP = 30_000  # milliseconds
DRIFT = 1  # steps a phone's clock may be off
SECRET = 20  # octets (RFC 4226, section 4, R6)


def new_secret() -> str:
    """In base32, as apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET)).decode()


def code_at(secret: str, step: int) -> str:
    """RFC 4226, section 5.3: four octets of the HMAC, where its last four bits say."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"


def step_of(secret: str, code: str, now: int, after: int) -> int | None:
    """The step a code belongs to: near now, and after the last one used, so no code works twice (RFC 6238, 5.2)."""
    shown = "".join(code.split())
    steps = range(max(now // STEP - DRIFT, after + 1), now // STEP + DRIFT + 1)
    return next((step for step in steps if same(shown, code_at(secret, step))), None)


def uri_of(secret: str, account: str, issuer: str) -> str:
    """What the square code says (Key Uri Format of Google Authenticator)."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"

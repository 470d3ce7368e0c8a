"""Writes to a browser through its push service: encrypted for that browser alone (RFC 8291, which is RFC 8188's
`aes128gcm` in one record), signed by who sends it (VAPID, RFC 8292).

Octets stand as base64url without padding, as in browsers. What encrypts is loaded when somebody is first written to.
"""

import base64
import hmac
import json
import secrets
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from yarl import URL

from hub.clock import HOUR, SECOND
from hub.errors import InvalidInput

RECORD = 4096  # octets: what every push service takes (RFC 8030, section 7.2)
SALT, AUTH, SCALAR = 16, 16, 32  # octets
LAST = b"\x02"  # the delimiter of the last record
PROVEN_FOR = 12 * HOUR  # RFC 8292, section 2: at most 24 hours


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gives out (W3C Push API): where it is written to, its public key, a secret that both know."""

    endpoint: str
    p256dh: str
    auth: str


def checked(subscription: Subscription) -> Subscription:
    """Raises InvalidInput for what no browser gives out."""
    try:
        _public(decode(subscription.p256dh))
        right = len(decode(subscription.auth)) == AUTH
    except ValueError:
        right = False
    if not right:
        raise InvalidInput("these are no keys of a push subscription", "p256dh")
    return subscription


def new_key() -> str:
    """A private key on P-256, by which push services know this hub again."""
    made = _ec().generate_private_key(_ec().SECP256R1())
    return encode(made.private_numbers().private_value.to_bytes(SCALAR))


def public_of(key: str) -> str:
    """What a browser is told as `applicationServerKey`."""
    return encode(_point(_private(key)))


def encrypt(to: Subscription, words: bytes, sender: str = "", salt: bytes = b"") -> bytes:
    """sender, a private key, and salt are made up for each message, unless they are given as in the RFC's example."""
    salt, mine = salt or secrets.token_bytes(SALT), _private(sender or new_key())
    theirs, own = decode(to.p256dh), _point(mine)
    shared = mine.exchange(_ec().ECDH(), _public(theirs))
    both = _derived(decode(to.auth), shared, b"WebPush: info\0" + theirs + own, 32)
    key = _derived(salt, both, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, both, b"Content-Encoding: nonce\0", 12)
    cipher = import_module("cryptography.hazmat.primitives.ciphers.aead").AESGCM(key)
    sealed: bytes = cipher.encrypt(nonce, words + LAST, None)
    return salt + RECORD.to_bytes(4) + bytes([len(own)]) + own + sealed


def authorisation(key: str, endpoint: str, contact: str, now: int) -> str:
    """The header that says who sends. contact: a mailto: or https: address for whoever runs the push service."""
    claims = {"aud": str(URL(endpoint).origin()), "exp": (now + PROVEN_FOR) // SECOND, "sub": contact}
    said = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    hashes = import_module("cryptography.hazmat.primitives.hashes")
    made = _private(key).sign(said.encode(), _ec().ECDSA(hashes.SHA256()))
    numbers = import_module("cryptography.hazmat.primitives.asymmetric.utils").decode_dss_signature(made)
    signature = b"".join(number.to_bytes(SCALAR) for number in numbers)
    return f"vapid t={said}.{encode(signature)}, k={public_of(key)}"


def encode(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _json(value: object) -> str:
    return encode(json.dumps(value, separators=(",", ":")).encode())


def _derived(salt: bytes, secret: bytes, purpose: bytes, length: int) -> bytes:
    """HKDF with SHA-256 (RFC 5869), of which one block is enough."""
    return hmac.digest(hmac.digest(salt, secret, "sha256"), purpose + b"\x01", "sha256")[:length]


def _ec() -> Any:
    return import_module("cryptography.hazmat.primitives.asymmetric.ec")


def _private(key: str) -> Any:
    return _ec().derive_private_key(int.from_bytes(decode(key)), _ec().SECP256R1())


def _public(point: bytes) -> Any:
    return _ec().EllipticCurvePublicKey.from_encoded_point(_ec().SECP256R1(), point)


def _point(private: Any) -> bytes:
    numbers = private.public_key().public_numbers()
    both: list[bytes] = [number.to_bytes(SCALAR) for number in (numbers.x, numbers.y)]
    return b"\x04" + b"".join(both)

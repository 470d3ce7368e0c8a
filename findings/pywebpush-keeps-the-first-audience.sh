#!/bin/sh
# pywebpush 2.5.0 signs for the push service that the first message went to, when its claims are used again.
#
# Guess: webpush() reads the claims it is given; the audience is made anew from each subscription's endpoint.
# Seen:  it writes `aud` and `exp` into the caller's dict, renews only an `exp` that has passed, and takes an `aud` that is
#        there for the caller's wish. With one dict for all browsers, as a constant in the settings, whoever comes first
#        decides: every subscription at another service gets a token for the wrong origin, which RFC 8292 section 2 makes
#        it refuse; after a restart it may be the other service that works.
# So:    hand in a fresh dict each time.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check pywebpush==2.5.0 pyjwt==2.15.1
"$dir/venv/bin/python" - <<'PYTHON'
import os
from base64 import urlsafe_b64encode
from importlib.metadata import version
from types import SimpleNamespace

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pywebpush import webpush


def code(octets):
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def subscription(endpoint):
    browser = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = browser.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"endpoint": endpoint, "keys": {"p256dh": code(point), "auth": code(os.urandom(16))}}


class Session:
    """Takes what would be posted."""

    def post(self, url, headers, **more):
        token = {name.lower(): value for name, value in headers.items()}["authorization"].split("t=")[1].split(",")[0]
        self.audience = jwt.decode(token, options={"verify_signature": False})["aud"]
        return SimpleNamespace(status_code=201, text="", headers={})


server = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
session = Session()


def audience(endpoint, claims):
    webpush(
        subscription(endpoint), "hi", vapid_private_key=code(server), vapid_claims=claims, requests_session=session
    )
    return session.audience


print("pywebpush", version("pywebpush"))
shared = {"sub": "mailto:ops@example.com"}
for endpoint, claims, want in (
    ("https://push.example.com/1", shared, "https://push.example.com"),
    ("https://push.example.org/2", shared, "https://push.example.com"),  # right is example.org
    ("https://push.example.org/2", {"sub": "mailto:ops@example.com"}, "https://push.example.org"),
):
    got = audience(endpoint, claims)
    print(f"{endpoint} with {'the same' if claims is shared else 'fresh'} claims: signed for {got}")
    assert got == want, f"{want} before, {got} now"
assert set(shared) == {"sub", "aud", "exp"}, shared
PYTHON

"""Every id that leaves the house in a URL or a mail carries an HMAC: nobody can make one up.

A token is `<ids>.<signature>` in characters that survive URLs, mail addresses and
case-folding mail servers (base32, lower case). Each purpose has a key of its own, derived from the one secret.
What a campaign says of a delivery and of its reader is written in hex, and each purpose has its part of one signature,
which takes a quarter of the time. Such tokens in base32, from older mails, are as good.
Only what stands in a mail address may come back in other case; anywhere else an altered token is none.
"""

import base64
import hmac
from functools import lru_cache

from hub.ids import is_id

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]
IN_ADDRESSES = ("reply", "mail")
LATELY = 64  # tokens remembered: of one message the page, the header and the links name the same ids
IN_A_BATCH = 512  # deliveries remembered: a campaign renders all of a batch before it writes the first mail
SIGNATURE_BYTES = 10  # 80 bits: unguessable over the network, short enough for a 64-octet local part
ABOUT_A_DELIVERY = ("mail", "unsubscribe", "view", "link")
ABOUT = {"delivery": ABOUT_A_DELIVERY, "reader": ("preferences",)}  # what one signature is about -> its purposes
_HEX = SIGNATURE_BYTES * 2
_ABOUT = {
    purpose: (about, slice(at * _HEX, (at + 1) * _HEX))
    for about, purposes in ABOUT.items()
    for at, purpose in enumerate(purposes)
}


class Signer:
    """Makes and opens tokens for ids. purpose: "reply", "mail", "unsubscribe", "link"... one word, fixed in code."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._keys: dict[str, bytes] = {}
        self._keyed: dict[tuple[str, str], hmac.HMAC] = {}
        self._lately = lru_cache(maxsize=LATELY)(self._token)
        self._about = lru_cache(maxsize=IN_A_BATCH)(self._signed)

    def key(self, purpose: str) -> bytes:
        key = self._keys.get(purpose)
        if key is None:
            key = self._keys[purpose] = hmac.digest(self._secret, b"hub:" + purpose.encode(), "sha256")
        return key

    def sign(self, purpose: str, *ids: str) -> str:
        """Token for one or more ids of 32 hex digits."""
        if len(ids) == 1 and (place := _ABOUT.get(purpose)):
            about, part = place
            return f"{ids[0]}.{self._about(about, ids[0])[part]}"
        return self._lately(purpose, "".join(ids))

    def _signed(self, about: str, id: str) -> str:
        """Of which each purpose has its part."""
        return self._digest(about, bytes.fromhex(id), "sha512").hex()

    def _token(self, purpose: str, ids: str) -> str:
        return f"{_written(ids)}.{_encode(self._signature(purpose, bytes.fromhex(ids)))}"

    def open(self, purpose: str, token: str) -> tuple[str, ...] | None:
        """The ids, or None when anything was altered."""
        token = token.lower() if purpose in IN_ADDRESSES else token
        body_text, _, signature_text = token.partition(".")
        if purpose in _ABOUT and is_id(body_text):
            about, part = _ABOUT[purpose]
            right = f"{body_text}.{self._signed(about, body_text)[part]}"
            return (body_text,) if hmac.compare_digest(token.encode(), right.encode()) else None
        body, signature = _decode(body_text), _decode(signature_text)
        if not body or not signature or len(body) % 16:
            return None
        if not hmac.compare_digest(signature, self._signature(purpose, body)):
            return None
        if token != f"{_encode(body)}.{_encode(signature)}":
            return None
        text = body.hex()
        ids = tuple(text[at : at + 32] for at in range(0, len(text), 32))
        return ids if all(map(is_id, ids)) else None

    def _signature(self, purpose: str, body: bytes) -> bytes:
        return self._digest(purpose, body, "sha256")[:SIGNATURE_BYTES]

    def _digest(self, purpose: str, body: bytes, algorithm: str) -> bytes:
        """hmac.digest, from a copy that has the key already: it sets the key up once, and keeps the interpreter, which
        hmac.digest gives away to whatever thread waits for it."""
        keyed = self._keyed.get((purpose, algorithm))
        if keyed is None:
            keyed = self._keyed[purpose, algorithm] = hmac.new(self.key(purpose), digestmod=algorithm)
        signed = keyed.copy()
        signed.update(body)
        return signed.digest()

    def message_id(self, delivery_id: str, domain: str) -> str:
        """RFC 5322 Message-ID without angle brackets, equal on every attempt of a delivery."""
        return f"{self.sign('mail', delivery_id)}@{domain}"

    def delivery_of(self, message_id: str) -> str | None:
        """The delivery whose Message-ID this is, or None when it is not one of ours."""
        ids = self.open("mail", message_id.strip().strip("<>").rpartition("@")[0])
        return ids[0] if ids else None

    def reply_address(self, conversation_id: str, address: str) -> str:
        """support@example.com -> support+<token>@example.com: answers to it belong to the conversation."""
        local, _, domain = address.rpartition("@")
        return f"{local}+{self.sign('reply', conversation_id)}@{domain}"

    def conversation_of(self, address: str) -> str | None:
        """The conversation a signed reply address belongs to, or None."""
        tag = address.rpartition("@")[0].partition("+")[2]
        ids = self.open("reply", tag) if tag else None
        return ids[0] if ids else None


def _encode(data: bytes) -> str:
    """base64.b32encode without padding, in lower case, ten bits at a time: a campaign does little else."""
    length = -(-len(data) * 8 // 5)
    groups = -(-length // 2)
    number = int.from_bytes(data) << (groups * 10 - len(data) * 8)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(groups * 10 - 10, -1, -10)])[:length]


@lru_cache(maxsize=LATELY)
def _written(ids: str) -> str:
    """Every token about one delivery begins alike."""
    return _encode(bytes.fromhex(ids))


def _decode(text: str) -> bytes:
    try:
        return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return b""

"""Signs mails so that whoever gets them can tell that the domain sent them (RFC 6376, RFC 8463).

Relaxed canonicalisation of headers and body, rsa-sha256 or ed25519-sha256, whatever the key is. From is signed once
more than it stands there, so that nobody can put another one in front.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SMALLEST_KEY = 1024  # bits: less, and receivers do not look at it (RFC 8301)
SIGNED = (
    "from sender reply-to to cc subject date message-id in-reply-to references mime-version content-type "
    "content-transfer-encoding auto-submitted list-id list-unsubscribe list-unsubscribe-post"
).split()
LINE = 72
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_BLANKS = re.compile(rb"[ \t]+")
_BEFORE_END = re.compile(rb" (?=\r\n)")
_LAST_LINES = re.compile(rb"(\r\n)*\Z")

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def open_key(pem: str) -> PrivateKey:
    """Raises ValueError."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as wrong:
        raise ValueError("is no private key in PEM form without a password") from wrong
    if isinstance(key, ed25519.Ed25519PrivateKey) or (
        isinstance(key, rsa.RSAPrivateKey) and key.key_size >= SMALLEST_KEY
    ):
        return key
    raise ValueError("is neither an RSA key of 1024 bits or more nor an Ed25519 key")


class Signature:
    """Of one domain, under one selector."""

    def __init__(self, domain: str, selector: str, key: PrivateKey) -> None:
        self.domain, self.selector, self._key = domain, selector, key
        self._algorithm = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ed25519"

    def record(self) -> tuple[str, str]:
        """(name, value) of the TXT record by which the world checks it."""
        encoding, public = serialization.Encoding, self._key.public_key()
        form = serialization.PublicFormat
        if self._algorithm == "rsa":
            data = public.public_bytes(encoding.DER, form.SubjectPublicKeyInfo)
        else:
            data = public.public_bytes(encoding.Raw, form.Raw)
        value = f"v=DKIM1; k={self._algorithm}; p={base64.b64encode(data).decode()}"
        return f"{self.selector}._domainkey.{self.domain}", value

    def signed(self, mail: bytes, now: int) -> bytes:
        """The mail below its signature. now: milliseconds."""
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = _fields(head)
        names = [name for name in SIGNED if name in fields]
        tags = {
            "v": "1",
            "a": f"{self._algorithm}-sha256",
            "c": "relaxed/relaxed",
            "d": self.domain,
            "s": self.selector,
            "t": str(now // 1000),
            "h": ":".join(["from", *names]),
            "bh": base64.b64encode(sha256(_body(body)).digest()).decode(),
            "b": "",
        }
        unsigned = _folded([f"{tag}={value}" for tag, value in tags.items()])
        signed = b"".join(fields[name] for name in names) + _relaxed(_FOLD.sub(b"", unsigned)).rstrip(b"\r\n")
        made = base64.b64encode(self._sign(signed))
        lines = [made[at : at + LINE] for at in range(0, len(made), LINE)]
        return b"\r\n ".join([unsigned, *lines]) + b"\r\n" + mail

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(sha256(data).digest())


def _fields(head: bytes) -> Mapping[str, bytes]:
    """Name -> the header, relaxed; a mail of ours has each once."""
    lines = _FOLD.sub(b"", head).split(b"\r\n")
    return {line.partition(b":")[0].strip().lower().decode("ascii", "replace"): _relaxed(line) for line in lines}


def _relaxed(line: bytes) -> bytes:
    name, _, value = line.partition(b":")
    return name.strip().lower() + b":" + _BLANKS.sub(b" ", value).strip(b" ") + b"\r\n"


def _body(body: bytes) -> bytes:
    reduced = _BEFORE_END.sub(b"", _BLANKS.sub(b" ", body)).rstrip(b" ")
    content = _LAST_LINES.sub(b"", reduced, count=1)
    return content + b"\r\n" if content else b""


def _folded(tags: Sequence[str]) -> bytes:
    """The header as it is signed, which is as it is folded; between tags, and in the list of names."""
    words = ["DKIM-Signature:", *"; ".join(tags).replace(":", ": ").split(" ")]
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) + 1 > LINE:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line]).encode()

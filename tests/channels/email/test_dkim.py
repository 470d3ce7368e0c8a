"""Mails are signed by the domain they come from; checked here by a reading of RFC 6376 of the test's own."""

import base64
import re
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import ValidationError

from channels.email.channel import EmailChannel
from hub.clock import FakeClock
from tests.doors import Ledger, open_tools
from tests.letters import SUPPORT, outbound
from tests.relay import open_relay

RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
KEYS = {"rsa": RSA, "ed25519": ED25519}
LISTED = {
    "List-Unsubscribe": "<https://hub.example/u/abcdefghijklmnopqrstuvwxyz.abcdefghijklmnop>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
BODIES = [
    "Hello",
    "",
    "two  blanks \n and\ttabs\t\n\n\n",
    "Grüße, „Ada“ 👋",
    "long " * 2_000,
    ".\n..\n.dot",
]


def pem(key) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def settings(port: int, key) -> dict:
    smtp = {"host": "127.0.0.1", "port": port, "security": "none"}
    return {"address": SUPPORT, "smtp": smtp, "dkim": {"domain": "hub.example", "selector": "s1", "key": pem(key)}}


async def delivered(key, bulk: bool, **message: object) -> tuple[bytes, tuple[str, str]]:
    """The mail as the relay got it, and the record."""
    async with open_relay("PIPELINING") as relay, open_tools(FakeClock(), "http://hub.example") as tools:
        channel = EmailChannel("mail", EmailChannel.Settings(**settings(relay.port, key)), tools)
        if bulk:
            assert channel.bulk
            await channel.bulk.carry([channel.bulk.seal(outbound(**message))], lambda place, ended: None)
        else:
            await channel.send(outbound(**message), Ledger())
        await channel.close()
        [(_, mail)] = relay.mails
        [record] = channel.dns_records().items()
        return mail, record


def verify(mail: bytes, record: tuple[str, str]) -> dict[str, str]:
    """The tags of its signature. Raises InvalidSignature, AssertionError."""
    head, _, body = mail.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    signature = next(field for field in fields if field.lower().startswith(b"dkim-signature:"))
    flat = re.sub(rb"\s+", b"", signature.partition(b":")[2]).decode()
    tags = dict(tag.split("=", 1) for tag in flat.split(";") if tag)
    assert record[0] == f"{tags['s']}._domainkey.{tags['d']}"
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    canonical = b"".join(line + b"\r\n" for line in lines)
    assert tags["bh"] == base64.b64encode(sha256(canonical).digest()).decode()
    left, data = list(fields), b""
    for name in tags["h"].split(":"):
        found = next((one for one in reversed(left) if one.lower().startswith(name.encode() + b":")), None)
        if found:
            left.remove(found)
            data += relaxed(found) + b"\r\n"
    data += relaxed(re.sub(rb"(;\s*b=)[^;]*$", rb"\1", signature))
    published = base64.b64decode(record[1].rpartition("p=")[2])
    if tags["a"] == "rsa-sha256":
        load_der_public_key(published).verify(base64.b64decode(tags["b"]), data, padding.PKCS1v15(), hashes.SHA256())
    else:
        public = ed25519.Ed25519PublicKey.from_public_bytes(published)
        public.verify(base64.b64decode(tags["b"]), sha256(data).digest())
    return tags


def relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("bulk", [False, True], ids=["alone", "in bulk"])
async def test_the_signature_holds_for_what_arrives(key, bulk):
    for text in BODIES:
        mail, record = await delivered(KEYS[key], bulk, text=text, html=f"<p>{text}</p>", headers=LISTED)
        tags = verify(mail, record)
        assert {"from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"} <= set(
            tags["h"].split(":")
        )
        assert max(map(len, mail.partition(b"\r\nFrom:")[0].split(b"\r\n"))) <= 78


async def test_another_from_and_other_words_break_it():
    mail, record = await delivered(RSA, False, text="Hello Ada")

    with pytest.raises(InvalidSignature):
        verify(mail.replace(b"\r\nFrom:", b"\r\nFrom: Eve <eve@example.com>\r\nFrom:", 1), record)
    with pytest.raises(InvalidSignature):
        verify(mail.replace(b"Subject: Re", b"Subject: Ra"), record)
    with pytest.raises(AssertionError):
        verify(mail.replace(b"Hello Ada", b"Hello Eve"), record)


@pytest.mark.parametrize(
    "key", ["no key", pem(rsa.generate_private_key(public_exponent=65_537, key_size=1_024)).replace("MII", "XII")]
)
def test_a_key_that_is_none_is_named(key):
    with pytest.raises(ValidationError, match="dkim"):
        EmailChannel.Settings(address=SUPPORT, dkim={"domain": "hub.example", "selector": "s1", "key": key})

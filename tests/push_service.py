"""A push service on a real socket, and a phone that opens what it is handed, by RFC 8291 and RFC 8292 alone."""

import base64
import json
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from yarl import URL

from hub.platform.web_push import Subscription

ORIGIN = "https://push.example"


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


class Phone:
    """What subscribes, and reads what comes."""

    def __init__(self, name: str = "phone") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = b"0123456789abcdef"
        form = serialization.PublicFormat.UncompressedPoint
        self._point = self._key.public_key().public_bytes(serialization.Encoding.X962, form)
        self.subscription = Subscription(f"{ORIGIN}/to/{name}", _text(self._point), _text(self._auth))

    @property
    def form(self) -> dict[str, str]:
        told = self.subscription
        return {"endpoint": told.endpoint, "p256dh": told.p256dh, "auth": told.auth}

    def open(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= 4096 <= size
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self._key.exchange(ec.ECDH(), theirs)
        both = self._derive(self._auth, b"WebPush: info\0" + self._point + sender, 32, shared)
        key = self._derive(salt, b"Content-Encoding: aes128gcm\0", 16, both)
        nonce = self._derive(salt, b"Content-Encoding: nonce\0", 12, both)
        padded = AESGCM(key).decrypt(nonce, sealed, None)
        words, mark = padded.rstrip(b"\0")[:-1], padded.rstrip(b"\0")[-1]
        assert mark == 2
        return words

    def _derive(self, salt: bytes, info: bytes, length: int, secret: bytes) -> bytes:
        return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def claims_of(header: str, public: str) -> dict[str, Any]:
    """What the sender says, once its signature is found to be right."""
    scheme, _, rest = header.partition(" ")
    told = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    said, _, signature = told["t"].rpartition(".")
    both = _octets(signature)
    made = encode_dss_signature(int.from_bytes(both[:32]), int.from_bytes(both[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _octets(public))
    key.verify(made, said.encode(), ec.ECDSA(hashes.SHA256()))
    head, claims = (json.loads(_octets(part)) for part in said.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    return dict(claims)


class PushService:
    """Takes what is sent to `push.example`; says: what it answers next, then 201."""

    def __init__(self) -> None:
        self.says: list[int] = []
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.tried = 0
        app = web.Application()
        app.router.add_post("/to/{name}", self._take)
        self._server = TestServer(app)

    async def __aenter__(self) -> "PushService":
        await self._server.start_server()
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *trouble: object) -> None:
        await self._session.close()
        await self._server.close()

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """In the place of the guarded way out, which goes to no server on this machine."""
        assert url.startswith(ORIGIN)
        async with self._session.post(self._server.make_url(URL(url).path), data=body, headers=headers) as answer:
            return answer.status

    async def _take(self, request: web.Request) -> web.Response:
        self.tried += 1
        status = self.says.pop(0) if self.says else 201
        if status == 201:
            self.heard.append((request.match_info["name"], dict(request.headers), await request.read()))
        return web.Response(status=status)

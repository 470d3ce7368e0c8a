"""Plays a provider's sign-in page and token endpoint (RFC 6749, RFC 7636), and says of tokens whom they belong to
(RFC 7662)."""

import secrets
from base64 import urlsafe_b64encode
from collections import deque
from hashlib import sha256

from aiohttp import web
from yarl import URL

AUTHORIZATION, TOKEN, INTROSPECTION = "/authorize", "/token", "/introspect"


class TokenSandbox:
    """allow() is somebody who agrees; `asked` holds the forms of every request for a token; orders: what the next ones
    are answered, as (status, JSON). rotates: each refresh token is good for one token. agrees: whoever comes to the
    sign-in page does, as the user of its login_hint."""

    def __init__(self, *, life: int = 3600) -> None:
        self.life = life
        self.rotates = False
        self.agrees = True
        self._codes: dict[str, dict[str, str]] = {}
        self.orders: deque[tuple[int, dict[str, object]]] = deque()
        self.asked: list[dict[str, str]] = []
        self._refresh: dict[str, str] = {}
        self._access: dict[str, str] = {}
        self._runner: web.AppRunner | None = None
        self.origin = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        app = web.Application()
        app.router.add_get(AUTHORIZATION, self._authorize)
        app.router.add_post(TOKEN, self._give)
        app.router.add_post(INTROSPECTION, self._introspect)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.origin = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.origin

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    @property
    def token_url(self) -> str:
        return f"{self.origin}{TOKEN}"

    @property
    def authorize_url(self) -> str:
        return f"{self.origin}{AUTHORIZATION}"

    def allow(self, user: str) -> str:
        """A refresh token for somebody's mailbox."""
        token = secrets.token_urlsafe(24)
        self._refresh[token] = user
        return token

    def revoke(self, refresh_token: str) -> None:
        del self._refresh[refresh_token]

    def end_access(self) -> None:
        """Every access token there is, as if its time were over."""
        self._access.clear()

    def user_of(self, access_token: str) -> str:
        """Whose mailbox it opens; "" = it is no good."""
        return self._access.get(access_token, "")

    async def _authorize(self, request: web.Request) -> web.Response:
        """Leads back at once, as if the page had been read and a button pressed."""
        asked = dict(request.query)
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return web.Response(status=400, text="response_type and code_challenge_method are needed")
        code = secrets.token_urlsafe(24)
        self._codes[code] = asked
        told = {"code": code} if self.agrees else {"error": "access_denied"}
        raise web.HTTPFound(URL(asked["redirect_uri"]).update_query({**told, "state": asked.get("state", "")}))

    def _redeemed(self, form: dict[str, str]) -> str:
        """The user whose code it is; each is good once, for who began."""
        asked = self._codes.pop(form.get("code", ""), {})
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        same = all(asked.get(key) == form.get(key) for key in ("client_id", "redirect_uri"))
        return asked["login_hint"] if asked and same and asked["code_challenge"] == challenge else ""

    async def _give(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append(form)
        if self.orders:
            status, told = self.orders.popleft()
            return web.json_response(told, status=status)
        shown = form.get("refresh_token", "")
        user = self._refresh.get(shown, "")
        if by_code := form.get("grant_type") == "authorization_code":
            user = self._redeemed(form)
        if not user or (not by_code and form.get("grant_type") != "refresh_token"):
            gone = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            return web.json_response(gone, status=400)
        access = secrets.token_urlsafe(24)
        self._access[access] = user
        told = {"access_token": access, "token_type": "Bearer", "expires_in": self.life}
        if by_code:
            told["refresh_token"] = self.allow(user)
        elif self.rotates:
            self.revoke(shown)
            told["refresh_token"] = self.allow(user)
        return web.json_response(told)

    async def _introspect(self, request: web.Request) -> web.Response:
        user = self.user_of(str((await request.post()).get("token", "")))
        return web.json_response({"active": bool(user), "username": user})

"""Plays a provider's token endpoint (RFC 6749) and says of tokens whom they belong to (RFC 7662)."""

import secrets
from collections import deque

from aiohttp import web

TOKEN, INTROSPECTION = "/token", "/introspect"


class TokenSandbox:
    """allow() is somebody who agrees; `asked` holds the forms of every request for a token; orders: what the next ones
    are answered, as (status, JSON). rotates: each refresh token is good for one token."""

    def __init__(self, *, life: int = 3600) -> None:
        self.life = life
        self.rotates = False
        self.orders: deque[tuple[int, dict[str, object]]] = deque()
        self.asked: list[dict[str, str]] = []
        self._refresh: dict[str, str] = {}
        self._access: dict[str, str] = {}
        self._runner: web.AppRunner | None = None
        self.origin = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        app = web.Application()
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

    async def _give(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append(form)
        if self.orders:
            status, told = self.orders.popleft()
            return web.json_response(told, status=status)
        shown = form.get("refresh_token", "")
        user = self._refresh.get(shown, "")
        if form.get("grant_type") != "refresh_token" or not user:
            gone = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            return web.json_response(gone, status=400)
        access = secrets.token_urlsafe(24)
        self._access[access] = user
        told = {"access_token": access, "token_type": "Bearer", "expires_in": self.life}
        if self.rotates:
            self.revoke(shown)
            told["refresh_token"] = self.allow(user)
        return web.json_response(told)

    async def _introspect(self, request: web.Request) -> web.Response:
        user = self.user_of(str((await request.post()).get("token", "")))
        return web.json_response({"active": bool(user), "username": user})

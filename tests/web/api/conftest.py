"""A whole hub behind a real socket (nothing is sent: it runs without delivery), and a client of its API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from hub.app import running
from hub.clock import FakeClock
from hub.config import Settings
from hub.context import Hub
from hub.store.tokens import add_token, new_secret

SMS = {"type": "sms", "account_sid": "AC" + "0" * 32, "auth_token": "secret-of-sms", "from": "+12025550100"}
CHANNELS = {
    "sms": SMS,
    "wa": {**SMS, "type": "whatsapp"},
    "bot": {"type": "telegram", "token": "1:secret-of-bot", "mode": "webhook", "api_base": "http://127.0.0.1:9"},
}


class Api:
    """Speaks JSON with the hub: `await api.post("/labels", {...})`."""

    def __init__(self, session: aiohttp.ClientSession, base: str, token: str) -> None:
        self.session, self.base, self.token = session, base, token
        self.headers: Any = {}

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **more: Any
    ) -> tuple[int, Any]:
        """(status, body); the headers of the last answer are in `headers`."""
        headers = {"Authorization": f"Bearer {token or self.token}", **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        async with self.session.request(method, f"{self.base}/api/v1{path}", headers=headers, **more) as answer:
            self.headers = answer.headers
            return answer.status, (await answer.json(content_type=None) if await answer.read() else None)

    async def get(self, path: str) -> Any:
        return await self._expect("GET", path, None)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self._expect("POST", path, body)

    async def patch(self, path: str, body: Any) -> Any:
        return await self._expect("PATCH", path, body)

    async def delete(self, path: str) -> Any:
        return await self._expect("DELETE", path, None)

    async def _expect(self, method: str, path: str, body: Any) -> Any:
        status, answer = await self.ask(method, path, body)
        assert status in (200, 201, 204), answer
        return answer

    async def upload(self, name: str, content: bytes, content_type: str = "text/plain", **headers: str) -> Any:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", content, filename=name, content_type=content_type)
        return await self.ask("POST", "/attachments", data=form, headers=headers)


@pytest.fixture
async def hub(store_url: str, clock: FakeClock) -> AsyncIterator[Hub]:
    settings = Settings.model_validate(
        {"store": {"url": store_url}, "web": {"port": 0}, "key": "A" * 43 + "=", "channels": CHANNELS}
    )
    async with running(settings, roles=["web"], clock=clock) as started:
        yield started.hub


@pytest.fixture
def new_token(hub: Hub) -> Callable[..., Awaitable[str]]:
    async def make(*scopes: str, teams: tuple[str, ...] = ()) -> str:
        secret = new_secret()
        await hub.store.write(add_token, "test", secret, scopes or ["*"], hub.clock.now(), None, teams)
        return secret

    return make


@pytest.fixture
async def api(hub: Hub, new_token: Callable[..., Awaitable[str]]) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(session, hub.base_url, await new_token())

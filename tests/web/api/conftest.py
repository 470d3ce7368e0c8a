"""A hub behind a real socket, and a client whose token may do everything."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.channel import Tools
from hub.clock import FakeClock
from hub.config import Settings
from hub.context import Hub
from hub.fetcher import GuardedFetcher
from hub.live import Live
from hub.registry import Registry
from hub.signing import Signer
from hub.store.database import Store
from hub.store.tokens import add_token, new_secret
from hub.web.api.problems import problems
from hub.web.api.routes import api_routes
from hub.web.keys import HUB


class Api:
    """Speaks JSON with the hub: `await api.post("/labels", {...})` -> (status, body)."""

    def __init__(self, session: aiohttp.ClientSession, base: str, token: str) -> None:
        self.session, self.base, self.token = session, base, token

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **more: Any
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token or self.token}", **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        async with self.session.request(method, f"{self.base}/api/v1{path}", headers=headers, **more) as answer:
            self.headers = answer.headers
            return answer.status, (await answer.json(content_type=None) if await answer.read() else None)

    async def get(self, path: str, **more: Any) -> Any:
        status, body = await self.ask("GET", path, **more)
        assert status == 200, body
        return body

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        status, answer = await self.ask("POST", path, body, **more)
        assert status in (200, 201, 204), answer
        return answer

    async def patch(self, path: str, body: Any) -> Any:
        status, answer = await self.ask("PATCH", path, body)
        assert status == 200, answer
        return answer


@pytest.fixture
async def hub(store: Store, clock: FakeClock) -> AsyncIterator[Hub]:
    async with aiohttp.ClientSession() as session:
        live = Live(store)
        fetch = GuardedFetcher(session)
        tools = Tools(session, fetch, clock, "http://hub.example", b"s" * 32)
        assert tools.secret
        settings = Settings()
        yield Hub(settings, store, live, clock, Signer(b"s" * 32), Registry(), session, fetch, "http://hub.example")
        await fetch.close()


@pytest.fixture
async def new_token(store: Store, clock: FakeClock) -> Callable[..., Awaitable[str]]:
    async def make(*scopes: str) -> str:
        secret = new_secret()
        await store.write(add_token, "test", secret, scopes or ["*"], clock.now())
        return secret

    return make


@pytest.fixture
async def api(hub: Hub, new_token: Callable[..., Awaitable[str]]) -> AsyncIterator[Api]:
    app = web.Application(middlewares=[problems])
    app[HUB] = hub
    app.add_routes(api_routes())
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Api(session, str(server.make_url("")).rstrip("/"), await new_token())

"""The API of a running hub, asked as a program asks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from hub.context import Hub
from hub.store.tokens import add_token, new_secret


@dataclass
class Program:
    """`await program.ask("POST", "/labels", {...})` answers (status, body)."""

    session: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        more = {} if body is None else {"json": body}
        async with self.session.request(method, f"/api/v1{path}", **more) as answer:
            return answer.status, await answer.json(content_type=None)

    async def must(self, method: str, path: str, body: Any = None) -> Any:
        """The body of an answer that says yes."""
        status, answer = await self.ask(method, path, body)
        assert status in (200, 201), answer
        return answer


@asynccontextmanager
async def program_of(hub: Hub, *scopes: str) -> AsyncIterator[Program]:
    """A program that may do everything, or what the scopes say."""
    secret = new_secret()
    await hub.store.write(add_token, "test", secret, scopes or ["*"], hub.clock.now())
    async with aiohttp.ClientSession(hub.base_url, headers={"Authorization": f"Bearer {secret}"}) as session:
        yield Program(session)

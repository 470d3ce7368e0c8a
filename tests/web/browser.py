"""A browser without JavaScript: follows nothing by itself, keeps cookies, presses the buttons of forms."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from hub.accounts import add_account
from hub.context import Hub
from hub.model import Role

HIDDEN = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@dataclass
class Visitor:
    session: aiohttp.ClientSession
    base: str

    async def get(self, path: str, **more) -> tuple[int, str]:
        async with self.session.get(self.base + path, allow_redirects=False, **more) as answer:
            return answer.status, await answer.text()

    async def answer(self, method: str, path: str, **more) -> aiohttp.ClientResponse:
        async with self.session.request(method, self.base + path, allow_redirects=False, **more) as answer:
            await answer.read()
            return answer

    async def fetch(self, path: str, **more) -> tuple[aiohttp.ClientResponse, bytes]:
        """The answer with its body as sent."""
        async with self.session.get(self.base + path, allow_redirects=False, **more) as answer:
            return answer, await answer.read()

    async def post(self, path: str, form: dict[str, str] | None = None, page: str = "/settings", **more):
        """Like pressing the button of a form that stands on `page`."""
        _, text = await self.get(page)
        found = HIDDEN.search(text)
        data = {"csrf": found[1] if found else "", **(form or {})}
        return await self.answer("POST", path, data=data, **more)


@asynccontextmanager
async def sign_in(hub: Hub, language: str = "en", role: Role = Role.AGENT) -> AsyncIterator[Visitor]:
    """Somebody of a running hub, an agent if nothing else is said, at a browser of that language."""
    email, password = f"{role}@example.com", "correct horse battery"
    await add_account(hub.store, hub.clock, email, role.title(), role, password)
    headers = {"Accept-Language": language}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=headers) as session:
        visitor = Visitor(session, hub.base_url)
        entered = await visitor.answer("POST", "/login", data={"email": email, "password": password})
        assert entered.status == 303
        yield visitor

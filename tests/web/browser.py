"""A browser without JavaScript: follows nothing by itself, keeps cookies, presses the buttons of forms."""

import re
from dataclasses import dataclass

import aiohttp

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

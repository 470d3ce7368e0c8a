"""hub.platform.fetcher: what a provider holds is brought from where it lies; what may come later is asked for again."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.errors import ReadDeferred, Unreadable
from hub.platform.fetcher import GuardedFetcher


class Provider:
    """Hands files out by a redirect, as Twilio does; `says` is what the place it points to answers next."""

    def __init__(self) -> None:
        self.says: list[int] = []
        self.origin = ""

    async def redirect(self, request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/there")

    async def there(self, request: web.Request) -> web.Response:
        return web.Response(body=b"jpeg", content_type="image/jpeg", status=self.says.pop(0) if self.says else 200)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made, app = Provider(), web.Application()
    app.router.add_get("/media", made.redirect)
    app.router.add_get("/there", made.there)
    async with TestServer(app) as server:
        made.origin = str(server.make_url("")).rstrip("/")
        yield made


@pytest.fixture
async def fetch() -> AsyncIterator[GuardedFetcher]:
    async with aiohttp.ClientSession() as session:
        made = GuardedFetcher(session)
        yield made
        await made.close()


@pytest.mark.parametrize("path", ["/media", "/there"])
@pytest.mark.parametrize(("status", "error"), [(503, ReadDeferred), (429, ReadDeferred), (404, Unreadable)])
async def test_trouble_is_passing_or_final_wherever_the_file_lies(
    provider: Provider, fetch: GuardedFetcher, path: str, status: int, error: type[Exception]
) -> None:
    provider.says = [status]
    with pytest.raises(error, match=f"answered {status}$"):
        await fetch(provider.origin + path, allow_origin=provider.origin)

    assert await fetch(provider.origin + path, allow_origin=provider.origin) == (b"jpeg", "image/jpeg")

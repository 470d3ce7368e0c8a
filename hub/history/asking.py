"""Asks another system's API, as the operator said where it is: page after page, with patience, and for files."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urljoin

from hub.errors import HubError, InvalidInput, ReadDeferred, Unreadable
from hub.model import Attachment
from hub.platform.fetcher import GuardedFetcher

TRIES = 8
LONGEST_REST = 60.0  # seconds
MAX_FILE = 25_000_000
MAX_PAGE = 100_000_000

File = Attachment | Mapping[str, str]  # or what is said of one that is lost: filename, reason


class Asking:
    """base: its address; secrets: the headers that let us in, which go nowhere else; rest: seconds before the second
    try, twice as long before each further one."""

    def __init__(self, fetch: GuardedFetcher, base: str, secrets: Mapping[str, str], rest: float = 1.0) -> None:
        self._fetch, self._secrets, self._rest = fetch, secrets, rest
        self.base = base.rstrip("/") + "/"
        self.host = base.partition("://")[2].strip("/").lower()

    async def json(self, path: str, **asked: object) -> Any:
        """Raises HubError when it goes on not answering, InvalidInput for what is no JSON or no access."""
        url = urljoin(self.base, path) + (f"?{urlencode(asked)}" if asked else "")
        content = await self._patiently(url, MAX_PAGE)
        try:
            return json.loads(content[0])
        except ValueError as wrong:
            raise InvalidInput(f"{url} does not answer with JSON: is this the address of its API?") from wrong

    async def file(self, url: str, name: str, content_type: str = "") -> File:
        """Never raises for one that cannot be had."""
        try:
            content, told = await self._patiently(urljoin(self.base, url), MAX_FILE)
        except HubError as lost:
            return {"filename": name, "reason": str(lost)}
        return Attachment(name, content_type or told, content)

    async def _patiently(self, url: str, most: int) -> tuple[bytes, str]:
        for tried in range(TRIES):
            try:
                return await self._fetch(url, max_bytes=most, allow_origin=self.base, secrets=self._secrets)
            except Unreadable as refused:
                raise InvalidInput(str(refused)) from refused
            except ReadDeferred as away:
                if tried == TRIES - 1:
                    raise HubError(f"{away}: what is in stays, begin again later") from away
            await asyncio.sleep(min(self._rest * 2**tried, LONGEST_REST))
        raise AssertionError("unreachable")

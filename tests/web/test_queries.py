"""No page and no list asks the database once per row: what a hundred rows take, ten take as well.

The routes come from the sitemap, so a new one is either counted or named below with the reason why it lists nothing.
"""

import asyncio
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import Connection, Engine, event
from yarl import URL

from hub.channel import Tools
from hub.context import Hub
from hub.model import Role
from hub.registry import open_channel
from hub.store.tokens import add_token, new_secret
from hub.store.webchat import Visitor, find_visitor
from hub.web.api.paging import Page
from hub.web.api.problems import PREFIX
from hub.web.api.routes import OPERATIONS
from hub.web.routes import ROUTES
from hub.webchat.visitors import hash_token
from tests.pager import PagerChannel, PagerSettings
from tests.web.rows import KEY, One, begin, grow

FEW, MANY = 10, 100

LISTS_NOTHING = {  # path -> what it is instead
    "/": "a redirection",
    "/static/{version}/{name:.+}": "a file",
    "/healthz": "a word",
    "/readyz": "a word",
    "/metrics": "numbers by channel",
    "/login": "a form",
    "/setup": "a form",
    "/password/{token}": "a form",
    "/attachments/{id}": "a file",
    "/live": "an endless stream",
    "/settings": "a form",
    "/help": "a text",
    "/sandbox": "the outside world, which stands in no store",
    "/set-aside/{id}": "one unit",
    "/set-aside/{id}/raw": "a file",
    "/u/{token}": "a form",
    "/v/{token}": "one message",
    "/c/{token}": "a redirection",
    "/m/{token}": "a file",
    "/widget.js": "a file",
    "/chat/{channel}/socket": "an endless stream",
    "/chat/{channel}/files/{token}": "a file",
    f"{PREFIX}/openapi.json": "a document",
    f"{PREFIX}/attachments/{{id}}": "a file",
    f"{PREFIX}/agents/{{id}}": "one row",
    f"{PREFIX}/campaigns/{{id}}": "one row",
    f"{PREFIX}/channels/{{name}}": "one row",
    f"{PREFIX}/labels/{{id}}": "one row",
    f"{PREFIX}/segments/{{id}}": "one row",
    f"{PREFIX}/segments/{{id}}/count": "one number",
    f"{PREFIX}/snippets/{{id}}": "one row",
    f"{PREFIX}/teams/{{id}}": "one row",
    f"{PREFIX}/templates/{{id}}": "one row",
    f"{PREFIX}/webhooks/{{id}}": "one row",
}
VIEWS = {  # path -> its other ways of being asked
    "/inbox": ("?view=unassigned", "?view=waiting", "?view=snoozed", "?view=open", "?view=done", "?view=channel:sms"),
    "/conversations/{id}": ("?view=open", "?view=waiting"),
    "/customers": ("?q=somebody",),
    "/search": ("?q=question",),
    "/campaigns/{id}": ("?excluded",),
    f"{PREFIX}/customers": ("?limit=100&q=somebody", "?limit=100&label=everybody", "?limit=100&segment={segment}"),
    f"{PREFIX}/conversations": ("?limit=100&q=there", "?limit=100&label=everybody"),
    f"{PREFIX}/campaigns/{{id}}/recipients": ("?limit=100&excluded=true",),
    f"{PREFIX}/search": ("?limit=100&q=question",),
}
NEEDS_WORDS = ("/search", f"{PREFIX}/search")  # without a question they find nothing


@dataclass
class Counter:
    """SQL statements that any engine of this process was given."""

    count: int = 0

    def note(self, *args: object) -> None:
        self.count += 1


@pytest.fixture(autouse=True)
def statements() -> Iterator[Counter]:
    """Listens before the store opens its first connection."""
    counter = Counter()
    event.listen(Engine, "before_cursor_execute", counter.note)
    yield counter
    event.remove(Engine, "before_cursor_execute", counter.note)


@dataclass
class House:
    """A hub of which there is more and more, and somebody who may look at everything."""

    hub: Hub
    one: One
    chat: Visitor
    session: aiohttp.ClientSession
    base: str
    headers: dict[str, str]

    async def fill(self, numbers: range) -> None:
        for n in numbers:
            await self.hub.channels.add(PagerChannel(f"pager-{n}", PagerSettings(), self.hub.channels["texts"].tools))
        await self.hub.store.write(grow, self.one, numbers, self.chat, self.hub.clock.now() - 3_600_000)
        self.hub.live.wake()

    async def ask(self, url: str) -> bytes:
        async with self.session.get(self.base + url, headers=self.headers, allow_redirects=False) as answer:
            body = await answer.read()
            assert answer.status == 200, (url, answer.status, body[:500])
            return body


@pytest.fixture
async def house(hub: Hub, server: TestServer, signed_in: Any) -> House:
    await hub.channels.add(
        open_channel("chat", {"type": "webchat"}, Tools(hub.session, hub.fetch, hub.clock, hub.base_url, b"secret"))
    )
    owner = await signed_in(Role.OWNER)
    owner.session.cookie_jar.update_cookies({"hub_chat_chat": KEY}, URL(owner.base))
    secret = new_secret()

    def furnish(conn: Connection) -> tuple[One, Visitor]:
        now = hub.clock.now()
        add_token(conn, "test", secret, ["*"], now)
        agent_id = conn.exec_driver_sql("SELECT id FROM agents").scalar_one()
        one = begin(conn, agent_id, "chat", hash_token(KEY), now)
        visitor = find_visitor(conn, "chat", hash_token(KEY))
        assert visitor
        return one, visitor

    one, visitor = await hub.store.write(furnish)
    return House(hub, one, visitor, owner.session, owner.base, {"Authorization": f"Bearer {secret}"})


def counted_paths() -> list[str]:
    paths = dict.fromkeys(route.path for route in ROUTES if route.method == "GET")
    return [path for path in paths if path not in LISTS_NOTHING]


def urls(house: House, path: str) -> list[str]:
    one, sign = house.one, house.hub.signer.sign
    ids = {
        "customers": one.customer,
        "conversations": one.conversation,
        "messages": one.message,
        "campaigns": one.campaign,
        "sequences": one.sequence,
        "templates": one.template,
    }
    kind = path.removeprefix(PREFIX).split("/")[1]
    filled = path.replace("{id}", ids.get(kind, "")).replace("{channel}", "chat")
    filled = filled.replace("{token}", sign("preferences", one.customer))
    if path == "/campaigns/{id}/send":
        filled = f"/campaigns/{one.draft}/send"
    plain = [] if path in NEEDS_WORDS else ["?limit=100"] if is_api_list(path) else [""]
    asked = [filled + view.format(segment=one.segment) for view in (*plain, *VIEWS.get(path, ()))]
    return [*asked, f"/campaigns/{one.draft}"] if path == "/campaigns/{id}" else asked


def is_api_list(path: str) -> bool:
    return any(
        PREFIX + operation.path == path and issubclass(typing.get_origin(operation.answer) or operation.answer, Page)
        for operation in OPERATIONS
        if operation.method == "GET" and isinstance(operation.answer, type)
    )


async def silence(statements: Counter) -> None:
    """Until browsers have been told what happened, and nobody asks anything."""
    async with asyncio.timeout(60):
        while statements.count:
            statements.count = 0
            await asyncio.sleep(0.1)


async def measure(house: House, statements: Counter, url: str, most: int = 0) -> tuple[int, int]:
    """(statements, octets of the answer). The hub looks for news every other second, with two statements: when there
    are more than `most`, the smallest of three counts is the page's own."""
    counts: list[int] = []
    while not counts or (min(counts) > most and len(counts) < 3):
        statements.count = 0
        size = len(await house.ask(url))
        counts.append(statements.count)
    return min(counts), size


async def test_a_page_of_a_hundred_rows_takes_as_many_statements_as_one_of_ten(house: House, statements: Counter):
    await house.fill(range(FEW))
    await house.ask(f"{PREFIX}/labels")  # when the token was used last is noted once an hour
    await silence(statements)
    few = {url: await measure(house, statements, url) for path in counted_paths() for url in urls(house, path)}
    await house.fill(range(FEW, MANY))
    await silence(statements)
    many = {url: await measure(house, statements, url, count) for url, (count, _) in few.items()}
    differing = {url: (few[url][0], count) for url, (count, _) in many.items() if count != few[url][0]}
    assert not differing, "\n".join(f"{url} {counts}" for url, counts in differing.items())
    same = {url for url, (_, size) in many.items() if size <= few[url][1]}
    assert same == {f"/templates/{house.one.template}"}, "shows no more than before (of customers to try, a dozen)"


def test_what_is_said_to_list_nothing_is_no_list():
    paths = {route.path for route in ROUTES if route.method == "GET"}
    assert set(LISTS_NOTHING) <= paths
    assert set(VIEWS) <= set(counted_paths())
    assert not [path for path in LISTS_NOTHING if is_api_list(path)]

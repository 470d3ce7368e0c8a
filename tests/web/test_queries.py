"""No page and no list asks the database once per row: what a hundred rows take, ten take as well.

The routes come from the sitemap, so a new one is either counted or named below with the reason why it lists nothing.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, event

from hub.web.api.problems import PREFIX
from hub.web.routes import ROUTES
from tests.web.house import VIEWS, House, is_api_list, urls

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


def counted_paths() -> list[str]:
    paths = dict.fromkeys(route.path for route in ROUTES if route.method == "GET")
    return [path for path in paths if path not in LISTS_NOTHING]


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

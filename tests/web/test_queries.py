"""No page and no list asks the database once per row: what a hundred rows take, ten take as well.

The routes come from the sitemap, so a new one is either counted or named below with the reason why it lists nothing.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, Engine, Pool, event

from hub.live import Live
from hub.store.database import open_store
from hub.store.search_index import index_pending
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
    "/login/second": "a form",
    "/login/passkey": "a challenge",
    "/setup": "a form",
    "/password/{token}": "a form",
    "/attachments/{id}": "a file",
    "/conversations/{id}/moving": "a form; with a question twenty customers at most",
    "/live": "an endless stream",
    "/presence": "who is here just now, which stands in no store",
    "/settings/passkeys": "a challenge",
    "/help": "a text",
    "/app.webmanifest": "what a browser installs",
    "/worker.js": "a file",
    "/settings/bots": "a form",
    "/settings/keys": "a form",
    "/settings/retention": "a form",
    "/settings/fields": "a form",
    "/settings/channels/new": "a form",
    "/settings/channels/{name}": "a form",
    "/settings/channels/signed-in": "a step of a form",
    "/campaigns/sign-up": "a form",
    "/campaigns/warm-up": "a form",
    "/conversations/{id}/notice": "one notice",
    "/messages/{id}/task": "a form",
    "/messages/{id}/complaint": "a form",
    "/conversations/{id}/complaint": "a form",
    "/complaints/{id}": "one complaint",
    "/messages/{id}/forward": "a form",
    "/conversations/{id}/approved": "what a provider lists",
    "/customers/{id}/consent/{entry}": "a file",
    "/customers/{id}/merge/{other}": "two customers, compared",
    "/customers/{id}/privacy": "one customer, counted",
    "/imports/{id}": "one import, and twenty of its rows",
    "/imports/{id}/problems": "a file",
    "/segments/new": "a form",
    "/segments/{id}": "one segment, and five of those in it",
    "/quotes/{id}": "one quotation",
    "/quotes/{id}/pdf": "a file",
    "/orders/{id}": "one order",
    "/q/{token}": "one quotation",
    "/s/{token}": "one survey",
    "/q/{token}/{name}": "a file",
    "/moments": "one moment",
    "/phone": "one call",
    "/sandbox": "the outside world, which stands in no store",
    "/letters/{id}/pdf": "a file",
    "/set-aside/{id}": "one unit",
    "/set-aside/{id}/raw": "a file",
    "/u/{token}": "a form",
    "/e/{token}": "a form",
    "/join/{purpose}": "a form",
    "/j/{token}": "a form",
    "/d/{token}": "one customer, counted",
    "/v/{token}": "one message",
    "/archive": "twenty campaigns, kept once they are rendered",
    "/archive.xml": "twenty campaigns, kept once they are rendered",
    "/archive/own-links": "a text",
    "/archive/{id}": "one campaign",
    "/r/{token}": "one report",
    "/c/{token}": "a redirection",
    "/o/{token}": "a picture",
    "/m/{token}": "a file",
    "/widget.js": "a file",
    "/chat/{channel}/socket": "an endless stream",
    "/chat/{channel}/files/{token}": "a file",
    f"{PREFIX}/openapi.json": "a document",
    f"{PREFIX}/attachments/{{id}}": "a file",
    f"{PREFIX}/agents/{{id}}": "one row",
    f"{PREFIX}/campaigns/{{id}}": "one row",
    f"{PREFIX}/channels/{{name}}": "one row",
    f"{PREFIX}/companies/{{name}}": "one company",
    f"{PREFIX}/channels/{{name}}/health": "one row",
    f"{PREFIX}/channels/{{name}}/templates": "what a provider lists",
    f"{PREFIX}/labels/{{id}}": "one row",
    f"{PREFIX}/fields/{{key}}": "one row",
    f"{PREFIX}/segments/{{id}}": "one row",
    f"{PREFIX}/segments/{{id}}/count": "one number",
    f"{PREFIX}/snippets/{{id}}": "one row",
    f"{PREFIX}/macros/{{id}}": "one row",
    f"{PREFIX}/teams/{{id}}": "one row",
    f"{PREFIX}/templates/{{id}}": "one row",
    f"{PREFIX}/tasks/{{id}}": "one row",
    f"{PREFIX}/complaints/{{id}}": "one row",
    f"{PREFIX}/surveys/{{id}}": "one row",
    f"{PREFIX}/customers/{{id}}/duplicates": "ten suggestions at most",
    f"{PREFIX}/quotes/{{id}}": "one row",
    f"{PREFIX}/orders/{{id}}": "one row",
    f"{PREFIX}/webhooks/{{id}}": "one row",
}


@pytest.fixture
async def live(store_url: str) -> AsyncIterator[Live]:
    """Looks for news over connections of its own, which count for nothing."""
    store = open_store(store_url)
    await store.open()
    opened = Live(store)
    yield opened
    await opened.close()
    await store.close()


@dataclass
class Counter:
    """SQL statements that the store of the pages was given."""

    pool: Pool | None = None
    count: int = 0

    def note(self, conn: Connection, *args: object) -> None:
        self.count += conn.engine.pool is self.pool


@pytest.fixture(autouse=True)
def statements() -> Iterator[Counter]:
    """Listens before a store opens its first connection."""
    counter = Counter()
    event.listen(Engine, "before_cursor_execute", counter.note)
    yield counter
    event.remove(Engine, "before_cursor_execute", counter.note)


def counted_paths() -> list[str]:
    paths = dict.fromkeys(route.path for route in ROUTES if route.method == "GET")
    return [path for path in paths if path not in LISTS_NOTHING]


async def measure(house: House, statements: Counter, url: str) -> tuple[int, int]:
    """(statements, octets of the answer)."""
    statements.count = 0
    size = len(await house.ask(url))
    return statements.count, size


CHUNKS = 4  # more of them, and look-ups of words, than a search may do for ten times the rows


async def fill(house: House, numbers: range) -> None:
    """Rows that the hub's own loop has put into the search index."""
    await house.fill(numbers)
    while await house.hub.store.write(index_pending):
        continue


@pytest.mark.timeout(600)
async def test_a_page_of_a_hundred_rows_takes_as_many_statements_as_one_of_ten(house: House, statements: Counter):
    await fill(house, range(FEW))
    statements.pool = await house.hub.store.read(lambda conn: conn.engine.pool)
    await house.ask(f"{PREFIX}/labels")  # when the token was used last is noted once an hour
    few = {url: await measure(house, statements, url) for path in counted_paths() for url in urls(house, path)}
    await fill(house, range(FEW, MANY))
    many = {url: await measure(house, statements, url) for url in few}
    counts = {url: (few[url][0], many[url][0]) for url in few}
    # a search looks through chunks of candidates until its page is full: fewer where more is found, or a few more
    differing = {url: (at_ten, at_hundred) for url, (at_ten, at_hundred) in counts.items() if at_hundred != at_ten}
    differing = {url: pair for url, pair in differing.items() if "q=" not in url or pair[1] > pair[0] + CHUNKS}
    assert not differing, "\n".join(f"{url} {pair}" for url, pair in differing.items())
    same = {url for url, (_, size) in many.items() if size <= few[url][1]}
    bounded = {f"/templates/{house.one.template}", f"{PREFIX}/fields"}  # customers to try: a dozen; one setting
    assert same == bounded, "shows no more than before"


def test_what_is_said_to_list_nothing_is_no_list():
    paths = {route.path for route in ROUTES if route.method == "GET"}
    assert set(LISTS_NOTHING) <= paths
    assert set(VIEWS) <= set(counted_paths())
    assert not [path for path in LISTS_NOTHING if is_api_list(path)]

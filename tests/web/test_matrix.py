"""Every route and operation, asked by everybody: signed out, each role, each single scope; about the own team's things
and a foreign one's; with and without the token of the session; announced and chunked.

The cells come from the sitemap. A route whose things are in none of the two lists below fails: say whose they are.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest

from hub.ids import new_id
from hub.model import Role
from hub.store.gate import CHECKS
from hub.store.tokens import add_token, new_secret
from hub.web.api.problems import PREFIX
from hub.web.api.routes import OPERATIONS, scopes
from hub.web.permissions import WITHOUT_SESSION, allows
from hub.web.routes import ROUTES
from tests.web.browser import HIDDEN, Visitor
from tests.web.two_teams import OPEN, SECRET, Two, found_teams

NOBODYS = {  # things that a path names by an id or a word, and that belong to no team
    *("agents", "teams", "settings", "set-aside", "campaigns", "templates", "sequences", "segments", "labels"),
    *(
        "snippets",
        "channels",
        "webhooks",
        "static",
        "password",
        "sandbox",
        "hooks",
        "chat",
        "u",
        "p",
        "v",
        "c",
        "e",
        "m",
    ),
}
ELSEWHERE = {"/live", "/logout", "/chat/{channel}/socket"}  # streams, and what ends the session
RESTRICTED = (Role.AGENT, Role.MARKETING, Role.READ_ONLY)
GIVES_WORDS = {"messages:read", "messages:write", "conversations:read", "conversations:write", "customers:export"}
AT_ONCE = 8
QUERY = "view=open&q=Geheimsache"


@dataclass(frozen=True)
class Cell:
    who: str
    method: str
    path: str
    expected: frozenset[int]
    unsaid: tuple[str, ...] = ()
    visitor: Visitor | None = None
    headers: dict[str, str] = field(default_factory=dict)
    chunked: bool = False

    async def ask(self) -> str:
        """What is wrong with the answer."""
        assert self.visitor
        body = chunks() if self.chunked else b"" if self.method == "GET" else b"{}"
        headers = {**self.headers, **({} if self.method == "GET" else {"Content-Type": "application/json"})}
        url = self.visitor.base + self.path
        more = {} if self.method == "GET" else {"data": body}
        async with self.visitor.session.request(
            self.method, url, headers=headers, allow_redirects=False, **more
        ) as answer:
            text = await answer.text(errors="replace")
        told = [word for word in self.unsaid if word in text]
        return f"{self}: {answer.status}, tells {told}" if answer.status not in self.expected or told else ""


async def chunks() -> AsyncIterator[bytes]:
    yield b"{"
    yield b"}"


ANYTHING = frozenset({*range(200, 403), *range(404, 500)})  # what follows when it may be asked


def things_of(path: str) -> str:
    return path.removeprefix(PREFIX).split("/")[1]


def filled(path: str, ids: dict[str, str]) -> str:
    known = ids.get(things_of(path), "")
    named = path.replace("{id}", known) if known else path
    return re.sub(r"\{(\w+)[^}]*\}", lambda part: new_id(), named)


def cells_of_pages(people: dict[str, tuple[Visitor, str]], two: Two) -> Iterator[Cell]:
    routes = [route for route in ROUTES if not route.path.startswith(PREFIX) and route.path not in ELSEWHERE]
    for route, (who, (visitor, token)), foreign in product(routes, people.items(), (False, True)):
        role = Role(who) if who else None
        path = filled(route.path, two.foreign_ids if foreign else two.own_ids)
        gated = things_of(route.path) in CHECKS and "{id}" in route.path
        unsaid = (SECRET,) if role in (None, *RESTRICTED) else ()
        writes = route.method != "GET"
        for with_token, chunked in product((True, False), (True, False)) if writes else ((False, False),):
            if route.permission in WITHOUT_SESSION:
                expected = ANYTHING | {403}
            elif role is None:
                expected = frozenset({303})
            elif not allows(role, route.permission):
                expected = frozenset({403})
            elif foreign and gated and role in RESTRICTED:
                expected = frozenset({404})
            else:
                expected = frozenset({403}) if writes and route.csrf and not with_token else ANYTHING
            headers = {"X-CSRF-Token": token} if with_token else {}
            asked = path if writes else f"{path}?{QUERY}"
            yield Cell(who or "signed out", route.method, asked, expected, unsaid, visitor, headers, chunked)


def cells_of_operations(visitor: Visitor, tokens: dict[tuple[str, bool], str], two: Two) -> Iterator[Cell]:
    """tokens: (scope, only of the own team) -> secret; the scope "" is a made-up token."""
    for operation, ((scope, restricted), secret), foreign in product(OPERATIONS, tokens.items(), (False, True)):
        path = PREFIX + filled(operation.path, two.foreign_ids if foreign else two.own_ids)
        gated = things_of(operation.path) in CHECKS and "{id}" in operation.path
        if operation.scope is None:
            expected = ANYTHING
        elif not scope:
            expected = frozenset({401})
        elif scope != operation.scope:
            if restricted:
                continue  # refused before anybody asks whose it is
            expected = frozenset({403})
        elif foreign and gated and restricted:
            expected = frozenset({404})
        else:
            expected = ANYTHING | {403}  # the whole record is not for a token of some teams
        quiet = scope not in GIVES_WORDS
        unsaid = (SECRET, OPEN) if quiet else (SECRET,) if restricted else ()
        headers = {"Authorization": f"Bearer {secret}"}
        asked = f"{path}?q=Geheimsache" if operation.path == "/search" else path
        if operation.writes and not restricted:
            asked = f"{asked}?unknown=1"  # so that nothing is done to what later cells ask about
        for chunked in (False, True) if operation.writes else (False,):
            who = f"{scope or 'no token'}{' of a team' if restricted else ''}"
            yield Cell(who, operation.method, asked, expected, unsaid, visitor, headers, chunked)


async def wrong(cells: list[Cell]) -> list[str]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(cell: Cell) -> str:
        async with turns:
            return await cell.ask()

    found = await asyncio.gather(*map(ask, cells))
    print(f"{len(cells)} cells")
    return [one for one in found if one]


def test_of_everything_a_path_names_somebody_said_whose_it_is():
    paths = {route.path for route in ROUTES if "{" in route.path}
    named = {things_of(path) for path in paths}
    assert named - NOBODYS - set(CHECKS) == set(), "new things: owned by a team (hub.store.gate), or nobody's?"
    assert not NOBODYS & set(CHECKS)


async def test_pages_answer_each_role_as_the_sitemap_says(hub, says, browser, signed_in):
    two = await found_teams(hub, says)
    people: dict[str, tuple[Visitor, str]] = {"": (browser(), "0" * 48)}
    for role in Role:
        visitor = await signed_in(role)
        people[role.value] = visitor, HIDDEN.findall((await visitor.get("/settings"))[1])[0]
    owner = people[Role.OWNER.value][0]
    assert SECRET in (await owner.get(f"/conversations/{two.foreign}"))[1]
    cells = list(cells_of_pages(people, two))
    assert len(cells) > 1_500
    assert await wrong(cells) == []


async def test_operations_answer_each_scope_what_it_is_called(hub, says, browser):
    two = await found_teams(hub, says)
    tokens = {("", False): "made-up"}
    for scope, restricted in product(scopes(), (False, True)):
        secret = tokens[scope, restricted] = new_secret()
        teams = [two.teams[1]] if restricted else []
        await hub.store.write(add_token, "test", secret, [scope], hub.clock.now(), None, teams)
    cells = list(cells_of_operations(browser(), tokens, two))
    assert len(cells) > 5_000
    assert await wrong(cells) == []


@pytest.fixture
def engine() -> str:
    """Thousands of cells: what the engines do differently is asked in test_visibility."""
    return "sqlite"

"""Every route and operation, asked by everybody: signed out, each role, each single scope; about the own team's things
and a foreign one's; with and without the token of the session; announced and chunked.

The cells come from the sitemap. A route whose things are in none of the two lists below fails: say whose they are.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

import pytest

from hub.ids import new_id
from hub.model import Role
from hub.store.gate import CHECKS
from hub.store.tokens import add_token, new_secret
from hub.web.api.fields import ID
from hub.web.api.problems import PREFIX
from hub.web.api.routes import OPERATIONS, scopes
from hub.web.permissions import WITHOUT_SESSION, allows
from hub.web.routes import ROUTES
from tests.web.browser import HIDDEN, Visitor
from tests.web.two_teams import NAME, OPEN, SECRET, Two, found_marketing, found_teams

NOBODYS = {  # things that a path names by an id or a word, and that belong to no team
    *(
        "agents",
        "teams",
        "views",
        "bulk",
        "settings",
        "set-aside",
        "letters",
        "campaigns",
        "templates",
        "sequences",
        "segments",
        "imports",
        "labels",
        "fields",
        "companies",
    ),
    *(
        "snippets",
        "macros",
        "channels",
        "webhooks",
        "static",
        "password",
        "sandbox",
        "hooks",
        "chat",
        "u",
        "r",
        "archive",
        "p",
        "v",
        "c",
        "o",
        "e",
        "d",
        "j",
        "join",
        "m",
        "calendar",
        "q",
        "s",
        "phone",
    ),
}
ELSEWHERE = {"/live", "/logout", "/chat/{channel}/socket"}  # streams, and what ends the session
WHOLE = {
    *("/customers/{id}/merge/{other}", "/customers/{id}/separation"),
    *(f"/imports{rest}" for rest in ("", "/{id}", "/{id}/problems", "/{id}/rules", "/{id}/start")),
    *(f"/imports/{{id}}/{act}" for act in ("undoing", "removal", "segment")),
}  # not for who sees some teams only
RESTRICTED = (Role.AGENT, Role.SALES, Role.MARKETING, Role.READ_ONLY)
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


NOBODY = {"": frozenset({401}), "made-up": frozenset({401, 429})}  # many made-up ones of one network are too many


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
        unsaid = (SECRET, NAME) if role in (None, *RESTRICTED) else ()
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
            elif role in RESTRICTED and route.path in WHOLE:
                expected = frozenset({403})
            else:
                expected = frozenset({403}) if writes and route.csrf and not with_token else ANYTHING
            headers = {"X-CSRF-Token": token} if with_token else {}
            asked = path if writes else f"{path}?{QUERY}"
            yield Cell(who or "signed out", route.method, asked, expected, unsaid, visitor, headers, chunked)


def cells_of_operations(visitor: Visitor, tokens: dict[tuple[str, bool], str], two: Two) -> Iterator[Cell]:
    """tokens: (scope, only of the own team) -> secret; without a scope it is no token, or a made-up one."""
    for operation, ((scope, restricted), secret), foreign in product(OPERATIONS, tokens.items(), (False, True)):
        path = PREFIX + filled(operation.path, two.foreign_ids if foreign else two.own_ids)
        gated = things_of(operation.path) in CHECKS and "{id}" in operation.path
        if operation.scope is None:
            expected = ANYTHING
        elif scope in NOBODY:
            expected = NOBODY[scope]
        elif scope != operation.scope:
            if restricted:
                continue  # refused before anybody asks whose it is
            expected = frozenset({403})
        elif foreign and gated and restricted:
            expected = frozenset({404})
        else:
            expected = ANYTHING | {403}  # the whole record is not for a token of some teams
        quiet = scope not in GIVES_WORDS
        unsaid = (SECRET, OPEN) if quiet else (SECRET, NAME) if restricted else ()
        headers = {"Authorization": f"Bearer {secret}"} if scope else {}
        asked = f"{path}?q=Geheimsache" if operation.path == "/search" else path
        if operation.writes and not restricted:
            asked = f"{asked}?unknown=1"  # so that nothing is done to what later cells ask about
        for chunked in (False, True) if operation.writes else (False,):
            who = f"{scope or 'no token'}{' of a team' if restricted else ''}"
            yield Cell(who, operation.method, asked, expected, unsaid, visitor, headers, chunked)


@pytest.fixture
def counted(record_property) -> Callable[[int], None]:
    """Says below the results how many cells were asked."""
    return lambda cells: record_property("counted", f"{cells:,} cells")


async def wrong(cells: list[Cell]) -> list[str]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(cell: Cell) -> str:
        async with turns:
            return await cell.ask()

    found = await asyncio.gather(*map(ask, cells))
    return [one for one in found if one]


def test_of_everything_a_path_names_somebody_said_whose_it_is():
    paths = {route.path for route in ROUTES if "{" in route.path}
    named = {things_of(path) for path in paths}
    assert named - NOBODYS - set(CHECKS) == set(), "new things: owned by a team (hub.store.gate), or nobody's?"
    assert not NOBODYS & set(CHECKS)


@pytest.mark.timeout(600)
async def test_pages_answer_each_role_as_the_sitemap_says(hub, says, browser, signed_in, counted):
    two = await found_teams(hub, says)
    people: dict[str, tuple[Visitor, str]] = {"": (browser(), "0" * 48)}
    for role in Role:
        visitor = await signed_in(role)
        people[role.value] = visitor, HIDDEN.findall((await visitor.get("/settings"))[1])[0]
    owner = people[Role.OWNER.value][0]
    assert SECRET in (await owner.get(f"/conversations/{two.foreign}"))[1]
    cells = list(cells_of_pages(people, two))
    assert len(cells) > 1_500
    counted(len(cells))
    assert await wrong(cells) == []


@pytest.mark.timeout(600)
async def test_operations_answer_each_scope_what_it_is_called(hub, says, browser, counted):
    two = await found_teams(hub, says)
    tokens = {(nobody, False): "made-up" for nobody in NOBODY}
    for scope, restricted in product(scopes(), (False, True)):
        secret = tokens[scope, restricted] = new_secret()
        teams = [two.teams[1]] if restricted else []
        await hub.store.write(add_token, "test", secret, [scope], hub.clock.now(), None, teams)
    cells = list(cells_of_operations(browser(), tokens, two))
    assert len(cells) > 5_000
    counted(len(cells))
    assert await wrong(cells) == []


NOBODYS_FIELDS = {  # ids in bodies and queries of things that belong to no team; a campaign is everybody's
    *("after", "segment", "merge_id", "assignee", "agent_id", "team", "team_id", "members", "campaign", "id", "agent"),
    *("reply", "macro_id"),
    *("customer_ids", "owner", "owner_id"),  # customer_ids of an audience: tests/web/test_visibility.py
}
BODIES: dict[
    tuple[str, str], dict[str, str]
] = {  # what else a body or a query names: field -> whose kind of thing it is
    ("GET", "/conversations"): {"customer_id": "customers"},
    ("POST", "/customers/{id}/merge"): {"customer_id": "customers"},
    ("POST", "/conversations/{id}/replies"): {"attachments": "attachments", "forward_of": "messages"},
    ("POST", "/conversations/{id}/merge"): {"conversation_id": "conversations"},
    ("POST", "/conversations/{id}/split"): {"message_ids": "messages"},
    ("POST", "/conversations/{id}/move"): {"customer_id": "customers", "message_ids": "messages"},
    ("GET", "/quotes"): {"customer_id": "customers"},
    ("POST", "/quotes"): {"customer_id": "customers"},
    ("GET", "/orders"): {"customer_id": "customers"},
    ("POST", "/orders"): {"customer_id": "customers"},
    ("GET", "/complaints"): {"customer_id": "customers"},
    ("GET", "/surveys"): {"customer_id": "customers"},
    ("POST", "/conversations/{id}/complaints"): {"message_id": "messages"},
    ("GET", "/tasks"): {"customer_id": "customers"},
    ("POST", "/tasks"): {"customer_id": "customers", "message_id": "messages"},
    ("POST", "/messages"): {"attachments": "attachments", "customer_id": "customers"},
    ("POST", "/campaigns/{id}/test"): {"customer_id": "customers"},
    ("POST", "/sequences/{id}/fast-forward"): {"customer_id": "customers"},
    ("POST", "/sequences/{id}/runs"): {"customer_ids": "customers"},
    ("POST", "/templates/{id}/preview"): {"customer_id": "customers"},
}
MORE = {  # what such a body needs besides
    ("POST", "/conversations/{id}/replies"): {"text": "Guten Tag"},
    ("POST", "/conversations/{id}/complaints"): {"category": "delivery"},
    ("POST", "/campaigns/{id}/test"): {"to": "me@example.com"},
    ("POST", "/templates/{id}/preview"): {"channel": "email"},
}
WRITTEN = {  # and what is written to a customer, who has to be named as well
    ("POST", "/messages"): {"text": "Guten Tag"},
    ("POST", "/tasks"): {"title": "Anrufen", "due_on": "2026-12-03"},
    ("POST", "/conversations/{id}/move"): {},
}
SEVERAL = ("attachments", "message_ids", "customer_ids")


def written_to(row: tuple[str, str], named: str, things: dict[str, str]) -> dict[str, Any]:
    if row not in WRITTEN:
        return {}
    return WRITTEN[row] | ({} if named == "customer_id" else {"customer_id": things["customers"]})


def ids_in(schema: dict[str, Any], known: dict[str, Any], name: str = "") -> set[str]:
    """The fields of a JSON schema that take an id of ours."""
    if "$ref" in schema:
        reference = schema["$ref"].rpartition("/")[2]
        rest = {key: value for key, value in known.items() if key != reference}
        return ids_in(known[reference], rest, name) if reference in known else set()
    found = {name} if schema.get("pattern") == ID else set()
    within = [one for key in ("anyOf", "allOf", "oneOf") for one in schema.get(key, ())]
    within += [schema["items"]] if isinstance(schema.get("items"), dict) else []
    found = found.union(*(ids_in(one, known, name) for one in within))
    return found.union(*(ids_in(one, known, field) for field, one in schema.get("properties", {}).items()))


def test_of_every_id_in_a_body_somebody_said_whose_it_is():
    for operation in OPERATIONS:
        schemas = [operation.query.model_json_schema(), operation.body.json_schema() if operation.body else {}]
        named = set().union(*(ids_in(schema, schema.get("$defs", {})) for schema in schemas))
        rows = BODIES.get((operation.method, operation.path), {})
        assert named - NOBODYS_FIELDS - set(rows) == set(), f"{operation.path}: whose are these?"
        if ("customer_id" in named) != ("customer_id" in rows):
            raise AssertionError(f"{operation.path}: customers are somebody's")


@dataclass(frozen=True)
class Named:
    """One request whose body names one id."""

    method: str
    path: str
    field: str
    id: str
    more: dict[str, Any]

    async def ask(self, visitor: Visitor, secret: str, chunked: bool = False) -> tuple[int, str]:
        value = [self.id] if self.field in SEVERAL else self.id
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        body = json.dumps({self.field: value, **self.more}).encode()
        asks = (
            {"params": {self.field: self.id}}
            if self.method == "GET"
            else {"data": piecemeal(body) if chunked else body}
        )
        async with visitor.session.request(
            self.method, visitor.base + PREFIX + self.path, headers=headers, **asks
        ) as answer:
            return answer.status, await answer.text()


async def piecemeal(body: bytes) -> AsyncIterator[bytes]:
    yield body[:5]
    yield body[5:]


async def test_bodies_that_name_what_is_not_seen_are_answered_like_what_does_not_exist(hub, says, browser, counted):
    two, visitor = await found_teams(hub, says), browser()
    things = {**two.own_ids, **await found_marketing(hub, two)}

    async def token(scope: str, *teams: str) -> str:
        secret = new_secret()
        await hub.store.write(add_token, "test", secret, (scope,), hub.clock.now(), None, teams)
        return secret

    whole, cells, faults = await token("*"), 0, []
    for operation in OPERATIONS:
        row = operation.method, operation.path
        for named, kind in BODIES.get(row, {}).items():
            path = operation.path.replace("{id}", things.get(things_of(operation.path), ""))
            about = partial(
                Named, operation.method, path, named, more=MORE.get(row, {}) or written_to(row, named, things)
            )
            for scope, chunked in product((operation.scope, "*"), (False, True)):
                restricted = await token(scope, two.teams[1])
                foreign = await about(id=two.foreign_ids[kind]).ask(visitor, restricted, chunked)
                unknown = await about(id=new_id()).ask(visitor, restricted, chunked)
                cells += 2
                if foreign[0] != unknown[0] or foreign[0] >= 500 or SECRET in foreign[1] or NAME in foreign[1]:
                    faults.append((row, named, scope, foreign, unknown))
            own = await about(id=things[kind]).ask(visitor, whole)
            if own[0] in (400, 401, 403, 422, 500):  # the row itself would be wrong
                faults.append((row, named, "own", own))
    counted(cells)
    assert faults == []


EXAMPLES = (  # pages and forms on which customers are shown as examples or recipients
    ("GET", "/templates/{templates}"),
    ("GET", "/templates/{templates}?as={customer}"),
    ("GET", "/campaigns/{campaigns}"),
    ("GET", "/campaigns/{campaigns}?as={customer}"),
    ("POST", "/campaigns/{campaigns}/preview"),
    ("POST", "/campaigns/{campaigns}/reach"),
    ("GET", "/campaigns/{campaigns}/send"),
    ("GET", "/campaigns/{campaigns}/left-out"),
    ("GET", "/campaigns/{report}?fate=excluded"),
    ("GET", "/sequences/{sequences}"),
    ("GET", "/sequences/{sequences}?as={customer}"),
)
OPERATED = (
    "/campaigns/{campaigns}/left-out",
    "/campaigns/{report}/recipients?excluded=true",
    "/sequences/{sequences}/runs",
)


async def test_examples_and_recipients_are_those_who_are_seen(hub, says, browser, signed_in):
    two = await found_teams(hub, says)
    made = await found_marketing(hub, two)
    told = set()
    for role in (Role.OWNER, *RESTRICTED):
        visitor = await signed_in(role)
        token = HIDDEN.findall((await visitor.get("/settings"))[1])[0]
        for method, path in EXAMPLES:
            form = {"data": {"as": two.customer, "csrf": token, "text": "Hello {{ customer.name }}"}}
            async with visitor.session.request(
                method, visitor.base + path.format(customer=two.customer, **made), **(form if method == "POST" else {})
            ) as answer:
                text = await answer.text()
            assert answer.status in (200, 403, 404), (role, path)
            if any(word in text for word in (NAME, "ada@example.com", two.customer)):
                told.add((role, path))
    shown = {path for role, path in told if role == Role.OWNER}
    silent = {f"/campaigns/{{campaigns}}/{page}" for page in ("preview", "reach", "send")}
    assert {path for _, path in EXAMPLES} - shown <= silent
    assert {(role, path) for role, path in told if role != Role.OWNER} == set()


@pytest.mark.parametrize("path", OPERATED)
async def test_operations_list_only_recipients_who_are_seen(hub, says, browser, path):
    two = await found_teams(hub, says)
    made = await found_marketing(hub, two)
    for teams, expected in (((), True), ((two.teams[1],), False)):
        secret = new_secret()
        await hub.store.write(add_token, "test", secret, ("*",), hub.clock.now(), None, teams)
        headers = {"Authorization": f"Bearer {secret}"}
        status, text = await browser().get(PREFIX + path.format(**made), headers=headers)
        assert (status, two.customer in text, two.own_ids["customers"] in text) == (200, expected, True)


@pytest.fixture
def engine() -> str:
    """Thousands of cells: what the engines do differently is asked in test_visibility."""
    return "sqlite"

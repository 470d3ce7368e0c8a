"""The sitemap and its permissions: every route times every role, forged requests, and GET that changes nothing."""

import re

import pytest
from sqlalchemy import select

from hub.ids import new_id
from hub.model import Role
from hub.store.tables import metadata
from hub.web.app import make_app
from hub.web.permissions import GRANTS, WITHOUT_SESSION, Permission, allows
from hub.web.route import Route
from hub.web.routes import ROUTES


@pytest.fixture
def engine() -> str:
    """What stands before the store is the same on both engines; the inbox's own tests run on both."""
    return "sqlite"


OURS = [route for route in ROUTES if not route.path.startswith("/api/")]
GUARDED = [route for route in OURS if route.permission not in WITHOUT_SESSION]
STREAMS = {"/live"}
LEAVING = {"/logout"}


def path_of(route: Route, **known: str) -> str:
    """The path with every part filled in: ids that exist nowhere, unless known."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda part: known.get(part[1], new_id()), route.path)


def test_every_path_the_application_knows_is_in_the_sitemap(hub):
    known = {(route.method, route.path) for route in ROUTES}
    for route in make_app(hub).router.routes():
        method = "GET" if route.method == "HEAD" else route.method
        pattern = route.resource.canonical
        assert any(method == one and re.sub(r"\{(\w+)[^}]*\}", r"{\1}", path) == pattern for one, path in known), (
            f"{route.method} {pattern} was added behind the sitemap's back"
        )


def test_every_route_declares_a_permission():
    assert all(isinstance(route.permission, Permission) for route in ROUTES)


def test_owner_may_do_everything_and_nobody_grants_more_than_their_role():
    assert GRANTS[Role.OWNER] == frozenset(Permission)
    assert not allows(Role.MARKETING, Permission.READ_CONVERSATIONS)
    assert not allows(Role.READ_ONLY, Permission.WRITE_CONVERSATIONS)
    assert not allows(Role.AGENT, Permission.MANAGE)


async def test_signed_out_visitor_gets_nowhere(browser, agent):
    await agent()
    visitor = browser()
    for route in GUARDED:
        answer = await visitor.answer(route.method, path_of(route))
        assert answer.status == 303, route
        assert answer.headers["Location"].startswith("/login"), route


@pytest.mark.parametrize("role", list(Role))
async def test_role_reaches_exactly_what_it_is_granted(signed_in, role):
    visitor = await signed_in(role)
    token = {"X-CSRF-Token": await csrf(visitor)}
    for route in GUARDED:
        if route.path in STREAMS | LEAVING:
            continue
        status = (await visitor.answer(route.method, path_of(route), headers=token)).status
        assert (status != 403) == allows(role, route.permission), f"{role}: {route.method} {route.path}: {status}"
        assert status < 500, f"{role}: {route.method} {route.path}: {status}"


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"X-CSRF-Token": "0" * 48},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
    ],
)
async def test_forged_request_changes_nothing(signed_in, hub, says, forged):
    visitor = await signed_in(Role.OWNER)
    message = await says("Hello?")
    token = {} if not forged or "X-CSRF-Token" in forged else {"X-CSRF-Token": await csrf(visitor)}
    before = await hub.store.read(everything)
    for route in GUARDED:
        if route.method == "POST":
            path = path_of(route, id=message.conversation_id)
            assert (await visitor.answer("POST", path, headers=token | forged)).status == 403, route

    assert await hub.store.read(everything) == before


async def test_token_of_one_session_is_worthless_in_another(signed_in):
    one, other = await signed_in(Role.OWNER), await signed_in(Role.AGENT)
    foreign = {"X-CSRF-Token": await csrf(one)}

    assert (await other.answer("POST", "/settings", headers=foreign)).status == 403


async def test_looking_changes_nothing(signed_in, hub, says):
    visitor = await signed_in(Role.OWNER)
    message = await says("Hello?")
    ids = [message.conversation_id, message.customer_id, message.id]
    before = await hub.store.read(everything)
    for route in OURS:
        if route.method == "GET" and route.path not in STREAMS:
            for id in ids:
                for method in ("GET", "HEAD"):
                    answer = await visitor.answer(method, path_of(route, id=id))
                    assert answer.status < 500, (route, answer.status)

    assert await hub.store.read(everything) == before


async def csrf(visitor) -> str:
    status, page = await visitor.get("/settings")
    assert status == 200
    found = re.search(r'name="csrf" content="([0-9a-f]+)"', page)
    assert found
    return found[1]


def everything(conn) -> dict[str, list[str]]:
    """The whole database as text, except the numbers readers give to events."""
    dump: dict[str, list[str]] = {}
    for table in metadata.sorted_tables:
        columns = [column for column in table.c if (table.name, column.name) != ("events", "seq")]
        dump[table.name] = sorted(repr(tuple(row)) for row in conn.execute(select(*columns)))
    return dump

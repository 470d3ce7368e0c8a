"""The limit of a route counts the octets that were read: chunked bodies past it are refused on every route."""

import re
from collections.abc import AsyncIterator

import pytest

from hub.ids import new_id
from hub.model import Role
from hub.web.routes import ROUTES
from tests.web.browser import HIDDEN

PIECE = b"a" * 0x4000
FORM = "application/x-www-form-urlencoded"
MOST = 1_100_000  # longer ones read bodies in the same way, and take longer to send
LIMITED = [route for route in ROUTES if route.method != "GET" and route.limit <= MOST]
BEFORE = {  # what they ask for before a body: somebody's password, an empty store, a thing that the path names
    *("/login/second", "/setup", "/u/{token}", "/e/{token}", "/q/{token}", "/chat/{channel}"),
    "/chat/{channel}/unread",
}
READS_NOTHING = {"/logout", "/settings/calendar", "/settings/second-factor/proposal"}  # once the token was right


@pytest.fixture
def engine() -> str:
    """Nothing of a body that is too long comes to the store."""
    return "sqlite"


async def past(limit: int) -> AsyncIterator[bytes]:
    for _ in range(limit // len(PIECE) + 2):
        yield PIECE


@pytest.mark.parametrize("token_stands", ["nowhere", "in the header"])
async def test_chunked_body_past_the_limit_is_refused_on_every_route(signed_in, token_stands):
    visitor = await signed_in(Role.OWNER)
    [token, *_] = HIDDEN.findall((await visitor.get("/settings"))[1])
    headers = {"Content-Type": FORM} | ({"X-CSRF-Token": token} if token_stands == "in the header" else {})
    answers = {}
    for route in LIMITED:
        if token_stands == "nowhere" or route.path not in READS_NOTHING:
            path = re.sub(r"\{(\w+)[^}]*\}", lambda part: new_id(), route.path)
            answer = await visitor.answer("POST", path, data=past(route.limit), headers=headers)
            answers[route.path] = answer.status
    refused = {413} if token_stands == "nowhere" else {413, 404}  # what the path names is looked up first
    other = {path: status for path, status in answers.items() if status not in refused and path not in BEFORE}
    assert other == {}
    assert len(answers) > 60
    assert all(answers[path] in (303, 404) for path in BEFORE)

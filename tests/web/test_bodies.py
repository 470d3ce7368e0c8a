"""The limit of a route counts the octets that came in, unpacked: bodies past it are refused on every route, whether
their length was announced or not, whatever they hold."""

import gzip
import re
from collections.abc import AsyncIterator

import pytest

from hub.ids import new_id
from hub.model import Role
from hub.store.tokens import add_token
from hub.web.api.problems import PREFIX
from hub.web.api.routes import OPERATIONS
from hub.web.routes import ROUTES
from tests.web.browser import HIDDEN, Visitor
from tests.web.wire import Wire

PIECE = b"a" * 0x4000
FORM = "application/x-www-form-urlencoded"
MOST = 1_100_000
OURS = [route for route in ROUTES if route.method != "GET" and not route.path.startswith(PREFIX)]
LIMITED = [route for route in OURS if route.limit <= MOST]
LARGE = [route for route in OURS if route.limit > MOST and route.path != "/chat/{channel}/files"]  # see test_chat
BEFORE = {  # what they ask for before a body: somebody's password, an empty store, a thing that the path names
    *("/login/second", "/setup", "/u/{token}", "/e/{token}", "/q/{token}", "/s/{token}", "/chat/{channel}"),
    *("/join/{purpose}", "/j/{token}", "/p/{token}/data", "/d/{token}"),
    "/chat/{channel}/unread",
}
READS_NOTHING = {
    "/logout",
    "/settings/calendar",
    "/settings/second-factor/proposal",
    "/phone/token",
}  # once the token was right


@pytest.fixture
def engine() -> str:
    """Nothing of a body that is too long comes to the store."""
    return "sqlite"


async def past(limit: int, piece: bytes = PIECE) -> AsyncIterator[bytes]:
    for _ in range(limit // len(piece) + 1):
        yield piece


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)[^}]*\}", lambda part: new_id(), path)


def packed(limit: int) -> bytes:
    """A little more than the limit, once it is unpacked."""
    line = b"a" * 998 + b"\r\n"
    return gzip.compress(line * (limit // len(line) + 2))


@pytest.mark.parametrize("sent", ["chunked", "packed"])
@pytest.mark.parametrize("token_stands", ["nowhere", "in the header"])
async def test_body_past_the_limit_is_refused_on_every_route(signed_in, token_stands, sent):
    visitor = await signed_in(Role.OWNER)
    [token, *_] = HIDDEN.findall((await visitor.get("/settings"))[1])
    headers = {"Content-Type": FORM} | ({"X-CSRF-Token": token} if token_stands == "in the header" else {})
    headers |= {"Content-Encoding": "gzip"} if sent == "packed" else {}
    answers = {}
    for route in LIMITED:
        if token_stands == "nowhere" or route.path not in READS_NOTHING:
            body = packed(route.limit) if sent == "packed" else past(route.limit)
            answers[route.path] = (await visitor.answer("POST", filled(route.path), data=body, headers=headers)).status
    refused = {413} if token_stands == "nowhere" else {413, 404}  # what the path names is looked up first
    other = {path: status for path, status in answers.items() if status not in refused and path not in BEFORE}
    assert other == {}
    assert len(answers) > 60
    assert all(answers[path] in (303, 404, 413) for path in BEFORE)


@pytest.mark.parametrize("route", LARGE, ids=lambda route: route.path)
async def test_large_body_past_the_limit_is_refused(signed_in, route):
    visitor, piece = await signed_in(Role.OWNER), b"a" * 0x40000
    path = filled(route.path.replace("{channel}", "texts"))
    answer = await visitor.answer("POST", path, data=past(route.limit, piece), headers={"Content-Type": FORM})
    assert answer.status == 413


JSON, UPLOAD = {"Content-Type": "application/json"}, {"Content-Type": "multipart/form-data; boundary=b"}
OPERATION = {(operation.method, operation.path): operation for operation in OPERATIONS}


@pytest.mark.parametrize(("path", "headers"), [("/customers", JSON), ("/attachments", UPLOAD)])
async def test_body_past_the_limit_of_an_operation_is_refused(browser, hub, port, path, headers):
    visitor = Visitor(browser().session, f"http://127.0.0.1:{port}")
    await hub.store.write(add_token, "test", "t" * 43, ["*"], hub.clock.now())
    most, line = OPERATION["POST", path].longest_request, b"a" * 0x3FFE + b"\r\n"
    for limit, more in ((most, line), (most, None)):
        asked = {"Authorization": f"Bearer {'t' * 43}", **headers}
        body = past(limit, more) if more else packed(limit)
        asked |= {} if more else {"Content-Encoding": "gzip"}
        assert (await visitor.answer("POST", PREFIX + path, data=body, headers=asked)).status == 413


@pytest.mark.parametrize("around", [b"%b", b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n%b'])
@pytest.mark.parametrize("path", ["/language", "/login", "/setup"])
async def test_what_stands_before_a_form_or_in_a_part_nobody_asked_for_counts_as_well(port, path, around):
    """20,000 octets are taken; this is one more, and no end comes."""
    kind = f"Content-Type: {UPLOAD['Content-Type']}"
    head = [f"POST {path} HTTP/1.1", "Host: hub.test", "Transfer-Encoding: chunked", kind, "", ""]
    wire = await Wire.open(port, "\r\n".join(head).encode())
    body = (around % ((b"a" * 998 + b"\r\n") * 22))[:20_001]
    for at in range(0, len(body), 4_000):
        piece = body[at : at + 4_000]
        wire.writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    assert (await wire.rest())[9:12] == b"413"

"""Whatever bytes stand in a path, a header, a cookie, a charset or a form: a short, right status and no traceback."""

import asyncio
import logging
import re
import zlib

import pytest

from hub.store.tokens import add_token
from hub.web.connections import refuse_early
from hub.web.permissions import Permission
from hub.web.routes import ROUTES
from tests.web.wire import Wire

PATHS = (b"%ff", b"%00", b"%ed%a0%80", b"%c3%28", b"a%0d%0ab", b"\xff\xfe", b"%", b"%zz", b"x" * 2_000)
VALUES = (b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"x" * 4_000, b"\x7f", b'"', b"=?utf-8?q?=ff?=", b"%ff%00")
HEADERS = (
    b"Authorization: Bearer ",
    b"Authorization: ",
    b"Cookie: hub_session=",
    b"Cookie: hub_browser=",
    b"Cookie: hub_language=",
    b"Referer: ",
    b"Referer: http://[",
    b"Origin: ",
    b"Accept-Language: ",
    b"User-Agent: ",
    b"X-Token: ",
    b"X-CSRF-Token: ",
    b"X-Forwarded-For: ",
    b"Idempotency-Key: ",
    b"If-None-Match: ",
    b"Last-Event-ID: ",
    b"Range: bytes=",
)
KINDS = (
    b"application/x-www-form-urlencoded; charset=no-such-thing",
    b"application/x-www-form-urlencoded; charset=utf-16",
    b"application/x-www-form-urlencoded; charset=\xff",
    b"multipart/form-data; boundary=\xff",
    b"multipart/form-data",
    b"application/json; charset=no-such-thing",
    b"\xff/\xff",
    b"application/x-www-form-urlencoded",
)
STRANGERS = (Permission.PUBLIC, Permission.PROVIDER)
ALL_HEADERS = (  # every value on one route of each kind: the others share their ways
    *("/", "/login", "/inbox", "/live", "/metrics", "/widget.js", "/u/{token}", "/c/{token}", "/chat/{channel}"),
    *("/chat/{channel}/socket", "/hooks/{channel}/{action:.+}", "/api/v1/customers"),
)
BODIES = (
    b"email=%ff%00&password=%ed%a0%80&next=%2f%ff&to=%ff&csrf=%ff",
    b"\xff\xfe\x00",
    b"--b\r\n\xff: \xff\r\n\r\nx\r\n--b--",
)


def request(method: str, path: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    length = b"Content-Length: %d" % len(body)
    lines = [b"%b %b HTTP/1.1" % (method.encode(), path), b"Host: hub.test", b"Connection: close", length, *headers]
    return b"\r\n".join([*lines, b"", body])


def requests_of(route) -> list[bytes]:
    method = "POST" if route.method == "*" else route.method
    plain = re.sub(r"\{[^}]+\}", "x", route.path).encode()
    values = VALUES if route.path in ALL_HEADERS else VALUES[:2] if route.permission in STRANGERS else ()
    found = [request(method, plain, name + value) for name in HEADERS for value in values]
    found += [request(method, plain + b"?q=" + odd + b"&since=" + odd + b"&next=" + odd) for odd in PATHS]
    odd_path = re.sub(r"\{[^}]+\}", "\0", route.path).encode()
    found += [request(method, odd_path.replace(b"\0", odd)) for odd in PATHS if b"\0" in odd_path]
    if method != "GET":
        found += [request(method, plain, b"Content-Type: " + kind, body=body) for kind in KINDS for body in BODIES]
    return found


GROUPS = [ROUTES[first : first + 40] for first in range(0, len(ROUTES), 40)]


@pytest.mark.parametrize("routes", GROUPS, ids=lambda routes: routes[0].path)
async def test_odd_bytes_are_answered_in_short(port, routes, caplog):
    caplog.set_level(logging.ERROR)
    everything = [one for route in routes for one in requests_of(route)]
    for first in range(0, len(everything), 20):
        some = everything[first : first + 20]
        answers = await asyncio.gather(*(asked(port, one) for one in some))
        assert [(one, answer) for one, answer in zip(some, answers, strict=True) if not is_fine(answer)] == []
    assert [record.getMessage() for record in caplog.records] == []


async def asked(port: int, one: bytes) -> bytes:
    """The status line; a stream or a socket is left as soon as it began."""
    wire = await Wire.open(port, one)
    try:
        async with asyncio.timeout(20):
            return (await wire.reader.readline()).strip()
    finally:
        await wire.close()


def is_fine(status_line: bytes) -> bool:
    return bool(re.match(rb"HTTP/1\.[01] [234]\d\d ", status_line))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_forms_of_lone_surrogates_are_refused_in_short(port, caplog):
    """There are charsets that hold them, of a form and of each of its parts; UTF-8 and both engines do not."""
    caplog.set_level(logging.ERROR)
    whole = b"application/x-www-form-urlencoded; charset=unicode_escape"
    part = b"--b\r\nContent-Disposition: form-data; %b\r\nContent-Type: text/plain; charset=unicode_escape"
    part += b"\r\n\r\n%b\r\n--b--"
    file = b"name=email; filename*=unicode_escape''%5Cud800"
    for kind, body in (
        (whole, b"email=%5Cud800&password=x"),
        (whole, b"%5Cud800=x"),
        (b"multipart/form-data; boundary=b", part % (b"name=email", b"\\ud800")),
        (b"multipart/form-data; boundary=b", part % (file, b"x")),
    ):
        answer = await asked(port, request("POST", b"/login", b"Content-Type: " + kind, body=body))
        assert b" 400 " in answer, body
    assert [record.getMessage() for record in caplog.records] == []


READING = ("/login", "/language", "/inbox", "/u/x", "/chat/x", "/hooks/texts/x", "/hooks/x/x", "/live", "/nowhere")


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_bodies_that_do_not_unpack_are_refused_in_short(port, hub, caplog):
    """A checksum or an end that is missing is no matter to anybody but deflate, of which the server tells us."""
    caplog.set_level(logging.WARNING)
    await hub.store.write(add_token, "test", "t" * 43, ["*"], hub.clock.now())
    kind = b"Content-Type: application/x-www-form-urlencoded"
    cut = zlib.compress(b"email=x&password=y" * 9)[:-6]
    for packing, body in ((b"gzip", b"email=%ff"), (b"deflate", b"email=%ff"), (b"deflate", cut)):
        coding = b"Content-Encoding: " + packing
        for path in READING:
            one = request("POST", path.encode(), kind, coding, body=body)
            assert is_fine(await asked(port, one)), one
        for path in (b"/login", b"/language"):
            assert b" 400 " in await asked(port, request("POST", path, kind, coding, body=body)), (path, body)
        token, kind_of_api = b"Authorization: Bearer " + b"t" * 43, b"Content-Type: application/json"
        whole = request("POST", b"/api/v1/customers", token, kind_of_api, coding, body=body)
        answer = await (await Wire.open(port, whole)).rest()
        assert b" 400 " in answer.partition(b"\r\n")[0], answer
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("path", ["/metrics", "/login", "/chat/x", "/api/v1/labels", "/u/x"])
async def test_odd_names_of_the_host_are_answered_in_short(port, caplog, path):
    caplog.set_level(logging.ERROR)
    for host in (
        b"",
        b"[",
        b"[::1",
        b"::1",
        b"a b",
        b"\xff\xfe",
        b"x:y",
        b"x:99999999",
        b"%",
        b"[v1.x]",
        b"@",
        b"/",
        b"\\",
    ):
        one = b"GET %b HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % (path.encode(), host)
        assert is_fine(await asked(port, one)), host
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("path", [b"/", b"/login", b"/nowhere", b"/hooks/x/x", b"/api/v1/labels"])
async def test_expectations_that_nobody_meets_are_refused_in_short(port, caplog, path):
    """They are read before any middleware: also by a path that is none."""
    caplog.set_level(logging.INFO)
    for expected in (b"\xff", b"\xed\xa0\x80", b"tea"):
        caplog.clear()
        assert b" 417 " in await asked(port, request("POST", path, b"Expect: " + expected))
        assert [record.levelname for record in caplog.records] == ["INFO"]
    assert b" 100 " in await asked(port, request("POST", path, b"Expect: 100-Continue"))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_request_that_cannot_be_made_out_is_refused_in_short(door, port, caplog):
    make = door.request_factory

    def fails_for_one(message, *rest):
        if message.url.path == "/odd":
            raise UnicodeError("no name of a host")
        return make(message, *rest)

    door.request_factory = fails_for_one
    refuse_early(door)
    caplog.set_level(logging.INFO)
    assert b" 400 " in await asked(port, request("GET", b"/odd"))
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert b" 200 " in await asked(port, request("GET", b"/login"))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_no_answer_tells_what_the_hub_is_made_of(port):
    lines = (b"/login", b"/nowhere", b"/hooks/x/x", b"/chat/x/socket", b"/api/v1/customers", b"/static/x/x", b"//[")
    asks = [request("GET", path) for path in lines]
    for one in (*asks, request("PUT", b"/login"), request("GET", b"/", b"Expect: tea"), b"nothing\r\n\r\n"):
        answer = await (await Wire.open(port, one)).rest()
        assert re.findall(rb"(?i)\r\nserver: (.*)\r\n", answer.partition(b"\r\n\r\n")[0]) == [b"hub"], one


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("line", [b"\x16\x03\x01", b"GET / HTTP/9.9", b"get / HTTP/1.1", b"GET nowhere HTTP/1.1"])
async def test_what_is_no_http_is_one_line_of_the_log(port, caplog, line):
    caplog.set_level(logging.INFO)
    assert b" 400 " in await asked(port, line + b"\r\nHost: hub.test\r\n\r\n")
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("INFO", None)]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (b"/hooks/texts/message", b"application/json"),
        (b"/login", b"application/x-www-form-urlencoded"),
        (b"/login", b"multipart/form-data; boundary=b"),
        (b"/api/v1/customers", b"application/json"),
    ],
)
async def test_who_hangs_up_amid_a_body_is_one_line_of_the_log(hub, port, caplog, path, kind):
    await hub.store.write(add_token, "test", "t0ken", ("*",), hub.clock.now())
    caplog.set_level(logging.DEBUG, "hub.http")
    headers = (b"Expect: 100-continue", b"Authorization: Bearer t0ken", b"Content-Type: " + kind)
    begun = request("POST", path, *headers, body=b"--b\r\n" + b"x" * 99)[:-50]
    wire = await Wire.open(port, begun)
    async with asyncio.timeout(20):
        await wire.reader.readuntil(b"\r\n\r\n")  # its body is asked for
        await wire.close()
        while not (lines := [one for one in caplog.records if one.getMessage() == "request"]):  # noqa: ASYNC110 - a log knows of no event
            await asyncio.sleep(0.02)
    assert [one.status for one in lines] == [499]
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == []

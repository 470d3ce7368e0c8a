"""What every answer carries: headers, compression, files that cannot act; and whose word about addresses counts."""

import asyncio
import gzip
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from hub.ids import new_id
from hub.model import Attachment, Role
from hub.store.blobs import add_attachment
from hub.store.tokens import add_token
from hub.web.app import make_app
from hub.web.assets import BUNDLES, FOLDER
from hub.web.routes import ROUTES
from hub.web.security import client_ip, is_secure, is_trusted, safe_next
from tests.web.two_teams import found_marketing, found_teams


@pytest.fixture
def engine() -> str:
    """What stands before the store is the same on both engines; the inbox's own tests run on both."""
    return "sqlite"


PAGES = Path(__file__).parents[2] / "templates" / "pages"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


async def test_pages_forbid_foreign_code_frames_and_guessing(signed_in):
    answer = await (await signed_in()).answer("GET", "/inbox")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "'unsafe-inline'" not in policy["style-src"]
    assert "script-src" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/login", "/nothing", "/hooks/nobody/message", "/static/x/nothing.css"])
async def test_errors_carry_the_same_headers(browser, agent, path):
    await agent()
    answer = await browser().answer("GET", path)

    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_nobody_keeps_an_answer_that_does_not_say_so(signed_in, hub, says):
    """What may be kept says so itself: our own files, and files of strangers, which are asked for again."""
    visitor, two = await signed_in(Role.OWNER), await found_teams(hub, says)
    await hub.store.write(add_token, "test", "t0ken", ("*",), hub.clock.now())
    kept = {}
    for route in ROUTES:
        if route.method == "GET" and not route.path.endswith(("/live", "/socket", "/events/stream")):
            path = re.sub(r"(\w+)/{id}", lambda found: f"{found[1]}/{two.own_ids.get(found[1], 'x')}", route.path)
            headers = {"Authorization": "Bearer t0ken"}
            answer = await visitor.answer("GET", re.sub("{[^}]+}", "x", path), headers=headers)
            kept[route.path] = answer.headers.get("Cache-Control", "")
    files = {"/attachments/{id}": "private, no-cache", "/widget.js": "public, max-age=600"}
    files |= {"/api/v1/openapi.json": "no-cache", "/worker.js": "no-cache"}
    assert {path: said for path, said in kept.items() if said != "no-store"} == files


async def test_long_text_is_sent_compressed(signed_in):
    visitor = await signed_in()
    packed, _ = await visitor.fetch("/help", headers={"Accept-Encoding": "gzip"})
    plain, page = await visitor.fetch("/help", headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert int(packed.headers["Content-Length"]) < len(page) / 2


async def test_own_files_have_names_that_never_change_their_meaning(browser, agent):
    await agent()
    visitor = browser()
    _, page = await visitor.get("/login")
    url = page.split('rel="stylesheet" href="')[1].split('"')[0]
    fresh = await visitor.answer("GET", url)
    stale = await visitor.answer("GET", url.replace(url.split("/")[2], "000000000000"))

    assert "immutable" in fresh.headers["Cache-Control"]
    assert stale.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("scripts", BUNDLES.values(), ids=BUNDLES)
def test_scripts_of_one_file_declare_no_name_twice(scripts):
    """They share one scope: what is declared anew takes the whole file down, a function silently the other one."""
    text = "\n".join((FOLDER / name).read_text() for name in scripts)
    names = Counter(re.findall(r"^(?:const|let|class|(?:async )?function) +([\w$]+)", text, re.MULTILINE))
    assert [name for name, times in names.items() if times > 1] == []


async def test_pages_stay_within_their_budget(signed_in, says):
    visitor = await signed_in()
    for number in range(40):
        await says(f"Number {number}", sender=f"+120255501{number:02d}")
    message = await says("The last one", sender="+12025550177")
    _, page = await visitor.get(f"/conversations/{message.conversation_id}?view=open")
    script, style, *libraries = [
        await asset(visitor, page, name) for name in ("hub.js", "app.css", "htmx.min.js", "idiomorph-ext.min.js")
    ]
    files = {part.partition("#")[0] for part in page.split('"') if part.startswith("/static/")}

    assert len(gzip.compress(page.encode(), 9)) <= 30_000
    assert page.count("<") / 2 <= 1500
    assert max(script, style) <= 20_000
    assert script + sum(libraries) <= 40_000
    assert len(files) + 1 <= 8  # requests of a browser that has been here for the first time


async def asset(visitor, page: str, name: str) -> int:
    """Compressed octets of one of our own files that a page names."""
    url = next(part for part in page.split('"') if part.startswith("/static/") and part.endswith(name))
    async with visitor.session.get(visitor.base + url) as answer:
        return len(gzip.compress(await answer.read(), 9))


@pytest.mark.parametrize(
    ("filename", "content_type", "served"),
    [
        ("photo.png", "image/png", "image/png"),
        ("page.html", "text/html", "application/octet-stream"),
        ("drawing.svg", "image/svg+xml", "application/octet-stream"),
        ("x.js", "text/javascript", "application/octet-stream"),
        ("a\r\nSet-Cookie: x=1.png", "image/png\r\nX: y", "application/octet-stream"),
        ("Rechnung „4711“.pdf", "application/pdf; charset=x", "application/pdf"),
        ("", "", "application/octet-stream"),
    ],
)
async def test_files_of_strangers_are_only_ever_downloaded(signed_in, hub, filename, content_type, served):
    visitor = await signed_in()
    file = Attachment(filename, content_type, PNG)
    id = await hub.store.write(add_attachment, file, hub.clock.now())
    answer, body = await visitor.fetch(f"/attachments/{id}")

    assert body == PNG
    assert answer.content_type == served
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "status", "given"),
    [
        ("bytes=0-3", 206, PNG[:4]),
        ("bytes=100-", 206, PNG[100:]),
        ("bytes=-5", 206, PNG[-5:]),
        ("bytes=500-", 200, PNG),
        ("lines=1-2", 200, PNG),
    ],
)
async def test_players_may_ask_for_a_part_of_a_file(signed_in, hub, asked, status, given):
    visitor = await signed_in()
    id = await hub.store.write(add_attachment, Attachment("a.png", "image/png", PNG), hub.clock.now())
    answer, body = await visitor.fetch(f"/attachments/{id}", headers={"Range": asked})

    assert (answer.status, body) == (status, given)


async def test_a_file_that_a_browser_kept_is_asked_for_again_and_not_shown_to_who_signed_out(signed_in, hub):
    visitor = await signed_in()
    id = await hub.store.write(add_attachment, Attachment("a.png", "image/png", PNG), hub.clock.now())
    first, _ = await visitor.fetch(f"/attachments/{id}")
    kept = {"If-None-Match": first.headers["ETag"]}
    again, body = await visitor.fetch(f"/attachments/{id}", headers=kept)
    await visitor.post("/logout")
    out, _ = await visitor.fetch(f"/attachments/{id}", headers=kept)

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status, body) == (304, b"")
    assert out.status == 303


async def test_a_form_with_bytes_no_header_may_hold_is_refused(signed_in):
    visitor = await signed_in(Role.AGENT)
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\nX: a\x01\r\n\r\nx\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    answer = await visitor.answer("POST", f"/conversations/{'0' * 32}/replies", data=part, headers=headers)

    assert answer.status == 422


async def test_files_need_the_right_to_read_conversations(signed_in, hub):
    id = await hub.store.write(add_attachment, Attachment("a.png", "image/png", PNG), hub.clock.now())

    assert (await (await signed_in(Role.MARKETING)).answer("GET", f"/attachments/{id}")).status == 403


@pytest.mark.parametrize(
    ("trusted", "forwarded", "heard"),
    [
        ((), "203.0.113.9", "127.0.0.1"),
        (("127.0.0.1",), "203.0.113.9", "203.0.113.9"),
        (("127.0.0.0/8", "10.0.0.0/8"), "198.51.100.7, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (("127.0.0.1",), "203.0.113.9:4711", "203.0.113.9"),
        (("127.0.0.1", "10.0.0.2"), "203.0.113.9:4711, 10.0.0.2:80", "203.0.113.9"),
        (("127.0.0.1",), "[2001:db8::1]:4711", "2001:db8::1"),
        (("127.0.0.1",), "2001:db8::1", "2001:db8::1"),
        (("127.0.0.1",), "", "127.0.0.1"),
        (("192.0.2.1",), "203.0.113.9", "127.0.0.1"),
    ],
)
async def test_only_a_trusted_proxy_is_believed_about_the_callers_address(hub, trusted, forwarded, heard):
    web = hub.settings.web.model_copy(update={"trusted_proxies": trusted})
    asked = request_to(replace(hub, settings=hub.settings.model_copy(update={"web": web})), forwarded)

    assert client_ip(asked) == heard
    assert is_secure(asked) == ("127.0.0" in str(trusted))


def request_to(hub, forwarded: str):
    """A request as it arrives from the proxy on this machine."""
    app = make_app(hub)
    headers = {"X-Forwarded-Proto": "https"} | ({"X-Forwarded-For": forwarded} if forwarded else {})
    transport = FromHere()
    return make_mocked_request("GET", "/", headers=headers, app=app, transport=transport)


class FromHere(asyncio.Transport):
    def get_extra_info(self, name, default=None):
        return ("127.0.0.1", 4711) if name == "peername" else default


@pytest.mark.parametrize(
    ("target", "led_to"),
    [
        ("/inbox?view=mine", "/inbox?view=mine"),
        ("", "/"),
        ("inbox", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("/a\nb", "/"),
        ("/login?next=/x", "/"),
    ],
)
def test_only_own_pages_are_gone_on_to(target, led_to):
    assert safe_next(target) == led_to


async def test_no_form_sends_on_to_a_long_address(signed_in, hub, says):
    """Whatever stands in its fields, where the address of the answer may come from: proxies refuse long headers."""
    visitor = await signed_in(Role.OWNER)
    two = await found_teams(hub, says)
    ids = two.own_ids | await found_marketing(hub, two)
    token = (await visitor.get("/settings"))[1].partition('name="csrf" value="')[2].partition('"')[0]
    names = {
        name for page in PAGES.rglob("*.html") for name in re.findall(r'name="([a-z_]+)"', page.read_text("utf-8"))
    }
    assert {"place", "back", "next", "view", "variant", "as"} <= names
    for long in ("x" * 3000, "/customers/" + "x" * 3000):
        form = dict.fromkeys(names, long) | {"csrf": token, "state": "away", "until": "3h"}
        for route in ROUTES:
            if route.method != "POST" or route.path.startswith(("/api/", "/logout", "/hooks/")):
                continue
            path = re.sub(r"(\w+)/{id}", lambda found: f"{found[1]}/{ids.get(found[1], 'x')}", route.path)
            answer = await visitor.answer("POST", re.sub("{[^}]+}", "x", path), data=form)
            assert answer.status < 500, path
            assert max(map(len, answer.headers.values())) < 2500, path
    away = await visitor.answer("GET", "/inbox?q=" + "%3d" * 1000, headers={"Cookie": "hub_session=x"})
    assert max(map(len, away.headers.values())) < 2500


async def test_unknown_conversation_shows_the_navigation_around_the_error(signed_in):
    status, page = await (await signed_in()).get(f"/conversations/{new_id()}")

    assert status == 404
    assert 'aria-label="Main"' in page
    assert "There is nothing here" in page


@pytest.mark.parametrize(
    ("address", "trusted", "is_ours"),
    [
        ("10.0.0.1", "10.0.0.0/8", True),
        ("::ffff:10.0.0.1", "10.0.0.0/8", True),  # an IPv4 peer of a socket for both families
        ("::ffff:11.0.0.1", "10.0.0.0/8", False),
        ("fd00::1", "fd00::/8", True),
        ("unknown", "10.0.0.0/8", False),
    ],
)
def test_proxy_is_known_whichever_way_its_address_is_written(address, trusted, is_ours):
    assert is_trusted(address, (trusted,)) is is_ours

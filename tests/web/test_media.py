"""hub.web.media: files of outgoing messages, for who has the signed address and for nobody else."""

import asyncio
import socket
from contextlib import suppress

import pytest
from sqlalchemy import delete

from hub.channel import Raw
from hub.model import Attachment, Role
from hub.store.blobs import add_attachment
from hub.store.raw import append_raws, mark_set_aside
from hub.store.tables import attachments, blobs
from hub.web.downloads import PIECE


@pytest.fixture
async def path(hub, clock) -> str:
    file = Attachment("päper<1>.html", "text/html", b"<script>alert(1)</script>")
    id = await hub.store.write(add_attachment, file, clock.now())
    return f"/m/{hub.signer.sign('media', id)}"


async def test_a_signed_address_gives_the_bytes_and_never_a_page(browser, path):
    answer = await browser().answer("GET", path)

    assert (answer.status, await answer.text()) == (200, "<script>alert(1)</script>")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''p%C3%A4per%3C1%3E.html")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("change", [lambda path: path[:-1] + ("a" if path[-1] != "a" else "b"), lambda path: "/m/x.y"])
async def test_an_altered_address_gives_nothing(browser, path, change):
    assert (await browser().get(change(path)))[0] == 404


async def test_an_address_signed_for_something_else_gives_nothing(browser, hub, path):
    id = hub.signer.open("media", path.removeprefix("/m/"))[0]

    assert (await browser().get(f"/m/{hub.signer.sign('unsubscribe', id)}"))[0] == 404


LARGE = bytes(range(256)) * 20_000  # some pieces and a bit


@pytest.fixture
async def large(hub, clock) -> str:
    id = await hub.store.write(add_attachment, Attachment("large.bin", "image/png", LARGE), clock.now())
    return f"/m/{hub.signer.sign('media', id)}"


async def test_a_file_of_several_pieces_comes_whole(browser, large):
    visitor = browser()
    async with visitor.session.get(visitor.base + large) as answer, visitor.session.head(visitor.base + large) as head:
        assert await answer.read() == LARGE
        assert answer.headers["Content-Length"] == head.headers["Content-Length"] == str(len(LARGE))
    assert len(LARGE) > 2 * PIECE


async def test_a_file_that_goes_while_it_is_taken_is_not_taken_for_whole(port, hub, large):
    """Buffers on the way hold less than the file; the rest of it is gone before they are emptied."""
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        wire.connect(("127.0.0.1", port))
        wire.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(wire, f"GET {large} HTTP/1.1\r\nHost: hub.test\r\n\r\n".encode())
        taken = await loop.sock_recv(wire, 1_024)
        await hub.store.write(lambda conn: [conn.execute(delete(table)) for table in (attachments, blobs)])
        with suppress(ConnectionResetError):
            while some := await loop.sock_recv(wire, 65_536):
                taken += some
    assert taken.startswith(b"HTTP/1.1 200 ")
    assert len(taken) < len(LARGE)


@pytest.fixture
async def aside(hub, clock) -> str:
    """The path of something large that could not be read."""
    [id] = await hub.store.write(append_raws, "mail", [Raw("mail", "1", LARGE, {"helo": "x"})], clock.now())
    await hub.store.write(mark_set_aside, id, "unreadable")
    return f"/set-aside/{id}"


async def test_what_is_set_aside_is_shown_and_handed_out_and_never_stands_in_memory_whole(signed_in, hub, aside):
    visitor = await signed_in(Role.OWNER)
    whole = hub.store.calls["get_raw"]
    answer, content = await visitor.fetch(f"{aside}/raw")
    pages = [await visitor.get(page) for page in ("/set-aside", aside)]

    assert content == LARGE
    assert answer.headers["Content-Length"] == str(len(LARGE))
    assert answer.headers["Content-Disposition"].endswith(".eml")
    assert [(status, "5.1 MB" in page or "5.12 MB" in page) for status, page in pages] == [(200, True)] * 2
    assert hub.store.calls["get_raw_piece"] == len(LARGE) // PIECE + 2
    assert hub.store.calls["get_raw"] == whole

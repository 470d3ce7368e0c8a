"""The same promises against a mailbox server that is not ours."""

import asyncio
import imaplib
import json
from collections.abc import Iterator

import pytest

from channels.email.channel import EmailChannel
from hub.channel import Raw
from hub.clock import FakeClock
from tests.doors import open_tools
from tests.dovecot import Dovecot, open_dovecot
from tests.letters import SUPPORT, letter
from tests.running import until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with open_dovecot("geheim") as dovecot:
        yield dovecot


async def collect(server: Dovecot, user: str, wanted: int, cursor: str = "", *later: bytes) -> tuple[str, list[Raw]]:
    """Follow until so many units are there; deliver what comes later once the first ones are."""
    imap = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": user, "password": "geheim"}
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        settings = EmailChannel.Settings(address=SUPPORT, imap={**imap, "poll_seconds": 20}, max_mail_bytes=50_000)
        channel = EmailChannel("mail", settings, tools)
        raws: list[Raw] = []
        units = channel.poll(cursor)
        assert units
        async with asyncio.timeout(30):
            async for moved, batch in units:
                cursor, raws = moved, raws + list(batch)
                if len(raws) >= wanted:
                    break
                for mail in later[max(0, len(raws) - wanted + len(later)) :]:
                    server.deliver(user, mail)
                later = ()
        await channel.close()
    return cursor, raws


def crlf(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


async def test_mails_are_followed_by_uid_and_idle(server):
    bodies = [letter(f"mail {number}") for number in range(5)]
    for body in bodies[:3]:
        server.deliver("follow", body)
    cursor, raws = await collect(server, "follow", 5, "", *bodies[3:])

    assert sorted(crlf(raw.body) for raw in raws) == sorted(bodies)
    assert json.loads(cursor)["uid"] == 5


async def test_the_cursor_goes_on_and_huge_mails_are_headers(server):
    server.deliver("goes-on", letter("first"))
    cursor, _ = await collect(server, "goes-on", 1)
    server.deliver("goes-on", letter("x" * 80_000, Subject="huge"))
    server.deliver("goes-on", letter("after"))
    _, raws = await collect(server, "goes-on", 2, cursor)

    assert raws[0].envelope["too_large"] > 80_000
    assert b"Subject: huge" in raws[0].body
    assert b"after" in raws[1].body


def renumber(server: Dovecot, user: str) -> int:
    """Forget every number, as after a restored backup; the UIDVALIDITY it has now (a second's worth)."""
    for index in (server.home / "mail" / user).glob("dovecot*"):
        index.unlink(missing_ok=True)
    with imaplib.IMAP4("127.0.0.1", server.port) as client:
        client.login(user, server.password)
        client.select()
        return int(client.response("UIDVALIDITY")[1][0] or b"0")


async def test_a_rebuilt_mailbox_gives_the_same_units(server):
    for number in range(3):
        server.deliver("rebuilt", letter(f"mail {number}"))
    cursor, first = await collect(server, "rebuilt", 3)

    async def renumbered() -> bool:
        return await asyncio.to_thread(renumber, server, "rebuilt") != json.loads(cursor)["validity"]

    await until(renumbered, "a new UIDVALIDITY")
    moved, again = await collect(server, "rebuilt", 3, cursor)

    assert {raw.provider_id for raw in first} == {raw.provider_id for raw in again}
    assert moved != cursor


async def test_seen_is_set_after_the_mails_were_kept(server):
    server.deliver("seen", letter("one"))
    await collect(server, "seen", 2, "", letter("two"))
    box = server.home / "mail" / "seen" / "cur"

    async def marked() -> bool:
        return any(file.name.endswith("S") for file in box.glob("*:2,*"))

    await until(marked, "a seen mail")


async def test_a_mail_whose_file_is_broken_holds_up_no_other(server):
    for number in range(3):
        server.deliver("broken", letter(f"mail {number}"))
    sorted((server.home / "mail" / "broken" / "new").iterdir())[1].chmod(0)
    cursor, raws = await collect(server, "broken", 3)

    assert [b"mail 0" in raws[0].body, raws[1].body, b"mail 2" in raws[2].body] == [True, b"", True]
    assert "Internal error" in raws[1].envelope["withheld"]
    assert json.loads(cursor)["uid"] == 3


async def test_a_folder_that_one_may_only_read_is_read(server):
    server.deliver("shared", letter("one"))
    await collect(server, "shared", 1)
    box = server.home / "mail" / "shared"
    for folder in (box / "tmp", box / "new", box / "cur", box):
        folder.chmod(0o555)
    _, raws = await collect(server, "shared", 1)

    assert [b"one" in raw.body for raw in raws] == [True]

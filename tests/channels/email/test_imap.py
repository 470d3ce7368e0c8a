"""Following a mailbox: every mail once, in order, whatever happens to the line or to the numbers."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import SecretStr

from channels.email.channel import EmailChannel
from channels.email.imap_session import ImapSession
from channels.email.settings import ImapSettings
from hub.channel import Raw
from hub.clock import FakeClock
from hub.errors import Unreadable
from hub.sandbox.imap import SERVERBUG
from hub.sandbox.mail import MailSandbox
from tests.doors import open_tools
from tests.letters import SUPPORT, letter
from tests.running import until

PASSWORD = "geheim"


@dataclass
class Follower:
    """Does what the hub does: keeps units and cursor, then asks for the next."""

    channel: EmailChannel
    cursor: str = ""
    raws: list[Raw] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    task: "asyncio.Task[None] | None" = None

    async def run(self) -> None:
        units = self.channel.poll(self.cursor)
        assert units
        async for cursor, raws in units:
            self.cursor = cursor
            self.keep(raws)

    def keep(self, raws: Sequence[Raw]) -> None:
        for raw in raws:
            if raw.provider_id not in {known.provider_id for known in self.raws}:
                self.raws.append(raw)
        self.batches.append(len(raws))

    async def have(self, count: int) -> list[Raw]:
        async def look() -> bool:
            assert self.task
            if self.task.done():
                self.task.result()
            return len(self.raws) >= count

        await until(look, f"{count} mails", 30)
        return self.raws

    async def stop(self) -> None:
        assert self.task
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def post() -> AsyncIterator[MailSandbox]:
    sandbox = MailSandbox(FakeClock())
    sandbox.account(SUPPORT, PASSWORD)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@asynccontextmanager
async def following(post: MailSandbox, cursor: str = "", **imap: Any) -> AsyncIterator[Follower]:
    section = {"host": "127.0.0.1", "port": post.imap.port, "security": "none", "poll_seconds": 5}
    section |= {"username": SUPPORT, "password": PASSWORD} | imap
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        settings = EmailChannel.Settings(address=SUPPORT, imap=section, max_mail_bytes=100_000)
        follower = Follower(EmailChannel("mail", settings, tools), cursor)
        follower.task = asyncio.create_task(follower.run())
        yield follower
        await follower.stop()
        await follower.channel.close()


def arrive(post: MailSandbox, *texts: str) -> None:
    for text in texts:
        post.deliver("ada@example.com", SUPPORT, letter(text))


def texts(raws: Sequence[Raw]) -> list[str]:
    return [raw.body.decode().split("\r\n\r\n")[1].strip() for raw in raws]


async def test_what_is_there_and_what_comes_arrives_in_order(post):
    arrive(post, "one", "two")
    async with following(post) as follower:
        await follower.have(2)
        arrive(post, "three")
        await follower.have(3)

    assert texts(follower.raws) == ["one", "two", "three"]
    assert json.loads(follower.cursor)["uid"] == 3


async def test_next_address_of_a_mailbox_is_tried_where_one_takes_no_connection(post):
    section = {"host": "mail.example", "port": post.imap.port, "security": "none"}
    settings = EmailChannel.Settings(address=SUPPORT, imap=section | {"username": SUPPORT, "password": PASSWORD})
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        channel = EmailChannel("mail", settings, replace(tools, reach=lambda host: ("127.9.9.9", "127.0.0.1")))
        assert not [problem for problem in await channel.check() if str(post.imap.port) in problem]
        await channel.close()


async def test_a_mail_is_seen_only_after_it_was_kept(post):
    arrive(post, "one", "two")
    async with following(post) as follower:
        await follower.have(2)
        arrive(post, "three")
        await follower.have(3)

        async def seen() -> bool:
            return all("\\Seen" in mail.flags for mail in post.mailbox(SUPPORT)[:2])

        await until(seen, "seen mails")


async def test_mails_somebody_else_has_read_are_read_too(post):
    arrive(post, "read on the phone")
    post.mailbox(SUPPORT)[0].flags.add("\\Seen")
    async with following(post) as follower:
        assert texts(await follower.have(1)) == ["read on the phone"]


async def test_the_cursor_goes_on_where_it_stopped(post):
    arrive(post, "one", "two")
    async with following(post) as first:
        await first.have(2)
    arrive(post, "three")
    async with following(post, first.cursor) as second:
        assert texts(await second.have(1)) == ["three"]


async def test_a_broken_line_is_mended_and_nothing_lost_or_doubled(post):
    async with following(post) as follower:
        for number in range(5):
            arrive(post, f"mail {number}")
            await follower.have(number + 1)
            post.imap.disconnect_all()

    assert texts(follower.raws) == [f"mail {number}" for number in range(5)]
    assert sum(follower.batches) == 5


async def test_new_numbers_double_nothing_and_lose_nothing(post):
    arrive(post, "one", "two", "three")
    async with following(post) as follower:
        await follower.have(3)
        box = post.office.of(SUPPORT)
        post.imap.disconnect_all()
        box.uid_validity += 1
        for number, mail in enumerate(box.mails, 1):
            mail.uid = number
        arrive(post, "four")
        await follower.have(4)

    assert texts(follower.raws) == ["one", "two", "three", "four"]
    assert json.loads(follower.cursor)["validity"] == box.uid_validity


async def test_only_new_mail_is_read_when_asked_for_also_after_new_numbers(post):
    arrive(post, "old")
    for mail in post.mailbox(SUPPORT):
        mail.at -= 40 * 86_400_000
    async with following(post, start="new") as follower:

        async def settled() -> bool:
            return bool(follower.cursor)

        await until(settled, "cursor")
        arrive(post, "new")
        await follower.have(1)
        post.imap.disconnect_all()
        post.office.of(SUPPORT).uid_validity += 1
        arrive(post, "newer")
        await follower.have(2)

    assert texts(follower.raws) == ["new", "newer"]


async def test_a_huge_mail_is_kept_as_its_headers_and_blocks_nobody(post):
    post.deliver("ada@example.com", SUPPORT, letter("x" * 200_000, Subject="huge"))
    arrive(post, "after it")
    async with following(post) as follower:
        huge, after = await follower.have(2)

    assert huge.envelope["too_large"] > 200_000
    assert b"Subject: huge" in huge.body
    assert len(huge.body) < 1_000
    assert texts([after]) == ["after it"]


async def test_a_mail_that_the_server_lists_and_does_not_give_holds_up_no_other(post):
    arrive(post, "one", "broken", "three")
    post.mailbox(SUPPORT)[1].withheld = True
    async with following(post) as follower:
        one, broken, three = await follower.have(3)
        arrive(post, "four")
        assert texts([one, three, *(await follower.have(4))[3:]]) == ["one", "three", "four"]

    assert (broken.body, broken.envelope["uid"]) == (b"", 2)
    assert "Internal error" in broken.envelope["withheld"]
    with pytest.raises(Unreadable, match="does not give it"):
        follower.channel.read(broken)
    assert not post.mailbox(SUPPORT)[1].flags


async def test_a_server_that_gives_no_mail_has_none_set_aside(post):
    """It is the server that is broken, not they: they are read when it is mended."""
    arrive(post, "one", "two")
    for mail in post.mailbox(SUPPORT):
        mail.withheld = True
    async with following(post) as follower:

        async def asked_often() -> bool:
            return post.imap.withheld > 4

        await until(asked_often, "five refusals", 30)
        assert follower.raws == []
        for mail in post.mailbox(SUPPORT):
            mail.withheld = False
        assert texts(await follower.have(2)) == ["one", "two"]


async def test_a_server_that_says_later_at_the_last_try_has_no_mail_set_aside(post):
    arrive(post, "one", "two")
    [one, _] = post.mailbox(SUPPORT)
    one.withheld = True
    post.imap.refusals.extend([SERVERBUG] * 3 + ["[UNAVAILABLE] Try again later"] * 50)
    async with following(post) as follower:

        async def said_later() -> bool:
            return post.imap.withheld > 3

        await until(said_later, "four refusals", 30)
        one.withheld = False
        assert texts(await follower.have(2)) == ["one", "two"]


async def test_a_mailbox_that_wants_to_know_the_program_is_told(post):
    post.account("shop@163.com", PASSWORD)
    post.deliver("ada@example.com", "shop@163.com", letter("from China"))
    async with following(post, username="shop@163.com") as follower:
        assert texts(await follower.have(1)) == ["from China"]


async def test_many_mails_come_in_batches(post):
    arrive(post, *(f"mail {number}" for number in range(230)))
    async with following(post) as follower:
        await follower.have(230)

    assert texts(follower.raws) == [f"mail {number}" for number in range(230)]
    assert max(follower.batches) <= 50


async def test_equal_bytes_are_one_unit_and_two_mails_with_one_id_are_two(post):
    arrive(post, "same", "same", "different")
    async with following(post) as follower:
        await follower.have(2)

    assert texts(follower.raws) == ["same", "different"]


async def test_a_wrong_password_is_told_and_tried_again(post, caplog):
    arrive(post, "one")
    async with following(post, password="wrong") as follower:
        [problem] = [found for found in await follower.channel.check() if "incoming" in found]
        assert "wrong user name or password" in problem

        async def noted() -> bool:
            return "wrong user name or password" in caplog.text

        await until(noted, "warning")
        post.office.passwords[SUPPORT] = "wrong"
        assert texts(await follower.have(1)) == ["one"]


async def test_check_finds_nothing_wrong_with_a_good_mailbox(post):
    async with following(post) as follower:
        problems = await follower.channel.check()

    assert problems == ["outgoing mail: [smtp] is missing, nothing can be sent"]


async def test_a_strange_cursor_reads_from_the_beginning(post):
    arrive(post, "one")
    async with following(post, "not one of ours") as follower:
        assert texts(await follower.have(1)) == ["one"]


async def test_closing_does_not_wait_for_the_next_mail(post):
    async with following(post, poll_seconds=1_000) as follower:
        arrive(post, "one")
        await follower.have(1)
        await asyncio.wait_for(follower.channel.close(), 30)


NEWS = {  # what the server says to each command, and how it ends its answer
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n",
    b"LOGIN": b"",
    b"SELECT": b"* 0 EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT 1] next\r\n",
}


def scripted(door: socket.socket, heard: list[bytes]) -> None:
    """A server that has news at the very moment it is asked to tell of news."""
    line, _ = door.accept()
    with line, line.makefile("rb") as said:
        line.sendall(b"* OK ready\r\n")
        for asked in said:
            tag, command, *_ = asked.split()
            if command == b"IDLE":
                line.sendall(b"+ idling\r\n* 1 EXISTS\r\n")
                heard.append(said.readline().strip())
                line.sendall(tag + b" OK idle ended\r\n")
                return
            line.sendall(NEWS[command] + tag + b" OK done\r\n")


def test_news_that_come_with_the_word_that_it_listens_are_heard_at_once() -> None:
    """A mail that came just before: the time of `wait` is longer than any test may take."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = threading.Thread(target=scripted, args=(door, heard), daemon=True)
        server.start()
        settings = ImapSettings(
            host="127.0.0.1", port=door.getsockname()[1], security="none", username="a", password=SecretStr(PASSWORD)
        )
        session = ImapSession(settings, lambda host: [host])
        session.wait(1_400)
        session.hang_up()
        server.join(10)
    assert heard == [b"DONE"]

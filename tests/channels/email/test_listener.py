"""The SMTP server of our own, by hand on the wire: who may write to it, what ends a mail, when it says 250."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from channels.email.channel import EmailChannel
from hub.channel import Raw
from hub.clock import FakeClock
from hub.errors import StoreUnavailable
from tests.doors import open_tools
from tests.letters import SUPPORT, letter

LIMIT = 50_000
ADA = "ada@example.com"
TRUE_REPLY = "support+abc.true@hub.example"


@dataclass
class Store:
    """Where accepted units go; away: the database is not there."""

    raws: list[Raw] = field(default_factory=list)
    away: bool = False
    waiting: asyncio.Event | None = None

    async def accept(self, raws: Sequence[Raw]) -> None:
        if self.away:
            raise StoreUnavailable("the disk is full")
        if self.waiting:
            await self.waiting.wait()
        self.raws += raws


class Line:
    """A client that sends exactly what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> str:
        lines = []
        while True:
            lines.append((await asyncio.wait_for(self.reader.readline(), 30)).decode())
            if lines[-1][3:4] != "-":
                return "".join(lines)

    async def say(self, line: str) -> str:
        self.writer.write(f"{line}\r\n".encode())
        return await self.answer()

    async def mail(self, body: bytes, sender: str = ADA, *recipients: str) -> str:
        await self.say(f"MAIL FROM:<{sender}>")
        for recipient in recipients or (SUPPORT,):
            await self.say(f"RCPT TO:<{recipient}>")
        await self.say("DATA")
        self.writer.write(body)
        return await self.answer()


@pytest.fixture
def store() -> Store:
    return Store()


@asynccontextmanager
async def listening(store: Store, **limits: int) -> AsyncIterator[EmailChannel]:
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        tools = replace(tools, is_reply_address=lambda address: "true" in address)
        settings = EmailChannel.Settings(address=SUPPORT, listen={"port": 0, **limits}, max_mail_bytes=LIMIT)
        channel = EmailChannel("mail", settings, tools)
        await channel.listen(store.accept)
        yield channel
        await channel.close()


@pytest.fixture
async def channel(store: Store) -> AsyncIterator[EmailChannel]:
    async with listening(store, connections=5) as channel:
        yield channel


async def dial(channel: EmailChannel) -> Line:
    assert channel.listener
    line = Line(*await asyncio.open_connection("127.0.0.1", channel.listener.port))
    assert (await line.answer()).startswith("220")
    return line


@pytest.fixture
async def line(channel: EmailChannel) -> AsyncIterator[Line]:
    line = await dial(channel)
    await line.say("EHLO client.example")
    yield line
    line.writer.close()


async def test_a_mail_is_stored_with_its_envelope_before_the_250(line, store):
    store.waiting = asyncio.Event()
    sending = asyncio.create_task(line.mail(letter() + b".\r\n"))
    await asyncio.sleep(0.05)
    assert not sending.done()
    store.waiting.set()

    assert (await sending).startswith("250")
    [raw] = store.raws
    assert (raw.kind, raw.body) == ("mail", letter())
    assert raw.envelope == {
        "mail_from": ADA,
        "rcpt_tos": [SUPPORT],
        "peer": "127.0.0.1",
        "helo": "client.example",
    }


async def test_while_the_store_is_away_the_sender_is_asked_to_come_back(line, store):
    store.away = True
    assert (await line.mail(letter() + b".\r\n")).startswith("451")
    store.away = False
    assert (await line.mail(letter() + b".\r\n")).startswith("250")
    assert len(store.raws) == 1


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        (SUPPORT, "250"),
        ("SUPPORT@HUB.EXAMPLE", "250"),
        (TRUE_REPLY, "250"),
        ("support+abc.false@hub.example", "550"),
        ("support+@hub.example", "550"),
        ("other@hub.example", "550"),
        ("other+abc.true@hub.example", "550"),
        ("support@elsewhere.example", "550"),
        ("support+abc.true@elsewhere.example", "550"),
        ("support@hub.example.evil.example", "550"),
        ("support@hub.example@evil.example", "553"),
        ("support", "550"),
        ("postmaster", "550"),
    ],
)
async def test_only_our_own_addresses_are_taken(line, recipient, code):
    await line.say(f"MAIL FROM:<{ADA}>")

    assert (await line.say(f"RCPT TO:<{recipient}>")).startswith(code)


async def test_a_bounce_may_come_from_nobody(line, store):
    assert (await line.mail(letter() + b".\r\n", "")).startswith("250")
    assert store.raws[0].envelope["mail_from"] == ""


async def test_the_size_is_announced_and_kept(line, channel, store):
    assert f"SIZE {LIMIT}" in await line.say("EHLO client.example")
    assert (await line.say(f"MAIL FROM:<{ADA}> SIZE={LIMIT + 1}")).startswith("552")
    assert (await line.mail(b"x" * 70 + b"\r\n" + b"y" * 60_000 + b"\r\n.\r\n")).startswith("552")
    assert (await line.mail(letter() + b".\r\n")).startswith("250")
    assert len(store.raws) == 1


async def test_a_mail_of_exactly_the_limit_is_taken(line, store):
    body = b"Subject: x\r\n\r\n" + b"y" * (LIMIT - 16) + b"\r\n"
    assert len(body) == LIMIT

    assert (await line.mail(body + b".\r\n")).startswith("250")
    assert (await line.mail(b"z" + body + b".\r\n")).startswith("552")
    assert [raw.body for raw in store.raws] == [body]


async def pour(line: Line) -> None:
    while True:
        line.writer.write(b"x" * 10_000)
        await line.writer.drain()


async def test_a_sender_without_end_is_hung_up_on(line, store):
    await line.say(f"MAIL FROM:<{ADA}>")
    await line.say(f"RCPT TO:<{SUPPORT}>")
    await line.say("DATA")
    with pytest.raises(ConnectionError):
        await pour(line)

    assert store.raws == []


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\r\n.\r\r\n", b"\r\n\x00.\r\n", b"\r\n..\r\n"]
)
async def test_only_crlf_dot_crlf_ends_a_mail(line, store, end):
    smuggled = (
        b"first" + end + b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<" + SUPPORT.encode() + b">\r\nDATA\r\nevil\r\n"
    )
    assert (await line.mail(smuggled + b".\r\n")).startswith("250")

    [raw] = store.raws
    assert b"evil@example.com" in raw.body
    assert (await line.say("NOOP")).startswith("250")


async def test_dots_are_undone_and_bytes_kept(line, store):
    body = b"..\r\n...x\r\n.y\r\n\xff\x00\xfe\r\nbare\nlf\rcr\r\n"
    await line.mail(body + b".\r\n")

    assert store.raws[0].body == b".\r\n..x\r\ny\r\n\xff\x00\xfe\r\nbare\nlf\rcr\r\n"


async def test_an_empty_mail_ends_at_once(line, store):
    assert (await line.mail(b".\r\n")).startswith("250")
    assert store.raws[0].body == b""


async def test_the_end_may_come_in_pieces(line, store):
    await line.say(f"MAIL FROM:<{ADA}>")
    await line.say(f"RCPT TO:<{SUPPORT}>")
    await line.say("DATA")
    for byte in letter() + b".\r\n":
        line.writer.write(bytes([byte]))
        await line.writer.drain()
    assert (await line.answer()).startswith("250")
    assert store.raws[0].body == letter()


async def test_commands_may_follow_in_the_same_packet(line, store):
    mail = f"MAIL FROM:<{ADA}>\r\nRCPT TO:<{SUPPORT}>\r\nDATA\r\n".encode() + letter() + b".\r\n"
    line.writer.write(mail * 3 + b"NOOP\r\n")
    answers = [await line.answer() for _ in range(13)]

    assert [answer[:3] for answer in answers] == ["250", "250", "354", "250"] * 3 + ["250"]
    assert len(store.raws) == 3


async def test_equal_bytes_and_envelope_are_one_unit_and_nothing_else_is(line, store):
    for body, sender, recipients in (
        (letter(), ADA, (SUPPORT,)),
        (letter(), ADA, (SUPPORT,)),
        (letter(), "grace@example.org", (SUPPORT,)),
        (letter(), ADA, (TRUE_REPLY,)),
        (letter("another text"), ADA, (SUPPORT,)),
        (letter(), ADA, (SUPPORT, TRUE_REPLY)),
        (letter(), ADA, (TRUE_REPLY, SUPPORT)),
    ):
        await line.mail(body + b".\r\n", sender, *recipients)
    ids = [raw.provider_id for raw in store.raws]

    assert ids[0] == ids[1]
    assert ids[5] == ids[6]
    assert len(set(ids)) == 5


async def test_a_connection_lost_in_the_body_stores_nothing(line, channel, store):
    await line.say(f"MAIL FROM:<{ADA}>")
    await line.say(f"RCPT TO:<{SUPPORT}>")
    await line.say("DATA")
    line.writer.write(letter())
    line.writer.close()
    await line.writer.wait_closed()
    other = await dial(channel)
    await other.say("EHLO x")

    assert (await other.mail(letter("the other") + b".\r\n")).startswith("250")
    assert len(store.raws) == 1
    other.writer.close()


async def test_more_connections_than_allowed_are_asked_to_come_back(channel):
    lines = [await dial(channel) for _ in range(5)]
    refused = Line(*await asyncio.open_connection("127.0.0.1", channel.listener.port))

    assert (await refused.answer()).startswith("421")
    for line in (*lines, refused):
        line.writer.close()


async def test_one_address_cannot_hold_every_connection(store):
    async with listening(store, connections=8, connections_per_address=3) as channel:
        pushed = [await dial(channel) for _ in range(3)]
        refused = Line(*await asyncio.open_connection("127.0.0.1", channel.listener.port))
        other = Line(*await asyncio.open_connection("127.0.0.1", channel.listener.port, local_addr=("127.0.0.2", 0)))

        assert (await refused.answer()).startswith("421 4.7.0")
        assert (await other.answer()).startswith("220")
        assert (await pushed[0].say("QUIT")).startswith("221")
        await pushed[0].reader.read()
        again = await dial(channel)
        for line in (*pushed, refused, other, again):
            line.writer.close()


@pytest.mark.parametrize(
    "line_of_nonsense",
    ["", "XYZZY", "MAIL", "MAIL FROM:", "RCPT TO:<x>", "DATA", "\x00\xff", "A" * 60_000, "MAIL FROM:<\udcff@x>"],
)
async def test_nonsense_is_answered_and_the_session_goes_on(line, store, line_of_nonsense):
    line.writer.write(line_of_nonsense.encode("utf-8", "surrogateescape") + b"\r\n")
    assert (await line.answer())[0] in "2345"
    await line.say("RSET")

    assert (await line.mail(letter() + b".\r\n")).startswith("250")


async def test_nobody_can_sign_in_or_relay(line):
    assert "AUTH" not in await line.say("EHLO client.example")
    assert not (await line.say("AUTH PLAIN AGEAYg==")).startswith("2")
    assert (await line.say("VRFY root"))[:3] in ("252", "502")


async def test_the_stdlib_client_is_understood(channel, store):
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", channel.listener.port) as client:
            client.sendmail(ADA, [SUPPORT], letter("from smtplib"))

    await asyncio.to_thread(send)
    assert b"from smtplib" in store.raws[0].body


@pytest.mark.parametrize("said", [b"", b"EHLO half", b"EHLO x\r\nMAIL FROM:<ada@example.com>\r\n", b"DATA\r\n"])
async def test_half_of_a_connection_that_is_closed_frees_its_place(store, said):
    async with listening(store, connections=8, connections_per_address=1) as channel:
        half = await dial(channel)
        half.writer.write(said)
        half.writer.write_eof()
        async with asyncio.timeout(60):
            await half.reader.read()
        other = await dial(channel)
        for line in (half, other):
            line.writer.close()
    assert store.raws == []


@pytest.mark.parametrize("said", [b"", b"EHLO half", b"EHLO x\r\nMAIL FROM:<ada@example.com>\r\n", b"in the body"])
async def test_connection_that_says_nothing_more_is_closed_and_frees_its_place(store, said):
    async with listening(store, connections=8, connections_per_address=1) as channel:
        channel.listener.idle_seconds = 0.5
        silent = await dial(channel)
        if said == b"in the body":
            for line in ("EHLO x", f"MAIL FROM:<{ADA}>", f"RCPT TO:<{SUPPORT}>", "DATA"):
                await silent.say(line)
        silent.writer.write(said)
        async with asyncio.timeout(60):
            await silent.reader.read()
        other = await dial(channel)
        for line in (silent, other):
            line.writer.close()
    assert store.raws == []

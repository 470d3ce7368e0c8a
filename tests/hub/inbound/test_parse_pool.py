"""hub.inbound.parse_pool: bytes made to hurt cost one child, and the mails behind them hardly wait."""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest

from channels.email.inbound import read_mail
from hub.channel import Channel, ChannelSettings, Raw
from hub.errors import ReadDeferred, Unreadable
from hub.inbound.answers import HEADER
from hub.inbound.parse_pool import PASSED_ON, ParsePool
from hub.inbound.parse_worker import MEMORY_BYTES, READY
from hub.model import Address, Event, Inbound
from tests.letters import letter

NO_TOOLS: Any = None
ANSWERS = 3  # the child's pipe to the hub: the first number that was free


def misbehave(kind: str, provider_id: str, body: bytes, envelope: Mapping[str, Any]) -> tuple[Event, ...]:
    """What a reader could do with a mail made to hurt it."""
    match kind:
        case "loop":
            while body is not None:
                continue
        case "memory":
            held = bytearray(600_000_000)
            return (Inbound(Address("x", str(len(held))), "", ""),)
        case "recurse":
            return misbehave(kind, provider_id, body, envelope)
        case "hang":
            time.sleep(3_600)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "print":
            print("onto the pipe")
        case "defer":
            raise ReadDeferred("later")
        case "fault":
            raise KeyError("a bug")
        case "environment":
            return (Inbound(Address("email", "ada@example.com"), "", " ".join(os.environ)),)
        case "garbled":
            frame = pickle.dumps(ValueError("an object, not data"))
            os.write(ANSWERS, HEADER.pack(len(frame)) + frame)
        case "endless":
            os.write(ANSWERS, HEADER.pack(2**62))
    return (Inbound(Address("email", "ada@example.com"), provider_id, "read"),)


class Pages(Channel):
    """A channel whose mails are read by `misbehave`, or by the real reader of e-mail."""

    type = "pages"
    reads_in_child = True

    def __init__(self, reader: Callable[..., tuple[Event, ...]]) -> None:
        super().__init__("pages", ChannelSettings(), NO_TOOLS)
        self._reader = reader

    def apart(self) -> Callable[..., tuple[Event, ...]]:
        return self._reader


class Plain(Channel):
    """Reads where it is, unless it is asked to do so in a child."""

    type = "plain"

    def __init__(self, name: str, settings: Any, tools: Any) -> None:
        super().__init__(name, settings, tools)

    def read(self, raw: Raw) -> tuple[Event, ...]:
        return (Inbound(Address("plain", self.name), raw.provider_id, raw.body.decode()),)


class Apart(Plain):
    reads_in_child = True


@pytest.fixture
async def reader() -> AsyncIterator[ParsePool]:
    reader = ParsePool(cpu_seconds=1, wall_seconds=4.0)
    yield reader
    await reader.close()


@pytest.fixture
async def patient() -> AsyncIterator[ParsePool]:
    """On a machine that is busy a second may be over before anything went wrong."""
    reader = ParsePool(cpu_seconds=20, wall_seconds=60.0)
    yield reader
    await reader.close()


BAD = Pages(misbehave)
GOOD = Pages(read_mail)


async def test_a_mail_is_read_in_a_child(reader):
    [event] = await reader.read(GOOD, Raw("mail", "hash", letter(), {"rcpt_tos": ["support@hub.example"]}))

    assert isinstance(event, Inbound)
    assert event.text == "Where is my order?"


@pytest.mark.parametrize("kind", ["loop", "hang"])
async def test_what_never_ends_is_unreadable_and_the_next_mail_is_read(reader, kind):
    await refuses_and_goes_on(reader, kind, "took longer than")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("memory", "needs more than 512 MB"),
        ("recurse", "RecursionError"),
        ("crash", "SIGSEGV"),
        ("fault", "KeyError"),
        ("garbled", "an answer that is none"),
        ("endless", "an answer of 4,6"),
    ],
)
async def test_what_hurts_is_unreadable_and_the_next_mail_is_read(patient, kind, words):
    await refuses_and_goes_on(patient, kind, words)


async def refuses_and_goes_on(reader: ParsePool, kind: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        await reader.read(BAD, Raw(kind, "1", b""))

    [event] = await reader.read(BAD, Raw("mail", "2", b""))
    assert isinstance(event, Inbound)


async def test_a_hundred_mails_arrive_beside_one_that_loops(reader):
    started = time.monotonic()
    looping = asyncio.create_task(reader.read(BAD, Raw("loop", "bad", b"")))
    mails = [reader.read(GOOD, Raw("mail", str(at), letter(f"mail {at}"))) for at in range(100)]
    read = await asyncio.gather(*mails)

    assert [event.text for [event] in read if isinstance(event, Inbound)] == [f"mail {at}" for at in range(100)]
    assert time.monotonic() - started < 30
    with pytest.raises(Unreadable):
        await looping


async def test_what_is_printed_does_not_disturb_the_answers(reader):
    [event] = await reader.read(BAD, Raw("print", "1", b""))

    assert isinstance(event, Inbound)


async def test_deferring_is_passed_on(reader):
    with pytest.raises(ReadDeferred, match="later"):
        await reader.read(BAD, Raw("defer", "1", b""))


async def test_large_mails_pass_through_the_pipe(reader):
    body = b"From: a@b.c\nContent-Type: a/b\n\n" + b"x" * 20_000_000
    [event] = await reader.read(GOOD, Raw("mail", "1", body))

    assert isinstance(event, Inbound)
    assert len(event.attachments[0].content) == 20_000_000


async def test_an_adapter_is_rebuilt_in_the_child_when_it_has_no_lighter_way(reader):
    raw = Raw("mail", "1", b"hello")

    assert await reader.read(Apart("one", ChannelSettings(), NO_TOOLS), raw) == Plain("one", None, None).read(raw)


async def test_adapters_that_do_not_ask_for_it_are_read_here(reader):
    assert await reader.read(Plain("one", None, None), Raw("mail", "1", b"hello"))
    assert not reader._idle


async def test_the_child_imports_next_to_nothing():
    heavy = {"aiohttp", "pydantic", "sqlalchemy", "twilio", "telegram", "imap_tools", "aiosmtpd", "aiosmtplib"}
    code = "import sys, channels.email.inbound, hub.inbound.parse_worker; print(*sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()

    assert process.returncode == 0
    assert not heavy & set(told.decode().split())


@pytest.fixture
def secretive() -> Iterator[None]:
    """An environment as a hub has it."""
    before = dict(os.environ)
    os.environ.update(HUB_KEY="a key", TWILIO_AUTH_TOKEN="a token", TZ="Europe/Berlin")
    yield
    os.environ.clear()
    os.environ.update(before)


async def test_the_child_is_told_no_secret(reader, secretive):
    [event] = await reader.read(BAD, Raw("environment", "1", b""))

    named = set(event.text.split())
    assert {"TZ", "PYTHONPATH"} <= named
    assert named <= {*PASSED_ON, "PYTHONPATH"}


def test_a_child_whose_hub_is_gone_ends_without_a_word() -> None:
    asked = pickle.dumps((read_mail, "mail", "1", b"From: ada@example.com\r\n\r\nHello", {}))
    with subprocess.Popen(
        [sys.executable, "-m", "hub.inbound.parse_worker", "5", str(MEMORY_BYTES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout.read(len(READY)) == READY
        child.stdout.close()
        child.stdin.write(HEADER.pack(len(asked)) + asked)
        child.stdin.close()

        assert child.wait(60) == 0
        assert child.stderr.read() == b""

"""The folder for sent mails, on a server that is not ours: found by its mark, and each mail in it once."""

import imaplib
from collections.abc import Iterator

import pytest

from channels.email.channel import EmailChannel
from channels.email.sent_folder import saves_itself
from hub.clock import FakeClock
from hub.errors import ReadDeferred
from tests.doors import open_tools
from tests.dovecot import Dovecot, open_dovecot
from tests.letters import SUPPORT, outbound


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with open_dovecot("geheim") as dovecot:
        yield dovecot


def kept(server: Dovecot, user: str, folder: str) -> list[bytes]:
    with imaplib.IMAP4("127.0.0.1", server.port) as client:
        client.login(user, server.password)
        client.select(folder, readonly=True)
        _, answer = client.fetch("1:*", "(FLAGS INTERNALDATE BODY[HEADER])")
        return [words + head for words, head in (one for one in answer if isinstance(one, tuple))]


def channel_of(server: Dovecot, user: str, tools, **imap: object) -> EmailChannel:
    there = {"host": "127.0.0.1", "security": "none", "username": user, "password": "geheim"}
    smtp, imap = {**there, "port": 9}, {**there, "port": server.port, **imap}
    return EmailChannel("mail", EmailChannel.Settings(address=SUPPORT, smtp=smtp, imap=imap), tools)


@pytest.mark.slow
async def test_each_mail_is_put_there_once(server):
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        channel = channel_of(server, "once", tools)
        left = tools.clock.now()
        first, second = (outbound(message_id=f"{name}@hub.example") for name in ("one", "two"))
        await channel.keep_copies([(first, left)])
        await channel.keep_copies([(first, left), (second, left)])
        await channel.close()
    one, two = kept(server, "once", "Verschickt")

    assert [b"<one@hub.example>" in one, b"<two@hub.example>" in two] == [True, True]
    assert rb"\Seen" in one
    assert b"18-Nov-2026" in one


@pytest.mark.slow
async def test_a_folder_that_is_not_there_is_told(server):
    async with open_tools(FakeClock(), "http://hub.example") as tools:
        channel = channel_of(server, "named", tools, sent_folder="Elsewhere")
        with pytest.raises(ReadDeferred, match="Elsewhere"):
            await channel.keep_copies([(outbound(), tools.clock.now())])
        await channel.close()


@pytest.mark.parametrize(
    ("host", "itself"),
    [
        ("smtp.gmail.com", True),
        ("smtp.office365.com", True),
        ("SMTP-MAIL.OUTLOOK.COM", True),
        ("smtp.notgmail.com", False),
        ("mail.gmx.net", False),
    ],
)
def test_providers_that_keep_what_is_sent_are_known(host, itself):
    assert saves_itself(host) == itself

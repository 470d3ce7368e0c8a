"""hub.sandbox.mail: real SMTP and IMAP clients meet a post office that can also misbehave."""

import asyncio
import imaplib
import smtplib
from collections.abc import AsyncIterator

import aiosmtplib
import pytest
from imap_tools import AND, MailBoxUnencrypted

from hub.clock import FakeClock
from hub.sandbox.mail import MailSandbox

SUPPORT = "support@example.com"


@pytest.fixture
async def post(clock: FakeClock) -> AsyncIterator[MailSandbox]:
    sandbox = MailSandbox(clock)
    await sandbox.start()
    sandbox.account(SUPPORT, "secret")
    yield sandbox
    await sandbox.stop()


async def send(post: MailSandbox, to: str, text: str = "Hello") -> None:
    mail = f"From: {SUPPORT}\r\nTo: {to}\r\nSubject: hi\r\nMessage-ID: <1@example.com>\r\n\r\n{text}\r\n"
    where = {"hostname": "127.0.0.1", "port": post.smtp.port}
    await aiosmtplib.send(mail, sender=SUPPORT, recipients=[to], start_tls=False, **where)  # type: ignore[call-overload]


async def test_mail_handed_in_by_smtp_stands_in_the_mailbox(post: MailSandbox) -> None:
    await send(post, "ada@example.com", "line\r\n.dot")

    [mail] = post.mailbox("ADA@example.com")
    assert mail.raw.endswith(b"line\r\n.dot\r\n")
    assert (mail.envelope_from, mail.recipient) == (SUPPORT, "ada@example.com")


async def test_tagged_address_belongs_to_the_same_mailbox(post: MailSandbox) -> None:
    await send(post, "support+abc.def@example.com")

    assert len(post.mailbox(SUPPORT)) == 1


async def test_imap_tools_fetches_marks_and_waits(post: MailSandbox) -> None:
    post.write("ada@example.com", SUPPORT, "Invoice", "wrong?", name="Ada", attachments=[("a.txt", "text/plain", b"x")])

    def visit() -> tuple[list[str], list[str], list[object], int]:
        with MailBoxUnencrypted("127.0.0.1", post.imap.port).login(SUPPORT, "secret") as box:
            first = [mail.subject for mail in box.fetch(mark_seen=False)]
            uids = box.uids(AND(uid="1:*"))
            box.flag(uids, "\\Seen", True)
            unseen = list(box.fetch(AND(seen=False)))
            box.idle.start()
            answers = box.idle.poll(timeout=5)
            box.idle.stop()
            after = len(box.uids())
        return first, uids, [*unseen, *answers], after

    visiting = asyncio.create_task(asyncio.to_thread(visit))
    async with asyncio.timeout(60):
        while "\\Seen" not in post.mailbox(SUPPORT)[0].flags:  # noqa: ASYNC110 - the other side is a thread
            await asyncio.sleep(0.01)
    post.write("ada@example.com", SUPPORT, "Again", "hello?")
    first, uids, news, after = await visiting
    assert (first, uids, after) == (["Invoice"], ["1"], 2)
    assert any(b"EXISTS" in line for line in news if isinstance(line, bytes))


async def test_imaplib_signs_in_only_with_the_password(post: MailSandbox) -> None:
    def visit() -> tuple[str, str]:
        client = imaplib.IMAP4("127.0.0.1", post.imap.port)
        with pytest.raises(imaplib.IMAP4.error):
            client.login(SUPPORT, "wrong")
        client.login(SUPPORT, "secret")
        client.select("INBOX")
        client.append("INBOX", "", None, b"Subject: copy\r\n\r\nx")  # type: ignore[arg-type]
        kind, found = client.uid("FETCH", "1:*", "(BODY.PEEK[] FLAGS)")
        client.logout()
        return kind, found[0][1].decode()

    assert await asyncio.to_thread(visit) == ("OK", "Subject: copy\r\n\r\nx")


async def test_ordered_troubles_happen_once(post: MailSandbox) -> None:
    post.inject("reject_recipient", recipient="dead@example.com")
    post.inject("defer")
    post.inject("drop_after_data")

    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(post, "dead@example.com")
    with pytest.raises(aiosmtplib.SMTPDataError):
        await send(post, "ada@example.com")
    with pytest.raises((aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPReadTimeoutError)):
        await send(post, "ada@example.com")
    assert len(post.mailbox("ada@example.com")) == 1
    await send(post, "dead@example.com")


async def test_ordered_bounce_comes_back_as_a_delivery_report(post: MailSandbox) -> None:
    post.bounce("dead@example.com")
    await send(post, "dead@example.com")

    [report] = post.mailbox(SUPPORT)
    assert b"multipart/report" in report.raw
    assert b"Message-ID: <1@example.com>" in report.raw
    assert post.mailbox("dead@example.com") == []


async def test_plain_smtplib_can_talk_to_it(post: MailSandbox) -> None:
    def visit() -> None:
        with smtplib.SMTP("127.0.0.1", post.smtp.port) as client:
            client.login("anybody", "anything")
            client.sendmail(SUPPORT, ["ada@example.com"], b"Subject: x\r\n\r\ny")

    await asyncio.to_thread(visit)
    assert len(post.mailbox("ada@example.com")) == 1

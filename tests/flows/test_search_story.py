"""Mails that came in by the listener are found again by what people type, whatever script and spelling."""

from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest

from hub.sandbox.world import MAIL_ADDRESS
from hub.store.search import Found, search_messages
from hub.store.search_index import read_indexed
from tests.running import Office, open_office, until

ATTRIBUTION = "Am 22. Nov. 2026 um 10:00 schrieb Lena <lena@example.com>:"


@pytest.fixture
async def office(store_url: str) -> AsyncIterator[Office]:
    async with open_office(store_url, {}, sandbox=True) as office:
        yield office


def mail(text: str, filename: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Kunde <kunde@example.com>", MAIL_ADDRESS, "x"
    message["Message-ID"] = f"<{abs(hash(text))}@kunde.example>"
    message.set_content(text)
    if filename:
        message.add_attachment(b"%PDF-1.4", "application", "pdf", filename=filename)
    return message


async def found(office: Office, query: str) -> list[Found]:
    return await read_indexed(office.hub.store, query, search_messages, query, None, 10)


async def test_what_customers_wrote_is_found_by_what_agents_type(office):
    assert office.started.world
    where = {"hostname": "127.0.0.1", "port": office.started.world.listen_port, "start_tls": False}
    for one in (
        mail("你好，我的订单号是一二三。请帮忙。"),
        mail("Der Störungsmelder blinkt."),
        mail(f"Ja.\n\n{ATTRIBUTION}\n> Ist das Sägeblatt stumpf?\n"),
        mail("Anbei.", "Kaufvertrag Küche.pdf"),
        mail("Ruft mich an: 0170/123 45 67"),
    ):
        await aiosmtplib.send(one, sender="kunde@example.com", recipients=[MAIL_ADDRESS], **where)

    for query, begins in (
        ("订单号", "你好"),
        ("storungsmelder", "Der Störung"),
        ("sageblatt", "Ja."),
        ("vertrag kuche", "Anbei."),
        ("+49 170 1234567", "Ruft"),
    ):
        [hit] = await until(lambda query=query: found(office, query), f"hit for {query}")
        assert hit.text.startswith(begins)

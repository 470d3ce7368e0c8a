"""A customer invites by mail, and their calendar is answered."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email import message_from_bytes, policy

import pytest

from hub.store.conversations import list_customer_conversations
from hub.store.customers import find_customer
from hub.store.messages import get_message
from tests.letters import SUPPORT, letter
from tests.people import ADA
from tests.relay import Relay, open_relay
from tests.rest import program_of
from tests.running import Office, open_office, until
from tests.web.browser import sign_in

REQUEST = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
END:VTIMEZONE
BEGIN:VEVENT
UID:meeting-4711@example.com
SEQUENCE:2
SUMMARY:Übergabe der Maschine in Halle 7 mit allen Beteiligten und der ganzen Mannschaft
DTSTART;TZID=Europe/Berlin:20261201T100000
ORGANIZER;CN=Ada:mailto:ada@example.com
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:support@hub.example
BEGIN:VALARM
SUMMARY:Alarm
END:VALARM
END:VEVENT
END:VCALENDAR
"""


@dataclass
class World:
    office: Office
    relay: Relay

    async def invited(self, calendar: str = REQUEST) -> str:
        """The message with the invitation."""
        port = self.office.hub.channels["mail"].listener.port
        mail = letter(calendar, MIME_Version="1.0", Content_Type="text/calendar; charset=utf-8; method=REQUEST")
        await asyncio.to_thread(hand_over, port, mail)

        async def message() -> str:
            customer = await self.office.hub.store.read(find_customer, ADA.mail_address)
            cases = await self.office.hub.store.read(list_customer_conversations, customer) if customer else []
            return (await self.office.messages(cases[0].id))[0].id if cases else ""

        return await until(message, "message")

    async def answered(self) -> tuple[str, str]:
        """(the calendar's media type with its method, its text) as it went out."""

        async def mails() -> list[bytes]:
            return [mail for _, mail in self.relay.mails]

        [mail] = await until(mails, "answer")
        part = next(one for one in message_from_bytes(mail, policy=policy.default).walk() if one.get_filename())
        return f"{part.get_content_type()} {part.get_param('method')}", part.get_content()


def hand_over(port: int, mail: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.sendmail(ADA.email, [SUPPORT], mail)


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_relay("PIPELINING") as relay:
        smtp = {"host": "127.0.0.1", "port": relay.port, "security": "none"}
        section = {"type": "email", "address": SUPPORT, "smtp": smtp, "listen": {"port": 0}}
        async with open_office(store_url, {"mail": section}) as office:

            async def listening() -> bool:
                listener = office.hub.channels["mail"].listener
                return bool(listener and listener.port)

            await until(listening, "open port")
            yield World(office, relay)


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentative"])
async def test_the_calendar_of_who_invited_is_answered(world, answer):
    message = await world.invited()
    async with program_of(world.office.hub) as program:
        sent = await program.must("POST", f"/messages/{message}/invitation", {"answer": answer})
    kind, calendar = await world.answered()

    assert sent["text"].startswith(f"{answer.title()}: Übergabe der Maschine")
    assert kind == "text/calendar REPLY"
    lines = calendar.replace("\r\n ", "").replace("\n ", "").splitlines()
    assert {"METHOD:REPLY", "UID:meeting-4711@example.com", "SEQUENCE:2"} <= set(lines)
    assert f"ATTENDEE;PARTSTAT={answer.upper()}:mailto:{SUPPORT}" in lines
    assert "ORGANIZER;CN=Ada:mailto:ada@example.com" in lines
    assert "SUMMARY:Übergabe der Maschine in Halle 7 mit allen Beteiligten und der ganzen Mannschaft" in lines


async def test_what_invites_nobody_is_not_answered(world):
    message = await world.invited(REQUEST.replace("METHOD:REQUEST", "METHOD:CANCEL"))
    async with program_of(world.office.hub) as program:
        status, _ = await program.ask("POST", f"/messages/{message}/invitation", {"answer": "accepted"})

    assert status == 409


async def test_an_agent_answers_by_a_button(world):
    message = await world.invited()
    case = await world.office.hub.store.read(lambda conn: conversation_of(conn, message))
    async with sign_in(world.office.hub) as agent:
        _, page = await agent.get(f"/conversations/{case}")
        assert f"/messages/{message}/invitation" in page
        answered = await agent.post(f"/messages/{message}/invitation", {"view": "open", "answer": "accepted"})
        assert answered.status == 303
        _, page = await agent.get(f"/conversations/{case}")
    assert "Accepted: Übergabe der Maschine" in page


def conversation_of(conn, message_id: str) -> str:
    return get_message(conn, message_id).conversation_id

"""A program answers a mail as a person does: with copies, and to everybody it went to."""

import asyncio
import smtplib

from hub.store.conversations import add_conversation, list_customer_conversations
from hub.store.customers import NewCustomer, add_owner, find_customer
from tests.letters import SUPPORT, letter
from tests.people import ADA, GRACE
from tests.rest import program_of
from tests.running import Office, open_office, until

SMTP = {"host": "127.0.0.1", "port": 9, "security": "none"}


async def test_a_reply_goes_to_copies_too(store_url):
    async with open_office(store_url, {"mail": {"type": "email", "address": SUPPORT, "smtp": SMTP}}) as office:
        hub = office.hub
        customer, _ = await hub.store.write(
            add_owner, ADA.mail_address, NewCustomer(name=ADA.name), hub.clock.now(), "t"
        )
        case = await hub.store.write(add_conversation, customer, "Order", hub.clock.now())
        wanted = {"text": "Both of you", "cc": [GRACE.email.upper()], "bcc": ["audit@hub.example"], "hold_seconds": 60}
        async with program_of(hub) as program:
            message = await program.must("POST", f"/conversations/{case.id}/replies", wanted)
            status, _ = await program.ask("POST", f"/conversations/{case.id}/replies", {**wanted, "cc": ["no address"]})

    assert (message["cc"], message["bcc"]) == ([GRACE.email], ["audit@hub.example"])
    assert len(message["deliveries"]) == 3
    assert status == 422


async def test_reply_all_reaches_whom_the_customer_wrote_to_besides(store_url):
    section = {"type": "email", "address": SUPPORT, "smtp": SMTP, "listen": {"port": 0}}
    async with open_office(store_url, {"mail": section}) as office:
        port = await until(lambda: listening(office), "open port")
        mail = letter(To=f"{SUPPORT}, Grace <{GRACE.email}>")
        await asyncio.to_thread(hand_over, port, mail)

        async def customer() -> str | None:
            return await office.hub.store.read(find_customer, ADA.mail_address)

        customer_id = await until(customer, "customer")
        [case] = await office.hub.store.read(list_customer_conversations, customer_id)
        async with program_of(office.hub) as program:
            answer = {"text": "To all", "reply_all": True, "hold_seconds": 60}
            message = await program.must("POST", f"/conversations/{case.id}/replies", answer)

    assert message["cc"] == [GRACE.email]


async def test_a_mail_goes_on_to_somebody_else(store_url):
    section = {"type": "email", "address": SUPPORT, "smtp": SMTP, "listen": {"port": 0}}
    async with open_office(store_url, {"mail": section}) as office:
        port = await until(lambda: listening(office), "open port")
        await asyncio.to_thread(hand_over, port, letter("Where is it?"))

        async def customer() -> str | None:
            return await office.hub.store.read(find_customer, ADA.mail_address)

        customer_id = await until(customer, "customer")
        [case] = await office.hub.store.read(list_customer_conversations, customer_id)
        [mail] = await office.messages(case.id)
        to = [{"kind": "email", "handle": GRACE.email}]
        path = f"/conversations/{case.id}/replies"
        async with program_of(office.hub) as program:
            gone_on = await program.must("POST", path, {"forward_of": mail.id, "to": to, "text": "Yours?"})
            nobody, _ = await program.ask("POST", path, {"forward_of": mail.id})
            unknown, _ = await program.ask("POST", path, {"forward_of": "0" * 32, "to": to})
            astray, _ = await program.ask("POST", path, {"text": "Hello", "to": to})

    assert (gone_on["to"], gone_on["subject"]) == (GRACE.email, "Fwd: Order 4711")
    assert gone_on["text"].startswith("Yours?")
    assert "Where is it?" in gone_on["text"]
    assert (nobody, unknown, astray) == (409, 404, 409)


async def listening(office: Office) -> int:
    listener = office.hub.channels["mail"].listener
    return listener.port if listener else 0


def hand_over(port: int, mail: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.sendmail(ADA.email, [SUPPORT], mail)

"""Mail, there and back on a running hub: by mailbox and by listener, threaded, bounced, doubted, and hurt."""

import email.policy
import email.utils
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage

import aiosmtplib
import pytest

from hub.model import Lane
from hub.sandbox.world import MAIL_ADDRESS, World
from hub.store.conversations import Conversation, list_customer_conversations
from hub.store.customers import find_customer, list_addresses
from hub.store.messages import Message
from tests.letters import letter
from tests.people import ADA, GRACE, Person
from tests.running import Office, open_office, until


@pytest.fixture
async def office(store_url: str) -> AsyncIterator[Office]:
    async with open_office(store_url, {}, sandbox=True) as office:
        yield office


def world(office: Office) -> World:
    assert office.started.world
    return office.started.world


async def conversation_of(office: Office, person: Person) -> Conversation:
    async def look() -> list[Conversation]:
        customer = await office.hub.store.read(find_customer, person.mail_address)
        return await office.hub.store.read(list_customer_conversations, customer) if customer else []

    [one] = await until(look, f"conversation of {person.name}", 30)
    return one


async def said(office: Office, person: Person, text: str) -> Message:
    conversation = await conversation_of(office, person)

    async def look() -> Message | None:
        return next((one for one in await office.messages(conversation.id) if text in one.text), None)

    return await until(look, repr(text), 30)


def inbox(office: Office, person: Person) -> list[EmailMessage]:
    mails = [
        message_from_bytes(mail.raw, policy=email.policy.default) for mail in world(office).mail.mailbox(person.email)
    ]
    return [mail for mail in mails if isinstance(mail, EmailMessage)]


async def post(office: Office, mail: bytes, sender: str, recipient: str) -> None:
    where = {"hostname": "127.0.0.1", "port": world(office).listen_port, "start_tls": False}
    await aiosmtplib.send(mail, sender=sender, recipients=[recipient], **where)  # type: ignore[call-overload]


async def test_a_question_is_answered_and_the_answer_to_it_joins(office):
    world(office).mail.write(ADA.email, MAIL_ADDRESS, "Order 4711", "Where is it?", name=ADA.name)
    asked = await said(office, ADA, "Where is it?")
    queued = await office.reply(await conversation_of(office, ADA), text="On its way.", author_name="Lena")
    await office.delivery(queued, "sent")
    [answer] = inbox(office, ADA)
    assert answer["In-Reply-To"] == f"<{asked.provider_id}>"

    reply_to = email.utils.parseaddr(str(answer["Reply-To"]))[1]
    text = f"Thank you!\n\nOn 22 Nov 2026 at 10:00, Lena <{MAIL_ADDRESS}> wrote:\n> On its way."
    await post(office, letter(text, Message_ID="<m2@x>", In_Reply_To=str(answer["Message-ID"])), ADA.email, reply_to)
    thanks = await said(office, ADA, "Thank you!")

    assert (thanks.text, thanks.conversation_id) == ("Thank you!", asked.conversation_id)
    assert "On its way." in thanks.quoted_text


async def test_a_stranger_with_somebody_elses_reply_address_gets_a_conversation_of_their_own(office):
    world(office).mail.write(ADA.email, MAIL_ADDRESS, "Order 4711", "Where is it?")
    await said(office, ADA, "Where is it?")
    queued = await office.reply(await conversation_of(office, ADA), text="On its way.")
    await office.delivery(queued, "sent")
    reply_to = email.utils.parseaddr(str(inbox(office, ADA)[0]["Reply-To"]))[1]

    await post(office, letter("I am Ada, too", From=GRACE.email), GRACE.email, reply_to)

    assert (await said(office, GRACE, "I am Ada, too")).conversation_id != (await conversation_of(office, ADA)).id


async def test_a_machine_writes_to_nobody_because_a_stranger_named_them(office):
    asked = letter("Where is it?", From=f"Ada <{ADA.email}>", Reply_To="Ada <victim@elsewhere.example>")
    await post(office, asked, ADA.email, MAIL_ADDRESS)
    await said(office, ADA, "Where is it?")
    conversation = await conversation_of(office, ADA)

    by_machine = await office.reply(conversation, text="We got it.", lane=Lane.AUTOMATIC)
    by_agent = await office.reply(conversation, text="On its way.")

    assert (await office.delivery(by_machine, "sent")).handle == ADA.email
    assert (await office.delivery(by_agent, "sent")).handle == "victim@elsewhere.example"


async def test_a_bounce_fails_the_delivery_and_marks_the_address(office):
    world(office).mail.write(ADA.email, MAIL_ADDRESS, "Order 4711", "Where is it?")
    asked = await said(office, ADA, "Where is it?")
    world(office).mail.bounce(ADA.email)
    queued = await office.reply(await conversation_of(office, ADA), text="On its way.")

    assert "5.1.1" in (await office.delivery(queued, "failed")).detail
    [address] = await office.hub.store.read(list_addresses, asked.customer_id)
    assert address.state == "bounced"


async def test_a_mail_of_ours_that_comes_back_is_no_answer(office):
    world(office).mail.write(ADA.email, MAIL_ADDRESS, "Order 4711", "Where is it?")
    await said(office, ADA, "Where is it?")
    queued = await office.reply(await conversation_of(office, ADA), text="On its way.")
    await office.delivery(queued, "sent")
    [ours] = world(office).mail.mailbox(ADA.email)

    await post(office, ours.raw, ADA.email, MAIL_ADDRESS)
    await post(office, letter("Thank you!", From=ADA.email, Message_ID="<m2@x>"), ADA.email, MAIL_ADDRESS)
    await said(office, ADA, "Thank you!")

    texts = [one.text for one in await office.messages((await conversation_of(office, ADA)).id)]
    assert texts == ["Where is it?", "On its way.", "Thank you!"]


def failure_of(recipient: str, message_id: str) -> bytes:
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    told = f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n"
    body = f"--b\n\nIt did not arrive.\n--b\nContent-Type: message/delivery-status\n\n{told}\n--b--"
    return letter(body, From=GRACE.email, Content_Type=kind, In_Reply_To=message_id, Message_ID="<report@x>")


async def state_of(office: Office, customer_id: str) -> str:
    [address] = await office.hub.store.read(list_addresses, customer_id)
    return str(address.state)


@pytest.mark.parametrize("claimed", [ADA.email, f"email:{ADA.email}"])
async def test_a_report_about_no_mail_of_ours_is_shown_and_marks_nobody(office, claimed):
    world(office).mail.write(ADA.email, MAIL_ADDRESS, "Order 4711", "Where is it?")
    asked = await said(office, ADA, "Where is it?")

    await post(office, failure_of(claimed, "<tok.forged@hub.example>"), GRACE.email, MAIL_ADDRESS)

    assert (await said(office, GRACE, "It did not arrive.")).automatic
    assert await state_of(office, asked.customer_id) == "ok"


async def test_a_report_about_where_our_mail_was_forwarded_fails_it_and_leaves_the_address(office):
    world(office).mail.write(ADA.email, MAIL_ADDRESS, "Order 4711", "Where is it?")
    asked = await said(office, ADA, "Where is it?")
    queued = await office.reply(await conversation_of(office, ADA), text="On its way.")
    await office.delivery(queued, "sent")

    ours = str(inbox(office, ADA)[0]["Message-ID"])
    await post(office, failure_of("ada@elsewhere.example", ours), GRACE.email, MAIL_ADDRESS)

    assert "5.1.1" in (await office.delivery(queued, "failed")).detail
    assert await state_of(office, asked.customer_id) == "ok"


async def test_an_answer_whose_250_is_lost_stands_as_unknown_and_is_sent_once(office):
    world(office).mail.write(ADA.email, MAIL_ADDRESS, "Order 4711", "Where is it?")
    await said(office, ADA, "Where is it?")
    world(office).mail.inject("drop_after_data")
    queued = await office.reply(await conversation_of(office, ADA), text="On its way.")

    await office.delivery(queued, "unknown")
    assert len(inbox(office, ADA)) == 1


async def test_a_hundred_mails_arrive_beside_those_made_to_hurt(office):
    bad = [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 200_000,
        b"From: x@example.com\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
        b"From: \x00\xff\r\n\r\n" + bytes(range(256)) * 1_000,
        b"",
    ]
    for raw in bad:
        world(office).mail.deliver("x@example.com", MAIL_ADDRESS, raw)
    for number in range(100):
        world(office).mail.deliver(ADA.email, MAIL_ADDRESS, letter(f"mail {number}.", Message_ID=f"<{number}@x>"))

    async def all_there() -> bool:
        customer = await office.hub.store.read(find_customer, ADA.mail_address)
        found = await office.hub.store.read(list_customer_conversations, customer) if customer else []
        return sum(one.message_count for one in found) == 100

    await until(all_there, "hundred mails", 30)

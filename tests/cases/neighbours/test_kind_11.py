"""Kind 11, the right mailbox: an answer leaves from the address that got the mail, however it got there."""

from email.message import EmailMessage

import pytest

from hub.model import Address
from hub.privacy.asking import ask
from hub.store.customers import add_address
from hub.store.messages import Message, get_message
from hub.store.tables import messages
from tests.cases.conftest import MAILBOX, OTHER_MAILBOX, World
from tests.rest import program_of
from tests.running import until

NEIGHBOURS = {  # way: (the mailbox that the envelope names, the headers)
    "to the first": (MAILBOX, f"To: {MAILBOX}"),
    "to the other": (OTHER_MAILBOX, f"To: {OTHER_MAILBOX}"),
    "a copy": (OTHER_MAILBOX, f"To: chef@kunde.example\r\nCc: {OTHER_MAILBOX}"),
    "a blind copy": (OTHER_MAILBOX, "To: undisclosed-recipients:;"),
    "in capitals": (OTHER_MAILBOX, f"To: {OTHER_MAILBOX.upper()}"),
    "with a name": (OTHER_MAILBOX, f'To: "Laden, Box" <{OTHER_MAILBOX}>'),
    "passed on by another provider": (
        OTHER_MAILBOX,
        f"To: alt@frueher.example\r\nDelivered-To: {OTHER_MAILBOX}\r\nX-Original-To: alt@frueher.example",
    ),
}


async def test_an_answer_leaves_from_the_mailbox_that_was_asked(world):
    for number, (way, (mailbox, headers)) in enumerate(NEIGHBOURS.items()):
        sender, id = f"ada{number}@kunde.example", f"way{number}@kunde"
        head = f"From: Ada <{sender}>\r\n{headers}\r\nSubject: Frage\r\nMessage-ID: <{id}>\r\n\r\nHallo\r\n"
        await world.bring(head.encode(), sender, mailbox)
        message = await world.arrived(messages.c.provider_id == id, way)
        await world.answer(message, "Gern.", channel="email")
        [mail] = world.inbox(sender)
        assert mailbox in str(mail["From"]), way


def to_both(id: str, sender: str, to: str, copy: str) -> bytes:
    head = f"From: Ada <{sender}>\r\nTo: {to}\r\nCc: {copy}\r\nSubject: Frage\r\nMessage-ID: <{id}>\r\n\r\nHallo\r\n"
    return head.encode()


@pytest.mark.parametrize("to", [MAILBOX, OTHER_MAILBOX])
@pytest.mark.parametrize("first", [MAILBOX, OTHER_MAILBOX])
async def test_whom_the_mail_is_to_answers_and_no_copy_that_was_here_first(world, to, first):
    copy, later = (other_than(one) for one in (to, first))
    mail = to_both("both@kunde", "ada@kunde.example", to, copy)
    await world.bring(mail, "ada@kunde.example", first)
    message = await world.arrived(messages.c.provider_id == "both@kunde", "the first copy")
    await world.bring(b"Received: from another way\r\n" + mail, "ada@kunde.example", later)

    async def read_again() -> Message | None:
        now = await world.office.hub.store.read(get_message, message.id)
        return now if now.also_to else None

    now = await until(read_again, "the second copy")
    assert (now.to_handle, now.also_to) == (to, [copy])
    await world.answer(message, "Gern.", channel="email")
    [mail] = world.inbox("ada@kunde.example")
    assert to in str(mail["From"])


def other_than(mailbox: str) -> str:
    return MAILBOX if mailbox == OTHER_MAILBOX else OTHER_MAILBOX


async def two_addresses(world: World) -> tuple[Message, Message]:
    """One customer who wrote from one address to one mailbox, and later from another one to the other."""
    first = await wrote(world, "ada@kunde.example", OTHER_MAILBOX)
    store, now = world.office.hub.store, world.office.hub.clock.now()
    address = Address("email", "ada@privat.example")
    await store.write(add_address, first.customer_id, address, verified=True, at=now, source="an agent")
    return first, await wrote(world, "ada@privat.example", MAILBOX)


async def wrote(world: World, sender: str, mailbox: str) -> Message:
    head = f"From: Ada <{sender}>\r\nTo: {mailbox}\r\nSubject: Frage\r\nMessage-ID: <{sender}>\r\n\r\nHallo\r\n"
    await world.bring(head.encode(), sender, mailbox)
    return await world.arrived(messages.c.provider_id == sender, sender)


async def test_each_address_hears_from_the_mailbox_that_it_wrote_to(world):
    await two_addresses(world)
    async with program_of(world.office.hub) as program:
        for handle, channel in (("ada@kunde.example", "box"), ("ada@privat.example", "mail")):
            for wanted in ({}, {"channel": "email"}):
                told = {"to": {"kind": "email", "handle": handle}, "text": "Ihr Angebot"}
                assert (await program.must("POST", "/messages", told | wanted))["channel"] == channel, (handle, wanted)


@pytest.mark.parametrize("mailbox", [MAILBOX, OTHER_MAILBOX])
async def test_what_is_kept_of_somebody_is_told_from_the_mailbox_they_know(world, mailbox):
    message = await wrote(world, "ada@kunde.example", mailbox)
    hub = world.office.hub
    assert await hub.store.write(ask, hub, message.customer_id, False, hub.clock.now())
    hub.live.wake()

    [mail] = await until(lambda: arrived_at(world, "ada@kunde.example"), "the mail")
    assert mailbox in str(mail["From"])


async def arrived_at(world: World, address: str) -> list[EmailMessage]:
    return world.inbox(address)

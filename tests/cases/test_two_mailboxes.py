"""One mail to two of our mailboxes is one message that says both; two mails are two, whatever they are called."""

import pytest
from sqlalchemy import Connection, select

from hub.model import Address
from hub.store.customers import NewCustomer, add_address, add_customer
from hub.store.messages import Message, list_messages
from hub.store.tables import messages, raw_inbound
from hub.web.api.shapes import messages as shown
from tests.cases.conftest import MAILBOX, OTHER_MAILBOX, World
from tests.running import until

ADA = "ada@kunde.example"


def mail(text: str, *headers: str, id: str = "one@kunde.example") -> bytes:
    head = (f"From: Ada <{ADA}>", f"To: {MAILBOX}, {OTHER_MAILBOX}", "Subject: Frage", f"Message-ID: <{id}>", *headers)
    return "\r\n".join((*head, "", text, "")).encode()


def both(first: str, second: str, name: str) -> tuple[bytes, bytes]:
    """Two mails with a file each."""
    kind = ("MIME-Version: 1.0", f"Content-Type: text/plain; name={name}", "Content-Disposition: attachment")
    return mail(first, *kind), mail(second, *kind)


async def landed(world: World, count: int) -> None:
    """So many mails were read."""

    def read(conn: Connection) -> bool:
        states = list(conn.scalars(select(raw_inbound.c.state).where(raw_inbound.c.kind == "mail")))
        return states.count("read") == count

    await until(lambda: world.office.hub.store.read(read), f"{count} mails")


async def said(world: World) -> list[Message]:
    def find(conn: Connection) -> list[Message]:
        [conversation_id] = set(conn.scalars(select(messages.c.conversation_id)))
        return list_messages(conn, conversation_id)

    return await world.office.hub.store.read(find)


async def test_a_mail_to_both_stands_once_and_says_both(world):
    await world.bring(mail("Hallo"), ADA, MAILBOX)
    await landed(world, 1)
    await world.bring(mail("Hallo", "Received: from another way"), ADA, OTHER_MAILBOX)
    await landed(world, 2)

    [one] = await said(world)
    assert (one.to_handle, one.also_to) == (MAILBOX, [OTHER_MAILBOX])
    [told] = await world.office.hub.store.read(shown, [one])
    assert told.also_to == [OTHER_MAILBOX]


async def test_its_second_copy_wakes_no_conversation_that_is_done(world):
    first = await world.hand_in(mail("Hallo"), ADA, "one@kunde.example")
    await world.done(first)
    await world.bring(mail("Hallo"), ADA, OTHER_MAILBOX)
    await landed(world, 2)

    assert (await world.conversation(first)).state == "closed"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (mail("Hallo"), mail("Hallo?")),
        (mail("Hallo"), mail("Hallo", id="two@kunde.example")),
        (mail("Hallo"), mail("Hallo", f"Reply-To: {ADA}").replace(b"Frage", b"Nachfrage")),
        both("eins", "zwei", "a.txt"),
    ],
)
async def test_two_mails_stay_two(world, first, second):
    await world.bring(first, ADA, MAILBOX)
    await landed(world, 1)
    await world.bring(second, ADA, OTHER_MAILBOX)
    await landed(world, 2)

    assert [one.also_to for one in await said(world)] == [[], []]


async def test_whom_we_wrote_to_first_hears_from_the_same_mailbox_again(world):
    store, now = world.office.hub.store, world.office.hub.clock.now()
    customer = await store.write(add_customer, NewCustomer(name="Ada"), now)
    await store.write(add_address, customer, Address("email", ADA), verified=True, at=now, source="an agent")
    first = await world.office.write_to(customer, text="Ihr Angebot", channel="mail")
    await world.office.delivery(first, "sent", "delivered")
    second = await world.office.write_to(customer, text="Noch etwas", channel="email")
    await world.office.delivery(second, "sent", "delivered")

    assert [str(mail["From"]).count(MAILBOX) for mail in world.inbox(ADA)] == [1, 1]

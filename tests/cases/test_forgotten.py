"""Erased is erased: of what providers handed over about somebody no octet is left, also where it was no message."""

from sqlalchemy import Connection, select

from hub.privacy.forgetting import forget
from hub.store.tables import addresses, messages, raw_inbound
from tests.cases.conftest import MAILBOX, OTHER_MAILBOX, World
from tests.running import until

ADA, WORDS, EDITED = "ada@kunde.example", "Quastenflosser", "Lungenfisch"
DAEMON = "mailer-daemon@kunde.example"
CHAT = 1815


def mail(*headers: str) -> bytes:
    head = (
        f"From: Ada <{ADA}>",
        f"To: {MAILBOX}, {OTHER_MAILBOX}",
        "Subject: Frage",
        "Message-ID: <one@kunde.example>",
    )
    return "\r\n".join((*head, *headers, "", WORDS, "")).encode()


def bounce(id: str) -> bytes:
    report = "Content-Type: multipart/report; report-type=delivery-status; boundary=b"
    head = (
        f"From: Mail Delivery System <{DAEMON}>",
        f"To: {MAILBOX}",
        "Subject: Undelivered",
        report,
    )
    told = f"Final-Recipient: rfc822; {ADA}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no {ADA}"
    sent = f"Message-ID: {id}\r\nTo: {ADA}\r\nSubject: Re: Frage\r\n\r\n> {WORDS}"
    parts = (("text/plain", f"{ADA}: no such user"), ("message/delivery-status", told), ("message/rfc822", sent))
    body = [f"--b\r\nContent-Type: {kind}\r\n\r\n{words}\r\n" for kind, words in parts]
    return "\r\n".join((*head, "", *body, "--b--", "")).encode()


def kept(conn: Connection) -> list[bytes]:
    """The bytes of each unit that came in, with what is known of its way."""
    rows = conn.execute(select(raw_inbound.c.body, raw_inbound.c.envelope)).all()
    return [bytes(row.body) + str(row.envelope).encode() for row in rows]


async def units(world: World, word: str, count: int) -> None:
    async def look() -> bool:
        found = [one for one in await world.office.hub.store.read(kept) if word.encode() in one]
        return len(found) >= count

    await until(look, f"{count} units that say {word}")


async def all_read(world: World) -> None:
    def look(conn: Connection) -> bool:
        return set(conn.scalars(select(raw_inbound.c.state))) == {"read"}

    await until(lambda: world.office.hub.store.read(look), "all of them read")


async def erase_everybody(world: World) -> None:
    hub = world.office.hub
    for id in await hub.store.read(lambda conn: set(conn.scalars(select(messages.c.customer_id)))):
        await hub.store.write(forget, id, "admin", hub.clock.now())
    assert not await hub.store.read(lambda conn: conn.scalars(select(addresses.c.id)).all())


async def test_copies_and_bounces_of_mails_are_forgotten_with_their_sender(world):
    said = await world.hand_in(mail(), ADA, "one@kunde.example")
    await world.bring(mail("Received: from another way"), ADA, OTHER_MAILBOX)
    await world.answer(said, "Hallo")
    [answer] = world.inbox(ADA)
    await world.bring(bounce(str(answer["Message-ID"])), DAEMON, MAILBOX)
    await units(world, ADA, 3)
    await all_read(world)
    await erase_everybody(world)

    left = await world.office.hub.store.read(kept)
    assert [one for one in left if ADA.encode() in one or WORDS.encode() in one] == []


async def test_what_somebody_edited_is_forgotten_with_them(world):
    first = await world.telegram.say(CHAT, WORDS)
    await world.said(CHAT, first)
    await world.telegram.edit(CHAT, first, EDITED)
    await world.arrived(messages.c.text == EDITED, EDITED)
    await erase_everybody(world)

    left = await world.office.hub.store.read(kept)
    assert [one for one in left if EDITED.encode() in one or WORDS.encode() in one] == []

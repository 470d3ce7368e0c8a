"""Kind 11, the right mailbox: an answer leaves from the address that got the mail, however it got there."""

from hub.store.tables import messages
from tests.cases.conftest import MAILBOX, OTHER_MAILBOX

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

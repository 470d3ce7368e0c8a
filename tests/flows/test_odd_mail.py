"""Mails as odd programs write them, over the real door: what an agent finds in the store afterwards."""

from collections.abc import AsyncIterator

import aiosmtplib
import pytest

from hub.model import Address
from hub.sandbox.world import MAIL_ADDRESS
from hub.store.blobs import StoredFile, list_attachments
from hub.store.conversations import list_customer_conversations
from hub.store.customers import find_customer
from hub.store.messages import Message, list_messages
from tests.letters import FIXTURES
from tests.running import Office, open_office, until

ODD = FIXTURES / "odd"


@pytest.fixture
async def office(store_url: str) -> AsyncIterator[Office]:
    async with open_office(store_url, {}, sandbox=True) as office:
        yield office


async def post(office: Office, name: str) -> None:
    assert office.started.world
    where = {"hostname": "127.0.0.1", "port": office.started.world.listen_port, "start_tls": False}
    sender = f"{name}@kunde.example"
    await aiosmtplib.send((ODD / f"{name}.eml").read_bytes(), sender=sender, recipients=[MAIL_ADDRESS], **where)  # type: ignore[call-overload]


async def arrived(office: Office, name: str) -> tuple[Message, list[StoredFile]]:
    store = office.hub.store

    async def look() -> list[Message]:
        customer = await store.read(find_customer, Address("email", f"{name}@kunde.example"))
        for conversation in await store.read(list_customer_conversations, customer) if customer else []:
            return await store.read(list_messages, conversation.id)
        return []

    [message] = await until(look, f"mail {name}")
    return message, (await store.read(list_attachments, [message.id])).get(message.id, [])


async def test_no_words_and_no_file_of_an_odd_mail_are_lost(office):
    for path in sorted(ODD.glob("*.eml")):
        await post(office, path.stem)
    found = {path.stem: await arrived(office, path.stem) for path in ODD.glob("*.eml")}

    def text(name: str) -> str:
        return found[name][0].text

    def files(name: str) -> list[tuple[str, str]]:
        return [(file.filename, file.content_type) for file in found[name][1]]

    assert text("base64-segments") == "Teil eins und zwei"
    assert "Geht es auch um 12?" in text("calendar-reply")
    assert "declined" in text("calendar-reply")
    assert files("calendar-reply") == [("attachment-1.ics", "text/calendar")]
    assert "data-missing" not in found["cid-percent"][0].html
    assert "data:image/png" in found["cid-percent"][0].html
    assert files("encoded-content-type") == [("Vertrag_Müller.pdf", "application/pdf")]
    assert text("enriched-only") == "Nur enriched Text"
    assert found["from-comma"][0].author_name == "Meier, Hans"
    assert files("rtf-inline") == [("Schreiben.rtf", "text/rtf")]
    assert text("smime-opaque") == "Bitte um Rückruf wegen Bestellung 4711."
    assert files("smime-opaque") == [("smime.p7m", "application/x-pkcs7-mime")]
    assert "Ich brauche Hilfe" in text("form-german")
    assert "Lieferung 97 kommt erst Montag" in text("forward-fyi")
    assert text("inline-answers").index("Welche Größe?") < text("inline-answers").index("42")
    assert [message.quoted_text for message, _ in found.values()] == [""] * len(found)

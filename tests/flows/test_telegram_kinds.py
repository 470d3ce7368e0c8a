"""What people send on Telegram besides words reaches an agent whole, over the real door, on the running hub."""

from collections.abc import AsyncIterator

import pytest

from hub.conversations import close
from hub.model import DeliveryState
from hub.store.blobs import StoredFile, get_content, list_attachments
from hub.store.conversations import Conversation, get_conversation
from hub.store.customers import get_customer
from hub.store.events import Happening
from hub.store.messages import Message, get_message
from hub.store.threads import load_thread
from tests.people import ADA
from tests.running import until
from tests.telegram import CHAT, World, open_world
from tests.web.browser import sign_in

WRONG, RIGHT = ("falsch.pdf", "application/pdf", b"%PDF wrong"), ("richtig.pdf", "application/pdf", b"%PDF right")
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Laden\nTEL:+4930123456\nEMAIL:laden@x.example\nEND:VCARD"


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        yield opened


async def files_of(world: World, message: Message) -> list[StoredFile]:
    """Those it holds now."""
    now = await world.office.hub.store.read(get_message, message.id)
    stored = (await world.office.hub.store.read(list_attachments, [message.id])).get(message.id, [])
    return [file for file in stored if file.id not in now.replaced_files]


async def test_links_forwards_payments_and_cards_can_be_read(world):
    link = {"type": "text_link", "offset": 16, "length": 7, "url": "https://shop.example/angebot?id=77"}
    await world.telegram.say(CHAT, "Schau mal hier: Angebot", name=ADA.name, entities=[link])
    await world.telegram.forward(CHAT, "Ihre Rechnung ist überfällig", "Inkasso Meier")
    paid = {"currency": "EUR", "total_amount": 1250, "invoice_payload": "order-12"}
    await world.telegram.say(CHAT, successful_payment=paid)
    await world.telegram.say(CHAT, contact={"phone_number": "+4930123456", "first_name": "Laden", "vcard": CARD})

    await world.message("Schau mal hier: Angebot (https://shop.example/angebot?id=77)")
    forwarded = await world.message("↪ Inkasso Meier:\nIhre Rechnung ist überfällig")
    assert forwarded.parts["shared"] == ["forwarded"]
    await world.message("12.50 EUR · order-12")
    card = await world.message("Laden: +4930123456\nemail: laden@x.example")
    [whole] = await files_of(world, card)
    assert await world.office.hub.store.read(get_content, whole.sha256) == CARD.encode()


async def test_a_file_that_an_edit_replaced_stands_with_the_message_and_the_old_one_is_kept(world):
    message_id = await world.telegram.say(CHAT, "mein Vertrag", name=ADA.name, document=WRONG)
    message = await world.message("mein Vertrag")
    await world.telegram.edit(CHAT, message_id, document=RIGHT)

    async def replaced() -> bool:
        return [file.filename for file in await files_of(world, message)] == ["richtig.pdf"]

    await until(replaced, "the new file")
    stored = await world.office.hub.store.read(list_attachments, [message.id])
    assert [file.filename for file in stored[message.id]] == ["falsch.pdf", "richtig.pdf"]


async def test_a_caption_that_was_edited_doubles_no_file(world):
    message_id = await world.telegram.say(CHAT, "mein Vertag", name=ADA.name, document=RIGHT)
    message = await world.message("mein Vertag")
    await world.telegram.edit(CHAT, message_id, "mein Vertrag")
    await world.message("mein Vertrag")

    assert [file.filename for file in await files_of(world, message)] == ["richtig.pdf"]


async def test_an_edited_file_whose_message_never_came_lands_with_its_file(world):
    await world.hello()
    world.telegram.updates.allowed = frozenset({"edited_message"})
    message_id = await world.telegram.say(CHAT, "Plan", document=WRONG)
    await world.telegram.edit(CHAT, message_id, document=RIGHT)

    message = await world.message("Plan")
    assert [file.filename for file in await files_of(world, message)] == ["richtig.pdf"]


async def happenings(world: World, conversation: Conversation) -> list[Happening]:
    thread = await world.office.hub.store.read(load_thread, conversation.customer_id, conversation.id)
    return [one for one in thread.happenings if one.type == "chat.changed"]


@pytest.mark.parametrize(
    ("fields", "what", "detail"),
    [
        ({"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}}, "timer", "1 d"),
        ({"pinned_message": {"message_id": 1, "date": 0, "text": "Hallo"}}, "pinned", "Hallo"),
        ({"new_chat_title": "Umzug"}, "title", "Umzug"),
    ],
)
async def test_what_nobody_said_leaves_a_closed_conversation_closed(world, fields, what, detail):
    conversation = await world.hello()
    store, clock = world.office.hub.store, world.office.hub.clock
    await store.write(close, conversation.id, clock.now(), None)
    await world.telegram.say(CHAT, **fields)

    async def noted() -> list[Happening]:
        return await happenings(world, conversation)

    [happened] = await until(noted, "line in the stream")
    assert (happened.data["what"], happened.data["text"]) == (what, detail)
    now = await store.read(get_conversation, conversation.id)
    assert (now.state, now.waiting_since, now.unread, now.message_count) == ("closed", None, 0, 1)


async def test_the_page_names_what_it_is_in_the_agents_language(world):
    message_id = await world.telegram.say(CHAT, "mein Vertrag", name=ADA.name, document=WRONG)
    message = await world.message("mein Vertrag")
    await world.telegram.edit(CHAT, message_id, document=RIGHT)
    await world.telegram.forward(CHAT, "Ihre Rechnung ist überfällig", "Inkasso Meier")
    await world.telegram.say(CHAT, message_auto_delete_timer_changed={"message_auto_delete_time": 86400})
    await world.message("↪ Inkasso Meier:\nIhre Rechnung ist überfällig")
    async with sign_in(world.office.hub, "de") as agent:

        async def shown() -> str:
            _, page = await agent.get(f"/conversations/{message.conversation_id}")
            return page if "Nachrichten löschen sich von selbst: 1 d" in page and "richtig.pdf" in page else ""

        page = await until(shown, "line about the timer")
    assert '<p class="fact">Weitergeleitet</p>' in page
    assert "Vorher: falsch.pdf" in page


async def test_a_stranger_whose_chat_changes_becomes_no_customer(world):
    await world.telegram.say(CHAT, write_access_allowed={"web_app_name": "shop"}, name=ADA.name)
    await world.telegram.updates.emptied()
    await world.telegram.say(CHAT + 1, "Hallo", name="Bob")
    await world.telegram.updates.emptied()

    assert await world.conversation() is None


async def test_a_sentence_with_stop_is_no_opt_out_and_can_be_answered(world):
    await world.telegram.say(CHAT, "/stop writing me at night, call instead", name=ADA.name)
    await world.message("/stop writing me at night, call instead")
    conversation = await world.conversation()
    assert conversation

    assert await world.address_state(conversation) == "ok"
    queued = await world.office.reply(conversation, text="We will call.", channel="bot")
    await world.office.delivery(queued, DeliveryState.SENT)


@pytest.mark.parametrize("word", ["/stop", "Stop!", "Abmelden", "Arrêt"])
async def test_a_bare_stop_word_shuts_the_address(world, word):
    await world.telegram.say(CHAT, word, name=ADA.name, language="fr")
    await world.message(word)
    conversation = await world.conversation()
    assert conversation

    assert await world.address_state(conversation) == "blocked"
    customer = await world.office.hub.store.read(get_customer, conversation.customer_id)
    assert customer.language == "fr"

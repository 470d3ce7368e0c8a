"""Another provider of texts on the running hub, which knows nothing of it: the way in, the answer, a campaign."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from hub.clock import SystemClock
from hub.model import Attachment, DeliveryState
from hub.sandbox.telnyx import TelnyxSandbox
from hub.sandbox.twilio_faults import Trouble
from hub.store.blobs import add_attachment, get_content, list_attachments
from hub.store.consents import GRANTED, Consent, append_consent
from hub.store.conversations import Conversation, list_customer_conversations
from hub.store.costs import find_costs
from hub.store.customers import (
    NewCustomer,
    add_address,
    add_customer,
    find_customer,
    list_addresses,
    mark_customer_labels,
)
from hub.store.deliveries import list_attempts
from hub.store.messages import Message
from hub.store.tokens import add_token, new_secret
from tests.people import ADA, GRACE, Person
from tests.running import Office, open_office, until
from tests.telnyx import API_KEY, LINE, PROFILE, section_of
from tests.web.browser import sign_in

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


@dataclass
class World:
    office: Office
    telnyx: TelnyxSandbox

    async def conversation(self, person: Person = ADA) -> Conversation | None:
        store = self.office.hub.store
        customer_id = await store.read(find_customer, person.sms_address)
        found = await store.read(list_customer_conversations, customer_id) if customer_id else []
        return found[0] if found else None

    async def message(self, text: str) -> Message:
        async def look() -> Message | None:
            conversation = await self.conversation()
            found = await self.office.messages(conversation.id) if conversation else []
            return next((one for one in found if one.text == text), None)

        return await until(look, f"message {text!r}")

    async def hello(self) -> Conversation:
        assert await self.telnyx.text(ADA.phone, LINE, "Where is my order?") == 200
        await self.message("Where is my order?")
        conversation = await self.conversation()
        assert conversation
        return conversation

    async def state(self, conversation: Conversation) -> str:
        """Of the address texts go to."""
        reached = await self.office.hub.store.read(list_addresses, conversation.customer_id)
        return {one.kind: one.state for one in reached}["sms"]


async def test_what_a_message_cost_comes_with_its_last_receipt(world):
    world.telnyx.price = "0.0051"
    queued = await world.office.reply(await world.hello(), text="It left today.", channel="texts")
    delivery = await world.office.delivery(queued, DeliveryState.DELIVERED)
    [cost] = (await world.office.hub.store.read(find_costs, [delivery.id])).values()
    assert (str(cost.amount), cost.currency) == ("0.0051", "USD")


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    telnyx = TelnyxSandbox(API_KEY, PROFILE, SystemClock())
    await telnyx.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(telnyx.stop)
        office = await stack.enter_async_context(open_office(store_url, {"texts": section_of(telnyx)}))
        stack.push_async_callback(telnyx.idle)
        telnyx.webhook_url = f"{office.hooks('texts')}/message"
        yield World(office, telnyx)


async def test_a_text_stands_on_the_page_and_is_answered(world):
    conversation = await world.hello()
    async with sign_in(world.office.hub) as visitor:
        _, page = await visitor.get(f"/conversations/{conversation.id}")
    assert "Where is my order?" in page

    queued = await world.office.reply(conversation, text="It left this morning.", channel="texts")
    delivery = await world.office.delivery(queued, DeliveryState.DELIVERED)

    [arrived] = world.telnyx.sent_to(ADA.phone)
    assert (arrived["text"], arrived["id"]) == ("It left this morning.", delivery.provider_id)
    _, answer = await world.office.messages(conversation.id)
    assert (answer.channel_type, answer.channel) == ("telnyx", "texts")


async def test_pictures_come_in_and_go_out_byte_for_byte(world):
    await world.telnyx.text(ADA.phone, LINE, "broken", [("image/png", PNG)])
    came = await world.message("broken")
    store = world.office.hub.store
    [file] = (await store.read(list_attachments, [came.id]))[came.id]
    assert (await store.read(get_content, file.sha256), file.content_type) == (PNG, "image/png")

    conversation = await world.conversation()
    label = await store.write(add_attachment, Attachment("label.png", "image/png", PNG), world.office.hub.clock.now())
    queued = await world.office.reply(conversation, text="a label", channel="texts", attachments=[label])
    await world.office.delivery(queued, DeliveryState.DELIVERED)

    assert list(world.telnyx.media.values()) == [PNG]


async def test_a_stop_shuts_the_door_and_a_start_opens_it(world):
    conversation = await world.hello()
    await world.telnyx.text(ADA.phone, LINE, "STOP ALL")
    await world.message("STOP ALL")
    assert await world.state(conversation) == "blocked"

    await world.telnyx.text(ADA.phone, LINE, "UNSTOP")
    await world.message("UNSTOP")
    assert await world.state(conversation) == "ok"


async def test_a_lost_answer_is_settled_by_the_receipt_and_never_sent_again(world):
    conversation = await world.hello()
    world.telnyx.faults.inject(Trouble.RESET_AFTER_ACCEPT)

    queued = await world.office.reply(conversation, text="did you get this?", channel="texts")
    delivery = await world.office.delivery(queued, DeliveryState.DELIVERED)

    [arrived] = world.telnyx.sent_to(ADA.phone)
    assert delivery.provider_id == arrived["id"]
    attempts = (await world.office.hub.store.read(list_attempts, [delivery.id]))[delivery.id]
    assert [attempt.phase for attempt in attempts] == ["unknown"]


async def test_receipts_in_any_order_and_twice_end_in_the_same_state(world):
    conversation = await world.hello()
    world.telnyx.faults.inject(Trouble.REORDER_CALLBACKS)
    world.telnyx.faults.inject(Trouble.DUPLICATE_CALLBACK, times=2)

    queued = await world.office.reply(conversation, text="and this?", channel="texts")
    await world.office.delivery(queued, DeliveryState.DELIVERED)
    await world.telnyx.idle()

    assert await world.office.delivery(queued, DeliveryState.DELIVERED)
    assert [status for _, status in world.telnyx.webhooks] == [200] * 5


async def test_an_undelivered_message_says_why_and_a_dead_number_is_remembered(world):
    conversation = await world.hello()
    world.telnyx.faults.inject(Trouble.UNDELIVERED, code=40001)

    queued = await world.office.reply(conversation, text="hello?", channel="texts")
    delivery = await world.office.delivery(queued, DeliveryState.FAILED)

    assert delivery.detail == "a landline, or a number that takes no texts (40001)"
    assert await world.state(conversation) == "bounced"


async def test_a_campaign_goes_to_those_who_agreed_and_its_receipts_count(world):
    hub, token = world.office.hub, new_secret()
    for person in (ADA, GRACE):
        await hub.store.write(_add_reader, person, hub.clock.now())
    await hub.store.write(add_token, "story", token, ["*"], hub.clock.now())
    campaign = {"name": "November", "purpose": "news", "channel": "texts", "audience": {"labels": ["reader"]}}
    words = {"sms": "Hello {{ customer.first_name }}, reply STOP to end"}

    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        made = await _ask(session, f"{hub.base_url}/api/v1/campaigns", campaign | {"template": words})
        await _ask(session, f"{hub.base_url}/api/v1/campaigns/{made['id']}/schedule", {})

        async def delivered() -> bool:
            return len(world.telnyx.messages) == 1 and ("message.finalized", 200) in world.telnyx.webhooks

        await until(delivered, "receipt")

    [arrived] = world.telnyx.messages
    assert (arrived["to"][0]["phone_number"], arrived["text"][:9]) == (ADA.phone, "Hello Ada")


async def _ask(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> Any:
    async with session.post(url, json=body) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json()


def _add_reader(conn: Any, person: Person, now: int) -> None:
    """Ada agreed, Grace did not."""
    customer_id = add_customer(conn, NewCustomer(person.name), now)
    add_address(conn, customer_id, person.sms_address, verified=True, at=now)
    mark_customer_labels(conn, customer_id, ["reader"], now)
    if person is ADA:
        append_consent(conn, customer_id, Consent("sms", "news", GRANTED, "story"), now)

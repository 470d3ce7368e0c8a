"""A customer writes by SMS and is answered: from the signed webhook to the last receipt, on the running hub."""

from collections.abc import AsyncIterator

import pytest

from hub.clock import MINUTE, FakeClock
from hub.model import Attachment, DeliveryState, MessageKind
from hub.sandbox.twilio import Trouble
from hub.store.blobs import add_attachment, get_content, list_attachments
from hub.store.customers import get_customer
from hub.store.deliveries import list_attempts
from tests.people import ADA, GRACE
from tests.running import until
from tests.texting import WA_LINE, World, open_world
from tests.twilio import ACCOUNT, LINE

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        yield opened


async def test_a_text_lands_with_its_customer_and_is_answered(world):
    conversation = await world.hello()

    queued = await world.office.reply(conversation, text="It left this morning.", channel="sms")
    delivery = await world.office.delivery(queued, DeliveryState.DELIVERED)

    [arrived] = world.twilio.sent_to(ADA.phone)
    assert (arrived.body, arrived.from_) == ("It left this morning.", LINE)
    assert delivery.provider_id == arrived.sid
    question, answer = await world.office.messages(conversation.id)
    assert (question.direction, question.from_handle, question.to_handle) == ("in", ADA.phone, LINE)
    assert (answer.direction, answer.provider_id, answer.channel_type) == ("out", arrived.sid, "sms")
    assert {request.headers.get("Authorization", "")[:6] for request in world.twilio.requests} == {"Basic "}


async def test_pictures_come_in_and_go_out_byte_for_byte(world):
    await world.twilio.text(ADA.phone, LINE, "broken", [("image/png", PNG)])
    came = await world.message("broken")
    store = world.office.hub.store
    [file] = (await store.read(list_attachments, [came.id]))[came.id]
    assert (await store.read(get_content, file.sha256), file.content_type) == (PNG, "image/png")

    conversation = await world.conversation(ADA.sms_address)
    label = await store.write(add_attachment, Attachment("label.png", "image/png", PNG), world.office.hub.clock.now())
    queued = await world.office.reply(conversation, text="a label", channel="sms", attachments=[label])
    await world.office.delivery(queued, DeliveryState.DELIVERED)

    [arrived] = world.twilio.sent_to(ADA.phone)
    assert [(media.content_type, media.content) for media in arrived.media] == [("image/png", PNG)]


async def test_sms_and_whatsapp_of_one_number_are_one_conversation(world):
    conversation = await world.hello()
    await world.twilio.text(f"whatsapp:{ADA.phone}", WA_LINE, "me again", profile_name="Ada L.")
    again = await world.message("me again")
    assert again.conversation_id == conversation.id

    queued = await world.office.reply(conversation, text="read this", channel="wa")
    await world.office.delivery(queued, DeliveryState.READ)

    assert [message.body for message in world.twilio.sent_to(f"whatsapp:{ADA.phone}")] == ["read this"]
    assert not world.twilio.sent_to(ADA.phone)


async def test_a_customer_nobody_knew_gets_the_name_of_the_profile(world):
    await world.twilio.text(f"whatsapp:{GRACE.phone}", WA_LINE, "hi", profile_name="Grace H.")
    message = await world.message("hi", GRACE.whatsapp_address)

    assert (await world.office.hub.store.read(get_customer, message.customer_id)).name == "Grace H."


async def test_a_stop_shuts_the_door_and_a_start_opens_it(world):
    conversation = await world.hello()
    await world.twilio.text(ADA.phone, LINE, "STOPP")
    await world.message("STOPP")
    assert await world.states(conversation) == {"sms": "blocked", "whatsapp": "ok", "voice": "ok"}

    await world.twilio.text(ADA.phone, LINE, "START")
    await world.message("START")
    queued = await world.office.reply(conversation, text="welcome back", channel="sms")
    assert await world.office.delivery(queued, DeliveryState.DELIVERED)


async def test_receipts_in_any_order_and_twice_end_in_the_same_state(world):
    conversation = await world.hello()
    world.twilio.inject(Trouble.REORDER_CALLBACKS, times=2)
    world.twilio.inject(Trouble.DUPLICATE_CALLBACK, times=4)

    queued = [await world.office.reply(conversation, text=f"answer {n}", channel="sms") for n in range(2)]

    for one in queued:
        await world.office.delivery(one, DeliveryState.DELIVERED)
    await world.twilio.idle()
    for one in queued:
        await world.office.delivery(one, DeliveryState.DELIVERED)
    assert len(world.twilio.sent_to(ADA.phone)) == 2


async def test_an_undelivered_message_says_why_and_a_dead_number_is_remembered(world):
    conversation = await world.hello()
    world.twilio.inject(Trouble.UNDELIVERED, code=30005)

    queued = await world.office.reply(conversation, text="hello?", channel="sms")
    delivery = await world.office.delivery(queued, DeliveryState.FAILED)

    assert "30005" in delivery.detail
    assert (await world.states(conversation))["sms"] == "bounced"


async def test_slow_down_is_obeyed_and_the_message_arrives_once(world):
    conversation = await world.hello()
    world.twilio.inject(Trouble.RATE_LIMIT, seconds=1)

    queued = await world.office.reply(conversation, text="patience", channel="sms")
    await world.office.delivery(queued, DeliveryState.DELIVERED)

    posts = [request for request in world.twilio.requests if request.method == "POST"]
    assert len(posts) == 2
    assert posts[1].at - posts[0].at >= 900
    assert len(world.twilio.sent_to(ADA.phone)) == 1


async def test_a_lost_answer_is_settled_by_the_callback_and_never_sent_again(world):
    conversation = await world.hello()
    world.twilio.inject(Trouble.RESET_AFTER_ACCEPT, where="POST")

    queued = await world.office.reply(conversation, text="did you get this?", channel="sms")
    delivery = await world.office.delivery(queued, DeliveryState.DELIVERED)

    [arrived] = world.twilio.sent_to(ADA.phone)
    assert delivery.provider_id == arrived.sid
    attempts = (await world.office.hub.store.read(list_attempts, [delivery.id]))[delivery.id]
    assert [attempt.phase for attempt in attempts] == ["unknown"]


async def test_a_lost_answer_is_settled_by_looking_up(world):
    conversation = await world.hello()
    world.twilio.inject(Trouble.ERROR_AFTER_ACCEPT, where="POST")
    world.twilio.inject(Trouble.LOSE_CALLBACK, times=3)

    queued = await world.office.reply(conversation, text="and this?", channel="sms")
    delivery = await world.office.delivery(queued, DeliveryState.DELIVERED)

    [arrived] = world.twilio.sent_to(ADA.phone)
    assert delivery.provider_id == arrived.sid


async def test_what_never_arrived_stands_as_unknown(world):
    conversation = await world.hello()
    world.twilio.inject(Trouble.RESET, where="POST")

    queued = await world.office.reply(conversation, text="lost", channel="sms")
    await world.office.delivery(queued, DeliveryState.UNKNOWN)

    async def looked_up() -> bool:
        return any(r.method == "GET" and r.query.get("To") == ADA.phone for r in world.twilio.requests)

    await until(looked_up, "look-up")
    assert not world.twilio.sent_to(ADA.phone)
    await world.office.delivery(queued, DeliveryState.UNKNOWN)


async def test_lost_webhooks_are_found_by_listing(store_url):
    async with open_world(store_url, backfill_seconds=1) as world:
        world.twilio.inject(Trouble.LOSE_WEBHOOK, times=2)
        lost = await world.twilio.text(ADA.phone, LINE, "nobody told you", [("image/png", PNG)])
        await world.twilio.text(f"whatsapp:{ADA.phone}", WA_LINE, "nor this")

        found = await world.message("nobody told you")
        await world.message("nor this")

        assert found.provider_id == lost.sid
        files = await world.office.hub.store.read(list_attachments, [found.id])
        assert [file.size for file in files[found.id]] == [len(PNG)]
        assert found.kind == MessageKind.TEXT


async def test_what_an_outage_lost_is_found_although_others_came_since(store_url):
    clock = FakeClock()
    async with open_world(store_url, clock, backfill_seconds=1) as world:
        await world.hello()
        world.twilio.inject(Trouble.SERVER_ERROR, times=1000, where="GET")
        world.twilio.inject(Trouble.LOSE_WEBHOOK)
        await world.twilio.text(ADA.phone, LINE, "in the dark")
        clock.forward(30 * MINUTE)
        await world.twilio.text(ADA.phone, LINE, "light again")
        await world.message("light again")

        world.twilio.faults.clear()

        await world.message("in the dark")


async def test_a_file_that_is_gone_does_not_hold_the_message_back(world):
    message = world.twilio.state.add_message(
        direction="inbound", from_=ADA.phone, to=LINE, body="look", status="received", sent=world.office.hub.clock.now()
    )
    form = {
        "AccountSid": ACCOUNT,
        "MessageSid": message.sid,
        "From": ADA.phone,
        "To": LINE,
        "Body": "look",
        "NumMedia": "1",
        "MediaContentType0": "image/png",
        "MediaUrl0": f"{world.twilio.origin}{world.twilio.state.path}/Messages/{message.sid}/Media/MEgone",
    }
    url = f"{world.office.hooks('sms')}/message"
    headers = world.twilio.sign(url, form)
    async with world.office.hub.session.post(url, data=form, headers=headers) as answer:
        assert answer.status == 200

    landed = await world.message("look")
    [lost] = landed.parts["lost_files"]
    assert lost["filename"] == "image-1.png"
    assert lost["reason"].endswith("answered 404")

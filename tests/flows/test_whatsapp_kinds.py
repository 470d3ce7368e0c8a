"""WhatsApp on the running hub: what says more than text can be read, and several files leave as WhatsApp takes them."""

from collections.abc import AsyncIterator

import pytest

from hub.errors import Conflict
from hub.model import Attachment, DeliveryState
from hub.outbound.outbox import Queued
from hub.outbound.parcels import standing_of
from hub.outbound.sending_again import send_again
from hub.outbound.taking_back import cancel
from hub.sandbox.twilio import Trouble
from hub.sandbox.twilio_state import TwilioMessage as Texted
from hub.store.blobs import add_attachment, get_content, list_attachments
from hub.store.conversations import Conversation, get_conversation
from hub.store.deliveries import Delivery, list_deliveries
from hub.store.messages import get_message
from tests.people import ADA
from tests.running import until
from tests.texting import WA_LINE, World, open_world

WA_ADA = f"whatsapp:{ADA.phone}"
PNG, PDF, OGG = b"\x89PNG\r\n\x1a\n" + bytes(64), b"%PDF-1.7 " + bytes(64), b"OggS" + bytes(64)
PICTURES = tuple(Attachment(f"{n}.png", "image/png", PNG + bytes([n])) for n in range(3))
REACHED = (DeliveryState.DELIVERED, DeliveryState.READ)
FLOW = '{"type":"nfm_reply","nfm_reply":{"response_json":"{\\"datum\\":\\"2026-12-01\\"}"}}'


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        yield opened


async def asked(world: World) -> Conversation:
    await world.twilio.text(WA_ADA, WA_LINE, "Unterlagen?")
    await world.message("Unterlagen?", ADA.whatsapp_address)
    conversation = await world.conversation(ADA.whatsapp_address)
    assert conversation
    return conversation


async def reply(world: World, conversation: Conversation, text: str, *files: Attachment, **more: object) -> Queued:
    store, clock = world.office.hub.store, world.office.hub.clock
    ids = [await store.write(add_attachment, file, clock.now()) for file in files]
    return await world.office.reply(conversation, text=text, channel="wa", attachments=ids, **more)


async def deliveries(world: World, queued: Queued) -> list[Delivery]:
    return (await world.office.hub.store.read(list_deliveries, [queued.message_id]))[queued.message_id]


async def settled(world: World, queued: Queued, *states: str) -> list[Delivery]:
    """All of its deliveries, once each stands in one of these states."""

    async def look() -> list[Delivery]:
        found = await deliveries(world, queued)
        return found if all(one.state in states for one in found) else []

    return await until(look, " or ".join(states))


def sent(world: World) -> list[Texted]:
    return [message for message in world.twilio.messages if message.direction == "outbound-api"]


async def test_a_form_a_place_and_an_ad_can_be_read(world):
    await world.twilio.text(WA_ADA, WA_LINE, "", MessageType="interactive", InteractiveData=FLOW)
    await world.message("datum: 2026-12-01", ADA.whatsapp_address)
    await world.twilio.text(WA_ADA, WA_LINE, "Kommen Sie hierher", Latitude="52.52", Longitude="13.40")
    await world.message("Kommen Sie hierher\n(52.52, 13.40)", ADA.whatsapp_address)
    ad = {"ReferralHeadline": "Rad-Sale", "ReferralSourceUrl": "https://fb.example/ad/9", "ReferralSourceType": "ad"}
    await world.twilio.text(WA_ADA, WA_LINE, "Ich interessiere mich", **ad)
    await world.message("Ich interessiere mich\nRad-Sale\nhttps://fb.example/ad/9", ADA.whatsapp_address)


async def test_a_contact_card_can_be_read_and_comes_along_whole(world):
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Laden\r\nTEL:+4930123456\r\nEMAIL:laden@x.example\r\nEND:VCARD\r\n"
    await world.twilio.text(WA_ADA, WA_LINE, "", [("text/vcard", card)], MessageType="contacts")

    message = await world.message("Laden\ntel: +4930123456\nemail: laden@x.example", ADA.whatsapp_address)
    assert message.parts["shared"] == ["contact"]
    store = world.office.hub.store
    [file] = (await store.read(list_attachments, [message.id]))[message.id]
    assert (await store.read(get_content, file.sha256), file.filename) == (card, "text-1.vcf")


async def test_three_files_and_words_are_three_requests_with_one_file_each(world):
    queued = await reply(world, await asked(world), "Bitte sehr", *PICTURES)
    parts = await settled(world, queued, *REACHED)

    assert [len(message.media) for message in sent(world)] == [1, 1, 1]
    assert [message.body for message in sent(world)] == ["Bitte sehr", "", ""]
    assert [message.media[0].content for message in sent(world)] == [file.content for file in PICTURES]
    assert [one.provider_id for one in parts] == [message.sid for message in sent(world)]
    stored = await world.office.hub.store.read(get_message, queued.message_id)
    assert stored.provider_id == sent(world)[0].sid


@pytest.mark.parametrize(
    ("text", "files", "bodies"),
    [
        ("Hören Sie", (Attachment("a.ogg", "audio/ogg", OGG),), ["Hören Sie", ""]),
        ("x" * 1100, PICTURES[:1], ["x" * 1100, ""]),
        ("", PICTURES[:2], ["", ""]),
        ("Rechnung", (Attachment("r.pdf", "application/pdf", PDF),), ["Rechnung"]),
        ("nur Worte", (), ["nur Worte"]),
    ],
)
async def test_the_words_ride_with_a_file_that_can_carry_them_or_go_ahead(world, text, files, bodies):
    queued = await reply(world, await asked(world), text, *files)
    await settled(world, queued, *REACHED)

    assert [message.body for message in sent(world)] == bodies
    assert sum(len(message.media) for message in sent(world)) == len(files)


async def test_a_part_that_fails_is_told_and_sent_again_alone(world):
    conversation = await asked(world)
    world.twilio.inject(Trouble.UNDELIVERED, code=30008)
    queued = await reply(world, conversation, "Bitte sehr", *PICTURES[:2])
    await settled(world, queued, *REACHED, DeliveryState.FAILED)
    found = await deliveries(world, queued)
    failed = standing_of(found)
    assert failed
    assert sorted(one.state == DeliveryState.FAILED for one in found) == [False, True]

    hub = world.office.hub
    await hub.store.write(send_again, hub.outbox_deps, failed.id, hub.clock.now())
    hub.live.wake()

    async def whole() -> bool:
        standing = standing_of(await deliveries(world, queued))
        return standing is not None and standing.state in REACHED

    await until(whole, "whole message")
    assert len(sent(world)) == 3
    again = sent(world)[-1]
    lost = next(message for message in sent(world) if message.status == "undelivered")
    assert (again.body, [media.content for media in again.media]) == (
        lost.body,
        [media.content for media in lost.media],
    )


async def test_whom_a_part_did_not_reach_waits_until_it_is_sent_again(world):
    conversation, hub = await asked(world), world.office.hub
    world.twilio.inject(Trouble.UNDELIVERED, code=30008)
    queued = await reply(world, conversation, "Bitte sehr", *PICTURES[:2])
    await settled(world, queued, *REACHED, DeliveryState.FAILED)
    assert (await hub.store.read(get_conversation, conversation.id)).waiting_since == conversation.waiting_since
    assert conversation.waiting_since is not None

    failed = standing_of(await deliveries(world, queued))
    await hub.store.write(send_again, hub.outbox_deps, failed.id, hub.clock.now())
    assert (await hub.store.read(get_conversation, conversation.id)).waiting_since is None


async def test_a_part_whose_fate_is_in_doubt_is_not_sent_twice(world):
    conversation = await asked(world)
    world.twilio.inject(Trouble.RESET_AFTER_ACCEPT, times=3)
    queued = await reply(world, conversation, "Bitte sehr", *PICTURES)
    await settled(world, queued, *REACHED)

    assert sorted(message.media[0].content for message in sent(world)) == [file.content for file in PICTURES]


async def test_all_parts_are_taken_back_together(world):
    queued = await reply(world, await asked(world), "noch nicht", *PICTURES, hold_ms=60_000)
    await world.office.hub.store.write(cancel, queued.message_id, world.office.hub.clock.now(), None)

    assert [one.state for one in await deliveries(world, queued)] == [DeliveryState.CANCELLED] * 3
    assert sent(world) == []


async def test_what_still_waits_is_taken_back_although_other_parts_have_left(world):
    conversation, hub = await asked(world), world.office.hub
    world.twilio.inject(Trouble.RATE_LIMIT, seconds=3600)
    queued = await reply(world, conversation, "Bitte sehr", *PICTURES)

    async def partly() -> list[Delivery]:
        found = await deliveries(world, queued)
        return found if sum(one.state in REACHED for one in found) == 2 else []

    parts = await until(partly, "two parts that have arrived")

    taken = await hub.store.write(cancel, queued.message_id, hub.clock.now(), None)

    waited = [one.id for one in parts if one.state == DeliveryState.QUEUED]
    assert len(waited) == 1
    after = {one.id: one.state for one in await deliveries(world, queued)}
    assert [id for id, state in after.items() if state == DeliveryState.CANCELLED] == waited
    assert [one.id for one in taken.left] == [one.id for one in parts if one.id not in waited]
    assert not taken.words_left
    assert (await hub.store.read(get_message, queued.message_id)).deleted_at is None
    with pytest.raises(Conflict, match="already left"):
        await hub.store.write(cancel, queued.message_id, hub.clock.now(), None)


async def test_an_answer_to_the_second_file_finds_its_conversation(world):
    conversation = await asked(world)
    queued = await reply(world, conversation, "zwei Pläne", *PICTURES[:2])
    parts = await settled(world, queued, *REACHED)
    await world.twilio.text(WA_ADA, WA_LINE, "den zweiten", OriginalRepliedMessageSid=str(parts[1].provider_id))

    answer = await world.message("den zweiten", ADA.whatsapp_address)
    assert answer.conversation_id == conversation.id

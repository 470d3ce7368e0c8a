"""channels.sms against the Twilio sandbox, over real sockets: what is particular to texting."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from channels.sms import SmsChannel
from hub.channel import FoundInPart
from hub.clock import HOUR, FakeClock
from hub.errors import ReadDeferred, SendDeferred, SendDoubtful, SendRejected, Unreadable
from hub.model import Address, DeliveryState, Inbound, Outbound, Receipt, RemoteFile
from hub.sandbox.twilio import Trouble
from tests.doors import Ledger
from tests.people import ADA, GRACE
from tests.twilio import LINE, TOKEN, Outside, outside

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
DELIVERY = "d" * 32


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside("sms", clock) as opened:
        yield opened


def outbound(text: str = "On its way", **more: object) -> Outbound:
    return replace(Outbound(DELIVERY, ADA.sms_address, text), **more)


# --- coming in -------------------------------------------------------------------------------------------------


async def test_a_text_is_read_with_sender_and_sid(world):
    message = await world.twilio.text(ADA.phone, LINE, "Where is my order?")

    assert message.webhook_status == 200
    assert world.door.events("line") == [
        Inbound(sender=ADA.sms_address, provider_id=message.sid, text="Where is my order?", recipient=LINE)
    ]


async def test_the_answer_to_a_text_sends_nothing_by_itself(world):
    await world.twilio.text(ADA.phone, LINE, "hello")

    assert not world.twilio.sent_to(ADA.phone)
    assert not world.twilio.alerts


async def test_a_picture_is_fetched_with_our_login(world):
    await world.twilio.text(ADA.phone, LINE, "look", [("image/png", PNG)])
    [event] = world.door.events("line")

    file = await world.channel.fetch(event.files[0])

    assert (file.filename, file.content_type, file.content) == ("image-1.png", "image/png", PNG)


async def test_a_file_elsewhere_never_gets_our_password(world):
    with pytest.raises(Unreadable, match="not a public address"):
        await world.channel.fetch(RemoteFile("http://127.0.0.1:1/inside", "x.png"))


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("STOP", "stop"),
        (" stop. ", "stop"),
        ("Stopp!", "stop"),
        ("ENDE", "stop"),
        ("unsubscribe", "stop"),
        ("Start", "start"),
        ("HILFE", "help"),
        ("Please stop sending the big ones", ""),
        ("Stop all!", "stop"),
        ("opt-out", "stop"),
        ("Opt out.", "stop"),
        ("Annulla iscrizione", "stop"),
        ("Darme de baja", "stop"),
        ("stop all of them", ""),
        ("opt out the others", ""),
        ("avsluta", ""),
        ("yes", ""),
    ],
)
async def test_a_keyword_stands_alone_or_is_none(world, text, keyword):
    await world.twilio.text(GRACE.phone, LINE, text)

    [event] = world.door.events("line")
    assert (event.keyword, event.text) == (keyword, text)


async def test_a_repeated_status_is_one_unit(world):
    world.twilio.inject(Trouble.DUPLICATE_CALLBACK, times=3)
    await world.channel.send(outbound(), Ledger())
    await world.twilio.idle()

    assert len(world.door.raws) == 6
    assert [raw.provider_id.partition("/")[2] for raw in world.door.raws[::2]] == ["queued", "sent", "delivered"]
    assert len({(raw.kind, raw.provider_id) for raw in world.door.raws}) == 3


async def test_statuses_name_the_delivery_they_are_about(world):
    sent = await world.channel.send(outbound(), Ledger())
    await world.twilio.idle()

    last = world.door.events("line")[-1]
    assert last == Receipt(sent.provider_id, DeliveryState.DELIVERED, reference=DELIVERY, recipient=ADA.phone)


@pytest.mark.parametrize(("code", "bounced"), [(30003, False), (30005, True), (30006, True), (30007, False)])
async def test_an_undelivered_message_says_why(world, code, bounced):
    world.twilio.inject(Trouble.UNDELIVERED, code=code)
    await world.channel.send(outbound(), Ledger())
    await world.twilio.idle()

    last = world.door.events("line")[-1]
    assert (last.state, last.bounced) == (DeliveryState.FAILED, bounced)
    assert str(code) in last.reason


async def test_a_status_nobody_knows_is_unreadable(world):
    await world.channel.send(outbound(), Ledger())
    await world.twilio.idle()
    raw = world.door.raws[0]

    with pytest.raises(Unreadable, match="unknown status"):
        world.channel.read(replace(raw, body=raw.body.replace(b"queued", b"juggled")))


# --- going out -------------------------------------------------------------------------------------------------


async def test_a_message_arrives_as_it_was_written(world):
    ledger = Ledger()

    sent = await world.channel.send(outbound("Grüße, 5 € – „heute“"), ledger)

    [message] = world.twilio.sent_to(ADA.phone)
    assert (message.sid, message.from_, message.body) == (sent.provider_id, LINE, "Grüße, 5 € – „heute“")
    assert message.callback == f"{world.door.base_url}/hooks/line/status?ref={DELIVERY}"
    assert (sent.state, ledger.committed) == (DeliveryState.SENT, 1)


async def test_a_file_leaves_as_an_address_the_provider_fetches(world):
    world.door.files["token"] = ("image/png", PNG)
    url = f"{world.door.base_url}/m/token"

    await world.channel.send(outbound("a cat", options={"media_urls": [url]}), Ledger())
    await world.twilio.idle()

    [message] = world.twilio.sent_to(ADA.phone)
    assert [media.content for media in message.media] == [PNG]
    assert message.status == "delivered"


@pytest.mark.parametrize("text", ["", "x" * 1601])
async def test_what_cannot_be_sent_is_refused_before_the_post(world, text):
    ledger = Ledger()
    with pytest.raises(SendRejected):
        await world.channel.send(outbound(text), ledger)

    assert (ledger.committed, world.twilio.requests) == (0, [])


@pytest.mark.parametrize(
    ("number", "bounced", "code"),
    [
        ("+15005550001", True, 21211),
        ("+15005550002", False, 21612),
        ("+15005550003", False, 21408),
        ("+15005550009", True, 21614),
    ],
)
async def test_a_number_that_cannot_be_reached_is_refused_for_good(world, number, bounced, code):
    with pytest.raises(SendRejected, match=str(code)) as caught:
        await world.channel.send(outbound(recipient=Address("sms", number)), Ledger())

    assert caught.value.bounced is bounced


async def test_nothing_is_sent_to_somebody_who_said_stop(world):
    await world.twilio.text(ADA.phone, LINE, "STOP")
    with pytest.raises(SendRejected, match="opted out") as caught:
        await world.channel.send(outbound(), Ledger())
    assert not caught.value.bounced

    await world.twilio.text(ADA.phone, LINE, "START")
    assert await world.channel.send(outbound(), Ledger())


async def test_slow_down_is_obeyed_to_the_second(world):
    world.twilio.inject(Trouble.RATE_LIMIT, seconds=7)
    with pytest.raises(SendDeferred) as caught:
        await world.channel.send(outbound(), Ledger())

    assert caught.value.retry_after == 7
    assert not world.twilio.messages


async def test_a_provider_that_is_away_has_surely_nothing(world):
    await world.twilio.stop()
    with pytest.raises(SendDeferred, match="cannot be reached"):
        await world.channel.send(outbound(), Ledger())


@pytest.mark.parametrize(
    "trouble", [Trouble.SERVER_ERROR, Trouble.ERROR_AFTER_ACCEPT, Trouble.RESET, Trouble.RESET_AFTER_ACCEPT]
)
async def test_a_lost_answer_leaves_doubt_that_a_look_up_ends(world, clock, trouble):
    world.twilio.inject(trouble, where="POST")
    began = clock.now()
    with pytest.raises(SendDoubtful):
        await world.channel.send(outbound(), Ledger())
    await world.twilio.idle()

    found = await world.channel.look_up(outbound(), began)

    arrived = world.twilio.sent_to(ADA.phone)
    assert [found.provider_id] == [arrived[0].sid] if arrived else found is None
    assert bool(arrived) == (trouble in (Trouble.ERROR_AFTER_ACCEPT, Trouble.RESET_AFTER_ACCEPT))


async def test_a_look_up_takes_no_older_message_for_this_one(world, clock):
    await world.channel.send(outbound("OK"), Ledger())
    clock.forward(HOUR)

    assert await world.channel.look_up(outbound("OK"), clock.now()) is None
    assert await world.channel.look_up(outbound("Something else"), 0) is None


async def test_refused_credentials_do_not_cost_the_message(world):
    settings = world.channel.settings.model_copy(update={"account_sid": "AC" + "0" * 32})
    other = SmsChannel("line", settings, world.channel.tools)
    with pytest.raises(SendDeferred, match="refuses the account"):
        await other.send(outbound(), Ledger())

    [problem] = await other.check()
    assert "refuses the account" in problem
    assert await world.channel.check() == []


async def test_the_token_stands_in_no_message_of_ours(world):
    world.twilio.inject(Trouble.RESET)
    with pytest.raises(SendDoubtful) as caught:
        await world.channel.send(outbound(), Ledger())

    assert TOKEN not in f"{caught.value!r}{caught.value.__cause__!r}{world.channel.settings!r}"


# --- what the webhooks lost ------------------------------------------------------------------------------------


async def test_a_lost_webhook_is_found_as_the_same_unit(world, clock):
    came = await world.twilio.text(ADA.phone, LINE, "one")
    world.twilio.inject(Trouble.LOSE_WEBHOOK)
    lost = await world.twilio.text(ADA.phone, LINE, "two", [("image/png", PNG)])

    raws = await world.channel.backfill(clock.now() - HOUR)

    assert {(raw.kind, raw.provider_id) for raw in raws} == {("message", came.sid), ("message", lost.sid)}
    [found] = [event for raw in raws for event in world.channel.read(raw) if event.provider_id == lost.sid]
    assert (found.sender, found.text, found.recipient) == (ADA.sms_address, "two", LINE)
    assert found.occurred_at == clock.now() // 1000 * 1000
    assert (await world.channel.fetch(found.files[0])).content == PNG


async def test_a_found_message_reads_as_the_webhook_would_have(world, clock):
    await world.twilio.text(ADA.phone, LINE, "either way", [("image/png", PNG)])
    [raw] = await world.channel.backfill(clock.now() - HOUR)

    [by_list], [by_webhook] = world.channel.read(raw), world.door.events("line")

    assert replace(by_list, occurred_at=None) == by_webhook


async def test_a_message_whose_files_cannot_be_listed_now_holds_up_no_other(world, clock):
    lost = [
        await world.twilio.text(ADA.phone, LINE, text, files)
        for text, files in (("a", [("image/png", PNG)]), ("b", []))
    ]
    world.twilio.inject(Trouble.SERVER_ERROR, where="Media.json")

    with pytest.raises(FoundInPart) as caught:
        await world.channel.backfill(clock.now() - HOUR)

    assert [raw.provider_id for raw in caught.value.found] == [lost[1].sid]
    again = await world.channel.backfill(clock.now() - HOUR)
    assert {raw.provider_id for raw in again} == {one.sid for one in lost}


async def test_what_became_of_sent_messages_is_found_too(world, clock):
    world.twilio.inject(Trouble.LOSE_CALLBACK, times=3)
    sent = await world.channel.send(outbound(), Ledger())
    await world.twilio.idle()
    assert not world.door.raws

    [raw] = await world.channel.backfill(clock.now() - HOUR)

    assert raw.provider_id == f"{sent.provider_id}/delivered"
    assert world.channel.read(raw)[0].state == DeliveryState.DELIVERED


async def test_only_what_is_asked_for_is_found(world, clock):
    await world.twilio.text(ADA.phone, LINE, "the day before yesterday")
    clock.forward(30 * HOUR)

    assert await world.channel.backfill(clock.now() - 24 * HOUR) == []


async def test_many_lost_messages_are_listed_page_by_page(world, clock):
    world.twilio.inject(Trouble.LOSE_WEBHOOK, times=1100)
    for number in range(1100):
        await world.twilio.text(ADA.phone, LINE, f"message {number}")

    raws = await world.channel.backfill(clock.now() - HOUR)

    assert len({raw.provider_id for raw in raws}) == 1100


async def test_a_provider_that_is_away_is_asked_later(world, clock):
    await world.twilio.stop()
    with pytest.raises(ReadDeferred):
        await world.channel.backfill(clock.now() - HOUR)

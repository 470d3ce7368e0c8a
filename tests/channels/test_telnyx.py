"""channels.telnyx against its sandbox, over real sockets: what is particular to this provider."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from channels.telnyx import TelnyxSettings
from hub.channel import Raw
from hub.clock import MINUTE, SECOND, FakeClock
from hub.errors import SendDeferred, SendDoubtful, SendRejected, Unreadable
from hub.model import Attachment, DeliveryState, Inbound, Outbound, Receipt
from hub.sandbox.twilio_faults import Trouble
from tests.doors import Ledger
from tests.people import ADA
from tests.telnyx import API_KEY, LINE, PROFILE, Outside, outside

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
DELIVERY = "d" * 32
PUBLISHED = [
    (int(code), title)
    for code, _, title in (
        line.partition(" ")
        for line in (Path(__file__).parent.parent / "fixtures" / "telnyx" / "errors.txt").read_text().splitlines()
    )
]
WAITS = "10003 10005 10006 10007 10009 10010 10011 20002 20006 20012 20013 20014 20015 20016 20017 20100 40002 40006"
WAITS += " 40011 40013 40016 40018 40100 40150 40151 40305 40306 40311 40312 40313 40314 40315 40318 40320 40321"
ALONE = ("10007", "40002", "40006", "40011", "40016", "40018")  # of those, what holds up no other message
DEAD = ("10001", "10002", "10016", "40001", "40012", "40310")


@pytest.fixture
async def world(clock: FakeClock) -> AsyncIterator[Outside]:
    async with outside(clock) as opened:
        yield opened


def outbound(text: str = "On its way", **more: object) -> Outbound:
    return replace(Outbound(DELIVERY, ADA.sms_address, text), **more)


async def test_a_text_is_read_with_sender_id_and_time(world, clock):
    assert await world.telnyx.text(ADA.phone, LINE, "Where is my order?") == 200

    [event] = world.door.events("line")
    assert event == Inbound(
        sender=ADA.sms_address,
        provider_id=event.provider_id,
        text="Where is my order?",
        recipient=LINE,
        occurred_at=clock.now(),
    )


async def test_a_picture_is_fetched(world):
    await world.telnyx.text(ADA.phone, LINE, "look", [("image/png", PNG)])
    [event] = world.door.events("line")

    file = await world.channel.fetch(event.files[0])

    assert (file.filename, file.content_type, file.content) == ("image-1.png", "image/png", PNG)


@pytest.mark.parametrize(
    ("text", "keyword"), [("STOP ALL", "stop"), ("Stopp!", "stop"), ("UNSTOP", "start"), ("Hilfe", "help"), ("no", "")]
)
async def test_a_word_that_shuts_or_opens_is_known_by_the_provider_or_by_us(world, text, keyword):
    await world.telnyx.text(ADA.phone, LINE, text)

    assert [event.keyword for event in world.door.events("line")] == [keyword]


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
async def test_what_was_signed_at_another_time_is_refused(world, clock, seconds):
    body = json.dumps({"data": {}}).encode()
    headers = world.telnyx.signed(body, clock.now() // SECOND + seconds)

    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{world.door.hooks('line')}/message", data=body, headers=headers) as answer,
    ):
        assert answer.status == 403
    assert not world.door.raws


@pytest.mark.parametrize(
    "body", [b"\xff", b"[]", b"{}", b'{"data": {"event_type": "new.kind", "payload": {"id": 1}}}', b"[" * 100_000]
)
async def test_what_is_signed_but_of_no_known_kind_is_kept_and_set_aside(world, body):
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{world.door.hooks('line')}/message", data=body, headers=world.telnyx.signed(body)) as answer,
    ):
        assert answer.status == 200
    [raw] = world.door.raws
    assert raw.body == body
    with pytest.raises(Unreadable):
        world.channel.read(raw)


async def test_a_message_leaves_once_and_its_receipts_name_the_delivery(world):
    ledger = Ledger()
    sent = await world.channel.send(outbound(), ledger)
    await world.telnyx.idle()

    [arrived] = world.telnyx.sent_to(ADA.phone)
    assert (arrived["text"], arrived["from"]["phone_number"], ledger.committed) == ("On its way", LINE, 1)
    assert sent.provider_id == arrived["id"]
    assert world.door.events("line") == [
        Receipt(sent.provider_id, state, reference=DELIVERY, recipient=ADA.phone)
        for state in (DeliveryState.SENT, DeliveryState.DELIVERED)
    ]


async def test_the_pool_of_the_profile_chooses_the_number_where_none_is_set(clock):
    async with outside(clock, **{"from": ""}) as world:
        await world.channel.send(outbound(), Ledger())
        [arrived] = world.telnyx.sent_to(ADA.phone)
        assert (arrived["from"]["phone_number"], arrived["messaging_profile_id"]) == ("", PROFILE)
        assert world.channel.own_handle == "line"


@pytest.mark.parametrize(("code", "title"), PUBLISHED)
async def test_every_published_error_says_what_becomes_of_the_message(world, code, title):
    world.telnyx.faults.inject(Trouble.REFUSE, code=code)

    with pytest.raises((SendDeferred, SendRejected)) as refused:
        await world.channel.send(outbound(), Ledger())

    said, error = str(refused.value), refused.value
    assert said.endswith(f"({code})")
    assert title not in said
    assert isinstance(error, SendDeferred) == (str(code) in WAITS.split())
    if isinstance(error, SendDeferred):
        assert error.of_provider == (str(code) not in ALONE)
    else:
        assert error.bounced == (str(code) in DEAD)


async def test_an_error_nobody_knows_is_told_in_the_providers_words(world):
    world.telnyx.faults.inject(Trouble.REFUSE, code=49999)
    with pytest.raises(SendRejected, match=r"Refused \(49999\)"):
        await world.channel.send(outbound(), Ledger())


async def test_who_answered_stop_is_not_written_to(world):
    await world.telnyx.text(ADA.phone, LINE, "stop")
    with pytest.raises(SendRejected, match="opted out"):
        await world.channel.send(outbound(), Ledger())


async def test_slow_down_is_obeyed_to_the_second(world):
    world.telnyx.faults.inject(Trouble.RATE_LIMIT, seconds=7)
    with pytest.raises(SendDeferred) as deferred:
        await world.channel.send(outbound(), Ledger())
    assert (deferred.value.retry_after, deferred.value.of_provider) == (7, True)


@pytest.mark.parametrize("trouble", [Trouble.RESET, Trouble.RESET_AFTER_ACCEPT, Trouble.ERROR_AFTER_ACCEPT])
async def test_a_lost_answer_is_a_doubt(world, trouble):
    world.telnyx.faults.inject(trouble)
    with pytest.raises(SendDoubtful):
        await world.channel.send(outbound(), Ledger())


async def test_where_nobody_listens_nothing_has_left(world):
    await world.telnyx.stop()
    with pytest.raises(SendDeferred, match="cannot be reached"):
        await world.channel.send(outbound(), Ledger())


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (outbound("x" * 1531), SendRejected),
        (outbound(""), SendRejected),
        (outbound(options={"media_urls": ["https://hub.example.com/m/1"] * 11}), SendRejected),
        (outbound(attachments=(Attachment("a.png", "image/png", PNG),)), SendDeferred),
    ],
)
async def test_what_can_never_be_taken_is_not_handed_over(world, message, error):
    ledger = Ledger()
    with pytest.raises(error):
        await world.channel.send(message, ledger)
    assert (ledger.committed, world.telnyx.messages) == (0, [])


async def test_what_was_not_delivered_says_why(world):
    world.telnyx.faults.inject(Trouble.UNDELIVERED, code=40001)
    await world.channel.send(outbound(), Ledger())
    await world.telnyx.idle()

    last = world.door.events("line")[-1]
    assert (last.state, last.bounced, last.reason) == (
        DeliveryState.FAILED,
        True,
        "a landline, or a number that takes no texts (40001)",
    )


async def test_a_state_nobody_knows_is_set_aside(world):
    payload = {"id": "1", "direction": "outbound", "to": [{"phone_number": ADA.phone, "status": "on_the_moon"}]}
    body = json.dumps({"data": {"event_type": "message.updated", "payload": payload}}).encode()
    with pytest.raises(Unreadable, match="on_the_moon"):
        world.channel.read(Raw("status", "1", body))


async def test_the_test_button_is_content_with_a_profile_that_calls_us(world):
    assert await world.channel.check() == []


async def test_the_test_button_says_what_is_wrong(world, clock):
    world.telnyx.webhook_url = "https://elsewhere.example/hook"
    assert "calls https://elsewhere.example/hook, not" in (await world.channel.check())[0]
    async with outside(clock, messaging_profile_id="another") as other:
        assert "messaging_profile_id" in (await other.channel.check())[0]
    async with outside(clock, api_key="wrong") as other:
        assert await other.channel.check() == ["Telnyx refuses the API key (10009)"]
    await world.telnyx.stop()
    assert "cannot be asked" in (await world.channel.check())[0]


async def test_a_clock_that_is_a_little_off_is_no_forgery(world, clock):
    body = (Path(__file__).parent.parent / "fixtures" / "telnyx" / "message.json").read_bytes()
    headers = world.telnyx.signed(body)
    clock.forward(4 * MINUTE)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{world.door.hooks('line')}/message", data=body, headers=headers) as answer,
    ):
        assert answer.status == 200


@pytest.mark.parametrize(
    ("key", "value"), [("public_key", "AAAA"), ("public_key", "no key"), ("from", "12025550100"), ("api_base", "x")]
)
def test_a_wrong_setting_is_named(world, key, value):
    good = {"api_key": API_KEY, "public_key": world.telnyx.public_key, "messaging_profile_id": PROFILE}
    with pytest.raises(ValueError, match=key):
        TelnyxSettings.model_validate(good | {key: value})

"""channels.telegram against the Telegram sandbox: what is particular to it, beyond what every channel promises."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import aiohttp
import pytest
from multidict import CIMultiDict

from channels.telegram import TelegramChannel, TelegramSettings
from hub.channel import Raw, Tools, Webhook
from hub.clock import FakeClock
from hub.errors import ReadDeferred, SendDeferred, SendDoubtful, SendRejected, Unreadable, WebhookForged
from hub.model import (
    Address,
    AddressState,
    Attachment,
    DeliveryState,
    Edited,
    Inbound,
    Outbound,
    Reachability,
    RemoteFile,
)
from hub.platform.fetcher import GuardedFetcher
from hub.sandbox.telegram import TelegramSandbox

TOKEN = "4242:AAsandbox_token-0123456789"
ADA = 7001
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def telegram(clock: FakeClock) -> AsyncIterator[TelegramSandbox]:
    sandbox = TelegramSandbox(TOKEN, clock)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def tools(clock: FakeClock) -> AsyncIterator[Tools]:
    async with aiohttp.ClientSession() as session:
        fetch = GuardedFetcher(session)
        yield Tools(session, fetch, clock, "http://127.0.0.1:9", b"secret")
        await fetch.close()


@pytest.fixture
def channel(telegram: TelegramSandbox, tools: Tools) -> TelegramChannel:
    return TelegramChannel("chat", settings_for(telegram), tools)


def settings_for(telegram: TelegramSandbox, **more: object) -> TelegramSettings:
    return TelegramSettings.model_validate({"token": TOKEN, "api_base": telegram.origin, **more})


def outbound(text: str = "On its way", **more: object) -> Outbound:
    return Outbound(**({"delivery_id": "d" * 32, "recipient": Address("telegram", str(ADA)), "text": text} | more))


async def committing() -> None:
    """The ledger says yes."""


async def inbound_of(telegram: TelegramSandbox, channel: TelegramChannel) -> Inbound:
    """What the channel reads from the newest update."""
    updates = await channel.calls.ask("getUpdates", {"offset": -1})
    [event] = channel.read(Raw("update", "1", json.dumps(updates[-1]).encode()))
    assert isinstance(event, Inbound)
    return event


def webhook(channel: TelegramChannel, body: bytes, secret: str | None = None) -> Webhook:
    shown = channel.secret if secret is None else secret
    headers = CIMultiDict({"X-Telegram-Bot-Api-Secret-Token": shown}) if shown else CIMultiDict()
    return Webhook("update", "POST", channel.webhook_url, headers, body)


# --- coming in -------------------------------------------------------------------------------------------------


async def test_a_text_is_read_with_its_sender_and_its_time(telegram, channel, clock):
    message_id = await telegram.say(ADA, "Where is it?", name="Ada Lovelace", username="ada", language="de")

    assert await inbound_of(telegram, channel) == Inbound(
        sender=Address("telegram", "7001"),
        provider_id=str(message_id),
        text="Where is it?",
        sender_name="Ada Lovelace",
        occurred_at=clock.now() // 1000 * 1000,
        language="de",
        parts={"username": "ada"},
    )


async def test_a_reply_names_the_message_it_answers(telegram, channel):
    await telegram.say(ADA, "hi")
    sent = await channel.send(outbound(), committing)
    await telegram.say(ADA, "thanks", reply_to=int(sent.provider_id))

    assert (await inbound_of(telegram, channel)).references == (sent.provider_id,)


@pytest.mark.parametrize("text", ["/start order-4711", "/start@our_bot order-4711"])
async def test_start_carries_its_payload(telegram, channel, text):
    await telegram.say(ADA, text)

    event = await inbound_of(telegram, channel)
    assert (event.text, event.keyword) == (text, "start")
    assert event.parts == {"start": "order-4711"}


async def test_a_document_and_the_largest_photo_are_brought(telegram, channel):
    await telegram.say(ADA, "see", document=("Rechnung ä.pdf", "application/pdf", b"%PDF-1"))
    with_document = await inbound_of(telegram, channel)
    await telegram.say(ADA, photo=b"\xff\xd8" * 100)
    with_photo = await inbound_of(telegram, channel)

    [document], [photo] = with_document.files, with_photo.files
    assert with_document.text == "see"
    assert await channel.fetch(document) == Attachment("Rechnung ä.pdf", "application/pdf", b"%PDF-1")
    assert await channel.fetch(photo) == Attachment("photo.jpg", "image/jpeg", b"\xff\xd8" * 100)


@pytest.mark.parametrize(
    ("shared", "text", "filename"),
    [
        ({"voice": {"file_id": "v", "mime_type": "audio/ogg"}}, "", "voice.ogg"),
        ({"video": {"file_id": "v"}}, "", "video.mp4"),
        ({"audio": {"file_id": "v", "file_name": "song.mp3", "mime_type": "audio/mpeg"}}, "", "song.mp3"),
        ({"animation": {"file_id": "a"}, "document": {"file_id": "a"}}, "", "animation.mp4"),
        ({"sticker": {"file_id": "s", "emoji": "👍", "is_animated": False}}, "👍", "sticker.webp"),
        ({"contact": {"first_name": "Bob", "phone_number": "+49171"}}, "Bob: +49171", None),
        ({"dice": {"emoji": "🎲", "value": 4}}, "🎲 4", None),
        ({"poll": {"question": "When?", "options": [{"text": "Mon"}, {"text": "Tue"}]}}, "When?\n- Mon\n- Tue", None),
        ({"story": {"id": 1, "chat": {"title": "Shop"}}}, "Shop", None),
    ],
)
async def test_what_is_shared_becomes_text_or_a_file(channel, shared, text, filename):
    message = {"message_id": 1, "date": 1, "chat": {"id": ADA, "type": "private"}, "from": {"id": ADA}} | shared
    [event] = channel.read(Raw("update", "1", json.dumps({"update_id": 1, "message": message}).encode()))

    assert event.text == text
    assert [file.filename for file in event.files] == ([filename] if filename else [])


async def test_a_place_becomes_a_link_and_data(telegram, channel):
    place = {"latitude": 52.5, "longitude": 13.4}
    await telegram.say(ADA, location=place, venue={"title": "Shop", "address": "Main St 1", "location": place})

    event = await inbound_of(telegram, channel)
    assert event.text.startswith("Shop, Main St 1\nhttps://www.openstreetmap.org/?mlat=52.5&mlon=13.4")
    assert event.parts["location"] == place


async def test_an_edit_names_the_message_it_changes(telegram, channel):
    message_id = await telegram.say(ADA, "Wher")
    await telegram.edit(ADA, message_id, "Where?")
    [_, update] = await channel.calls.ask("getUpdates")
    [event] = channel.read(Raw("update", "1", json.dumps(update).encode()))

    assert event == Edited(Address("telegram", "7001"), str(message_id), "Where?", event.occurred_at)


async def test_blocking_the_bot_shuts_the_address_and_unblocking_opens_it(telegram, channel):
    telegram.block(ADA)
    telegram.block(ADA, blocked=False)
    updates = await channel.calls.ask("getUpdates")

    [shut, opened] = [channel.read(Raw("update", "1", json.dumps(update).encode()))[0] for update in updates]
    ada = Address("telegram", "7001")
    assert shut == Reachability(ada, AddressState.BLOCKED, "the customer blocked the bot")
    assert opened == Reachability(ada, AddressState.OK)


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("/stop", "stop"),
        ("/START", "start"),
        ("/stop@our_bot", "stop"),
        ("/stop please", ""),
        ("stop it", ""),
        ("/stopwatch", ""),
        ("please /stop", ""),
        ("/", ""),
    ],
)
async def test_commands_to_stop_and_start_are_keywords(telegram, channel, text, keyword):
    await telegram.say(ADA, text)

    assert (await inbound_of(telegram, channel)).keyword == keyword


async def test_groups_bots_and_unknown_updates_are_nothing_to_us(channel):
    group = {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "group"}, "from": {"id": ADA}, "text": "hi"}
    robot = group | {"chat": {"id": 5, "type": "private"}, "from": {"id": 5, "is_bot": True}}
    for update in ({"message": group}, {"message": robot}, {"poll_answer": {}}):
        assert channel.read(Raw("update", "1", json.dumps({"update_id": 1} | update).encode())) == ()


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"message": 1}', b'{"message": {}}', b"[" * 100_000])
async def test_bytes_that_are_no_update_are_unreadable(channel, body):
    with pytest.raises(Unreadable):
        channel.read(Raw("update", "1", body))


# --- webhook and polling ---------------------------------------------------------------------------------------


async def test_a_webhook_with_the_secret_is_kept_under_its_update_id(channel):
    body = b'{"update_id": 77, "message": {}}'

    assert (await channel.receive(webhook(channel, body))).raws == (Raw("update", "77", body),)


async def test_a_webhook_that_is_no_update_is_kept_to_be_set_aside(channel):
    received = await channel.receive(webhook(channel, b"\xff not json"))

    assert len(received.raws[0].provider_id) == 64


async def test_a_wrong_or_missing_secret_is_forged(channel):
    for secret in ("", "wrong", channel.secret[:-1], "é" * 64):
        with pytest.raises(WebhookForged):
            await channel.receive(webhook(channel, b'{"update_id": 1}', secret))
    with pytest.raises(WebhookForged):
        await channel.receive(replace(webhook(channel, b'{"update_id": 1}'), action="other"))


async def test_every_start_sets_the_webhook_with_a_long_secret(telegram, channel):
    await channel.open()
    await until(lambda: telegram.updates.webhook is not None)
    await channel.close()

    assert telegram.updates.webhook.url == "http://127.0.0.1:9/hooks/chat/update"
    assert telegram.updates.webhook.secret_token == channel.secret
    assert len(channel.secret) >= 32
    of_business = {"business_message", "edited_business_message", "deleted_business_messages"}
    assert telegram.updates.allowed == {
        "message",
        "edited_message",
        "my_chat_member",
        "message_reaction",
        "callback_query",
        *of_business,
    }


async def test_a_start_while_telegram_is_away_sets_the_webhook_later(telegram, channel):
    telegram.fail_next("setWebhook", status=502)
    await channel.open()
    await until(lambda: telegram.updates.webhook is not None)
    await channel.close()

    assert [call.status for call in telegram.calls] == [502, 200]


async def test_polling_confirms_updates_only_after_they_were_taken(telegram, tools):
    polling = TelegramChannel("chat", settings_for(telegram, mode="polling"), tools)
    await telegram.say(ADA, "one")
    await telegram.say(ADA, "two")
    units = polling.poll("")
    assert units is not None

    cursor, raws = await anext(units)
    assert texts(raws) == ["one", "two"]
    assert telegram.updates.pending == 2
    asking = asyncio.ensure_future(anext(units))
    await until(lambda: telegram.updates.pending == 0)
    await telegram.say(ADA, "three")
    _, later = await asking
    assert texts(later) == ["three"]
    assert int(cursor) == int(later[0].provider_id)
    await units.aclose()


async def test_polling_takes_up_at_its_cursor_and_puts_the_webhook_away(telegram, tools):
    polling = TelegramChannel("chat", settings_for(telegram, mode="polling"), tools)
    await polling.calls.ask("setWebhook", {"url": "http://127.0.0.1:9/hook"})
    await telegram.say(ADA, "one")
    await telegram.say(ADA, "two")
    first = telegram.updates._pending[0].id
    units = polling.poll(str(first + 1))
    assert units is not None

    _, raws = await anext(units)

    assert texts(raws) == ["two"]
    assert telegram.updates.webhook is None
    await units.aclose()


async def test_polling_goes_on_after_trouble(telegram, tools):
    polling = TelegramChannel("chat", settings_for(telegram, mode="polling"), tools)
    telegram.fail_next("getUpdates", status=502)
    await telegram.say(ADA, "one")
    units = polling.poll("")
    assert units is not None

    _, raws = await anext(units)
    assert texts(raws) == ["one"]
    await units.aclose()


def texts(raws: Sequence[Raw]) -> list[str]:
    return [json.loads(raw.body)["message"]["text"] for raw in raws]


# --- going out -------------------------------------------------------------------------------------------------


async def test_a_text_arrives_under_the_providers_id_as_an_answer(telegram, channel):
    asked = await telegram.say(ADA, "Where is it?")

    sent = await channel.send(outbound(reply_to_provider_id=str(asked)), committing)

    [message] = telegram.sent
    assert (message.text, message.reply_to) == ("On its way", asked)
    assert sent.provider_id == str(message.message_id)
    assert sent.state is DeliveryState.SENT


async def test_an_answer_to_a_message_that_is_gone_is_sent_all_the_same(telegram, channel):
    await telegram.say(ADA, "hi")
    await channel.send(outbound(reply_to_provider_id="1"), committing)

    assert telegram.sent[0].reply_to is None


async def test_the_ledger_is_asked_once_right_before_the_first_call(telegram, channel):
    await telegram.say(ADA, "hi")
    seen: list[int] = []

    async def note() -> None:
        seen.append(len(telegram.calls))

    await channel.send(outbound("x" * 5000), note)
    assert seen == [0]
    assert len(telegram.sent) == 2


async def test_a_file_travels_with_its_text_in_one_call(telegram, channel):
    await telegram.say(ADA, "hi")
    await channel.send(outbound("look", attachments=(Attachment("a.png", "image/png", PNG),)), committing)
    await channel.send(outbound("read", attachments=(Attachment("a.pdf", "application/pdf", b"%PDF"),)), committing)

    picture, document = telegram.sent
    assert (picture.text, document.text) == ("look", "read")
    assert "photo" in picture.raw
    assert document.raw["document"]["file_name"] == "a.pdf"
    assert document.files[0].content == b"%PDF"


@pytest.mark.parametrize(
    ("named", "arrives"),
    [
        ("Rechnung 4711 ä 😀.pdf", "Rechnung 4711 ä 😀.pdf"),
        ("100%20.pdf", "100%20.pdf"),
        ('a "b" \\ c.pdf', 'a "b" \\ c.pdf'),
        ("a\r\nX-Evil: 1\r\n\r\n\0.pdf", "a  X-Evil: 1     .pdf"),
    ],
)
async def test_a_file_keeps_its_name(telegram, channel, named, arrives):
    await telegram.say(ADA, "hi")
    await channel.send(outbound("", attachments=(Attachment(named, "application/pdf", b"%PDF"),)), committing)

    assert telegram.sent[0].raw["document"]["file_name"] == arrives


async def test_several_files_travel_as_one_album(telegram, channel):
    await telegram.say(ADA, "hi")
    mixed = (Attachment("a.png", "image/png", PNG), Attachment("b.txt", "text/plain", b"b"))
    sent = await channel.send(outbound("both", attachments=mixed), committing)

    assert [call.method for call in telegram.calls] == ["sendMediaGroup"]
    assert [(message.text, message.files[0].content) for message in telegram.sent] == [("both", PNG), ("", b"b")]
    assert sent.provider_id == str(telegram.sent[0].message_id)


async def test_a_picture_telegram_cannot_show_goes_as_a_file(telegram, channel):
    await telegram.say(ADA, "hi")
    telegram.fail_next("sendPhoto", status=400)
    await channel.send(outbound("", attachments=(Attachment("a.png", "image/png", PNG),)), committing)

    assert "document" in telegram.sent[0].raw


async def test_a_long_text_is_cut_at_words_and_nothing_is_lost(telegram, channel):
    await telegram.say(ADA, "hi")
    words = " ".join(f"wörd{number}😀" for number in range(1200))
    sent = await channel.send(outbound(words), committing)

    assert len(telegram.sent) > 2
    assert " ".join(message.text for message in telegram.sent) == words
    assert sent.provider_id == str(telegram.sent[0].message_id)


async def test_too_long_or_empty_is_rejected_before_anything_is_sent(telegram, channel):
    await telegram.say(ADA, "hi")
    for text in ("x" * 20_000, "  "):
        with pytest.raises(SendRejected):
            await channel.send(outbound(text), committing)
    assert telegram.sent == []


async def test_half_a_message_is_never_passed_over_in_silence(telegram, channel):
    await telegram.say(ADA, "hi")
    await telegram.say(ADA, "ho")
    telegram.fail_next("sendMessage", status=200)
    telegram.fail_next("sendMessage", status=502)
    telegram.faults[0].status = 0

    with pytest.raises(SendDoubtful, match="only 1 of 2 parts arrived"):
        await channel.send(outbound("x" * 5000), committing)


async def test_a_later_part_waits_out_a_short_rate_limit(telegram, channel):
    await telegram.say(ADA, "hi")
    telegram.fail_next("sendMessage")
    telegram.fail_next("sendMessage", retry_after=1)

    await channel.send(outbound("x" * 5000), committing)
    assert len(telegram.sent) == 2


async def test_a_rate_limit_defers_for_as_long_as_telegram_says(telegram, channel):
    await telegram.say(ADA, "hi")
    telegram.fail_next("sendMessage", retry_after=7)

    with pytest.raises(SendDeferred) as deferred:
        await channel.send(outbound(), committing)
    assert deferred.value.retry_after == 7


async def test_a_customer_who_blocked_the_bot_bounces(telegram, channel):
    telegram.block(ADA)

    with pytest.raises(SendRejected, match="blocked by the customer") as rejected:
        await channel.send(outbound(), committing)
    assert rejected.value.bounced


@pytest.mark.parametrize(
    ("status", "description", "sentence", "bounced"),
    [
        (403, "Forbidden: user is deactivated", "the Telegram account was deleted", True),
        (400, "Bad Request: VOICE_MESSAGES_FORBIDDEN", "the customer takes no voice messages", False),
        (400, "Bad Request: not enough rights to send text messages to the chat", "the bot may not write", False),
        (400, "Bad Request: something nobody has seen", "Something nobody has seen", False),
        (403, "Forbidden: something nobody has seen", "Forbidden: something nobody has seen", True),
    ],
)
async def test_telegrams_refusals_are_told_in_a_sentence(telegram, channel, status, description, sentence, bounced):
    await telegram.say(ADA, "hi")
    telegram.fail_next("sendMessage", status=status, description=description)

    with pytest.raises(SendRejected) as refused:
        await channel.send(outbound(), committing)
    assert str(refused.value).lower().startswith(sentence.lower())
    assert refused.value.bounced == bounced


async def test_a_customer_who_never_pressed_start_bounces(channel):
    with pytest.raises(SendRejected) as rejected:
        await channel.send(outbound(), committing)
    assert rejected.value.bounced


async def test_no_connection_is_deferred(telegram, channel):
    await telegram.stop()

    with pytest.raises(SendDeferred):
        await channel.send(outbound(), committing)


@pytest.mark.parametrize("trouble", [{"reset": True, "after": True}, {"status": 500, "after": True}, {"status": 502}])
async def test_an_answer_lost_after_the_call_was_written_is_doubtful(telegram, channel, trouble):
    await telegram.say(ADA, "hi")
    telegram.fail_next("sendMessage", **trouble)

    with pytest.raises(SendDoubtful):
        await channel.send(outbound(), committing)


async def test_a_wrong_token_is_deferred_because_the_operator_can_mend_it(telegram, tools):
    wrong = TelegramChannel("chat", settings_for(telegram, token="4242:wrong-token"), tools)

    with pytest.raises(SendDeferred, match="token"):
        await wrong.send(outbound(), committing)
    assert await wrong.check() == ["chat: Telegram does not accept the bot's token"]


async def test_typing_is_shown_and_trouble_with_it_is_nobodys(telegram, channel):
    await telegram.say(ADA, "hi")
    await channel.typing(Address("telegram", str(ADA)))
    await channel.typing(Address("telegram", "999"))

    assert telegram.typing == [ADA]


async def test_a_file_that_is_gone_is_unreadable_and_one_out_of_reach_deferred(telegram, channel):
    with pytest.raises(Unreadable):
        await channel.fetch(RemoteFile("nothing"))
    telegram.fail_next("getFile", status=500)
    with pytest.raises(ReadDeferred):
        await channel.fetch(RemoteFile("nothing"))


async def test_check_names_a_webhook_that_leads_elsewhere(telegram, channel):
    assert "instead of http://127.0.0.1:9/hooks/chat/update" in (await channel.check())[0]
    await channel.calls.ask("setWebhook", {"url": channel.webhook_url})
    assert await channel.check() == []


@pytest.mark.parametrize("wrong", [{"token": "a/b"}, {"secret_token": "short"}, {"mode": "pigeon"}, {"colour": "red"}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TelegramSettings.model_validate({"token": TOKEN} | wrong)


async def until(true: Callable[[], bool], patience: float = 30.0) -> None:
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110 - what is waited for is another program's state
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("field", ["date", "message_id", "update_id"])
async def test_a_number_beyond_all_numbers_is_unreadable_and_no_fault(channel, field):
    body = json.dumps(UPDATE | {"update_id": 1}).replace(f'"{field}": 1', f'"{field}": 1e999').encode()
    assert b"1e999" in body
    shown = CIMultiDict({"X-Telegram-Bot-Api-Secret-Token": channel.secret})
    [raw] = (await channel.receive(Webhook("update", "POST", "http://hub.example/", shown, body))).raws

    if field != "update_id":
        with pytest.raises(Unreadable):
            channel.read(raw)


UPDATE = {
    "message": {
        "message_id": 1,
        "date": 1,
        "from": {"id": ADA, "is_bot": False, "first_name": "Ada"},
        "chat": {"id": ADA, "type": "private"},
        "text": "Hello",
    }
}

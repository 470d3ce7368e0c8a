"""hub.sandbox.telegram: the real python-telegram-bot finds in it what it finds at Telegram."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import Bot, InputMediaDocument, InputMediaPhoto, ReplyParameters
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError

from hub.clock import HOUR, FakeClock
from hub.sandbox.telegram import TelegramSandbox

TOKEN = "4242:AAsandbox_token-0123456789"
ADA = 7001


@pytest.fixture
async def telegram(clock: FakeClock) -> AsyncIterator[TelegramSandbox]:
    sandbox = TelegramSandbox(TOKEN, clock)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def bot(telegram: TelegramSandbox) -> AsyncIterator[Bot]:
    async with bot_at(telegram, TOKEN) as opened:
        yield opened


def bot_at(telegram: TelegramSandbox, token: str) -> Bot:
    return Bot(token, base_url=f"{telegram.origin}/bot", base_file_url=f"{telegram.origin}/file/bot")


async def raw_call(telegram: TelegramSandbox, method: str, **params: object) -> tuple[int, dict[str, object]]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.origin}/bot{TOKEN}/{method}", json=params) as answer,
    ):
        return answer.status, await answer.json()


class Hook:
    """A bot's web server: remembers what came, answers what the test wants."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, object]] = []
        self.secrets: list[str] = []
        self.statuses: list[int] = []

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def hook() -> AsyncIterator[tuple[Hook, str]]:
    handler = Hook()
    app = web.Application()
    app.router.add_post("/hook", handler.take)
    async with TestServer(app) as server:
        yield handler, str(server.make_url("/hook"))


async def test_get_me_names_the_bot(bot):
    me = await bot.get_me()

    assert me.is_bot
    assert me.id == 4242
    assert me.username == "hub_sandbox_bot"


async def test_a_wrong_token_is_unauthorized_and_a_shapeless_one_not_found(telegram):
    for token in ("4242:wrong-token", "shapeless"):
        with pytest.raises(InvalidToken):
            async with bot_at(telegram, token):
                pass


async def test_an_unknown_method_is_not_found(telegram):
    assert await raw_call(telegram, "makeCoffee") == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found"},
    )


async def test_updates_come_back_until_the_next_offset_confirms_them(telegram, bot):
    await telegram.say(ADA, "one", name="Ada Lovelace", username="ada")
    await telegram.say(ADA, "two")

    first = await bot.get_updates()
    again = await bot.get_updates()
    rest = await bot.get_updates(offset=first[0].update_id + 1)

    assert [update.message.text for update in first] == ["one", "two"]
    assert [update.update_id for update in again] == [update.update_id for update in first]
    assert [update.message.text for update in rest] == ["two"]
    assert first[0].message.from_user.full_name == "Ada Lovelace"
    assert first[0].message.chat.type == "private"


async def test_long_polling_answers_as_soon_as_somebody_writes(telegram, bot):
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    await telegram.say(ADA, "hello")

    async with asyncio.timeout(30):
        assert [update.message.text for update in await waiting] == ["hello"]


async def test_get_updates_conflicts_with_a_webhook_and_with_a_second_poller(telegram, bot):
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    async with bot_at(telegram, TOKEN) as second:
        await second.get_updates()
    with pytest.raises(Conflict, match="other getUpdates"):
        await waiting

    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()


async def test_the_webhook_brings_updates_in_order_with_the_secret(telegram, bot, hook):
    handler, url = hook
    await bot.set_webhook(url, secret_token="s" * 32)
    for text in ("one", "two", "three"):
        await telegram.say(ADA, text)
    await telegram.updates.emptied()

    assert [body["message"]["text"] for body in handler.bodies] == ["one", "two", "three"]
    assert set(handler.secrets) == {"s" * 32}
    info = await bot.get_webhook_info()
    assert info.url == url
    assert info.pending_update_count == 0


async def test_the_webhook_is_called_again_until_it_answers_well(telegram, bot, hook):
    handler, url = hook
    handler.statuses = [503, 500, 200]
    await bot.set_webhook(url)
    await telegram.say(ADA, "one")
    await telegram.updates.emptied()

    assert len({body["update_id"] for body in handler.bodies}) == 1
    assert len(handler.bodies) == 3
    assert "500" in ((await bot.get_webhook_info()).last_error_message or "")


async def test_a_planned_duplicate_arrives_twice(telegram, bot, hook):
    handler, url = hook
    await bot.set_webhook(url)
    telegram.updates.duplicates = 1
    await telegram.say(ADA, "one")
    await telegram.updates.emptied()

    assert [body["update_id"] for body in handler.bodies] == [handler.bodies[0]["update_id"]] * 2


async def test_updates_are_forgotten_after_a_day(telegram, bot, clock):
    await telegram.say(ADA, "old")
    clock.forward(25 * HOUR)
    await telegram.say(ADA, "new")

    assert [update.message.text for update in await bot.get_updates(offset=1)] == ["new"]


async def test_the_secret_token_may_hold_only_letters_digits_and_dashes(bot):
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("http://127.0.0.1:9/hook", secret_token="ä" * 40)


async def test_allowed_updates_leave_the_others_out(telegram, bot):
    message_id = await telegram.say(ADA, "before")
    await bot.get_updates(allowed_updates=["edited_message"])
    await telegram.say(ADA, "left out")
    await telegram.edit(ADA, message_id, "changed")

    [_, edited] = await bot.get_updates()
    assert edited.edited_message.text == "changed"


async def test_a_bot_cannot_write_first(bot):
    with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
        await bot.send_message(999, "Hello stranger")


async def test_a_blocked_bot_is_forbidden_and_told_so(telegram, bot):
    await telegram.say(ADA, "hi")
    telegram.block(ADA)

    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(ADA, "Hello?")
    update = (await bot.get_updates())[-1]
    assert update.my_chat_member.new_chat_member.status == "kicked"


async def test_texts_are_limited_to_4096_utf16_units(telegram, bot):
    await telegram.say(ADA, "hi")

    await bot.send_message(ADA, "x" * 4096)
    for text in ("x" * 4097, "😀" * 2049):
        with pytest.raises(BadRequest, match="too long"):
            await bot.send_message(ADA, text)
    with pytest.raises(BadRequest, match="text is empty"):
        await bot.send_message(ADA, " ")


async def test_an_answer_quotes_the_message_it_answers(telegram, bot):
    asked = await telegram.say(ADA, "Where is it?")
    sent = await bot.send_message(ADA, "On its way", reply_parameters=ReplyParameters(asked))

    assert sent.reply_to_message.message_id == asked
    assert telegram.sent[-1].reply_to == asked
    with pytest.raises(BadRequest, match="replied not found"):
        await bot.send_message(ADA, "?", reply_parameters=ReplyParameters(1))


async def test_files_travel_both_ways(telegram, bot):
    await telegram.say(ADA, "see", document=("Rechnung ä.pdf", "application/pdf", b"%PDF-1"))
    await telegram.say(ADA, photo=b"\xff\xd8jpeg")
    with_document, with_photo = (update.message for update in await bot.get_updates())

    assert with_document.document.file_name == "Rechnung ä.pdf"
    assert bytes(await (await with_document.document.get_file()).download_as_bytearray()) == b"%PDF-1"
    assert bytes(await (await with_photo.photo[-1].get_file()).download_as_bytearray()) == b"\xff\xd8jpeg"

    await bot.send_photo(ADA, b"\xff\xd8mine", caption="look", filename="mine.jpg")
    await bot.send_document(ADA, b"terms", filename="terms.txt")
    assert [(sent.text, sent.files[0].content) for sent in telegram.sent] == [("look", b"\xff\xd8mine"), ("", b"terms")]


async def test_an_album_holds_two_to_ten_of_one_sort(telegram, bot):
    await telegram.say(ADA, "hi")
    photos = [InputMediaPhoto(b"\xff\xd81", filename="1.jpg"), InputMediaPhoto(b"\xff\xd82", filename="2.jpg")]

    sent = await bot.send_media_group(ADA, photos, caption="both")

    assert [message.caption for message in sent] == ["both", None]
    with pytest.raises(BadRequest, match="mixed"):
        await bot.send_media_group(ADA, [photos[0], InputMediaDocument(b"x", filename="x.txt")])
    with pytest.raises(BadRequest, match="2-10"):
        await bot.send_media_group(ADA, photos[:1])


async def test_an_unknown_file_is_refused(bot):
    with pytest.raises(BadRequest, match=r"[Ii]nvalid file_id"):
        await bot.get_file("nothing")


async def test_only_the_bots_own_message_can_be_edited(telegram, bot):
    theirs = await telegram.say(ADA, "hi")
    mine = await bot.send_message(ADA, "helo")

    assert (await bot.edit_message_text("hello", ADA, mine.message_id)).text == "hello"
    with pytest.raises(BadRequest, match="not found"):
        await bot.edit_message_text("hacked", ADA, theirs)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("hello", ADA, mine.message_id)


async def test_a_rate_limit_says_how_long_to_wait(telegram):
    telegram.fail_next("sendMessage", retry_after=7)

    status, body = await raw_call(telegram, "sendMessage", chat_id=ADA, text="x")

    assert status == 429
    assert body["parameters"] == {"retry_after": 7}


async def test_a_reset_after_accepting_leaves_the_message_sent(telegram, bot):
    await telegram.say(ADA, "hi")
    telegram.fail_next("sendMessage", reset=True, after=True)

    with pytest.raises(NetworkError):
        await bot.send_message(ADA, "did it arrive?")
    assert [sent.text for sent in telegram.sent] == ["did it arrive?"]


async def test_a_planned_failure_happens_as_often_as_planned(telegram, bot):
    await telegram.say(ADA, "hi")
    telegram.fail_next("sendMessage", status=502, times=2)

    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(ADA, "x")
    await bot.send_message(ADA, "y")
    assert [sent.text for sent in telegram.sent] == ["y"]


async def test_parameters_come_as_query_form_or_json(telegram):
    await telegram.say(ADA, "hi")
    url = f"{telegram.origin}/bot{TOKEN}/sendMessage"
    async with aiohttp.ClientSession() as session:
        for asked in (
            session.get(url, params={"chat_id": ADA, "text": "query"}),
            session.post(url, data={"chat_id": str(ADA), "text": "form"}),
            session.post(url, json={"chat_id": ADA, "text": "json"}),
        ):
            async with asked as answer:
                assert (await answer.json())["ok"]
    assert [sent.text for sent in telegram.sent] == ["query", "form", "json"]
    assert [call.method for call in telegram.calls] == ["sendMessage"] * 3


async def test_ids_go_on_after_a_restart(clock):
    before = TelegramSandbox(TOKEN, clock)
    first = await before.say(ADA, "one")
    clock.forward(1000)

    assert await TelegramSandbox(TOKEN, clock).say(ADA, "two") > first

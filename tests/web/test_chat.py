"""Web chat over a real WebSocket: what visitors say is stored before they hear so, and they miss nothing."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO

import aiohttp
import pytest
from aiohttp import WSCloseCode
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy import select

from hub.channel import Tools
from hub.clock import HOUR
from hub.config import Settings
from hub.context import Hub
from hub.digests import hash_of
from hub.errors import InvalidInput
from hub.model import Address, Outbound
from hub.outbound.compose import Reply, build
from hub.outbound.deps import SenderDeps
from hub.outbound.outbox import queue_reply
from hub.outbound.sender import Worker
from hub.registry import open_channel
from hub.store.customers import NewCustomer, add_address, add_customer, find_customer, get_customer, list_addresses
from hub.store.deliveries import list_deliveries
from hub.store.goals import EVERYBODY, Goal, mark_goal
from hub.store.merges import undo_merge
from hub.store.messages import Message, get_message, list_messages
from hub.store.personal import forget_customer
from hub.store.raw import find_raw
from hub.store.tables import deliveries
from hub.store.tasks import TaskFilter, list_tasks
from hub.store.webchat import find_visitor
from hub.web.chat.allowances import OCTETS_PER_HOUR, keeping
from hub.web.chat.files import MAX_REQUEST
from hub.web.chat.rooms import ROOMS
from hub.web.chat.socket import FRAMES_PER_MINUTE
from hub.webchat.confirmation import PER_NETWORK
from hub.webchat.visitor_identity import sign_identity
from tests.web.conftest import KEY

SECRET = "the shop's own secret"
SHOP = "https://shop.example"


@dataclass
class Chat:
    """A hub with a web chat, and whoever opened a socket to it."""

    hub: Hub
    server: TestServer
    session: aiohttp.ClientSession
    open: list["Widget"] = field(default_factory=list)

    @property
    def base(self) -> str:
        return str(self.server.make_url("/chat/webchat"))

    async def connect(self, **hello: object) -> "Widget":
        """A visitor who has said hello."""
        widget = await self.dial()
        await widget.say_hello(**hello)
        return widget

    async def dial(self, **headers: str) -> "Widget":
        socket = await self.session.ws_connect(f"{self.base}/socket", headers=headers)
        self.open.append(Widget(socket))
        return self.open[-1]

    async def answer(self, conversation_id: str, text: str, **more: object) -> str:
        """An agent answers; the id of that message."""
        reply = Reply(text=text, channel="webchat", **{"author_id": "a" * 32, "author_name": "Lena"} | more)
        queued = await self.hub.store.write(
            queue_reply, self.hub.outbox_deps, conversation_id, reply, self.hub.clock.now()
        )
        self.hub.live.wake()
        return queued.message_id

    async def state_of(self, message_id: str) -> str:
        found = await self.hub.store.read(list_deliveries, [message_id])
        return found[message_id][-1].state


@dataclass
class Widget:
    socket: aiohttp.ClientWebSocketResponse
    token: str = ""
    seq: int = 0

    async def say_hello(self, **hello: object) -> None:
        await self.send(type="hello", **hello)
        welcome = await self.hear("welcome")
        self.token, self.seq = welcome["token"], welcome["seq"]

    async def send(self, **frame: object) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def hear(self, type: str) -> dict:
        """The next frame, which is of this type."""
        frame = await self.socket.receive_json(timeout=30)
        assert frame["type"] == type, frame
        return frame

    async def say(self, text: str, client_id: str = "c1", **more: object) -> str:
        """The id under which the message was accepted."""
        await self.send(type="message", client_id=client_id, text=text, **more)
        accepted = await self.hear("accepted")
        assert accepted["client_id"] == client_id
        return accepted["id"]

    async def closed(self) -> int | None:
        message = await self.socket.receive(timeout=30)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED), message
        return self.socket.close_code


@pytest.fixture
def settings() -> dict[str, object]:
    return {"type": "webchat", "identity_secret": SECRET, "origins": [SHOP], "connections_per_ip": 5}


@pytest.fixture
async def chat(hub: Hub, office: SenderDeps, server: TestServer, settings: dict[str, object]) -> AsyncIterator[Chat]:
    tools = Tools(hub.session, hub.fetch, hub.clock, hub.base_url, b"secret")
    channel = open_channel("webchat", settings, tools)
    await hub.channels.add(channel)
    worker = Worker(office, channel)
    working = asyncio.create_task(worker.run())
    async with aiohttp.ClientSession() as session:
        opened = Chat(hub, server, session)
        yield opened
        for widget in opened.open:
            await widget.socket.close()
    worker.stop()
    await working


async def conversation_of(chat: Chat, message_id: str) -> str:
    message = await chat.hub.store.read(get_message, message_id)
    assert message.conversation_id
    return message.conversation_id


# --- saying ----------------------------------------------------------------------------------------------------


async def test_accepted_means_stored_in_a_conversation_of_the_visitor(chat):
    visitor = await chat.connect()
    id = await visitor.say("Is invoice 4711 right?", language="de", page="https://shop.example/cart")

    message = await chat.hub.store.read(get_message, id)
    assert (message.text, message.channel, message.direction) == ("Is invoice 4711 right?", "webchat", "in")
    assert message.provider_id == "c1"
    assert message.parts["page"] == "https://shop.example/cart"
    assert (await chat.hub.store.read(get_customer, message.customer_id)).language == "de"
    raw = await chat.hub.store.read(find_raw, "webchat", "message", f"{message.peer}/c1")
    assert raw.state == "read"


# --- being called back -----------------------------------------------------------------------------------------


@pytest.fixture
def calling(settings: dict[str, object]) -> None:
    settings["call_back"] = True


async def tasks_of(chat: Chat, customer_id: str) -> list[str]:
    return [one.title for one in await chat.hub.store.read(list_tasks, TaskFilter(customer_id=customer_id), None, 9)]


async def test_who_asks_to_be_called_says_so_once_and_somebody_has_to_do_it(calling, chat):
    visitor = await chat.connect()
    ask = {"type": "callback", "client_id": "k1", "phone": "0151 12345678", "language": "de"}
    await visitor.send(**ask)
    accepted = await visitor.hear("accepted")
    assert (await visitor.hear("message"))["id"] == accepted["id"]
    await visitor.send(**ask)  # the line was lost before the answer came
    assert await visitor.hear("accepted") == accepted

    message = await chat.hub.store.read(get_message, accepted["id"])
    assert message.text == "Bitte rufen Sie mich zurück: +4915112345678"
    assert len(await chat.hub.store.read(list_messages, message.conversation_id)) == 1
    assert await tasks_of(chat, message.customer_id) == ["Call back: +4915112345678"]
    reached = {one.handle: one.verified for one in await chat.hub.store.read(list_addresses, message.customer_id)}
    assert reached["+4915112345678"] is False


@pytest.mark.parametrize("phone", ["", "call me", "12", 7, None, "+49" + "1" * 90])
async def test_what_is_no_number_is_said_to_be_none_and_nothing_is_kept(calling, chat, phone):
    visitor = await chat.connect()
    await visitor.send(type="callback", client_id="k1", phone=phone)
    assert (await visitor.hear("error"))["client_id"] == "k1"
    assert (await chat.connect(token=visitor.token)).token != visitor.token


async def test_where_nobody_calls_back_it_cannot_be_asked_for(chat):
    visitor = await chat.connect()
    await visitor.send(type="callback", client_id="k1", phone="+4915112345678")
    await visitor.hear("error")


WORKDAYS = Goal(60, ((540, 1_080),) * 5 + (None, None))


async def test_outside_the_hours_it_says_from_when_on_somebody_answers(settings, chat, clock):
    settings["greetings"] = {"de": "Guten Tag!"}
    await chat.hub.channels.add(open_channel("site", settings, chat.hub.channels["webchat"].tools))

    async def shown(language: str) -> str:
        async with chat.session.get(f"{chat.server.make_url('/chat/site')}?lang={language}") as answer:
            return await answer.text()

    assert "Nobody is here" not in await shown("en")
    await chat.hub.store.write(mark_goal, EVERYBODY, WORKDAYS)
    clock.instant = 1_795_888_800_000  # Saturday 28 November 2026, 15:00 in Berlin
    assert "Nobody is here just now. We answer from Mon 30 Nov, 09:00 on." in await shown("en")
    page = await shown("de")
    assert "Guten Tag!" in page
    assert "Wir antworten ab Mo., 30. Nov., 09:00." in page
    clock.instant += 44 * HOUR
    assert "Nobody is here" not in await shown("en")


async def test_socket_that_says_no_hello_is_closed_and_frees_its_place(chat):
    known = await chat.connect()
    rooms = chat.server.app[ROOMS]
    patience, rooms.hello_within = rooms.hello_within, 0.2
    silent = [await chat.dial() for _ in range(4)]

    assert [await one.closed() for one in silent] == [WSCloseCode.GOING_AWAY] * 4

    rooms.hello_within = patience
    later = [await chat.connect() for _ in range(4)]
    for one in (known, *later):
        assert await one.say("Still here")


async def test_the_same_client_id_twice_is_one_message_also_on_another_socket(chat):
    visitor = await chat.connect()
    first = await visitor.say("Hello", "c1")
    again = await visitor.say("Hello", "c1")
    other = await chat.connect(token=visitor.token, since=await chat.hub.live.last())
    elsewhere = await other.say("Hello", "c1")

    assert first == again == elsewhere
    conversation = await conversation_of(chat, first)
    assert len(await chat.hub.store.read(list_messages, conversation)) == 1


async def test_nothing_is_stored_of_a_visitor_who_says_nothing(chat):
    visitor = await chat.connect()
    again = await chat.connect(token=visitor.token)

    assert again.token != visitor.token


async def test_a_token_is_256_random_bits_and_stands_hashed_in_the_store(chat):
    visitor = await chat.connect()
    await visitor.say("Hello")

    assert len(visitor.token) == 43
    assert not await chat.hub.store.read(holds_text, visitor.token)


def holds_text(conn, text: str) -> bool:
    rows = conn.exec_driver_sql("SELECT token_hash FROM webchat_tokens").scalars().all()
    assert len(rows) == 1
    return text in rows


WRONG_FRAMES = (
    ({"type": "message", "client_id": "c1", "text": "  "}, "empty"),
    ({"type": "message", "client_id": "c1", "text": 5}, "no text"),
    ({"type": "message", "client_id": "c1", "text": "x" * 10_001}, "longer than"),
    ({"type": "message", "client_id": "c1", "text": "a\x00b"}, "cannot be stored"),
    ({"type": "message", "client_id": "c1", "text": "\ud800"}, "cannot be stored"),
    ({"type": "message", "client_id": "", "text": "x"}, "client_id"),
    ({"type": "message", "client_id": "c" * 101, "text": "x"}, "client_id"),
    ({"type": "message", "client_id": ["c"], "text": "x"}, "client_id"),
    ({"type": "message", "client_id": "c1", "text": "x", "attachments": ["made-up"]}, "not uploaded"),
    ({"type": "message", "client_id": "c1", "text": "x", "attachments": "one"}, "files"),
    ({"type": "dance"}, "not known"),
    ({}, "not known"),
)


async def test_wrong_frames_are_answered_with_words_and_the_chat_goes_on(chat):
    visitor = await chat.connect()
    for frame, title in WRONG_FRAMES:
        await visitor.send(**frame)
        assert title in (await visitor.hear("error"))["title"], frame
    await visitor.say("still here")


HALF = "\ud800"  # of a UTF-16 pair: text in JSON, but no text that can be stored


async def test_half_a_character_as_a_token_is_no_token(chat):
    visitor = await chat.connect(token=HALF)

    assert len(visitor.token) == 43
    await visitor.say("Hello")
    headers = {"Authorization": b"Bearer \xff".decode("utf-8", "surrogateescape")}
    async with chat.session.post(f"{chat.base}/files", data=b"", headers=headers) as answer:
        assert answer.status == 401


async def test_half_a_character_anywhere_else_is_answered_with_words(chat):
    for identity in ({"id": HALF, "hash": "x"}, {"email": f"{HALF}@example.com"}, {"name": HALF}):
        visitor = await chat.dial()
        await visitor.send(type="hello", identity=identity)
        await visitor.hear("error")
        await visitor.hear("welcome")
        await visitor.socket.close()
    visitor = await chat.connect()
    for frame in (
        {"type": "message", "client_id": HALF, "text": "x"},
        {"type": "message", "client_id": "c1", "text": "x", "attachments": [HALF]},
        {"type": "contact", "email": f"{HALF}@example.com"},
        {"type": "contact", "name": HALF},
        {"type": HALF},
    ):
        await visitor.send(**frame)
        assert (await visitor.hear("error"))["title"], frame
    await visitor.say("still here", language=HALF, page=HALF)


async def test_what_is_no_json_object_is_answered_with_words(chat):
    visitor = await chat.connect()
    for text in ("", "{", "[]", "1", "[" * 5000):
        await visitor.socket.send_str(text)
        assert "JSON object" in (await visitor.hear("error"))["title"]


@pytest.mark.parametrize("kind", ["junk", "pings", "before hello"])
async def test_whatever_comes_too_often_ends_the_socket(chat, kind):
    visitor = await (chat.dial() if kind == "before hello" else chat.connect())
    for _ in range(FRAMES_PER_MINUTE // 3 + 2):
        await (visitor.socket.ping() if kind == "pings" else visitor.socket.send_str("[]"))
    said = [await visitor.socket.receive(timeout=30)]
    while said[-1].type is aiohttp.WSMsgType.TEXT:
        said.append(await visitor.socket.receive(timeout=30))
    assert visitor.socket.close_code == WSCloseCode.GOING_AWAY
    assert "too much" in said[-2].json()["title"]
    assert await (await chat.connect()).say("Hello")


async def test_a_frame_beyond_64_kib_ends_the_socket(chat):
    visitor = await chat.connect()
    await visitor.socket.send_str('{"type": "message", "text": "' + "x" * 70_000 + '"}')

    assert await visitor.closed() == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_hello_comes_first(chat):
    visitor = await chat.dial()
    await visitor.send(type="message", client_id="c1", text="x")

    assert "hello" in (await visitor.hear("error"))["title"]
    await visitor.closed()


# --- hearing ---------------------------------------------------------------------------------------------------


async def test_an_answer_appears_at_once_and_becomes_delivered_by_itself(chat):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    answer = await chat.answer(conversation, "Hello, Lena here")

    frame = await visitor.hear("message")
    assert frame == {
        "type": "message",
        "id": answer,
        "seq": frame["seq"],
        "author": "Lena",
        "direction": "out",
        "text": "Hello, Lena here",
        "at": frame["at"],
        "attachments": [],
    }
    await until_state(chat, answer, "delivered", visitor)


async def test_an_answer_made_by_a_program_speaks_for_the_company(chat):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    await chat.answer(conversation, "Automatic", author_id=None, author_name="our shop's token")

    assert (await visitor.hear("message"))["author"] == chat.hub.settings.company.name


async def test_reading_marks_this_answer_and_those_before_it(chat):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    first = await chat.answer(conversation, "one")
    await visitor.hear("message")
    second = await chat.answer(conversation, "two")
    await visitor.hear("message")

    await visitor.send(type="read", id=second)

    await until_state(chat, second, "read", visitor)
    assert await chat.state_of(first) == "read"


async def test_reading_their_own_message_marks_the_answers_before_it_and_none_after(chat):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    before = await chat.answer(conversation, "one")
    await visitor.hear("message")
    thanks = await visitor.say("thanks", "c2")
    after = await chat.answer(conversation, "two")
    await visitor.hear("message")
    await until_state(chat, after, "delivered", visitor)

    await visitor.send(type="read", id=thanks)

    await until_state(chat, before, "read", visitor)
    assert await chat.state_of(after) == "delivered"


async def test_a_visitor_cannot_mark_what_is_not_theirs_or_is_no_message(chat):
    visitor, stranger = await chat.connect(), await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    foreign = await stranger.say("Hello")
    answer = await chat.answer(conversation, "one")
    await visitor.hear("message")
    await until_state(chat, answer, "delivered", visitor)

    await stranger.send(type="read", id=answer)
    await stranger.say("done", "c2")
    for id in (foreign, HALF, "a\0b", "f" * 32, {"a": 1}, None):
        await visitor.send(type="read", id=id)
    await visitor.say("done", "c2")

    assert await chat.state_of(answer) == "delivered"


async def test_since_brings_everything_missed_in_order_and_nothing_twice(chat):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    await chat.answer(conversation, "one")
    seen = await visitor.hear("message")
    await visitor.socket.close()
    for number in range(2, 5):
        await until_state(chat, await chat.answer(conversation, f"answer {number}"), "sent")

    back = await chat.connect(token=visitor.token, since=seen["seq"])

    missed = [await back.hear("message") for _ in range(3)]
    assert [frame["text"] for frame in missed] == ["answer 2", "answer 3", "answer 4"]
    assert [frame["seq"] for frame in missed] == sorted({frame["seq"] for frame in missed})
    await back.say("no more", "c9")


async def test_a_place_beyond_the_newest_withholds_nothing(chat):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))

    back = await chat.connect(token=visitor.token, since=await chat.hub.live.last() + 50)

    assert back.seq == 0
    assert (await back.hear("message"))["text"] == "Hello"
    await chat.answer(conversation, "one")
    assert (await back.hear("message"))["text"] == "one"


async def test_without_since_the_whole_chat_comes_back(chat):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    await chat.answer(conversation, "Hi")
    await visitor.hear("message")

    back = await chat.connect(token=visitor.token)

    frames = [await back.hear("message") for _ in range(2)]
    assert [(frame["author"], frame["text"]) for frame in frames] == [("visitor", "Hello"), ("Lena", "Hi")]


async def test_a_second_window_sees_what_is_said_in_the_first(chat):
    visitor = await chat.connect()
    await visitor.say("Hello", "c1")
    other = await chat.connect(token=visitor.token)
    assert (await other.hear("message"))["text"] == "Hello"

    await visitor.say("Are you there?", "c2")

    assert (await other.hear("message"))["client_id"] == "c2"


async def test_strangers_see_nothing_of_each_other(chat):
    visitor, stranger = await chat.connect(), await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    await stranger.say("Hello too")
    await chat.answer(conversation, "for the first only")
    await visitor.hear("message")

    await stranger.say("anything for me?", "c2")
    back = await chat.connect(token=stranger.token)
    texts = [(await back.hear("message"))["text"] for _ in range(2)]
    assert texts == ["Hello too", "anything for me?"]


async def test_a_scheduled_answer_is_not_shown_before_it_left(chat):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    await chat.answer(conversation, "later", hold_ms=60_000)
    await chat.answer(conversation, "now")

    assert (await visitor.hear("message"))["text"] == "now"
    chat.hub.clock.forward(61_000)
    chat.hub.live.wake()
    assert (await visitor.hear("message"))["text"] == "later"


async def test_typing_is_passed_on_in_both_directions(chat):
    visitor = await chat.connect(identity={"name": "Anna"})
    id = await visitor.say("Hello")
    message = await chat.hub.store.read(get_message, id)
    heard = []
    chat.hub.live.on_ephemeral(heard.append)

    chat.hub.live.send_ephemeral({"what": "agent_types", "kind": "webchat", "handle": message.peer, "author": "Lena"})
    assert await visitor.hear("typing") == {"type": "typing", "author": "Lena"}
    await visitor.send(type="typing")
    await visitor.say("done", "c2")
    assert heard[-1] == {"what": "customer_types", "customer": message.customer_id, "name": "Anna"}


async def test_an_agent_at_the_keyboard_shows_in_the_chat(chat, signed_in):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    agent = await signed_in()

    answer = await agent.post(f"/conversations/{conversation}/typing", {"channel": "webchat"})
    assert answer.status == 204
    assert await visitor.hear("typing") == {"type": "typing", "author": "Agent"}
    for channel in ("note", "nowhere"):
        await agent.post(f"/conversations/{conversation}/typing", {"channel": channel})
    await visitor.say("nothing more", "c2")


async def test_a_visitor_at_the_keyboard_shows_in_the_inbox(chat, signed_in):
    visitor = await chat.connect()
    message = await chat.hub.store.read(get_message, await visitor.say("Hello"))
    agent = await signed_in()
    async with agent.session.get(f"{agent.base}/live") as stream:
        await stream.content.readuntil(b"retry: 2000\n\n")
        await visitor.send(type="typing")
        frame = await asyncio.wait_for(stream.content.readuntil(b"event: typing\n"), 30)
        data = json.loads((await stream.content.readline()).removeprefix(b"data: "))

    assert frame
    assert data == {"typing": message.customer_id, "name": ""}


async def until_state(chat: Chat, message_id: str, state: str, reader: Widget | None = None) -> None:
    """Reads the socket meanwhile, because that is what answers pings."""
    async with asyncio.timeout(30):
        while await chat.state_of(message_id) != state:
            if reader:
                await silence(reader)
            await asyncio.sleep(0.01)


async def silence(reader: Widget) -> None:
    try:
        frame = await reader.socket.receive_json(timeout=0.05)
    except TimeoutError:
        return
    raise AssertionError(f"unexpected frame {frame}")


# --- who it is -------------------------------------------------------------------------------------------------


def signed(id: str, email: str = "", name: str = "", secret: str = SECRET) -> dict[str, str]:
    return {"id": id, "email": email, "name": name, "hash": sign_identity(SecretStr(secret), id, email, name)}


async def test_a_signed_identity_joins_the_customer_who_owns_the_address(chat):
    customer_id = await chat.hub.store.write(own_address, Address("email", "anna@example.com"), chat.hub.clock.now())

    visitor = await chat.connect(identity=signed("u1", "Anna@example.com", "Anna Weber"))
    message = await chat.hub.store.read(get_message, await visitor.say("Hello"))

    assert message.customer_id == customer_id


async def test_a_signed_identity_has_one_chat_on_all_devices(chat):
    phone = await chat.connect(identity=signed("u1"))
    await phone.say("from the phone")

    laptop = await chat.connect(identity=signed("u1"))

    assert (await laptop.hear("message"))["text"] == "from the phone"
    assert laptop.token != phone.token


async def test_signing_in_keeps_what_the_stranger_said(chat):
    stranger = await chat.connect()
    await stranger.say("before signing in")

    known = await chat.connect(token=stranger.token, identity=signed("u1"))
    assert (await known.hear("message"))["text"] == "before signing in"
    elsewhere = await chat.connect(identity=signed("u1"))
    assert (await elsewhere.hear("message"))["text"] == "before signing in"


async def test_the_next_user_of_a_shared_computer_sees_nothing_of_the_first(chat):
    first = await chat.connect(identity=signed("u1"))
    await first.say("mine alone")

    second = await chat.connect(token=first.token, identity=signed("u2"))
    await second.say("Hello", "c2")

    assert second.token != first.token
    back = await chat.connect(token=second.token)
    assert (await back.hear("message"))["text"] == "Hello"


FORGED = (
    signed("u1", "anna@example.com", secret="guessed"),
    signed("u1") | {"email": "anna@example.com"},
    signed("u1", "eve@example.com") | {"id": "u1\neve@example.com"},
    {"hash": "0" * 64},
    "anna",
)


async def test_identity_that_has_expired_is_nobody_and_its_end_cannot_be_moved(chat):
    now = chat.hub.clock.now() // 1000
    for signed, said, welcome in ((now + 60, now + 60, True), (now - 1, now - 1, False), (now - 1, now + 60, False)):
        who = {"id": "7", "email": "ada@example.com", "name": "Ada", "expires": str(said)}
        signature = sign_identity(SecretStr(SECRET), "7", "ada@example.com", "Ada", str(signed))
        visitor = await chat.dial()
        await visitor.send(type="hello", identity={**who, "hash": signature})
        assert (await visitor.socket.receive_json(timeout=30))["type"] == ("welcome" if welcome else "error")


async def test_a_forged_identity_is_nobody(chat):
    customer_id = await chat.hub.store.write(own_address, Address("email", "anna@example.com"), chat.hub.clock.now())
    for identity in FORGED:
        visitor = await chat.dial()
        await visitor.send(type="hello", identity=identity)
        assert "identity" in (await visitor.hear("error"))["title"], identity
        await visitor.hear("welcome")
        message = await chat.hub.store.read(get_message, await visitor.say("Hello"))
        assert message.customer_id != customer_id


async def test_a_claimed_identity_is_noted_and_joins_nobody(chat):
    customer_id = await chat.hub.store.write(own_address, Address("email", "anna@example.com"), chat.hub.clock.now())

    visitor = await chat.connect(identity={"email": "anna@example.com", "name": "Anna"})
    message = await chat.hub.store.read(get_message, await visitor.say("Hello"))

    assert message.customer_id != customer_id
    assert await addresses(chat, message.customer_id) == {
        ("webchat", message.peer, "ok"),
        ("email", "anna@example.com", "claimed"),
    }
    assert (await chat.hub.store.read(get_customer, message.customer_id)).name == "Anna"


async def test_an_address_given_in_the_chat_is_noted_as_a_claim(chat):
    visitor = await chat.connect()
    message = await chat.hub.store.read(get_message, await visitor.say("Hello"))
    await visitor.send(type="contact", email="no address")
    assert "e-mail" in (await visitor.hear("error"))["title"]
    await visitor.send(type="contact", email="Anna@Example.com")
    await visitor.hear("noted")

    assert ("email", "anna@example.com", "claimed") in await addresses(chat, message.customer_id)
    assert await chat.hub.store.read(find_customer, Address("email", "anna@example.com")) is None


async def questions(chat: Chat, *handles: str) -> list[Message]:
    """What was mailed there, or would be."""
    rows = await chat.hub.store.read(
        lambda conn: list(
            conn.scalars(
                select(deliveries.c.message_id).where(deliveries.c.kind == "email", deliveries.c.handle.in_(handles))
            )
        )
    )
    return [await chat.hub.store.read(get_message, id) for id in rows]


async def asked(chat: Chat, *handles: str) -> str:
    """The path in the only mail that left for there, or will. What agents read of it opens nothing."""
    [question] = await questions(chat, *handles)
    assert [link[1] for link in LINK.finditer(question.text)] == ["/e/***"]
    hub, mail = chat.hub, chat.hub.channels["mail"]
    [delivery] = (await hub.store.read(list_deliveries, [question.id]))[question.id]
    outbound = await hub.store.read(build, hub.signer, hub.base_url, delivery, mail)
    assert isinstance(outbound, Outbound)
    [path] = [link[1] for link in LINK.finditer(outbound.text)]
    return path


async def claims(chat: Chat, visitor: Widget, email: str) -> Message:
    """A visitor's first word, and what they say is their address."""
    message = await chat.hub.store.read(get_message, await visitor.say("buy at https://evil.example"))
    await visitor.send(type="contact", email=email, name="Click https://evil.example")
    await visitor.hear("noted")
    return message


async def reply_by_mail(chat: Chat, conversation_id: str) -> str:
    reply = Reply(text="Here you are", channel="mail", author_id="a" * 32, author_name="Lena")
    deps = chat.hub.outbox_deps
    return (await chat.hub.store.write(queue_reply, deps, conversation_id, reply, chat.hub.clock.now())).delivery_id


LINK = re.compile(r"http://hub.test(/e/\S+)")


async def test_a_claimed_address_is_asked_once_and_gets_nothing_else(chat, signed_in):
    visitor = await chat.connect()
    message = await claims(chat, visitor, "anna@example.com")
    for _ in range(2):
        await visitor.send(type="contact", email="Anna@example.com")
        await visitor.hear("noted")

    [question] = await questions(chat, "anna@example.com")
    assert LINK.search(question.text)
    assert "evil" not in question.text + question.subject
    assert question.automatic
    with pytest.raises(InvalidInput, match="claimed"):
        await reply_by_mail(chat, message.conversation_id)
    agent = await signed_in()
    assert "claimed, not confirmed" in (await agent.get(f"/conversations/{message.conversation_id}"))[1]


async def test_a_visitor_claims_one_address(chat):
    visitor = await chat.connect()
    message = await claims(chat, visitor, "anna@example.com")
    await visitor.send(type="contact", email="bert@example.com")
    assert "another address" in (await visitor.hear("error"))["title"]
    again = await chat.connect(token=visitor.token, identity={"email": "cleo@example.com"})
    await again.hear("message")

    assert {one[1] for one in await addresses(chat, message.customer_id)} == {message.peer, "anna@example.com"}
    assert len(await questions(chat, "anna@example.com", "bert@example.com", "cleo@example.com")) == 1


async def test_whoever_reads_the_address_confirms_it(chat, browser):
    message = await claims(chat, await chat.connect(), "anna@example.com")
    path, reader = await asked(chat, "anna@example.com"), browser()

    assert (await reader.get(path))[0] == 200
    assert ("email", "anna@example.com", "claimed") in await addresses(chat, message.customer_id)
    assert (await reader.answer("POST", path[:-1] + ("a" if path[-1] != "a" else "b"))).status == 404
    for _ in range(2):
        assert (await reader.answer("POST", path)).status == 200
    assert ("email", "anna@example.com", "ok") in await addresses(chat, message.customer_id)
    assert await reply_by_mail(chat, message.conversation_id)


async def test_an_address_that_somebody_owns_joins_nobody_when_it_is_confirmed(chat, browser):
    anna = await known_as_anna(chat)
    message = await claims(chat, await chat.connect(), "anna@example.com")
    path = await asked(chat, "anna@example.com")
    assert (await browser().answer("POST", path)).status == 200

    assert await chat.hub.store.read(find_customer, Address("email", "anna@example.com")) == anna
    assert ("email", "anna@example.com", "unverified") in await addresses(chat, message.customer_id)
    assert await reply_by_mail(chat, message.conversation_id)


async def test_an_address_is_asked_once_a_day_whoever_claims_it_and_few_by_one_network(chat):
    visitors = [await chat.connect() for _ in range(3)]
    await asyncio.gather(*(claims(chat, visitor, "anna@example.com") for visitor in visitors))
    assert len(await questions(chat, "anna@example.com")) == 1

    names = [f"n{number}@example.com" for number in range(PER_NETWORK + 3)]
    for name in names:
        visitor = await chat.connect()
        await claims(chat, visitor, name)
        await visitor.socket.close()
    assert len(await questions(chat, *names)) == PER_NETWORK - 1


async def test_what_a_person_writes_down_is_no_mere_claim(chat):
    message = await claims(chat, await chat.connect(), "anna@example.com")
    email = Address("email", "anna@example.com")
    await chat.hub.store.write(lambda conn: add_address(conn, message.customer_id, email, verified=False, at=0))
    assert await reply_by_mail(chat, message.conversation_id)


async def known_as_anna(chat: Chat) -> str:
    """The customer who owns anna@example.com."""
    return await chat.hub.store.write(own_address, Address("email", "anna@example.com"), chat.hub.clock.now())


async def customer_of(chat: Chat, message_id: str) -> str:
    return (await chat.hub.store.read(get_message, message_id)).customer_id


async def test_a_visitor_who_signs_in_after_their_first_word_joins_their_customer(chat):
    anna = await known_as_anna(chat)
    stranger = await chat.connect()
    first = await stranger.say("before signing in")
    absorbed = await customer_of(chat, first)

    known = await chat.connect(token=stranger.token, identity=signed("u1", "Anna@example.com", "Anna W"))
    second = await known_says(known, "signed in", "before signing in")

    assert [await customer_of(chat, id) for id in (first, second)] == [anna, anna]
    assert await conversation_of(chat, first) == await conversation_of(chat, second)
    merged = [event for event in await chat.hub.live.since(0) if event.type == "customer.merged"]
    assert [(event.customer_id, event.data["other"]) for event in merged] == [(anna, absorbed)]
    await chat.answer(await conversation_of(chat, first), "for Anna")
    assert [(await one.hear("message"))["text"] for one in (stranger, stranger, known)][1:] == ["for Anna"] * 2


async def known_says(known: Widget, text: str, *before: str) -> str:
    """After what was said before has come back."""
    assert [(await known.hear("message"))["text"] for _ in before] == list(before)
    return await known.say(text, f"c{len(before) + 1}")


async def test_a_visitor_known_from_another_device_brings_their_customer_what_they_said_as_a_stranger(chat):
    identity = signed("u1", "anna@example.com", "Anna W")
    phone = await chat.connect(identity=identity)
    anna = await customer_of(chat, await phone.say("from the phone"))
    stranger = await chat.connect()
    said = await stranger.say("from the laptop, before signing in")
    assert await customer_of(chat, said) != anna

    laptop = await chat.connect(token=stranger.token, identity=identity)

    assert (await laptop.hear("message"))["text"] == "from the phone"
    assert await customer_of(chat, said) == anna


async def test_a_merge_by_signing_in_can_be_undone_and_stays_undone(chat):
    anna = await known_as_anna(chat)
    stranger = await chat.connect()
    first = await stranger.say("before signing in")
    absorbed = await customer_of(chat, first)
    identity = signed("u1", "anna@example.com", "Anna W")
    await chat.connect(token=stranger.token, identity=identity)
    assert await customer_of(chat, first) == anna

    await chat.hub.store.write(undo_merge, anna, None, chat.hub.clock.now())
    await chat.connect(token=stranger.token, identity=identity)

    assert await customer_of(chat, first) == absorbed
    assert ("email", "anna@example.com", "unverified") in await addresses(chat, absorbed)


async def test_who_signs_in_late_sees_their_own_chat_and_nothing_of_the_customer_they_join(chat):
    other = await chat.connect(identity=signed("u1", "anna@example.com"))
    anna = await customer_of(chat, await other.say("said under another name of the site"))
    stranger = await chat.connect()
    first = await stranger.say("before signing in")

    known = await chat.connect(token=stranger.token, identity=signed("u2", "anna@example.com"))

    await known_says(known, "anything else of mine?", "before signing in")
    assert await customer_of(chat, first) == anna


async def test_signing_in_late_gives_the_visitor_the_address_that_nobody_owns(chat):
    stranger = await chat.connect()
    customer_id = await customer_of(chat, await stranger.say("before signing in"))

    await chat.connect(token=stranger.token, identity=signed("u1", "anna@example.com", "Anna Weber"))

    assert ("email", "anna@example.com", "ok") in await addresses(chat, customer_id)
    assert (await chat.hub.store.read(get_customer, customer_id)).name == "Anna Weber"


async def test_signing_in_does_not_merge_a_customer_who_is_known_otherwise(chat):
    anna = await known_as_anna(chat)
    visitor = await chat.connect()
    first = await visitor.say("Hello")
    customer_id = await customer_of(chat, first)
    await chat.hub.store.write(verify_address, customer_id, Address("email", "bert@example.com"), 1)

    await chat.connect(token=visitor.token, identity=signed("u1", "anna@example.com", "Anna Weber"))

    assert await customer_of(chat, first) == customer_id != anna
    assert ("email", "anna@example.com", "unverified") in await addresses(chat, customer_id)


def verify_address(conn, customer_id: str, address: Address, at: int) -> None:
    add_address(conn, customer_id, address, verified=True, at=at)


async def test_a_claim_made_after_the_first_word_is_noted_and_joins_nobody(chat):
    anna = await known_as_anna(chat)
    visitor = await chat.connect()
    first = await visitor.say("Hello")

    claiming = await chat.connect(token=visitor.token, identity={"email": "anna@example.com", "name": "Anna"})
    second = await known_says(claiming, "it is me, Anna", "Hello")

    customer_id = await customer_of(chat, first)
    assert await customer_of(chat, second) == customer_id != anna
    assert ("email", "anna@example.com", "claimed") in await addresses(chat, customer_id)
    assert (await chat.hub.store.read(get_customer, customer_id)).name == "Anna"


async def test_a_signature_that_does_not_fit_changes_nothing_after_the_first_word_either(chat):
    await known_as_anna(chat)
    visitor = await chat.connect()
    message = await chat.hub.store.read(get_message, await visitor.say("Hello"))
    for identity in FORGED:
        again = await chat.dial()
        await again.send(type="hello", token=visitor.token, identity=identity)
        assert "identity" in (await again.hear("error"))["title"], identity
        await again.hear("welcome")
        await again.socket.close()

    assert await addresses(chat, message.customer_id) == {("webchat", message.peer, "ok")}


async def test_an_address_that_a_signed_visitor_types_joins_nobody(chat):
    anna = await known_as_anna(chat)
    visitor = await chat.connect(identity=signed("u1", "eve@example.com"))
    await visitor.send(type="contact", email="anna@example.com")
    await visitor.hear("noted")

    customer_id = await customer_of(chat, await visitor.say("I am Anna"))

    assert customer_id != anna
    found = await addresses(chat, customer_id)
    assert {("email", "eve@example.com", "ok"), ("email", "anna@example.com", "claimed")} <= found


def own_address(conn, address: Address, at: int) -> str:
    customer_id = add_customer(conn, NewCustomer(name="Anna Weber"), at)
    add_address(conn, customer_id, address, verified=True, at=at)
    return customer_id


async def addresses(chat: Chat, customer_id: str) -> set[tuple[str, str, str]]:
    return {(one.kind, one.handle, one.state) for one in await chat.hub.store.read(list_addresses, customer_id)}


# --- files -----------------------------------------------------------------------------------------------------


async def upload(chat: Chat, token: str, content: bytes = b"%PDF-1", name: str = "Rechnung ä.pdf"):
    form = aiohttp.FormData(quote_fields=False)  # as browsers do
    form.add_field("file", BytesIO(content), filename=name, content_type="application/pdf")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with chat.session.post(f"{chat.base}/files", data=form, headers=headers) as answer:
        return answer.status, await answer.json() if answer.status == 201 else None


async def test_a_file_travels_with_the_message_and_back_to_the_other_window(chat):
    visitor = await chat.connect()
    await visitor.say("Hello")
    status, stored = await upload(chat, visitor.token)
    assert (status, stored["filename"], stored["size"]) == (201, "Rechnung ä.pdf", 6)

    await visitor.say("this one", "c2", attachments=[stored["id"]])
    other = await chat.connect(token=visitor.token)
    await other.hear("message")
    [file] = (await other.hear("message"))["attachments"]

    assert (file["filename"], file["content_type"], file["size"]) == ("Rechnung ä.pdf", "application/pdf", 6)
    async with chat.session.get(chat.server.make_url(file["url"])) as answer:
        assert await answer.read() == b"%PDF-1"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_nobody_uploads_without_a_conversation(chat):
    visitor = await chat.connect()

    for token in ("", "made-up", visitor.token):
        assert (await upload(chat, token))[0] == 401


async def test_an_upload_belongs_to_its_visitor_alone(chat):
    visitor, stranger = await chat.connect(), await chat.connect()
    await visitor.say("Hello")
    await stranger.say("Hello")
    _, stored = await upload(chat, visitor.token)

    await stranger.send(type="message", client_id="c2", text="mine now", attachments=[stored["id"]])

    assert "not uploaded" in (await stranger.hear("error"))["title"]


async def test_a_file_that_is_too_large_or_empty_is_refused(chat):
    visitor = await chat.connect()
    await visitor.say("Hello")

    assert (await upload(chat, visitor.token, b"x" * 10_000_001))[0] == 413
    assert (await upload(chat, visitor.token, b""))[0] == 422


async def test_octets_of_one_visitors_files_are_few_and_others_send_theirs(chat):
    visitor, other = await chat.connect(), await chat.connect()
    await visitor.say("Hello")
    await other.say("Hello")
    known = await chat.hub.store.read(find_visitor, "webchat", hash_of(visitor.token))
    await chat.hub.limiter.take(keeping(known.id, "203.0.113.9", OCTETS_PER_HOUR - 2_000))
    [small, large, again] = [(await upload(chat, visitor.token, b"x" * size))[0] for size in (1, 2_000, 1)]
    assert (small, large, again, (await upload(chat, other.token, b"x" * 2_000))[0]) == (201, 429, 201, 201)


@pytest.mark.parametrize("around", [b"%b", b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n%b'])
async def test_a_chunked_upload_ends_at_its_limit_whatever_it_holds(chat, port, around):
    visitor = await chat.connect()
    await visitor.say("Hello")

    async def pieces() -> AsyncIterator[bytes]:
        line = b"a" * 0x3FFE + b"\r\n"
        yield around % line
        for _ in range(MAX_REQUEST // len(line) + 1):
            yield line

    headers = {"Authorization": f"Bearer {visitor.token}", "Content-Type": "multipart/form-data; boundary=b"}
    url = f"http://127.0.0.1:{port}/chat/webchat/files"
    async with chat.session.post(url, data=pieces(), headers=headers) as answer:
        assert answer.status == 413


async def test_an_altered_file_address_opens_nothing(chat):
    for path in ("files/nonsense", "files/" + "a" * 60 + "." + "b" * 16):
        async with chat.session.get(f"{chat.base}/{path}") as answer:
            assert answer.status == 404


async def test_erasing_the_customer_takes_their_keys_and_their_files(chat):
    visitor = await chat.connect()
    message = await chat.hub.store.read(get_message, await visitor.say("Hello"))
    await upload(chat, visitor.token)
    await visitor.socket.close()

    await chat.hub.store.write(forget_customer, message.customer_id, "test", chat.hub.clock.now())

    assert (await upload(chat, visitor.token))[0] == 401
    back = await chat.connect(token=visitor.token)
    assert back.token != visitor.token
    assert await chat.hub.store.read(count_rows) == [0, 0, 0, 0]


def count_rows(conn) -> list[int]:
    tables = ("webchat_visitors", "webchat_tokens", "attachments", "blobs")
    return [conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() for table in tables]


# --- the door --------------------------------------------------------------------------------------------------


async def test_only_the_hub_itself_and_the_listed_sites_may_open_a_socket(chat):
    own = str(chat.server.make_url("")).rstrip("/")
    await (await chat.dial()).say_hello()
    for origin in (own, SHOP):
        await (await chat.dial(Origin=origin)).say_hello()
    for origin in ("https://evil.example", "null"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await chat.dial(Origin=origin)
        assert refused.value.status == 403


async def test_a_plain_request_for_the_socket_is_told_to_upgrade(chat):
    async with chat.session.get(f"{chat.base}/socket") as answer:
        assert answer.status == 426
        assert answer.headers["Upgrade"] == "websocket"
        assert "log" not in await answer.text()


async def test_one_address_opens_only_so_many_sockets(chat):
    for _ in range(5):
        await chat.connect()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await chat.connect()
    assert refused.value.status == 429

    await chat.open[0].socket.close()
    async with asyncio.timeout(30):
        while True:
            try:
                await chat.connect()
            except aiohttp.WSServerHandshakeError:
                await asyncio.sleep(0.02)
            else:
                return


PROXIED = Settings(key=KEY, web={"trusted_proxies": ["127.0.0.1"]})


@pytest.mark.parametrize("configured", [PROXIED, Settings(key=KEY)])
async def test_sockets_of_one_network_are_few_whatever_addresses_it_uses_or_names(chat, configured):
    for number in range(5):
        await chat.dial(**{"X-Forwarded-For": f"2001:db8:1:2::{number}"})
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await chat.dial(**{"X-Forwarded-For": "2001:db8:1:2::5"})
    assert (refused.value.status, bool(refused.value.headers["Retry-After"])) == (429, True)
    other = {"X-Forwarded-For": "2001:db8:1:3::1"}
    if configured is PROXIED:
        assert await chat.dial(**other)
    else:  # nobody is trusted to say who is behind it
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await chat.dial(**other)


@pytest.mark.parametrize("settings", [{"type": "webchat", "messages_per_minute": 6}])
async def test_a_flood_of_messages_is_slowed_and_nothing_accepted_is_lost(chat):
    visitor = await chat.connect()
    for number in range(20):
        await visitor.send(type="message", client_id=f"c{number}", text=f"{number}")
    answers = [await visitor.socket.receive_json(timeout=30) for _ in range(20)]

    accepted = [answer["id"] for answer in answers if answer["type"] == "accepted"]
    refused = [answer for answer in answers if answer["type"] == "error"]
    assert 2 <= len(accepted) < 20
    assert all("wait" in answer["title"] and answer["client_id"] for answer in refused)
    conversation = await conversation_of(chat, accepted[0])
    stored = await chat.hub.store.read(list_messages, conversation, limit=500)
    assert {message.id for message in stored} == set(accepted)


@pytest.mark.parametrize("settings", [{"type": "webchat", "visitors_per_minute": 6}])
async def test_flood_of_new_visitors_is_refused_and_who_is_known_goes_on(chat):
    known = await chat.connect()
    await known.say("Hello")
    answers = []
    for number in range(6):
        visitor = await chat.connect()
        await visitor.send(type="message", client_id="c1", text=f"{number}")
        answers.append((await visitor.socket.receive_json(timeout=30))["type"])
    assert "accepted" in answers[:2]
    assert answers[-3:] == ["error"] * 3
    assert await known.say("Still there?", "c2")
    form = await post_form(chat)
    assert form == 429


async def post_form(chat) -> int:
    async with aiohttp.ClientSession() as session:
        async with session.get(chat.base) as page:
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', await page.text()))
        async with session.post(chat.base, data={**fields, "text": "Hello"}, allow_redirects=False) as answer:
            return answer.status


async def test_an_unknown_chat_is_not_found(chat):
    for path in ("/chat/nowhere", "/chat/nowhere/socket"):
        async with chat.session.get(chat.server.make_url(path)) as answer:
            assert answer.status == 404


async def test_the_page_may_be_framed_by_the_listed_sites_only(chat):
    async with chat.session.get(chat.base) as answer:
        assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors 'self' {SHOP}")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_the_page_speaks_the_language_it_is_asked_for(chat):
    for language in ("de", "en"):
        async with chat.session.get(f"{chat.base}?lang={language}") as answer:
            assert f'<html lang="{language}">' in await answer.text()


async def test_the_loader_is_small_and_may_be_loaded_from_anywhere(chat):
    async with chat.session.get(chat.server.make_url("/widget.js"), auto_decompress=False) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(await answer.read()) <= 3072
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        etag = answer.headers["ETag"]
    async with chat.session.get(chat.server.make_url("/widget.js"), headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304


async def test_the_loader_learns_how_many_answers_wait(chat):
    visitor = await chat.connect()
    conversation = await conversation_of(chat, await visitor.say("Hello"))
    await visitor.socket.close()
    for text in ("one", "two"):
        await until_state(chat, await chat.answer(conversation, text), "sent")

    async with chat.session.post(f"{chat.base}/unread", data=visitor.token, headers={"Origin": SHOP}) as answer:
        assert await answer.json() == {"unread": 2}
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    async with chat.session.post(f"{chat.base}/unread", data="made-up") as answer:
        assert await answer.json() == {"unread": 0}
    async with chat.session.post(f"{chat.base}/unread", headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403


# --- without JavaScript ----------------------------------------------------------------------------------------


async def test_the_form_works_without_javascript_and_counts_once(chat):
    form = {"client_id": "f1", "text": "from a <plain> form", "email": "anna@example.com"}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        for _ in range(2):
            async with browser.post(chat.base, data=form) as answer:
                page = await answer.text()
                assert answer.status == 200
        assert page.count("from a &lt;plain&gt; form") == 1
        [cookie] = list(jar)
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        async with browser.post(chat.base, data={"text": "x" * 10_001, "client_id": "f2"}) as answer:
            assert answer.status == 422
            assert "The text is too long for this channel." in await answer.text()


async def form_of(chat: Chat) -> str:
    """The client_id in the page, as shown to somebody without a cookie."""
    async with chat.session.get(chat.base) as answer:
        return (await answer.text()).partition('name="client_id" value="')[2].partition('"')[0]


async def post(chat: Chat, **form: str) -> tuple[int, str]:
    """By a browser without a cookie: (status, the key it is given)."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser,
        browser.post(chat.base, data=form, allow_redirects=False) as answer,
    ):
        cookie = answer.cookies.get("hub_chat_webchat")
        return answer.status, cookie.value if cookie else ""


async def test_the_first_form_sent_twice_at_once_is_one_message_of_one_visitor(chat):
    form = {"client_id": await form_of(chat), "text": "impatient"}

    answers = await asyncio.gather(*(post(chat, **form) for _ in range(3)))

    [(status, key)] = set(answers)
    assert (status, len(key) >= 43) == (303, True)
    visitor = await chat.connect(token=key)
    assert visitor.token == key
    message = await chat.hub.store.read(get_message, (await visitor.hear("message"))["id"])
    assert len(await chat.hub.store.read(list_messages, message.conversation_id)) == 1
    assert await chat.hub.store.read(count_rows) == [1, 1, 0, 0]
    assert form["client_id"] not in (message.provider_id, message.peer)


async def test_two_forms_are_two_visitors_and_a_made_up_one_is_nobodys(chat):
    first, second = await form_of(chat), await form_of(chat)
    altered = first[:-1] + ("a" if first[-1] != "a" else "b")

    keys = {(await post(chat, client_id=id, text="Hello"))[1] for id in (first, second, altered, "1", "1", "a\0b")}

    assert len(keys) == 6


async def test_a_wrong_address_in_the_form_stores_nothing_yet(chat):
    form = await form_of(chat)

    assert await post(chat, client_id=form, text="Hello", email="nonsense") == (422, "")
    assert await chat.hub.store.read(count_rows) == [0, 0, 0, 0]


async def test_another_site_cannot_post_the_form(chat):
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        async with chat.session.post(chat.base, data={"text": "x", "client_id": "1"}, headers=headers) as answer:
            assert answer.status == 403

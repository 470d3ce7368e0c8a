"""A visitor asks on the website and is answered: over the socket, through the ledger, on the running hub."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from hub.model import DeliveryState
from hub.store.conversations import Conversation, get_conversation
from hub.store.messages import get_message
from tests.running import Office, open_office


@dataclass
class Visitor:
    """The widget, as far as the wire goes."""

    socket: aiohttp.ClientWebSocketResponse
    token: str = ""
    seq: int = 0

    async def hear(self, type: str) -> dict:
        frame = await self.socket.receive_json(timeout=30)
        assert frame["type"] == type, frame
        self.seq = max(self.seq, frame.get("seq", 0))
        return frame

    async def send(self, **frame: object) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def say(self, text: str, client_id: str = "c1") -> str:
        await self.send(type="message", client_id=client_id, text=text)
        return (await self.hear("accepted"))["id"]


@asynccontextmanager
async def visit(office: Office, **hello: object) -> AsyncIterator[Visitor]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        url = f"{office.hub.base_url}/chat/webchat/socket"
        visitor = Visitor(await stack.enter_async_context(session.ws_connect(url)))
        await visitor.send(type="hello", **hello)
        visitor.token = (await visitor.hear("welcome"))["token"]
        yield visitor


@pytest.fixture
async def office(store_url: str) -> AsyncIterator[Office]:
    async with open_office(store_url, {"webchat": {"type": "webchat"}}) as opened:
        yield opened


async def conversation_of(office: Office, message_id: str) -> Conversation:
    message = await office.hub.store.read(get_message, message_id)
    return await office.hub.store.read(get_conversation, message.conversation_id or "")


async def test_a_question_lands_in_the_inbox_and_the_answer_on_the_page(office):
    async with visit(office) as visitor:
        conversation = await conversation_of(office, await visitor.say("Is invoice 4711 right?"))
        assert (conversation.unread, conversation.last_channel_type) == (1, "webchat")

        queued = await office.reply(conversation, text="Yes, it is.", author_name="Lena")
        answer = await visitor.hear("message")
        assert (answer["author"], answer["text"], answer["id"]) == ("Lena", "Yes, it is.", queued.message_id)

        await visitor.send(type="read", id=answer["id"])
        await office.delivery(queued, DeliveryState.READ)


async def test_the_device_proves_by_itself_that_it_got_the_answer(office):
    async with visit(office) as visitor:
        conversation = await conversation_of(office, await visitor.say("Hello?"))
        queued = await office.reply(conversation, text="Hello!", channel="webchat")
        await visitor.hear("message")
        await visitor.send(type="typing")  # reading the socket answers the ping

        with pytest.raises(TimeoutError):
            await visitor.socket.receive(timeout=0.2)
        await office.delivery(queued, DeliveryState.DELIVERED)


async def test_an_answer_to_a_visitor_who_left_waits_for_them(office):
    async with visit(office) as visitor:
        conversation = await conversation_of(office, await visitor.say("Hello?"))
    queued = await office.reply(conversation, text="Sorry, here we are.", channel="webchat")
    await office.delivery(queued, DeliveryState.SENT)

    async with visit(office, token=visitor.token, since=await office.hub.live.last()) as back:
        await back.say("later", "c2")
    async with visit(office, token=visitor.token, since=0) as back:
        texts = [(await back.hear("message"))["text"] for _ in range(3)]
    assert texts == ["Hello?", "Sorry, here we are.", "later"]


async def test_the_chat_goes_on_after_a_restart_of_the_hub(sqlite_template, tmp_path):
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    shutil.copy(sqlite_template, tmp_path / "hub.db")
    sections = {"webchat": {"type": "webchat"}}
    async with open_office(url, sections) as office, visit(office) as visitor:
        first = await visitor.say("Hello?")
        conversation = await conversation_of(office, first)
    message = await visitor.socket.receive(timeout=30)
    assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING)

    async with open_office(url, sections) as office, visit(office, token=visitor.token, since=0) as back:
        assert (await back.hear("message"))["id"] == first
        assert await back.say("Hello?") == first
        await office.reply(conversation, text="Welcome back", channel="webchat")
        assert (await back.hear("message"))["text"] == "Welcome back"


async def test_two_processes_of_one_store_serve_one_chat(store_url):
    sections = {"webchat": {"type": "webchat"}}
    async with (
        open_office(store_url, sections) as here,
        open_office(store_url, sections) as there,
        visit(here) as visitor,
    ):
        conversation = await conversation_of(here, await visitor.say("Hello?"))
        await there.reply(conversation, text="from the other process", channel="webchat")

        assert (await visitor.hear("message"))["text"] == "from the other process"

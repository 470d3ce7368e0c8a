"""Contract, "Web chat": the frames, the token, what was missed, what a stranger cannot do."""

from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.outsider.outside.visitor import Visitor
from tests.outsider.outside.world import World


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    arrived = Visitor(world.loop, world.base, "chat")
    arrived.arrive()
    yield arrived
    arrived.leave()


def again(world: World, visitor: Visitor, **hello: Any) -> Visitor:
    """The same visitor on another page."""
    other = Visitor(world.loop, world.base, "chat", visitor.token)
    other.arrive(**hello)
    return other


def test_the_iframe_page_is_there(world: World) -> None:
    answer = world.rest.ask("GET", "/chat/chat")

    assert answer.status == 200
    assert answer.type == "text/html"


def test_the_page_under_the_name_of_its_type_keeps_the_visitor(world: World) -> None:
    async def write() -> str:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            for text in ("alias one", "alias two"):
                async with browser.post(f"{world.base}/chat/webchat", data={"text": text}) as answer:
                    page = await answer.text()
            return page

    page = world.loop.run(write())

    assert "alias one" in page
    assert "alias two" in page
    assert world.found("alias one")["customer_id"] == world.found("alias two")["customer_id"]


def test_a_page_of_an_unknown_channel_is_404(world: World) -> None:
    assert world.rest.ask("GET", "/chat/nothing").status == 404


def test_the_welcome_carries_a_token_and_a_number(visitor: Visitor) -> None:
    welcome = visitor.wait("welcome")

    assert len(welcome["token"]) >= 20
    assert isinstance(welcome["seq"], int)


def test_accepted_comes_only_when_it_is_durable(world: World, visitor: Visitor) -> None:
    accepted = visitor.say("durable?")

    assert accepted["id"]
    raws = world.query("select count(*) from raw_inbound where channel = 'chat'")
    messages = world.query("select count(*) from messages where channel = 'chat'")
    assert int(raws[0][0]) + int(messages[0][0]) >= 1
    assert world.found("durable?")["channel_type"] == "webchat"


def test_the_same_client_id_twice_is_one_message(world: World, visitor: Visitor) -> None:
    first = visitor.say("only one", client_id="c-1")
    second = visitor.say("only one", client_id="c-1")

    assert first["id"] == second["id"]
    message = world.found("only one")
    visitor.say("after the one")
    world.found("after the one")
    assert [m["text"] for m in world.messages(message["conversation_id"])].count("only one") == 1


def test_two_visitors_may_use_one_client_id(world: World, visitor: Visitor) -> None:
    other = Visitor(world.loop, world.base, "chat")
    other.arrive()
    visitor.say("mine", client_id="shared")
    other.say("yours", client_id="shared")

    assert world.found("mine")["conversation_id"] != world.found("yours")["conversation_id"]
    other.leave()


def test_an_answer_arrives_with_author_and_time(world: World, visitor: Visitor) -> None:
    visitor.say("is somebody there?")
    message = world.found("is somebody there?")

    sent = world.reply(message["conversation_id"], "I am")

    frame = visitor.wait("message", text="I am")
    assert {"id", "seq", "author", "text", "at", "attachments"} <= set(frame)
    assert world.delivery(sent["id"], "sent", "delivered", "read")


def test_since_brings_everything_missed(world: World, visitor: Visitor) -> None:
    seq = visitor.wait("welcome")["seq"]
    visitor.say("back soon")
    conversation = world.found("back soon")["conversation_id"]
    visitor.leave()
    for text in ("missed one", "missed two"):
        world.delivery(world.reply(conversation, text)["id"], "sent", "queued", "delivered")

    back = again(world, visitor, since=seq)

    assert back.wait("message", text="missed one")["seq"] < back.wait("message", text="missed two")["seq"]
    latest = back.wait("message", text="missed one")["seq"]
    third = again(world, visitor, since=latest)
    third.wait("message", text="missed two")
    assert not [frame for frame in third.frames if frame.get("text") == "missed one"]
    back.leave()
    third.leave()
    visitor.arrive()


def test_the_token_resumes_the_conversation(world: World, visitor: Visitor) -> None:
    visitor.say("part one")
    back = again(world, visitor)
    back.say("part two")

    assert world.found("part one")["conversation_id"] == world.found("part two")["conversation_id"]
    back.leave()


def test_a_made_up_token_opens_nobodys_conversation(world: World, visitor: Visitor) -> None:
    visitor.say("private")
    conversation = world.found("private")["conversation_id"]
    thief = Visitor(world.loop, world.base, "chat", visitor.token[:-4] + "aaaa")
    try:
        thief.arrive(since=0)
        thief.say("I am in")
        assert world.found("I am in")["conversation_id"] != conversation
    except AssertionError:
        assert [frame for frame in thief.frames if frame["type"] == "error"]
    assert not [frame for frame in thief.frames if frame.get("text") == "private"]
    thief.leave()


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        "null",
        '{"type": "steal"}',
        '{"type": "message"}',
        '{"type": "message", "client_id": 7, "text": "x"}',
        '{"type": "message", "client_id": "n", "text": "a\\u0000b"}',
        '{"type": "message", "client_id": "x", "text": {}}',
    ],
)
def test_a_wrong_frame_is_answered_with_an_error(world: World, visitor: Visitor, frame: str) -> None:
    visitor.send_text(frame)

    assert visitor.wait("error")["title"]


def test_a_frame_before_hello_is_an_error(world: World) -> None:
    early = Visitor(world.loop, world.base, "chat")
    world.loop.run(early._connect())
    early.send({"type": "message", "client_id": "early", "text": "too early"})

    assert early.wait("error")["title"]
    early.leave()


def test_visitors_are_different_customers(world: World, visitor: Visitor) -> None:
    other = Visitor(world.loop, world.base, "chat")
    other.arrive()
    visitor.say("I am one")
    other.say("I am another")

    assert world.found("I am one")["customer_id"] != world.found("I am another")["customer_id"]
    other.leave()


def test_a_claimed_identity_joins_no_customer(world: World, visitor: Visitor) -> None:
    known = world.customer("Known", email="known@example.com")
    liar = Visitor(world.loop, world.base, "chat")
    liar.arrive(identity={"email": "known@example.com", "name": "Known"})
    liar.say("I am Known, honestly")

    assert world.found("I am Known, honestly")["customer_id"] != known["id"]
    liar.leave()

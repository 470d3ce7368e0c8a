"""What callers leave is written down by an engine that speaks OpenAI's form, played here by a server of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.config import TranscriptionSettings
from hub.errors import ReadDeferred, Unreadable
from hub.inbound.transcription import HttpEngine
from hub.model import Attachment, MessageKind
from hub.platform.fetcher import GuardedFetcher
from hub.sandbox.twilio import Caller
from hub.store.calls import UNWRITTEN
from hub.store.messages import Message
from hub.store.raw import list_set_aside, mark_unread
from tests.flows.test_phone_story import World, open_world
from tests.people import ADA
from tests.running import until
from tests.twilio import LINE

SOUND = Attachment("recording", "audio/x-wav", b"RIFF....")
PATH = "/v1/audio/transcriptions"


@dataclass
class Played:
    """answers: (status, body) in turn, the last of them for ever."""

    answers: list[tuple[int, Any]] = field(default_factory=lambda: [(200, {"text": " Bitte rufen Sie an. "})])
    forms: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.forms.append({name: part.file.read() if hasattr(part, "file") else part for name, part in form.items()})
        self.keys.append(request.headers.get("Authorization", ""))
        status, body = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return web.json_response(body, status=status) if not isinstance(body, str) else web.Response(text=body)


@pytest.fixture
async def played() -> AsyncIterator[Played]:
    one, app = Played(), web.Application()
    app.router.add_post(PATH, one.take)
    server = TestServer(app)
    await server.start_server()
    one.url = str(server.make_url(PATH))
    yield one
    await server.close()


@pytest.fixture
async def fetch() -> AsyncIterator[GuardedFetcher]:
    async with aiohttp.ClientSession() as session:
        fetcher = GuardedFetcher(session)
        yield fetcher
        await fetcher.close()


async def test_the_engine_is_asked_in_the_form_it_knows(played, fetch):
    engine = HttpEngine(TranscriptionSettings(url=played.url, model="large", api_key="k3y"), fetch)

    assert await engine.write_down(SOUND, "de-AT") == "Bitte rufen Sie an."

    wanted = {"model": "large", "response_format": "json", "language": "de", "file": SOUND.content}
    assert (played.forms, played.keys) == ([wanted], ["Bearer k3y"])


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (503, {"error": "loading"}, ReadDeferred),
        (429, {}, ReadDeferred),
        (400, {"error": {"message": "no such model"}}, Unreadable),
        (401, {}, Unreadable),
        (200, "no JSON", Unreadable),
        (200, {"words": []}, Unreadable),
        (200, {"text": None}, Unreadable),
        (200, [], Unreadable),
        (200, {"text": "a" * 200_000}, Unreadable),
    ],
)
async def test_what_the_engine_cannot_do_is_tried_again_or_told(played, fetch, status, body, trouble):
    played.answers = [(status, body)]
    with pytest.raises(trouble):
        await HttpEngine(TranscriptionSettings(url=played.url), fetch).write_down(SOUND, "")


async def test_an_engine_that_is_away_is_asked_later(played, fetch):
    away = played.url.replace(PATH, "").rpartition(":")[0] + f":1{PATH}"
    with pytest.raises(ReadDeferred, match="cannot be reached"):
        await HttpEngine(TranscriptionSettings(url=away), fetch).write_down(SOUND, "")


async def left(world: World, *, text: str = "", told: str = "") -> Message:
    """The voicemail, once it has these words, or says this of them."""

    async def look() -> Message | None:
        found = await world.messages(MessageKind.VOICEMAIL)
        return next((one for one in found if one.text == text and told in one.parts.get(UNWRITTEN, "")), None)

    return await until(look, f"a voicemail {text!r} {told!r}")


async def test_a_voicemail_is_here_at_once_and_its_words_later(store_url, played):
    played.answers = [(503, {}), (200, {"text": "Bitte rufen Sie an."})]
    async with open_world(store_url, transcription={"url": played.url}) as world:
        await world.twilio.call(ADA.phone, LINE, Caller(voicemail=5))

        waiting = await left(world, told="503")
        done = await left(world, text="Bitte rufen Sie an.")

        assert (waiting.id, UNWRITTEN in done.parts) == (done.id, False)
        assert [form["file"][:4] for form in played.forms] == [b"RIFF"] * 2


async def test_what_the_engine_refuses_is_set_aside_and_can_be_tried_again(store_url, played):
    played.answers = [(400, {})]
    async with open_world(store_url, transcription={"url": played.url}) as world:
        await world.twilio.call(ADA.phone, LINE, Caller(voicemail=5))
        await left(world, told="400")
        store = world.office.hub.store

        async def look() -> list[Any]:
            return await store.read(list_set_aside)

        [unread] = await until(look, "what is set aside")
        played.answers = [(200, {"text": "Hello"})]
        await store.write(mark_unread, unread.id, world.office.hub.clock.now())
        world.office.hub.live.wake()

        await left(world, text="Hello")


async def test_without_an_engine_nobody_is_asked(store_url):
    async with open_world(store_url) as world:
        await world.twilio.call(ADA.phone, LINE, Caller(voicemail=5))

        assert UNWRITTEN not in (await left(world)).parts
        assert await world.office.hub.store.read(list_set_aside) == []

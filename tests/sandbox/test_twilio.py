"""hub.sandbox.twilio behaves as the provider says it does: driven by the provider's own client, over real sockets."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from hub.clock import SECOND, FakeClock
from hub.sandbox.twilio import Caller, Trouble, TwilioSandbox, answers, busy, unreachable
from hub.sandbox.twilio_messages import segments_of
from tests.people import ADA, GRACE
from tests.twilio import ACCOUNT, AGENT, LINE, TOKEN

PNG = b"\x89PNG\r\n\x1a\n"
EMPTY = "<Response/>"


class Redirected(TwilioHttpClient):
    """The provider's transport, sent to the sandbox instead."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self.origin = origin

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self.origin), *args, **more)


@dataclass
class Customer:
    """An application that uses the provider; answers: TwiML by path."""

    base: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        url = str(request.url)
        if not RequestValidator(TOKEN).validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            self.forged.append(url)
        self.seen.append((request.path_qs, form))
        return web.Response(text=self.answers.get(request.path, EMPTY), content_type="text/xml")

    def at(self, path: str) -> list[dict[str, str]]:
        return [form for where, form in self.seen if where == path]


@pytest.fixture
async def customer() -> AsyncIterator[Customer]:
    one = Customer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", one.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield one
    await runner.cleanup()


@pytest.fixture
async def twilio(clock: FakeClock, customer: Customer) -> AsyncIterator[TwilioSandbox]:
    sandbox = TwilioSandbox(ACCOUNT, TOKEN, clock)
    await sandbox.start()
    sandbox.connect(LINE, messages=customer.base, calls=customer.base)
    yield sandbox
    assert not customer.forged
    await sandbox.stop()


@pytest.fixture
def client(twilio: TwilioSandbox) -> AsyncIterator[Client]:
    transport = Redirected(twilio.origin)
    yield Client(ACCOUNT, TOKEN, http_client=transport)
    transport.session.close()


async def ask(call: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """The package's blocking client, in a thread."""
    return await asyncio.to_thread(call, *args, **more)


# --- messages --------------------------------------------------------------------------------------------------


async def test_a_message_is_queued_first_and_delivered_later(twilio, client):
    created = await ask(client.messages.create, to=ADA.phone, from_=LINE, body="Hello")

    assert (created.status, created.direction, created.date_sent) == ("queued", "outbound-api", None)
    assert (created.num_segments, created.num_media, created.account_sid) == ("1", "0", ACCOUNT)
    await twilio.idle()
    fetched = await ask(client.messages(created.sid).fetch)
    assert (fetched.status, fetched.body) == ("delivered", "Hello")
    assert fetched.date_sent.tzinfo is UTC


async def test_callbacks_tell_each_step_once_in_order(twilio, client, customer):
    callback = f"{customer.base}/status?ref=1"
    await ask(client.messages.create, to=ADA.phone, from_=LINE, body="Hello", status_callback=callback)
    await twilio.idle()

    assert [form["MessageStatus"] for form in customer.at("/status?ref=1")] == ["queued", "sent", "delivered"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"to": "0301234"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550002"}, 21612),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"from_": "+12025550199"}, 21606),
        ({"from_": "nobody"}, 21212),
        ({"from_": f"whatsapp:{LINE}"}, 21910),
        ({"to": f"whatsapp:{ADA.phone}", "from_": f"whatsapp:{LINE}"}, 63007),
        ({"body": "x" * 1601}, 21617),
        ({"body": ""}, 21619),
        ({"media_url": ["ftp://example.com/cat.png"]}, 21620),
        ({"media_url": ["https://example.com/cat.png"] * 11}, 21623),
        ({"status_callback": "localhost"}, 21609),
    ],
)
async def test_what_the_provider_refuses_is_refused(twilio, client, more, code):
    given = {"to": ADA.phone, "from_": LINE, "body": "Hello", **more}
    with pytest.raises(TwilioRestException) as caught:
        await ask(client.messages.create, **given)

    assert (caught.value.code, caught.value.status) == (code, 400)
    assert not twilio.messages


async def test_a_wrong_token_or_account_is_401(twilio):
    for account, token, status, code in ((ACCOUNT, "wrong", 401, 20003), ("AC" + "0" * 32, TOKEN, 401, 20003)):
        transport = Redirected(twilio.origin)
        with pytest.raises(TwilioRestException) as caught:
            await ask(Client(account, token, http_client=transport).messages.create, to=ADA.phone, from_=LINE, body="x")
        transport.session.close()
        assert (caught.value.status, caught.value.code) == (status, code)


async def test_errors_have_the_published_shape(twilio):
    auth = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    async with aiohttp.ClientSession(headers=auth) as session:
        url = f"{twilio.origin}/2010-04-01/Accounts/{ACCOUNT}/Messages/SMnone.json"
        async with session.get(url) as answer:
            body = await answer.json()

    assert body == {
        "code": 20404,
        "message": f"The requested resource /2010-04-01/Accounts/{ACCOUNT}/Messages/SMnone.json was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


async def test_a_stop_blocks_the_pair_until_start(twilio, client, customer):
    await twilio.text(ADA.phone, LINE, "stop")
    with pytest.raises(TwilioRestException) as caught:
        await ask(client.messages.create, to=ADA.phone, from_=LINE, body="Hello")
    assert caught.value.code == 21610
    assert await ask(client.messages.create, to=GRACE.phone, from_=LINE, body="Hello")

    await twilio.text(ADA.phone, LINE, "START")
    assert await ask(client.messages.create, to=ADA.phone, from_=LINE, body="Hello again")

    assert [message.direction for message in twilio.sent_to(ADA.phone)] == ["outbound-reply"] * 2 + ["outbound-api"]
    assert [form["Body"] for form in customer.at("/message")] == ["stop", "START"]


async def test_lists_filter_by_people_and_time_and_come_in_pages(twilio, client, clock):
    for number in range(7):
        await twilio.text(ADA.phone, LINE, f"message {number}")
        clock.forward(SECOND)
    await twilio.text(GRACE.phone, LINE, "somebody else")
    began = datetime.fromtimestamp(clock.now() / 1000, UTC) - timedelta(seconds=4)

    everything = await ask(client.messages.list, from_=ADA.phone, page_size=3)
    recent = await ask(client.messages.list, to=LINE, from_=ADA.phone, date_sent_after=began)

    assert [one.body for one in everything] == [f"message {number}" for number in reversed(range(7))]
    assert [one.body for one in recent] == ["message 6", "message 5", "message 4", "message 3"]
    assert len(await ask(client.messages.list, to=LINE, limit=2)) == 2


async def test_media_lie_behind_a_redirect_and_a_login(twilio, client, customer):
    message = await twilio.text(ADA.phone, LINE, "look", [("image/png", PNG)])
    [form] = customer.at("/message")
    [listed] = await ask(client.messages(message.sid).media.list)

    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/png")
    assert form["MediaUrl0"] == twilio.origin + listed.uri.removesuffix(".json")
    async with aiohttp.ClientSession() as session:
        async with session.get(form["MediaUrl0"]) as answer:
            assert answer.status == 401
        auth = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
        async with session.get(form["MediaUrl0"], headers=auth) as answer:
            assert (await answer.read(), len(answer.history), answer.content_type) == (PNG, 1, "image/png")


async def test_media_that_cannot_be_fetched_fail_the_message(twilio, client):
    created = await ask(client.messages.create, to=ADA.phone, from_=LINE, media_url=["http://127.0.0.1:9/nothing.png"])
    await twilio.idle()

    fetched = await ask(client.messages(created.sid).fetch)
    assert (fetched.status, fetched.error_code) == ("failed", 11200)


@pytest.mark.parametrize(
    ("text", "segments"),
    [("a" * 160, 1), ("a" * 161, 2), ("ü" * 160, 1), ("€" * 80, 1), ("€" * 81, 2), ("„" * 70, 1), ("👋" * 36, 2)],
)
async def test_segments_are_counted_as_the_network_does(text, segments):
    assert segments_of(text) == segments


async def test_a_message_verb_is_sent_to_the_customer(twilio, customer):
    customer.answers["/message"] = "<Response><Message>Thanks!</Message></Response>"
    await twilio.text(ADA.phone, LINE, "hello")

    assert [message.body for message in twilio.sent_to(ADA.phone)] == ["Thanks!"]


# --- trouble ---------------------------------------------------------------------------------------------------


async def test_too_many_requests_say_when_to_come_back(twilio, client):
    twilio.inject(Trouble.RATE_LIMIT, seconds=7)
    url = f"{twilio.origin}/2010-04-01/Accounts/{ACCOUNT}.json"
    auth = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    async with aiohttp.ClientSession(headers=auth) as session, session.get(url) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
        assert (await answer.json())["code"] == 20429

    assert (await ask(client.api.v2010.accounts(ACCOUNT).fetch)).status == "active"


@pytest.mark.parametrize(
    ("trouble", "kept"),
    [
        (Trouble.SERVER_ERROR, 0),
        (Trouble.RESET, 0),
        (Trouble.ERROR_AFTER_ACCEPT, 1),
        (Trouble.RESET_AFTER_ACCEPT, 1),
    ],
)
async def test_trouble_comes_before_or_after_the_message_is_taken(twilio, client, trouble, kept):
    twilio.inject(trouble, where="POST")
    with pytest.raises((TwilioRestException, OSError)):
        await ask(client.messages.create, to=ADA.phone, from_=LINE, body="Hello")
    await twilio.idle()

    assert len(twilio.messages) == kept
    assert len(twilio.requests) == 1


async def test_callbacks_can_be_lost_doubled_and_reversed(twilio, client, customer):
    async def told(trouble: Trouble, times: int) -> list[str]:
        customer.seen.clear()
        twilio.inject(trouble, times=times)
        callback = f"{customer.base}/status"
        await ask(client.messages.create, to=ADA.phone, from_=LINE, body="Hello", status_callback=callback)
        await twilio.idle()
        return [form["MessageStatus"] for form in customer.at("/status")]

    assert await told(Trouble.LOSE_CALLBACK, 2) == ["delivered"]
    assert await told(Trouble.DUPLICATE_CALLBACK, 1) == ["queued", "queued", "sent", "delivered"]
    assert await told(Trouble.REORDER_CALLBACKS, 1) == ["delivered", "sent", "queued"]


async def test_a_webhook_is_tried_twice_when_nobody_listens(twilio):
    twilio.connect(LINE, messages="http://127.0.0.1:9")
    message = await twilio.text(ADA.phone, LINE, "anybody?")

    assert message.webhook_status == 0
    assert [code for code, _ in twilio.alerts] == [11200]


# --- calls -----------------------------------------------------------------------------------------------------


async def test_documents_are_played_verb_by_verb(twilio, customer):
    customer.answers |= {
        "/call": '<Response><Say>Menu</Say><Gather numDigits="1" action="/chosen"><Say>Press</Say></Gather></Response>',
        "/chosen": "<Response><Pause length='2'/><Redirect>/bye?x=1&amp;y=2</Redirect><Say>never</Say></Response>",
        "/bye": "<Response><Say>Bye</Say><Hangup/><Say>never</Say></Response>",
    }
    call = await twilio.call(ADA.phone, LINE, Caller(digits="42"))

    assert call.heard == [("Say", "Menu"), ("Say", "Press"), ("Press", "4"), ("Say", "Bye")]
    assert [form["Digits"] for form in customer.at("/chosen")] == ["4"]
    assert customer.at("/bye?x=1&y=2")
    assert customer.at("/status")[-1]["CallStatus"] == "completed"
    assert int(customer.at("/status")[-1]["CallDuration"]) == call.duration == 5


async def test_a_menu_without_an_answer_goes_on(twilio, customer):
    customer.answers["/call"] = "<Response><Gather><Say>Press</Say></Gather><Say>Too late</Say></Response>"
    call = await twilio.call(ADA.phone, LINE)

    assert call.heard == [("Say", "Press"), ("Say", "Too late")]


async def test_a_dial_rings_all_numbers_and_connects_the_first(twilio, customer):
    numbers = f"<Number>{AGENT}</Number><Number>{GRACE.phone}</Number>"
    customer.answers["/call"] = f'<Response><Dial action="/dialed" record="true">{numbers}</Dial></Response>'
    phones = {AGENT: answers(talk=50, after=9), GRACE.phone: answers(talk=20, after=3)}

    call = await twilio.call(ADA.phone, LINE, Caller(), phones)

    [form] = customer.at("/dialed")
    assert (form["DialCallStatus"], form["DialCallDuration"]) == ("completed", "20")
    children = [one for one in twilio.calls if one.parent_sid == call.sid]
    assert [(one.to, one.status) for one in children] == [(AGENT, "canceled"), (GRACE.phone, "completed")]
    assert form["DialCallSid"] == children[1].sid
    assert form["RecordingUrl"].endswith(twilio.recordings[0].sid)


@pytest.mark.parametrize(("phone", "status"), [(busy(), "busy"), (unreachable(), "failed"), (None, "no-answer")])
async def test_a_dial_says_why_nobody_answered(twilio, customer, phone, status):
    customer.answers["/call"] = f'<Response><Dial action="/dialed" timeout="15">{AGENT}</Dial></Response>'
    await twilio.call(ADA.phone, LINE, Caller(), {AGENT: phone} if phone else {})

    [form] = customer.at("/dialed")
    assert (form["DialCallStatus"], form["CallStatus"]) == (status, "in-progress")


async def test_a_voicemail_is_a_real_recording(twilio, client, customer):
    customer.answers["/call"] = '<Response><Record action="/left" recordingStatusCallback="/ready"/></Response>'
    call = await twilio.call(ADA.phone, LINE, Caller(voicemail=7))

    [left], [ready] = customer.at("/left"), customer.at("/ready")
    assert (left["Digits"], left["RecordingDuration"], left["CallStatus"]) == ("hangup", "7", "completed")
    assert (ready["RecordingUrl"], ready["RecordingSource"]) == (left["RecordingUrl"], "RecordVerb")
    [listed] = await ask(client.calls(call.sid).recordings.list)
    assert (listed.sid, listed.duration, listed.source) == (left["RecordingSid"], "7", "RecordVerb")
    auth = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)}
    async with aiohttp.ClientSession(headers=auth) as session:
        async with session.get(left["RecordingUrl"]) as answer:
            sound = wave.open(io.BytesIO(await answer.read()))  # noqa: SIM115 (in memory)
        async with session.get(f"{left['RecordingUrl']}.mp3") as answer:
            assert (answer.content_type, (await answer.read())[:2]) == ("audio/mpeg", b"\xff\xfb")
    assert sound.getnframes() / sound.getframerate() == 7


async def test_a_refused_call_is_never_answered(twilio, customer):
    customer.answers["/call"] = '<Response><Reject reason="busy"/></Response>'
    call = await twilio.call(ADA.phone, LINE)

    assert (call.status, call.duration) == ("busy", 0)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("<Response><Say>open", 12100),
        ("<html><body>Not found</body></html>", 12100),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', 12100),
        ("<Response><Shout>hello</Shout></Response>", 12200),
        ('<Response><Say volume="11">hello</Say></Response>', 12200),
        ('<Response><Dial callerId="+12025550142">+12025550150</Dial></Response>', 13214),
    ],
)
async def test_a_document_nobody_can_play_is_an_alert(twilio, customer, document, code):
    customer.answers["/call"] = document
    await twilio.call(ADA.phone, LINE)

    assert code in [found for found, _ in twilio.alerts]


async def test_an_ordered_call_fetches_its_document_when_answered(twilio, client, customer):
    customer.answers["/script"] = "<Response><Say>Hello agent</Say></Response>"
    twilio.phone(AGENT, answers(talk=30))
    created = await ask(
        client.calls.create,
        to=AGENT,
        from_=LINE,
        url=f"{customer.base}/script",
        status_callback=f"{customer.base}/progress",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    await twilio.idle()

    assert created.status == "queued"
    progress = [form["CallStatus"] for form in customer.at("/progress")]
    assert progress == ["initiated", "ringing", "in-progress", "completed"]
    fetched = await ask(client.calls(created.sid).fetch)
    assert (fetched.status, fetched.duration, fetched.direction) == ("completed", "1", "outbound-api")
    assert [form["SequenceNumber"] for form in customer.at("/progress")] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("more", "code"),
    [({"to": "12"}, 21211), ({"from_": "+12025550199"}, 21210), ({"url": "nowhere"}, 21205), ({"to": ""}, 21201)],
)
async def test_an_impossible_call_is_refused(twilio, client, customer, more, code):
    with pytest.raises(TwilioRestException) as caught:
        await ask(client.calls.create, **{"to": AGENT, "from_": LINE, "url": f"{customer.base}/script", **more})

    assert caught.value.code == code


async def test_a_running_call_can_be_ended_through_the_api(clock, customer):
    slow = TwilioSandbox(ACCOUNT, TOKEN, clock, pace=0.02)
    await slow.start()
    slow.connect(LINE, messages=customer.base, calls=customer.base)
    transport = Redirected(slow.origin)
    client = Client(ACCOUNT, TOKEN, http_client=transport)
    slow.phone(AGENT, answers(talk=600, after=1))
    document = "<Response><Pause length='5'/><Say>never</Say></Response>"

    created = await ask(client.calls.create, to=AGENT, from_=LINE, twiml=document)
    await ask(client.calls(created.sid).update, status="completed")
    await slow.idle()

    [call] = slow.calls
    assert call.over
    assert ("Say", "never") not in call.heard
    with pytest.raises(TwilioRestException) as caught:
        await ask(client.calls(created.sid).update, url=f"{customer.base}/other")
    assert caught.value.code == 21220
    transport.session.close()
    await slow.stop()

"""The log of a running hub: one id leads from webhook to receipt, and no secret ever stands in it."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator

import aiohttp
import pytest

from hub.config import LogSettings
from hub.platform.logs import handler
from hub.sandbox.twilio import Trouble, TwilioSandbox
from hub.store.conversations import list_customer_conversations
from hub.store.customers import find_customer
from hub.store.tokens import add_token, new_secret
from tests.people import ADA
from tests.running import open_office, until
from tests.twilio import ACCOUNT, LINE, TOKEN

BOT_TOKEN = "4711:AA-the-token-of-the-bot-9f8e7d"


class Lines:
    """What was logged, as JSON."""

    def __init__(self, stream: io.StringIO) -> None:
        self.stream = stream

    @property
    def all(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def about(self, **ids: object) -> list[dict[str, object]]:
        return [line for line in self.all if all(line.get(key) == value for key, value in ids.items())]


@pytest.fixture
def lines() -> Iterator[Lines]:
    stream = io.StringIO()
    writer = handler(LogSettings(level="debug", format="json"), stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(writer)
    root.setLevel(logging.DEBUG)
    yield Lines(stream)
    root.setLevel(level)
    root.removeHandler(writer)


@pytest.fixture
async def world(store_url, clock):
    """A hub with an SMS line at the sandbox, and a bot whose provider is away."""
    twilio = TwilioSandbox(ACCOUNT, TOKEN, clock)
    line = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE, "api_base": await twilio.start()}
    bot = {"type": "telegram", "token": BOT_TOKEN, "mode": "webhook", "api_base": "http://127.0.0.1:9"}
    channels = {"sms": {"type": "sms", **line}, "bot": bot}
    async with open_office(store_url, channels, clock=clock) as office:
        twilio.connect(LINE, messages=office.hooks("sms"))
        yield office, twilio
        await twilio.idle()
    await twilio.stop()


async def ask(office, token, path, method="GET", body=None, status=200):
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{office.hub.base_url}/api/v1{path}", json=body, headers=headers) as answer,
    ):
        assert answer.status == status, await answer.text()
        return await answer.json()


async def written(office, twilio):
    """Ada writes; returns the conversation."""
    await twilio.text(ADA.phone, LINE, "Where is my order?")

    async def look():
        customer = await office.hub.store.read(find_customer, ADA.sms_address)
        return (await office.hub.store.read(list_customer_conversations, customer))[0] if customer else None

    return await until(look, "her conversation")


async def token_of(office):
    secret = new_secret()
    await office.hub.store.write(add_token, "test", secret, ["*"], office.hub.clock.now())
    return secret


async def test_one_id_leads_from_the_webhook_to_the_receipt(lines, world):
    office, twilio = world
    conversation = await written(office, twilio)
    token = await token_of(office)
    path = f"/conversations/{conversation.id}"
    [inbound] = (await ask(office, token, f"{path}/messages"))["items"]
    outbound = await ask(office, token, f"{path}/replies", "POST", {"text": "It left."}, 201)

    async def told():
        seen = [line["event"] for line in lines.about(message_id=outbound["id"])]
        return seen if {"delivery settled", "receipt landed"} <= set(seen) else None

    events = await until(told, "what was handed over is settled, and its receipt")

    [landed] = lines.about(message_id=inbound["id"])
    assert landed["event"] == "message landed"
    assert landed["raw_id"]
    assert landed["channel"] == "sms"
    assert events[0] == "message queued"
    [settled] = lines.about(message_id=outbound["id"], event="delivery settled")
    assert settled["delivery_id"] == outbound["deliveries"][0]["id"]
    assert settled["state"] == "sent"


async def test_no_secret_stands_in_the_log_whatever_goes_wrong(lines, world):
    office, twilio = world
    token = await token_of(office)
    twilio.inject(Trouble.REFUSE)
    conversation = await written(office, twilio)
    await ask(office, token, f"/conversations/{conversation.id}/replies", "POST", {"text": "It left."}, 201)
    await ask(office, "wrong-" + token, "/customers", status=401)
    await ask(office, token, "/customers?access=" + token, status=422)
    logging.getLogger("hub.test").warning("bad: %s", BOT_TOKEN, extra={"auth_token": "x", "url": f"/bot{BOT_TOKEN}/"})
    try:
        raise RuntimeError(f"Authorization: Bearer {token} for https://user:pass-word@example.com {TOKEN}")
    except RuntimeError:
        logging.getLogger("hub.test").exception("it broke")

    async def tried():
        return lines.about(event="delivery settled")

    await until(tried, "an attempt")

    text = lines.stream.getvalue()
    assert "it broke" in text
    assert "setWebhook" in text
    for secret in (TOKEN, BOT_TOKEN, token, "pass-word", office.hub.signer.key("x").hex()):
        assert secret not in text


async def test_a_request_is_one_line_without_what_strangers_put_into_it(lines, world):
    office, _ = world
    await ask(office, await token_of(office), "/labels?limit=7")

    [line] = [line for line in lines.about(event="request") if line["route"] == "/api/v1/labels"]
    assert (line["method"], line["status"], line["level"]) == ("GET", 200, "info")
    assert line["request_id"]
    assert "limit" not in json.dumps(line)


@pytest.mark.parametrize("look", ["json", "console"])
def test_a_line_is_one_line_of_bounded_length_without_control_characters(look):
    stream = io.StringIO()
    odd = "a\r\nb\x1b[31m\u2028\x9b\ud800\u202e\u2066" + "c" * 99_000
    record = logging.LogRecord("hub.test", logging.WARNING, "x.py", 1, "said %s", (odd,), None)
    writer = handler(LogSettings(level="debug", format=look), stream)
    writer.handle(record)

    [line] = stream.getvalue().splitlines()
    assert "a" in line
    assert len(line) < 9_000
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069\ud800-\udfff]", line)


@pytest.mark.parametrize("look", ["json", "console"])
def test_many_long_values_are_one_line_of_bounded_length_too(look):
    stream = io.StringIO()
    record = logging.LogRecord("hub.test", logging.WARNING, "x.py", 1, "said %s", ("a" * 99_000,), None)
    for number in range(12):
        setattr(record, f"about_{number}", "\x01" * 99_000)
    record.level_of_water = "low"
    handler(LogSettings(level="debug", format=look), stream).handle(record)

    [line] = stream.getvalue().splitlines()
    assert "low" in line
    assert len(line) < 13_000


@pytest.mark.parametrize("look", ["json", "console"])
def test_message_of_an_error_does_not_pass_for_a_line_and_is_bounded(look):
    stream = io.StringIO()
    try:
        raise RuntimeError("odd\n2026-11-28T00:00:00Z [info     ] signed in\x1b[0m" + "c" * 99_000)
    except RuntimeError:
        record = logging.LogRecord("hub.test", logging.ERROR, "x.py", 1, "it broke", (), sys.exc_info())
    handler(LogSettings(level="debug", format=look), stream).handle(record)

    first, *rest = stream.getvalue().splitlines()
    assert "it broke" in first
    assert all(line.startswith(" ") for line in rest)
    assert len(stream.getvalue()) < 10_000
    assert "\x1b" not in stream.getvalue()
    assert "test_logs.py" in stream.getvalue()

"""Promises every channel with webhooks keeps. A new adapter is covered by adding its row to CASES.

A row opens the channel and gives one genuine request that holds a customer's message or call, and the ways in
which somebody could forge it. What is special to one channel stands in its own test.
"""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from multidict import CIMultiDict
from pydantic import ValidationError
from twilio.request_validator import RequestValidator

from channels.telegram import SECRET_HEADER, TelegramChannel
from hub.channel import Channel, Tools, Webhook
from hub.clock import SECOND, FakeClock
from hub.errors import WebhookForged
from hub.kinds import is_word
from hub.model import CallUpdate, Inbound
from hub.registry import open_channel
from tests.doors import open_tools
from tests.twilio import ACCOUNT, TOKEN, open_twilio_channel

BASE = "https://hub.example.com"
FIXTURES = Path(__file__).parent.parent / "fixtures"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"

Forge = Callable[[Webhook], Webhook]


@dataclass(frozen=True)
class Case:
    """open: the channel, from its section; webhook: a genuine one, given the channel; forgeries: what becomes of it."""

    open: Callable[[Tools], Channel]
    webhook: Callable[[Channel], Webhook]
    forgeries: Mapping[str, Forge]


# --- Twilio ----------------------------------------------------------------------------------------------------


def signed(action: str, fields: Mapping[str, str], token: str = TOKEN, url: str = "") -> Webhook:
    """As the provider signs it: computed by the provider's own package, not by ours."""
    url = url or f"{BASE}/hooks/line/{action}"
    signature = RequestValidator(token).compute_signature(url, dict(fields))
    headers = CIMultiDict({"X-Twilio-Signature": signature, "Content-Type": FORM})
    return Webhook(action, "POST", url, headers, urlencode(fields).encode())


def form(name: str) -> dict[str, str]:
    return dict(parse_qsl((FIXTURES / "twilio" / f"{name}.form").read_text(), keep_blank_values=True))


def fields(webhook: Webhook) -> dict[str, str]:
    return dict(parse_qsl(webhook.body.decode(), keep_blank_values=True))


def with_body(body: bytes) -> Forge:
    return lambda webhook: replace(webhook, body=webhook.body + body)


def with_url(old: str, new: str) -> Forge:
    return lambda webhook: replace(webhook, url=webhook.url.replace(old, new, 1))


def without(*names: str) -> Forge:
    def forge(webhook: Webhook) -> Webhook:
        kept = {name: value for name, value in fields(webhook).items() if name not in names}
        return replace(webhook, body=urlencode(kept).encode())

    return forge


def run_together(webhook: Webhook) -> Webhook:
    """Names and values are signed without a mark between them: From hidden in its neighbour's value signs the same."""
    given = dict(sorted(fields(webhook).items()))
    names = list(given)
    given[names[names.index("From") - 1]] += "From" + given.pop("From")
    return replace(webhook, body=urlencode(given).encode())


def signed_by_another(webhook: Webhook) -> Webhook:
    return signed(webhook.action, fields(webhook), token="0" * 32)


def of_another_account(webhook: Webhook) -> Webhook:
    return signed(webhook.action, fields(webhook) | {"AccountSid": "AC" + "0" * 32})


def of_no_account(webhook: Webhook) -> Webhook:
    return signed(webhook.action, {n: value for n, value in fields(webhook).items() if n != "AccountSid"})


def signed_for(old: str, new: str) -> Forge:
    """Signed for one address, sent to another."""

    def forge(webhook: Webhook) -> Webhook:
        elsewhere = signed(webhook.action, fields(webhook), url=webhook.url.replace(old, new, 1))
        return replace(elsewhere, url=webhook.url)

    return forge


def as_json(webhook: Webhook) -> Webhook:
    """A JSON body whose hash was not signed."""
    headers = CIMultiDict({**webhook.headers, "Content-Type": "application/json"})
    return replace(webhook, headers=headers, body=json.dumps(fields(webhook)).encode())


def with_a_hash_nobody_signed(webhook: Webhook) -> Webhook:
    body = as_json(webhook)
    return replace(body, url=f"{body.url}?bodySHA256={sha256(body.body).hexdigest()}")


TWILIO_FORGERIES: dict[str, Forge] = {
    "another token": signed_by_another,
    "another account": of_another_account,
    "no account": of_no_account,
    "a field added": with_body(b"&Extra=1"),
    "a field taken away": without("To"),
    "a field changed": lambda webhook: replace(webhook, body=webhook.body.replace(b"2025550101", b"2025550106")),
    "a field doubled": with_body(b"&From=%2B12025550101"),
    "a field doubled with another value": with_body(b"&From=%2B12025550106"),
    "fields run together": run_together,
    "another path": with_url("/hooks/line", "/hooks/other"),
    "a double slash": with_url("/hooks", "//hooks"),
    "a query added": with_url("line/", "line/?ref=1&x=/"),
    "another port": signed_for("example.com", "example.com:8443"),
    "without encryption": signed_for("https", "http"),
    "another host": signed_for("hub.example.com", "evil.example.com"),
    "as JSON": as_json,
    "as JSON with a hash": with_a_hash_nobody_signed,
    "no form at all": lambda webhook: replace(webhook, body=b"\x00\xff"),
    "a thousand fields": with_body(b"&a=1" * 1000),
}


def twilio(type: str, action: str, fixture: str) -> Case:
    return Case(
        lambda tools: open_twilio_channel(type, "line", tools),
        lambda channel: signed(action, form(fixture)),
        TWILIO_FORGERIES,
    )


# --- Telegram --------------------------------------------------------------------------------------------------


def open_telegram(tools: Tools) -> Channel:
    return open_channel("line", {"type": "telegram", "token": f"4242:{TOKEN}"}, tools)


def update(channel: Channel) -> Webhook:
    secret = cast(TelegramChannel, channel).secret
    headers = CIMultiDict({SECRET_HEADER: secret, "Content-Type": "application/json"})
    body = (FIXTURES / "telegram" / "message.json").read_bytes()
    return Webhook("update", "POST", f"{BASE}/hooks/line/update", headers, body)


def with_secret(change: Callable[[str], str]) -> Forge:
    return lambda webhook: replace(
        webhook, headers=CIMultiDict({SECRET_HEADER: change(webhook.headers[SECRET_HEADER])})
    )


TELEGRAM_FORGERIES: dict[str, Forge] = {
    "no secret": with_secret(lambda secret: ""),
    "another secret": with_secret(lambda secret: "0" * len(secret)),
    "half a secret": with_secret(lambda secret: secret[:32]),
    "a longer secret": with_secret(lambda secret: secret + "0"),
    "strange letters": with_secret(lambda secret: "\u00fc" * len(secret)),
}


# --- Telnyx ----------------------------------------------------------------------------------------------------

TELNYX_KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


def open_telnyx(tools: Tools) -> Channel:
    public = b64encode(TELNYX_KEY.public_key().public_bytes_raw()).decode()
    account = {"api_key": TOKEN, "public_key": public, "messaging_profile_id": "1", "from": "+12025550100"}
    return open_channel("line", {"type": "telnyx", **account}, tools)


def telnyx_signed(body: bytes, at: int, key: Ed25519PrivateKey = TELNYX_KEY) -> CIMultiDict[str]:
    """at: seconds since 1970."""
    signature = b64encode(key.sign(b"%d|%b" % (at, body))).decode()
    return CIMultiDict({"Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": str(at)})


def telnyx_message(channel: Channel) -> Webhook:
    body = (FIXTURES / "telnyx" / "message.json").read_bytes()
    headers = telnyx_signed(body, channel.tools.clock.now() // SECOND)
    return Webhook("message", "POST", f"{BASE}/hooks/line/message", headers, body)


def telnyx_at(seconds: int) -> Forge:
    """Signed by the provider, that much earlier or later."""
    return lambda webhook: replace(
        webhook, headers=telnyx_signed(webhook.body, int(webhook.headers["Telnyx-Timestamp"]) + seconds)
    )


def telnyx_with(header: str, change: Callable[[str], str]) -> Forge:
    return lambda webhook: replace(
        webhook, headers=CIMultiDict({**webhook.headers, header: change(webhook.headers[header])})
    )


def telnyx_by_another(webhook: Webhook) -> Webhook:
    key = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    return replace(webhook, headers=telnyx_signed(webhook.body, int(webhook.headers["Telnyx-Timestamp"]), key))


TELNYX_FORGERIES: dict[str, Forge] = {
    "another key": telnyx_by_another,
    "signed too long ago": telnyx_at(-301),
    "signed in the future": telnyx_at(301),
    "a byte added": with_body(b" "),
    "another time": telnyx_with("Telnyx-Timestamp", lambda at: str(int(at) + 1)),
    "no time": telnyx_with("Telnyx-Timestamp", lambda at: ""),
    "a time that is none": telnyx_with("Telnyx-Timestamp", lambda at: f"{at}.0"),
    "no signature": telnyx_with("Telnyx-Signature-Ed25519", lambda signature: ""),
    "half a signature": telnyx_with("Telnyx-Signature-Ed25519", lambda signature: signature[:44]),
    "strange letters": telnyx_with("Telnyx-Signature-Ed25519", lambda signature: "\u00fc" * len(signature)),
}


CASES = {
    "sms": twilio("sms", "message", "inbound_sms"),
    "sms with files": twilio("sms", "message", "inbound_mms"),
    "whatsapp": twilio("whatsapp", "message", "inbound_whatsapp"),
    "whatsapp location": twilio("whatsapp", "message", "inbound_whatsapp_location"),
    "voice": twilio("voice", "call", "incoming_call"),
    "telegram": Case(open_telegram, update, TELEGRAM_FORGERIES),
    "telnyx": Case(open_telnyx, telnyx_message, TELNYX_FORGERIES),
}
FORGERIES = [(name, forgery) for name, case in CASES.items() for forgery in case.forgeries]


@pytest.fixture
async def tools() -> AsyncIterator[Tools]:
    async with open_tools(FakeClock(), BASE) as opened:
        yield opened


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tools: Tools) -> tuple[Channel, Webhook]:
    row = CASES[request.param]
    channel = row.open(tools)
    return channel, row.webhook(channel)


async def test_a_customers_word_is_read_under_the_channels_own_kind(case):
    channel, webhook = case
    [raw] = (await channel.receive(webhook)).raws
    [event] = channel.read(raw)

    assert isinstance(event, Inbound | CallUpdate)
    address = event.sender if isinstance(event, Inbound) else event.customer
    assert address.kind == channel.address_kind
    assert is_word(address.kind)
    assert address.handle


async def test_what_was_received_is_kept_byte_for_byte(case):
    channel, webhook = case
    [raw] = (await channel.receive(webhook)).raws

    assert raw.body == webhook.body
    assert json.loads(json.dumps(dict(raw.envelope))) == dict(raw.envelope)


async def test_a_repeated_webhook_is_the_same_unit_with_the_same_answer(case):
    channel, webhook = case
    assert await channel.receive(webhook) == await channel.receive(webhook)


async def test_the_same_bytes_are_read_to_the_same_events(case):
    channel, webhook = case
    [raw] = (await channel.receive(webhook)).raws

    assert channel.read(raw) == channel.read(raw)


async def test_a_webhook_without_any_headers_is_refused(case):
    channel, webhook = case
    with pytest.raises(WebhookForged):
        await channel.receive(replace(webhook, headers=CIMultiDict()))


@pytest.mark.parametrize(("name", "forgery"), FORGERIES, ids=lambda value: str(value).replace(" ", "-"))
async def test_a_forged_webhook_is_refused(name, forgery, tools):
    row = CASES[name]
    channel = row.open(tools)
    genuine = row.webhook(channel)
    forged = row.forgeries[forgery](genuine)

    assert forged != genuine
    with pytest.raises(WebhookForged):
        await channel.receive(forged)


async def test_an_action_nobody_knows_is_refused(case):
    channel, webhook = case
    with pytest.raises(WebhookForged):
        await channel.receive(replace(webhook, action="everything"))


async def test_an_unknown_key_in_its_section_is_named(case):
    channel, _ = case
    given = channel.settings.model_dump(by_alias=True)
    with pytest.raises(ValidationError, match="nonsense"):
        type(channel).Settings.model_validate(given | {"nonsense": 1})


async def test_secrets_do_not_show(case):
    channel, _ = case
    assert TOKEN not in repr(channel.settings)


async def test_its_abilities_are_sane(case):
    able = case[0].capabilities

    assert able.max_text > 0
    assert able.concurrency > 0
    assert not able.read_receipts or able.delivered_receipts


# --- genuine in another spelling -------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["", ":443"])
async def test_over_https_the_port_may_be_written_or_not(port, tools):
    channel = open_twilio_channel("sms", "line", tools)
    spelled = signed("message", form("inbound_sms"), url=f"https://hub.example.com{port}/hooks/line/message")

    assert (await channel.receive(replace(spelled, url=f"{BASE}/hooks/line/message"))).raws


async def test_a_json_body_is_taken_when_its_hash_was_signed(tools):
    channel = open_twilio_channel("sms", "line", tools)
    body = json.dumps({"AccountSid": ACCOUNT, "MessageSid": "SM1", "From": "+12025550101", "Body": "as JSON"})
    url = f"{BASE}/hooks/line/message?bodySHA256={sha256(body.encode()).hexdigest()}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    headers = CIMultiDict({"X-Twilio-Signature": signature, "Content-Type": "application/json"})

    [raw] = (await channel.receive(Webhook("message", "POST", url, headers, body.encode()))).raws

    [event] = channel.read(raw)
    assert (event.text, event.provider_id) == ("as JSON", "SM1")

"""hub.jobs.webhook_sender: what happened is told, signed, in order, until the subscriber says yes."""

import base64
import hmac
import json
from hashlib import sha256

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.clock import MINUTE
from hub.errors import Unreadable
from hub.jobs.webhook_sender import LEASE, MOST_FAILURES, WebhookSender, wanted
from hub.live import Live
from hub.platform.fetcher import GuardedFetcher
from hub.store.events import append_event
from hub.store.settings import arm, disarm
from hub.store.webhooks import add_webhook, get_webhook, mark_webhook

SECRET = "a secret of at least 24 octets"


class Subscriber:
    """Somebody's server: keeps what it hears, answers what `statuses` says (then 200)."""

    def __init__(self):
        self.heard, self.statuses = [], []

    async def listen(self, request):
        self.heard.append((request.headers.copy(), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def types(self):
        return [json.loads(body)["type"] for _, body in self.heard]


@pytest.fixture
async def subscriber():
    somebody = Subscriber()
    app = web.Application()
    app.router.add_post("/hear", somebody.listen)
    async with TestServer(app) as server:
        somebody.url = str(server.make_url("/hear"))
        yield somebody


@pytest.fixture
async def sender(store, clock):
    async with aiohttp.ClientSession() as session:

        async def post(url, body, headers):
            async with session.post(url, data=body, headers=headers) as answer:
                return answer.status

        yield WebhookSender(store, Live(store), clock, post)


@pytest.fixture
def happen(store, clock):
    async def append(*types):
        for type in types:
            await store.write(append_event, type, at=clock.now(), data={"n": 1})

    return append


async def test_restored_copy_tells_nobody_until_it_is_armed(store, clock, sender, subscriber, happen):
    await store.write(add_webhook, subscriber.url, [], SECRET, clock.now())
    await store.write(disarm, "restored", clock.now())
    await happen("message.received")

    await sender.tell_once()
    assert subscriber.types == []

    await store.write(arm)
    await sender.tell_once()
    assert subscriber.types == ["message.received"]


async def test_what_happens_is_told_signed_and_in_order(store, clock, sender, subscriber, happen):
    await happen("message.old")
    await sender.live.last()
    await store.write(add_webhook, subscriber.url, [], SECRET, clock.now())
    await happen("message.received", "conversation.closed")

    await sender.tell_once()
    await sender.tell_once()

    assert subscriber.types == ["message.received", "conversation.closed"]
    headers, body = subscriber.heard[0]
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(SECRET.encode(), signed, sha256)).decode()
    assert headers["Webhook-Signature"] == f"v1,{expected}"
    assert json.loads(body)["id"] == headers["Webhook-Id"]


async def test_only_the_wanted_types_are_told(store, clock, sender, subscriber, happen):
    hook = await store.write(add_webhook, subscriber.url, ["delivery.*"], SECRET, clock.now())
    await happen("message.received", "delivery.sent", "customer.created")

    await sender.tell_once()

    assert subscriber.types == ["delivery.sent"]
    assert (await store.read(get_webhook, hook.id)).cursor == 3


async def test_a_failure_is_tried_again_later_and_nothing_overtakes(store, clock, sender, subscriber, happen):
    hook = await store.write(add_webhook, subscriber.url, [], SECRET, clock.now())
    await happen("message.one", "message.two")
    subscriber.statuses = [500, 500]

    for _ in range(3):
        await sender.tell_once()
    waiting = await store.read(get_webhook, hook.id)
    assert (waiting.failures, waiting.problem, subscriber.types) == (1, "answered 500", ["message.one"])
    for _ in range(2):
        clock.forward(MINUTE)
        await sender.tell_once()

    assert subscriber.types == ["message.one", "message.one", "message.one", "message.two"]
    assert (await store.read(get_webhook, hook.id)).failures == 0


async def test_two_processes_do_not_tell_the_same_twice(store, clock, sender, subscriber, happen):
    await store.write(add_webhook, subscriber.url, [], SECRET, clock.now())
    await happen("message.one")
    other = WebhookSender(store, Live(store), clock, sender.post)
    claimed = []

    async def slow(url, body, headers):
        claimed.append(await other.tell_once())
        return 200

    await WebhookSender(store, sender.live, clock, slow).tell_once()

    assert claimed == [False]
    assert subscriber.types == []


async def test_a_process_that_died_loses_its_turn(store, clock, sender, subscriber, happen):
    await store.write(add_webhook, subscriber.url, [], SECRET, clock.now())
    await happen("message.one")

    async def die(url, body, headers):
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await WebhookSender(store, sender.live, clock, die).tell_once()
    await sender.tell_once()
    assert subscriber.types == []
    clock.forward(LEASE + 1)
    await sender.tell_once()

    assert subscriber.types == ["message.one"]


@pytest.mark.parametrize("reason", ["gone", "silent"])
async def test_a_subscriber_that_wants_no_more_is_switched_off(store, clock, sender, subscriber, happen, reason):
    hook = await store.write(add_webhook, subscriber.url, [], SECRET, clock.now())
    if reason == "silent":
        await store.write(mark_webhook, hook.id, {"failures": MOST_FAILURES})
    await happen("message.one")
    subscriber.statuses = [410 if reason == "gone" else 503]

    await sender.tell_once()

    assert not (await store.read(get_webhook, hook.id)).enabled


async def test_a_private_address_is_never_called(store, clock, subscriber, happen):
    async with aiohttp.ClientSession() as session:
        fetcher = GuardedFetcher(session)
        with pytest.raises(Unreadable):
            await fetcher.post(subscriber.url, b"", {})
        hook = await store.write(add_webhook, subscriber.url, [], SECRET, clock.now())
        await happen("message.one")
        await WebhookSender(store, Live(store), clock, fetcher.post).tell_once()
        await fetcher.close()

    assert subscriber.heard == []
    assert "not a public address" in (await store.read(get_webhook, hook.id)).problem


@pytest.mark.parametrize(
    ("types", "type", "expected"),
    [
        ([], "a.b", True),
        (["a.b"], "a.b", True),
        (["a.b"], "a.bc", False),
        (["a.*"], "a.b", True),
        (["a.*"], "ab.c", False),
    ],
)
def test_types_name_an_event_or_a_family(types, type, expected):
    assert wanted(types, type) is expected

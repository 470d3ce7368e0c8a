"""hub.web.hooks: providers hear "ok" only for what is stored, and strangers hear nothing."""

import hmac
import json
from io import BytesIO

import pytest

from hub.channel import Channel, Raw, Received, Webhook
from hub.errors import WebhookForged
from hub.registry import Registry
from hub.store.raw import count_raws, list_set_aside
from hub.web.hooks import AT_ONCE, BUSY


class PagerChannel(Channel):
    """The smallest channel: a token in a header, one unit per request."""

    type = "pager"

    async def receive(self, webhook: Webhook) -> Received:
        if not hmac.compare_digest(webhook.headers.get("x-token", ""), "t0p"):
            raise WebhookForged(self.name)
        page = json.loads(webhook.body)
        raw = Raw(webhook.action, page["id"], webhook.body, {"url": webhook.url})
        return Received((raw,), b"<ok/>", "text/xml; charset=utf-8")


@pytest.fixture
def hub(hub):
    channel = PagerChannel("pager", None, None)
    hub.channels._channels["pager"] = channel
    assert isinstance(hub.channels, Registry)
    return hub


PAGE = json.dumps({"id": "p1", "text": "hi"})
SIGNED = {"X-Token": "t0p"}


async def test_webhook_is_stored_before_it_is_answered(browser, hub):
    async with browser().session.post(
        str(browser().base) + "/hooks/pager/message?x=%2Fy", data=PAGE, headers=SIGNED
    ) as answer:
        assert (answer.status, await answer.text(), answer.content_type) == (200, "<ok/>", "text/xml")

    assert await hub.store.read(count_raws) == {("pager", "new"): 1}


async def test_repeated_webhook_is_answered_alike_and_stored_once(browser, hub):
    visitor = browser()
    answers = [await visitor.answer("POST", "/hooks/pager/message", data=PAGE, headers=SIGNED) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert await hub.store.read(count_raws) == {("pager", "new"): 1}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/hooks/pager/message", {}, 403),
        ("POST", "/hooks/pager/message", {"X-Token": "guess"}, 403),
        ("GET", "/hooks/pager/message", SIGNED, 405),
        ("PUT", "/hooks/pager/message", SIGNED, 405),
        ("POST", "/hooks/nobody/message", SIGNED, 404),
    ],
)
async def test_stranger_leaves_no_trace(browser, hub, method, path, headers, status):
    answer = await browser().answer(method, path, data=PAGE, headers=headers)

    assert answer.status == status
    assert await hub.store.read(count_raws) == {}
    assert await hub.store.read(list_set_aside) == []


async def test_too_large_a_body_is_refused(browser, hub):
    answer = await browser().answer("POST", "/hooks/pager/message", data=BytesIO(b"x" * 2_000_001), headers=SIGNED)

    assert answer.status == 413


async def test_overload_is_answered_at_once_and_asks_to_come_back(browser, server):
    server.app[BUSY][0] = AT_ONCE
    answer = await browser().answer("POST", "/hooks/pager/message", data=PAGE, headers=SIGNED)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_lost_store_asks_the_provider_to_come_back(browser, hub):
    visitor = browser()
    await hub.store.close()
    answer = await visitor.answer("POST", "/hooks/pager/message", data=PAGE, headers=SIGNED)
    await hub.store.open()

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")

"""hub.web.hooks: providers hear "ok" only for what is stored, and strangers hear nothing."""

import json
from io import BytesIO

import pytest

from hub.store.raw import count_raws, list_set_aside
from hub.web.hooks import AT_ONCE, BUSY

PAGE = json.dumps({"from": "+12025550101", "id": "p1", "text": "hi"})
SIGNED = {"X-Token": "t0p"}


async def test_webhook_is_stored_before_it_is_answered(browser, hub):
    async with browser().session.post(
        str(browser().base) + "/hooks/texts/message?x=%2Fy", data=PAGE, headers=SIGNED
    ) as answer:
        assert answer.status == 200

    assert await hub.store.read(count_raws) == {("texts", "new"): 1}


async def test_repeated_webhook_is_answered_alike_and_stored_once(browser, hub):
    visitor = browser()
    answers = [await visitor.answer("POST", "/hooks/texts/message", data=PAGE, headers=SIGNED) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert await hub.store.read(count_raws) == {("texts", "new"): 1}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/hooks/texts/message", {}, 403),
        ("POST", "/hooks/texts/message", {"X-Token": "guess"}, 403),
        ("GET", "/hooks/texts/message", SIGNED, 405),
        ("PUT", "/hooks/texts/message", SIGNED, 405),
        ("POST", "/hooks/nobody/message", SIGNED, 404),
    ],
)
async def test_stranger_leaves_no_trace(browser, hub, method, path, headers, status):
    answer = await browser().answer(method, path, data=PAGE, headers=headers)

    assert answer.status == status
    assert await hub.store.read(count_raws) == {}
    assert await hub.store.read(list_set_aside) == []


async def test_too_large_a_body_is_refused(browser, hub):
    answer = await browser().answer("POST", "/hooks/texts/message", data=BytesIO(b"x" * 2_000_001), headers=SIGNED)

    assert answer.status == 413


async def test_overload_is_answered_at_once_and_asks_to_come_back(browser, server):
    server.app[BUSY][0] = AT_ONCE
    answer = await browser().answer("POST", "/hooks/texts/message", data=PAGE, headers=SIGNED)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_lost_store_asks_the_provider_to_come_back(browser, hub):
    visitor = browser()
    await hub.store.close()
    answer = await visitor.answer("POST", "/hooks/texts/message", data=PAGE, headers=SIGNED)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


async def test_an_adapter_that_breaks_is_no_ok_and_is_called_again(browser, hub, caplog):
    answer = await browser().answer("POST", "/hooks/texts/message", data="{", headers=SIGNED)  # the pager parses it

    assert answer.status == 500
    assert await hub.store.read(count_raws) == {}
    assert "POST /hooks/texts/message failed" in caplog.text

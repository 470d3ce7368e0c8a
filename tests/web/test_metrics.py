"""GET /metrics: what waits, what failed, how long answers take - in Prometheus' own format."""

from dataclasses import replace

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from prometheus_client.parser import text_string_to_metric_families

from hub.channel import Raw
from hub.config import WebSettings
from hub.store.events import number_events
from hub.store.raw import append_raws, mark_set_aside
from hub.store.tokens import add_token
from hub.web.app import make_app


@pytest.fixture
async def visitor(browser):
    return browser()


@pytest.fixture
async def samples(visitor, hub, clock):
    await hub.store.write(add_token, "reader", "r" * 43, ["metrics:read"], clock.now())

    async def read():
        status, text = await visitor.get("/metrics", headers={"Authorization": f"Bearer {'r' * 43}"})
        assert status == 200
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    return read


async def test_what_waits_to_be_read_is_counted_and_aged(hub, clock, samples):
    raws = [Raw("message", str(n), b"") for n in range(3)]
    ids = await hub.store.write(append_raws, "sms", raws, clock.now())
    await hub.store.write(mark_set_aside, ids[0], "unreadable")
    clock.forward(90_000)

    found = await samples()

    assert found["hub_inbound_raws", ("channel", "sms"), ("state", "new")] == 2
    assert found["hub_inbound_raws", ("channel", "sms"), ("state", "set_aside")] == 1
    assert found["hub_queue_age_seconds", ("channel", "all"), ("queue", "in")] == 90
    assert found[("hub_store_up",)] == 1


async def test_answers_are_timed_by_route_and_not_by_path(visitor, samples):
    await visitor.get("/no/such/page/4711")
    await visitor.get("/login")

    found = await samples()

    routes = {dict(key[1:])["route"] for key in found if key[0] == "hub_http_seconds_count"}
    assert {"/login", "none"} <= routes
    assert not any("4711" in value for key in found for _, value in key[1:])


async def test_open_connections_are_counted(samples):
    found = await samples()

    assert found["hub_live_connections", ("kind", "browser")] == 0
    assert found["hub_live_connections", ("kind", "chat")] == 0


async def test_calls_of_the_store_are_counted_by_name(hub, samples):
    before = hub.store.calls["number_events"]
    await hub.store.write(number_events)

    found = await samples()

    assert found["hub_store_calls_total", ("call", "number_events")] == before + 1


async def test_from_elsewhere_it_takes_a_token(visitor, hub):
    await hub.store.write(add_token, "prometheus", "s" * 43, ["metrics:read"], hub.clock.now())
    await hub.store.write(add_token, "other", "t" * 43, ["events:read"], hub.clock.now())
    asked = [{"Authorization": f"Bearer {token * 43}"} for token in "xts"]
    statuses = [(await visitor.get("/metrics", headers=headers))[0] for headers in ({}, *asked)]
    assert statuses == [401, 401, 403, 200]


HERE = "http://127.0.0.1:8080"
PROXIED = WebSettings(trusted_proxies=("127.0.0.1",))


@pytest.mark.parametrize(
    ("base_url", "settings", "headers", "status"),
    [
        (HERE, WebSettings(), {}, 200),
        ("http://localhost:8080", WebSettings(), {"Host": "localhost"}, 200),
        ("https://hub.example.com", WebSettings(), {}, 401),  # a proxy on this machine that does not say who asks
        (HERE, WebSettings(), {"Host": "hub.example.com"}, 401),
        (HERE, PROXIED, {}, 401),
        (HERE, WebSettings(), {"X-Forwarded-For": "203.0.113.9"}, 401),
        (HERE, WebSettings(), {"X-Real-IP": "203.0.113.9"}, 401),
        (HERE, WebSettings(), {"Forwarded": "for=203.0.113.9"}, 401),
        (HERE, WebSettings(), {"Via": "1.1 proxy"}, 401),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_only_a_hub_that_nobody_else_knows_shows_them_without_a_token(hub, base_url, settings, headers, status):
    configured = hub.settings.model_copy(update={"web": settings})
    async with (
        TestServer(make_app(replace(hub, base_url=base_url, settings=configured))) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url("/metrics"), headers=headers) as answer,
    ):
        assert answer.status == status

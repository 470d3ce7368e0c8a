"""Watches every request: how long it took, one line in the log, an id that ties lines together; and /metrics."""

import itertools
import logging
import time
from collections.abc import Iterator
from functools import lru_cache

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry
from yarl import URL

from hub.errors import StoreUnavailable
from hub.ids import new_id
from hub.networks import is_here
from hub.platform.logs import bind
from hub.platform.meters import HTTP, REGISTRY
from hub.store.deliveries import count_deliveries, list_oldest_due
from hub.store.raw import count_raws, find_oldest_new
from hub.web.api.authorisation import METRICS, authorise
from hub.web.api.problems import Refused, problem
from hub.web.channel_standing import standings
from hub.web.chat.rooms import ROOMS
from hub.web.connections import Connection
from hub.web.keys import HUB
from hub.web.live import BROADCAST
from hub.web.route import Handler

ENDLESS = ("/live", "/chat/{channel}/socket")  # streams: how long they last says nothing
QUIET = ("/healthz", "/readyz", "/metrics", "/static/{version}/{name}")

Family = GaugeMetricFamily | CounterMetricFamily

log = logging.getLogger("hub.http")
_ours, _requests = new_id()[-6:], itertools.count(1)


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware."""
    begun = time.perf_counter()
    status = 500
    connection = request.protocol
    if isinstance(connection, Connection):
        connection.begin()
    bind(request_id=f"{_ours}-{next(_requests):x}")  # for what this connection does, until its next request
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        if isinstance(connection, Connection):
            connection.end()
        _note(request, status, time.perf_counter() - begun)


def _note(request: web.Request, status: int, seconds: float) -> None:
    route = route_of(request)
    if route not in ENDLESS:
        _timer(request.method if request.method in METHODS else "other", route, str(status)).observe(seconds)
    level = logging.DEBUG if route in QUIET or request.path.startswith("/hooks/") else logging.INFO
    if log.isEnabledFor(level):
        about = {"method": request.method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        log.log(level, "request", extra=about)


_timer = lru_cache(HTTP.labels)  # looked up once for each method, route and status
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def route_of(request: web.Request) -> str:
    """The path as the sitemap has it: what strangers put into a path makes no label and stands in no log."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


class Standing(Collector):
    """What the store and the open connections say at this moment."""

    def __init__(self, families: list[Family]) -> None:
        self.families = families

    def collect(self) -> Iterator[Family]:
        yield from self.families


async def metrics(request: web.Request) -> web.Response:
    """For Prometheus: with a token, which a hub that only this machine knows does without. When the store is away, what
    this process counts is still there."""
    if not _is_local(request):
        try:
            await authorise(request, METRICS)
        except Refused as refused:
            return problem(refused)
    standing = CollectorRegistry()
    standing.register(Standing(await _standing(request)))
    body = generate_latest(REGISTRY) + generate_latest(standing)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _is_local(request: web.Request) -> bool:
    """From this machine itself, and not from somebody else through a proxy here, which need not say so: whoever calls
    the hub by another name, or trusts a proxy, has one."""
    hub = request.app[HUB]
    through = hub.settings.web.trusted_proxies or any(
        name in request.headers for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
    )
    try:
        names = (URL(hub.base_url).host, request.url.host)
    except ValueError:  # a Host that is no name
        return False
    return not through and all(map(is_here, (request.remote, *names)))


async def _standing(request: web.Request) -> list[Family]:
    live = _gauge("hub_live_connections", "Open streams and chat sockets.", "kind")
    live.add_metric(["browser"], request.app[BROADCAST].count)
    live.add_metric(["chat"], request.app[ROOMS].count)
    calls = CounterMetricFamily("hub_store_calls", "Calls of the store, by function.", labels=["call"])
    for name, count in request.app[HUB].store.calls.items():
        calls.add_metric([name], count)
    up = GaugeMetricFamily("hub_store_up", "1 when the store can be reached.")
    try:
        families = await _stored(request)
    except StoreUnavailable:
        up.add_metric([], 0)
        return [live, calls, up]
    up.add_metric([], 1)
    return [live, calls, up, *families]


async def _stored(request: web.Request) -> list[GaugeMetricFamily]:
    hub = request.app[HUB]
    now = hub.clock.now()
    raws = _gauge("hub_inbound_raws", "Raw units that are not read yet, or were set aside.", "channel", "state")
    for (channel, state), count in (await hub.store.read(count_raws)).items():
        raws.add_metric([channel, state], count)
    deliveries = _gauge("hub_deliveries", "Deliveries that are not settled.", "channel", "state")
    for (channel, state), count in (await hub.store.read(count_deliveries)).items():
        deliveries.add_metric([channel, state], count)
    age = _gauge("hub_queue_age_seconds", "How long the oldest one has been due.", "queue", "channel")
    for channel, due_at in (await hub.store.read(list_oldest_due, now)).items():
        age.add_metric(["out", channel], (now - due_at) / 1000)
    oldest = await hub.store.read(find_oldest_new)
    age.add_metric(["in", "all"], max(now - oldest, 0) / 1000 if oldest else 0)
    return [raws, deliveries, age, *await _channels(request)]


async def _channels(request: web.Request) -> list[GaugeMetricFamily]:
    hub = request.app[HUB]
    found = await standings(hub)
    up = _gauge("hub_channel_up", "0 while the channel's provider fails, by way.", "channel", "way")
    last = _gauge("hub_channel_last_passed_seconds", "When a unit last passed (since 1970).", "channel", "way")
    tried = _gauge("hub_channel_tried", "Units of the last 24 hours that were to pass.", "channel", "way")
    lost = _gauge("hub_channel_lost", "Those of them that did not.", "channel", "way")
    rests = _gauge("hub_channel_rests", "1 while nothing is handed over, after failures in a row.", "channel")
    for one in found:
        rests.add_metric([one.channel.name], int(one.resting(hub.clock.now())))
        for way, passage in ((one.incoming, one.came), (one.outgoing, one.left)):
            key = [one.channel.name, way.way]
            up.add_metric(key, int(way.failing_since is None))
            tried.add_metric(key, passage.tried)
            lost.add_metric(key, passage.lost)
            if way.passed_at:
                last.add_metric(key, way.passed_at / 1000)
    return [up, last, tried, lost, rests]


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, labels=list(labels))

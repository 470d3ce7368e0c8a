"""Writes down how the channels are (hub.watch), and tells who manages them that one fails, and when it is well again.

A failure is told when the last one lies so many minutes behind the first, with no success between: no timer is needed,
because what failed is tried again. An idle hub writes nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from hub.clock import MINUTE
from hub.context import Hub
from hub.model import Role
from hub.store.agents import list_agents
from hub.store.channel_health import Health, Passage, count_passage, find_health, mark_health
from hub.store.events import append_event
from hub.watch import Noted

REST = 5.0  # seconds between two writings
UNHEALTHY, HEALTHY = "channel.unhealthy", "channel.healthy"
MANAGERS = (Role.OWNER, Role.ADMIN)  # who is told: they may look at the channels


async def run(hub: Hub) -> None:
    """For ever."""
    while True:
        await hub.watch.news.wait()
        await write_down(hub)
        await asyncio.sleep(REST)


async def write_down(hub: Hub) -> None:
    noted = hub.watch.take()
    if not noted:
        return
    try:
        told = await hub.store.write(note, noted, hub.settings.inbox.unhealthy_minutes, hub.clock.now())
    except BaseException:
        hub.watch.forget()
        raise
    if told:
        hub.live.wake()


def note(conn: Connection, noted: Mapping[tuple[str, str], Noted], minutes: int, now: int) -> int:
    """How many events it was worth."""
    told = 0
    for (channel, way), one in sorted(noted.items()):
        before = find_health(conn, channel, way) or Health(channel, way)
        after = told_of(after_all(before, one), minutes, now)
        mark_health(conn, after)
        if one.tried or one.lost:
            count_passage(conn, channel, way, Passage(one.tried, one.lost), now)
        if (after.told_at is None) != (before.told_at is None):
            told += 1
            _tell(conn, after, before, now)
    return told


def after_all(before: Health, noted: Noted) -> Health:
    """How it is once that is added."""
    failing = noted.failing_since if noted.works else before.failing_since or noted.failing_since
    return replace(
        before,
        passed_at=noted.passed_at or before.passed_at,
        failing_since=failing,
        failed_at=noted.failed_at or before.failed_at,
        problem=(noted.problem or before.problem) if failing else "",
        rests_until=noted.rests_until if failing else 0,
    )


def told_of(health: Health, minutes: int, now: int) -> Health:
    if health.failing_since is None:
        return replace(health, told_at=None)
    long = (health.failed_at or 0) - health.failing_since >= minutes * MINUTE
    return replace(health, told_at=now) if long and health.told_at is None else health


def _tell(conn: Connection, after: Health, before: Health, now: int) -> None:
    about = {"channel": after.channel, "way": after.way, "since": after.failing_since or before.failing_since}
    tell = [agent.id for agent in list_agents(conn) if agent.active and agent.role in MANAGERS]
    if after.told_at is None:
        append_event(conn, HEALTHY, at=now, data={**about, "tell": tell})
    else:
        append_event(conn, UNHEALTHY, at=now, data={**about, "problem": after.problem, "tell": tell})

"""hub.jobs.pulse: an idle process asks the store for one thing only, and misses nothing that others leave it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, event, update

from hub.clock import HOUR, SECOND, FakeClock
from hub.context import Hub
from hub.conversations import snooze
from hub.ids import new_id
from hub.inbound.at_once import accept_now
from hub.jobs.loops import Jobs
from hub.jobs.pulse import Pulse
from hub.model import Lane
from hub.outbound.claim import claim_deliveries
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_reply
from hub.outbound.plan import may_leave
from hub.outbound.recovery import beat, enter
from hub.store.campaigns import add_campaign, mark_campaign
from hub.store.database import Store, open_store
from hub.store.deliveries import LANES, find_next_due
from hub.store.events import append_event, number_events
from hub.store.messages import Message
from hub.store.outbox import list_due
from hub.store.processes import add_process
from hub.store.pulse import list_marks
from hub.store.raw import append_raws
from hub.store.search_index import index_pending
from hub.store.settings import disarm
from hub.store.tables import deliveries
from hub.store.tasks import add_task
from hub.store.webhooks import add_webhook
from tests.pager import page

ADA = "+4915112345678"
CAMPAIGN = {"name": "News", "purpose": "news", "channel": "texts", "template": {}, "audience": {}}


@pytest.fixture
async def elsewhere(store_url: str) -> AsyncIterator[Store]:
    """The store as another process has it open."""
    opened = open_store(store_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def pulse(hub: Hub) -> Pulse:
    """Has looked once, so that only what is new wakes anybody."""
    await enter(hub.store, hub.process_id)
    pulse = Pulse(hub.clock, hub.live, hub.intake)
    pulse.hear(await beat(hub.store, hub.process_id))
    return pulse


async def wakes(hub: Hub, pulse: Pulse) -> bool:
    news = hub.live.news
    pulse.hear(await beat(hub.store, hub.process_id))
    return news.is_set()


async def ask(hub: Hub) -> Message:
    return await accept_now(hub.reader, hub.channels["texts"], page(**{"from": ADA, "id": "m1", "text": "Hello?"}))


async def answer(hub: Hub, asked: Message, **more: object) -> str:
    reply = Reply(text="Here it is.", **more)  # type: ignore[arg-type]
    verb = (queue_reply, hub.outbox_deps, asked.conversation_id or "", reply, hub.clock.now())
    return (await hub.store.write(*verb)).delivery_id


async def test_where_nothing_happens_nobody_is_woken(hub: Hub, pulse: Pulse) -> None:
    assert not await wakes(hub, pulse)
    assert pulse.alone


async def test_what_another_process_wrote_wakes_everybody_once(hub: Hub, pulse: Pulse, elsewhere: Store) -> None:
    await elsewhere.write(append_event, "customer.created", at=1)
    assert await wakes(hub, pulse)
    assert not await wakes(hub, pulse)

    await elsewhere.write(number_events)
    assert await wakes(hub, pulse)

    await elsewhere.write(add_process, new_id(), "elsewhere", 1)
    assert not await wakes(hub, pulse)
    assert not pulse.alone


async def test_a_time_that_comes_wakes_everybody(hub: Hub, clock: FakeClock, pulse: Pulse) -> None:
    asked = await ask(hub)
    await hub.store.write(snooze, asked.conversation_id, clock.now() + HOUR, clock.now(), None)
    assert await wakes(hub, pulse)
    assert not await wakes(hub, pulse)

    clock.forward(HOUR)
    assert await wakes(hub, pulse)
    assert not await wakes(hub, pulse)


async def test_after_an_outage_everybody_looks_anew(hub: Hub, pulse: Pulse) -> None:
    pulse.forget()
    assert await wakes(hub, pulse)


async def test_units_that_another_process_kept_wake_the_reader_alone(
    hub: Hub, pulse: Pulse, elsewhere: Store, clock: FakeClock
) -> None:
    await elsewhere.write(append_raws, "texts", [page(**{"from": ADA, "id": "m1", "text": "Hello?"})], clock.now())
    hub.intake.news.clear()

    assert not await wakes(hub, pulse)
    assert hub.intake.news.is_set()


async def test_a_running_process_hears_of_another_without_redis(hub: Hub, jobs: Jobs, elsewhere: Store) -> None:
    for _ in range(2):  # the first one may be woken by the first beat, which wakes everybody
        news = hub.live.news
        await elsewhere.write(append_event, "customer.created", at=1)
        async with asyncio.timeout(60):
            await news.wait()


async def test_every_kind_of_work_shows(hub: Hub, clock: FakeClock) -> None:
    asked, now, soon = await ask(hub), clock.now(), clock.now() + HOUR
    await answer(hub, asked, not_before=soon)
    await hub.store.write(make_part_of, await answer(hub, asked), None)
    await hub.store.write(snooze, asked.conversation_id, soon, now, None)
    await hub.store.write(append_raws, "texts", [page(**{"from": ADA, "id": "m2", "text": "Hello?"})], now)
    await hub.store.write(add_webhook, "https://example.com/", [], "", now)
    await hub.store.write(disarm, "a copy", now)
    campaign = await hub.store.write(add_campaign, CAMPAIGN, now)
    await hub.store.write(mark_campaign, campaign.id, now, ["draft"], state="scheduled", scheduled_at=soon)

    task = {"customer_id": asked.customer_id, "title": "Call back", "due_at": soon, "remind_at": soon}
    await hub.store.write(add_task, task, now)

    waiting = await hub.store.read(list_marks, hub.process_id)
    await hub.store.write(index_pending)
    last = await hub.store.write(number_events)
    settled = await hub.store.read(list_marks, hub.process_id)

    assert waiting.pop("unnumbered") == last
    assert waiting.pop("texts") == waiting.pop("names") == 1
    assert settled.pop("unnumbered") == 0
    assert settled.pop("webhook") == 0
    assert (
        settled
        == waiting | {"events": last}
        == {
            "events": last,
            "raws": now,
            "delivery 0 texts": soon,
            "delivery 2 texts": now,
            "snoozed": soon,
            "reminder": soon,
            "campaign": soon,
            "disarmed": 1,
            "processes": 0,
        }
    )


async def test_what_a_pause_holds_back_is_not_asked_for_again_and_again(hub: Hub, clock: FakeClock) -> None:
    asked, now = await ask(hub), clock.now()
    campaign = await hub.store.write(add_campaign, CAMPAIGN, now)
    await hub.store.write(mark_campaign, campaign.id, now, ["draft"], state="paused")
    await hub.store.write(make_part_of, await answer(hub, asked), campaign.id)
    claim = (claim_deliveries, may_leave, "texts", hub.process_id, now, 10)

    assert (await hub.store.write(*claim)).next_at is None

    await answer(hub, asked, not_before=now + 5 * SECOND)
    claimed = await hub.store.write(*claim)
    assert (claimed.leased, claimed.next_at) == ([], now + 5 * SECOND)


def make_part_of(conn: Connection, delivery_id: str, campaign_id: str | None) -> None:
    values = {"campaign_id": campaign_id, "lane": LANES[Lane.CAMPAIGN]}
    conn.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values))


async def test_looking_for_work_reads_no_table_to_its_end(hub: Hub) -> None:
    """Of SQLite, which says how it goes about it whatever the tables hold."""
    if hub.store.dialect == "sqlite":
        steps = await hub.store.write(plans, hub.process_id)
        read = [step for step in steps if step.startswith("SCAN ") and " USING " not in step]
        assert {step.removeprefix("SCAN ") for step in read} <= SMALL


SMALL = {"CONSTANT ROW", "fresh", "channels", "lanes", "campaigns", "webhooks", "due"}


def plans(conn: Connection, process_id: str) -> list[str]:
    steps: list[str] = []

    def explain(conn: Connection, cursor: object, statement: str, values: object, *rest: object) -> None:
        driver = conn.connection.driver_connection
        assert driver is not None
        steps.extend(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    event.listen(conn, "before_cursor_execute", explain)
    try:
        list_marks(conn, process_id)
        list_due(conn, "texts", 1, 10)
        find_next_due(conn, "texts", 1)
    finally:
        event.remove(conn, "before_cursor_execute", explain)
    return steps

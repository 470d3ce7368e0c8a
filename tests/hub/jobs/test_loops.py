"""hub.jobs.loops: the loops of a process survive what goes wrong around them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hub.channel import Accept, FoundInPart, Raw
from hub.clock import DAY, MINUTE, FakeClock
from hub.context import Hub
from hub.errors import NotFound
from hub.inbound.at_once import accept_now
from hub.inbound.reader import MOST_BEGUN, READ_AT_ONCE
from hub.jobs.loops import Jobs
from hub.model import Attachment, Event, RemoteFile
from hub.outbound.deps import SenderDeps
from hub.store.blobs import add_attachment, get_attachment
from hub.store.messages import find_raw_message
from hub.store.raw import claim_raws, find_raw, get_raw, list_set_aside
from hub.store.search import search_messages
from hub.store.settings import arm, disarm, find_setting, is_armed
from tests.pager import PagerChannel, PagerSettings, page

Eventually = Callable[[Callable[[], Awaitable[object]]], Awaitable[object]]


class Door(PagerChannel):
    """A channel with a port of its own, which somebody else holds at first."""

    taken = 1
    opened = announced = 0

    async def open(self) -> None:
        self.announced += 1

    async def listen(self, accept: Accept) -> None:
        if self.taken:
            self.taken -= 1
            raise OSError("address already in use")
        self.opened += 1


async def test_doors_are_open_before_the_jobs_begin_and_are_tried_again(
    hub: Hub, office: SenderDeps, eventually: Eventually
) -> None:
    tools = hub.channels["texts"].tools
    free, held = Door("free", Door.Settings(), tools), Door("held", Door.Settings(), tools)
    free.taken = 0
    hub.channels.admit(free)
    hub.channels.admit(held)
    jobs = Jobs(hub, office, ("intake",))
    jobs.pollers.closed_rest = 0.01

    await jobs.listen()
    assert (free.opened, held.opened) == (1, 0)

    await jobs.start()

    async def both() -> bool:
        return (free.opened, held.opened) == (1, 1)

    await eventually(both)
    await jobs.stop()


async def test_a_restored_copy_calls_no_provider_until_it_is_armed(
    hub: Hub, office: SenderDeps, eventually: Eventually
) -> None:
    door = Door("door", Door.Settings(), hub.channels["texts"].tools)
    hub.channels.admit(door)
    await hub.store.write(disarm, "a restored copy", 0)
    await hub.channels.open(armed=await hub.store.read(is_armed))
    jobs = Jobs(hub, office, ("intake",))
    jobs.pollers.closed_rest = 0.01
    await jobs.start()
    await asyncio.sleep(0.1)
    assert (door.announced, door.taken) == (0, 1)

    await hub.store.write(arm)

    async def attended() -> bool:
        return (door.announced, door.taken) == (1, 0)

    await eventually(attended)
    await jobs.stop()


ADA = "+4915112345678"


async def test_a_unit_waits_for_its_channel_and_is_read_when_the_channel_is_back(
    hub: Hub, jobs: Jobs, clock: FakeClock, eventually: Eventually
) -> None:
    texts = hub.channels["texts"]
    await hub.channels.remove("texts")
    [raw_id] = await hub.intake.accept("texts", [page(**{"from": ADA, "id": "m1", "text": "anybody there?"})])

    async def waits() -> bool:
        kept = await hub.store.read(get_raw, raw_id)
        return (kept.attempts, kept.problem) == (0, "its channel is not open")

    await eventually(waits)
    hub.channels.admit(texts)
    clock.forward(MINUTE)

    async def is_read() -> bool:
        return await hub.store.read(find_raw_message, raw_id) is not None

    await eventually(is_read)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("nobody can say what went wrong")


class Breaks(PagerChannel):
    """Fails in a way that cannot even be written down."""

    def read(self, raw: Raw) -> tuple[Event, ...]:
        raise Unspeakable


async def test_a_unit_whose_reading_breaks_beyond_words_is_begun_again(
    hub: Hub, jobs: Jobs, eventually: Eventually
) -> None:
    hub.channels.admit(Breaks("breaks", Breaks.Settings(), hub.channels["texts"].tools))
    [raw_id] = await hub.intake.accept("breaks", [page(**{"from": ADA, "id": "m1", "text": "boo"})])

    async def is_begun_again() -> bool:
        return (await hub.store.read(get_raw, raw_id)).attempts > 1

    await eventually(is_begun_again)


async def test_a_unit_that_never_comes_to_an_end_is_set_aside(hub: Hub) -> None:
    await hub.intake.accept("texts", [page(**{"from": ADA, "id": "m1", "text": "boo"})])
    [kept] = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 1)

    await hub.reader.read(hub.channels["texts"], replace(kept, attempts=MOST_BEGUN + 1))

    [aside] = await hub.store.read(list_set_aside)
    assert aside.problem == f"reading it was begun {MOST_BEGUN} times and never came to an end"


class Slow(PagerChannel):
    """Half a second of work for each unit."""

    def read(self, raw: Raw) -> tuple[Event, ...]:
        done = time.monotonic() + 0.5
        while time.monotonic() < done:
            pass
        return super().read(raw)


async def crowd(hub: Hub) -> None:
    while True:
        hub.intake.crowded_at = time.monotonic()
        await asyncio.sleep(0.02)


async def test_one_unit_that_took_long_does_not_end_reading_for_those_behind_it(
    hub: Hub, office: SenderDeps, eventually: Eventually
) -> None:
    hub.channels.admit(Slow("slow", Slow.Settings(), hub.channels["texts"].tools))
    units = [page(**{"from": ADA, "id": f"m{number}", "text": "hello"}) for number in range(3)]
    ids = await hub.intake.accept("slow", units)
    crowding = asyncio.create_task(crowd(hub))
    await asyncio.sleep(0)
    jobs = Jobs(hub, office, ("intake",))
    await jobs.start()

    async def all_are_read() -> bool:
        return None not in [await hub.store.read(find_raw_message, raw_id) for raw_id in ids]

    async with asyncio.timeout(12):  # 39 times half a second is more
        await eventually(all_are_read)

    crowding.cancel()
    await jobs.stop()


async def test_crowd_waits_for_few_of_the_units_that_were_begun_before_it_came(
    hub: Hub, office: SenderDeps, eventually: Eventually
) -> None:
    units = [page(**{"from": ADA, "id": f"m{number}", "text": "hello"}) for number in range(READ_AT_ONCE)]
    ids = await hub.intake.accept("texts", units)
    jobs = Jobs(hub, office, ("intake",))
    await jobs.start()
    crowding = asyncio.create_task(crowd(hub))

    async def landed() -> int:
        return len(ids) - [await hub.store.read(find_raw_message, raw_id) for raw_id in ids].count(None)

    async def some_are_read() -> bool:
        return await landed() > 0

    await eventually(some_are_read)
    await hub.intake.accept("texts", [page(**{"from": ADA, "id": "one of the crowd", "text": "hello"})])
    assert await landed() < READ_AT_ONCE // 2

    crowding.cancel()
    await jobs.stop()


async def test_whoever_waits_for_one_message_does_not_wait_behind_what_nobody_waits_for(hub: Hub) -> None:
    said = page(**{"from": ADA, "id": "m1", "text": "hello"})
    async with hub.reader.turns.next(), hub.reader.turns.next(), asyncio.timeout(60):
        assert (await accept_now(hub.reader, hub.channels["texts"], said)).text == "hello"


class Found(PagerChannel):
    """Finds one of two lost units at first, and knows what it is asked."""

    class Settings(PagerSettings):
        backfill_seconds: int = 1

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.asked: list[int] = []

    async def backfill(self, since: int) -> Sequence[Raw]:
        self.asked.append(since)
        found = [page(**{"from": ADA, "id": f"lost{number}", "text": "hello?"}) for number in range(2)]
        if len(self.asked) == 1:
            raise FoundInPart(found[:1], "the other one later")
        return found


async def test_what_was_found_in_part_is_kept_and_the_rest_asked_for_again(
    hub: Hub, office: SenderDeps, clock: FakeClock, eventually: Eventually
) -> None:
    channel = Found("found", Found.Settings(), hub.channels["texts"].tools)
    hub.channels.admit(channel)
    jobs = Jobs(hub, office, ("intake",))
    await jobs.start()

    async def are_kept() -> bool:
        return await hub.store.read(find_raw, "found", "message", "lost0") is not None

    await eventually(are_kept)
    assert await hub.store.read(find_setting, "backfilled:found") is None

    async def all_are_kept() -> bool:
        return await hub.store.read(find_setting, "backfilled:found") == clock.now()

    await eventually(all_are_kept)
    assert await hub.store.read(find_raw, "found", "message", "lost1") is not None
    assert channel.asked[0] == channel.asked[1]
    await jobs.stop()


class Stuck(PagerChannel):
    """Its provider takes its time with files."""

    def read(self, raw: Raw) -> tuple[Event, ...]:
        [said] = super().read(raw)
        return (replace(said, files=(RemoteFile("https://provider.example/1", "photo.jpg"),)),)

    async def fetch(self, file: RemoteFile) -> Attachment:
        await self.gate.wait()
        return Attachment("photo.jpg", "image/jpeg", b"jpeg")


async def test_a_file_that_does_not_come_holds_up_nobody_while_webhooks_crowd(
    hub: Hub, office: SenderDeps, eventually: Eventually
) -> None:
    stuck = Stuck("stuck", Stuck.Settings(), hub.channels["texts"].tools)
    stuck.gate = asyncio.Event()
    hub.channels.admit(stuck)
    await hub.intake.accept("stuck", [page(**{"from": ADA, "id": "m0", "text": "look"})])
    ids = await hub.intake.accept("texts", [page(**{"from": ADA, "id": f"m{n}", "text": "hello"}) for n in range(3)])
    crowding = asyncio.create_task(crowd(hub))
    await asyncio.sleep(0)
    jobs = Jobs(hub, office, ("intake",))
    await jobs.start()

    async def the_others_are_read() -> bool:
        return None not in [await hub.store.read(find_raw_message, raw_id) for raw_id in ids]

    await eventually(the_others_are_read)
    crowding.cancel()
    stuck.gate.set()
    await jobs.stop()


async def test_what_came_in_is_indexed_without_anybody_searching(hub: Hub, jobs: Jobs, eventually: Eventually) -> None:
    await accept_now(
        hub.reader,
        hub.channels["texts"],
        page(**{"from": "+12025550101", "id": "p1", "text": "The Störungsmelder blinks"}),
    )

    async def found() -> object:
        return await hub.store.read(search_messages, "melder", None, 10)

    assert await eventually(found)


async def test_uploads_that_nobody_sent_are_let_go(
    hub: Hub, office: SenderDeps, clock: FakeClock, eventually: Eventually
) -> None:
    [old, fresh] = [
        await hub.store.write(add_attachment, Attachment("a.txt", "text/plain", content), at)
        for content, at in ((b"old", clock.now() - 2 * DAY), (b"fresh", clock.now()))
    ]
    jobs = Jobs(hub, office, ("scheduler",))
    await jobs.start()

    async def is_gone() -> bool:
        with suppress(NotFound):
            await hub.store.read(get_attachment, old)
            return False
        return True

    await eventually(is_gone)
    assert (await hub.store.read(get_attachment, fresh)).filename == "a.txt"
    await jobs.stop()

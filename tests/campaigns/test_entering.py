"""hub.sequences.entering: whoever comes into a segment, or has a birthday, is let in once, when it is time there."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hub.campaigns.audience import check_free
from hub.clock import DAY, HOUR, MINUTE, instant_of
from hub.errors import Conflict, InvalidInput
from hub.sequences import lifecycle
from hub.sequences.entering import _let_in, _row
from hub.store.customers import mark_customer
from hub.store.entries import list_dated
from hub.store.merges import merge_customers
from hub.store.personal import forget_customer
from hub.store.segments import add_segment, forget_segment
from hub.store.sequences import add_runs, get_sequence, list_runs
from tests.campaigns.test_sequences import MESSAGE, active, pass_time, texts

GOLD = {"op": "is", "field": "fields.plan", "value": "gold"}
BIRTHDAY = {"event": "date", "field": "birthday", "days": 0, "at": "09:00", "yearly": True}


async def gold(world):
    segment = await world.write(add_segment, "Gold", GOLD, world.clock.now())
    return await active(world, trigger={"event": "segment.entered", "segment": segment.id}, steps=[MESSAGE])


def runs(world, sequence):
    return world.read(lambda conn: list_runs(conn, sequence.id))


async def test_whoever_comes_into_the_segment_gets_in_once_ever(world):
    await world.customer("Ada", fields={"plan": "gold"})
    grace = await world.customer("Grace")
    await gold(world)
    await pass_time(world, MINUTE)
    assert len(texts(world)) == 1
    await world.write(mark_customer, grace, world.clock.now(), fields={"plan": "gold"})
    await pass_time(world, MINUTE)
    assert len(texts(world)) == 2
    for plan in ("", "gold"):  # out of it and in again
        await world.write(mark_customer, grace, world.clock.now(), fields={"plan": plan})
        await pass_time(world, 2 * MINUTE)
    assert len(texts(world)) == 2


async def test_two_who_look_at_once_let_nobody_in_twice(world):
    for number in range(5):
        await world.customer(f"Person {number}", fields={"plan": "gold"})
    sequence = await gold(world)
    world.clock.forward(MINUTE)
    await asyncio.gather(world.follow_up(), world.follow_up())
    await world.send()
    assert (len(await runs(world, sequence)), len(texts(world))) == (5, 5)


async def test_who_changed_between_the_look_and_the_letting_in_stays_out(world):
    """The look goes through all customers outside the write: there only those it found are looked at again."""
    gone, merged, inside, free = [await world.customer(name) for name in ("Gone", "Merged", "Inside", "Free")]
    sequence = await gold(world)
    rows = [_row(sequence, id, sequence.trigger["segment"], 1) for id in (gone, merged, inside, free)]
    await world.write(forget_customer, gone, "admin", 1)
    await world.write(merge_customers, free, merged, None, 1)
    await world.write(add_runs, [{**rows[2], "trigger_id": "another"}], 1)
    await world.write(_let_in, sequence, rows, 1)
    assert {run.customer_id for run in await runs(world, sequence)} == {inside, free}
    await world.write(lifecycle.pause, sequence.id, 2)
    late = await world.customer("Late")
    await world.write(_let_in, sequence, [_row(sequence, late, sequence.trigger["segment"], 1)], 2)
    assert late not in {run.customer_id for run in await runs(world, sequence)}


async def test_a_paused_sequence_lets_nobody_in(world):
    sequence = await gold(world)
    await world.write(lifecycle.pause, sequence.id, world.clock.now())
    await world.customer("Ada", fields={"plan": "gold"})
    await pass_time(world, HOUR)
    assert await runs(world, sequence) == []


async def test_the_segment_a_sequence_begins_with_stays_as_it_is(world):
    sequence = await gold(world)
    with pytest.raises(Conflict, match="asks about it"):
        await world.read(check_free, sequence.trigger["segment"])


async def test_a_sequence_does_not_start_without_its_segment(world):
    segment = await world.write(add_segment, "Gold", GOLD, world.clock.now())
    await world.write(forget_segment, segment.id)
    with pytest.raises(Conflict, match="is gone"):
        await active(world, trigger={"event": "segment.entered", "segment": segment.id}, steps=[MESSAGE])


@pytest.mark.parametrize("trigger", [BIRTHDAY, {"event": "segment.entered", "segment": "0" * 32}])
async def test_nobody_answers_anything_then_so_a_purpose_is_needed(world, trigger):
    step = {**MESSAGE, "purpose": ""}
    with pytest.raises(InvalidInput, match="purpose"):
        await active(world, trigger=trigger, steps=[step])


def set_clock(world, said, zone="UTC"):
    world.clock.instant = instant_of(datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone)))


async def dated(world, trigger, **more):
    return await active(world, trigger={**BIRTHDAY, **trigger}, steps=[MESSAGE], **more)


async def named(world, name, day, zone=""):
    customer = await world.customer(name, fields={"birthday": day})
    if zone:
        await world.write(mark_customer, customer, world.clock.now(), timezone=zone)


@pytest.mark.parametrize(
    ("zone", "day", "days", "early", "due"),
    [
        ("UTC", "1990-05-14", 0, "2027-05-14T08:58", "2027-05-14T09:01"),
        ("Asia/Tokyo", "1990-05-14", 0, "2027-05-13T23:58", "2027-05-14T00:01"),
        ("Pacific/Kiritimati", "1990-05-14", 0, "2027-05-13T18:58", "2027-05-13T19:01"),
        ("Pacific/Pago_Pago", "1990-05-14", 0, "2027-05-14T19:58", "2027-05-14T20:01"),
        ("UTC", "1990-05-14", -3, "2027-05-11T08:58", "2027-05-11T09:01"),
        ("UTC", "1990-12-30", 5, "2028-01-04T08:58", "2028-01-04T09:01"),
        ("UTC", "1992-02-29", 0, "2027-02-28T08:58", "2027-02-28T09:01"),
        ("UTC", "1992-02-29", 0, "2028-02-29T08:58", "2028-02-29T09:01"),
    ],
)
async def test_a_date_comes_when_it_is_that_time_where_the_customer_lives(world, zone, day, days, early, due):
    set_clock(world, "2027-01-02T00:00")
    await named(world, "Ada", day, zone)
    await dated(world, {"days": days})
    set_clock(world, early)
    await pass_time(world, 0)
    assert texts(world) == []
    set_clock(world, due)
    await pass_time(world, 0)
    await pass_time(world, HOUR)
    assert len(texts(world)) == 1


async def test_a_birthday_comes_every_year_and_an_appointment_once(world):
    set_clock(world, "2027-01-02T00:00")
    await named(world, "Ada", "2027-05-14")
    await dated(world, {}, name="Birthday")
    await dated(world, {"yearly": False}, name="Appointment")
    for year in (2027, 2028):
        set_clock(world, f"{year}-05-14T09:01", "Europe/Berlin")
        await pass_time(world, 0)
    assert len(texts(world)) == 3


async def test_what_was_before_the_start_is_past_and_a_night_off_is_not(world):
    set_clock(world, "2027-05-14T12:00", "Europe/Berlin")
    await named(world, "Ada", "1990-05-14")
    await named(world, "Grace", "1990-05-15")
    await named(world, "Alan", "1990-05-17")
    sequence = await dated(world, {})
    await pass_time(world, MINUTE)
    assert await runs(world, sequence) == []
    world.clock.forward(19 * HOUR + 2 * DAY)  # the hub was off: two days ago is past
    await pass_time(world, 0)
    assert await runs(world, sequence) == []
    world.clock.forward(20 * HOUR)
    await pass_time(world, 0)
    assert len(texts(world)) == 1


async def test_a_date_is_found_whatever_its_field_is_called(world):
    odd = ['day of "birth"', "back\\slash", "Größe", "a.b", "$[0]", "o'clock", "7"]
    customer = await world.customer("Ada", fields={name: f"1990-05-{n:02}" for n, name in enumerate(odd, 1)})
    for n, name in enumerate(odd, 1):
        assert await world.read(list_dated, name, [f"05-{n:02}"], "", 10) == [(customer, f"1990-05-{n:02}", "")]


@pytest.mark.parametrize("said", ["", "14.05.1990", "05-14", "1990-05", "soon", "1990-05-14T10:00:00Z"])
async def test_what_is_no_date_begins_nothing_and_harms_nobody(world, said):
    set_clock(world, "2027-05-01T00:00")
    await named(world, "Ada", said)
    sequence = await dated(world, {})
    set_clock(world, "2027-05-14T12:00")
    await pass_time(world, 0)
    assert len(await runs(world, sequence)) == (1 if said.startswith("1990-05-14") else 0)
    assert (await world.read(get_sequence, sequence.id)).state == "active"

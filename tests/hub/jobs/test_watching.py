"""hub.watch and hub.jobs.watching: how a channel is stands in the store, and that it fails is told once."""

import pytest

from hub.accounts import add_account
from hub.clock import HOUR, MINUTE, FakeClock
from hub.context import Hub
from hub.errors import SendDeferred, SendDoubtful, SendRejected
from hub.inbound.at_once import accept_now
from hub.jobs.watching import write_down
from hub.model import DeliveryState, Lane, Role, Sent
from hub.outbound.outcomes import Answer, settled
from hub.outbound.pacing import OPEN_AFTER, Breaker
from hub.store.channel_health import Health, Passage, count_passages, forget_health, forget_hours, list_health
from hub.store.deliveries import LANES, Delivery
from hub.store.events import list_events, number_events
from hub.watch import IN, OUT
from tests.pager import page

AWAY = SendDeferred("the provider is away")


def delivery(clock: FakeClock) -> Delivery:
    places = ("d1", "m1", "c1", None, "texts", "sms", "sms", "+491", LANES[Lane.AGENT], "sending", "", "", None)
    due = (clock.now(), 1, "a1", clock.now() + 100 * HOUR, "", None, {}, clock.now(), None, clock.now())
    return Delivery(*places, *due)


@pytest.fixture
def breaker(hub: Hub) -> Breaker:
    return Breaker(hub.watch.way("texts", OUT))


def answers(breaker: Breaker, clock: FakeClock, *given: Answer) -> None:
    for answer in given:
        settled(delivery(clock), answer, breaker, clock.now())


async def outgoing(hub: Hub) -> Health:
    await write_down(hub)
    return (await hub.store.read(list_health))["texts", OUT]


async def told(hub: Hub) -> list[tuple[str, str, str]]:
    await hub.store.write(number_events)
    found = [one for one in await hub.store.read(list_events, 0) if one.type.startswith("channel.")]
    return [(one.type, one.data["channel"], one.data["way"]) for one in found]


async def test_what_passed_and_what_was_lost_is_counted(hub: Hub, breaker: Breaker, clock: FakeClock) -> None:
    answers(breaker, clock, Sent("p1"), SendRejected("no such number"), Sent("p2", DeliveryState.FAILED), AWAY)
    health = await outgoing(hub)

    assert (health.passed_at, health.failing_since) == (clock.now(), clock.now())
    assert health.problem == "the provider is away"
    assert (await hub.store.read(count_passages, 0))["texts", OUT] == Passage(4, 2)


async def test_nothing_is_written_while_nothing_happens(hub: Hub, breaker: Breaker, clock: FakeClock) -> None:
    answers(breaker, clock, Sent("p1"))
    await write_down(hub)
    before = hub.store.calls["note"]
    await write_down(hub)
    hub.watch.way("texts", IN).works()
    await write_down(hub)
    for _ in range(100):  # polls that bring nothing
        hub.watch.way("texts", IN).works()

    await write_down(hub)
    assert hub.store.calls["note"] == before + 1
    assert not hub.watch.news.is_set()


async def test_who_manages_is_told_once_that_a_channel_fails_and_once_that_it_works(
    hub: Hub, breaker: Breaker, clock: FakeClock
) -> None:
    boss = await add_account(hub.store, clock, "boss@example.com", "Boss", Role.OWNER)
    await add_account(hub.store, clock, "lena@example.com", "Lena", Role.AGENT)
    answers(breaker, clock, AWAY)
    await write_down(hub)
    clock.forward(5 * MINUTE - 1)
    answers(breaker, clock, SendDoubtful("no answer"))
    await write_down(hub)
    assert await told(hub) == []

    for _ in range(2):
        clock.forward(MINUTE)
        answers(breaker, clock, AWAY)
        await write_down(hub)
    assert await told(hub) == [("channel.unhealthy", "texts", OUT)]

    for _ in range(2):
        answers(breaker, clock, Sent("p1"))
        await write_down(hub)
    assert await told(hub) == [("channel.unhealthy", "texts", OUT), ("channel.healthy", "texts", OUT)]
    [last] = [one for one in await hub.store.read(list_events, 0) if one.type == "channel.healthy"]
    assert last.data["tell"] == [boss.id]
    assert last.data["since"] == clock.now() - 7 * MINUTE + 1


async def test_one_message_that_gets_through_ends_the_failure(hub: Hub, breaker: Breaker, clock: FakeClock) -> None:
    answers(breaker, clock, AWAY)
    clock.forward(4 * MINUTE)
    answers(breaker, clock, Sent("p1"), AWAY)
    clock.forward(4 * MINUTE)
    answers(breaker, clock, AWAY)

    assert (await outgoing(hub)).failing_since == clock.now() - 4 * MINUTE
    assert await told(hub) == []


@pytest.mark.parametrize("answer", [SendRejected("no"), SendDeferred("busy there", of_provider=False)])
async def test_what_is_wrong_with_one_recipient_is_no_failure_of_the_channel(
    hub: Hub, breaker: Breaker, clock: FakeClock, answer: Answer
) -> None:
    answers(breaker, clock, AWAY)
    answers(breaker, clock, answer)

    assert (await outgoing(hub)).failing_since is None


async def test_a_channel_that_rests_says_until_when(hub: Hub, breaker: Breaker, clock: FakeClock) -> None:
    answers(breaker, clock, *[AWAY] * OPEN_AFTER)
    assert (await outgoing(hub)).rests_until > clock.now()

    answers(breaker, clock, Sent("p1"))
    assert (await outgoing(hub)).rests_until == 0


async def test_what_comes_in_is_noticed(hub: Hub, clock: FakeClock) -> None:
    await accept_now(hub.reader, hub.channels["texts"], page(**{"from": "+491", "id": "m1", "text": "Hello?"}))
    await hub.intake.accept_polled("mail", "7", [page(id="m2")])
    await hub.intake.accept_polled("mail", "8", [])
    await write_down(hub)

    known = await hub.store.read(list_health)
    assert known["texts", IN].passed_at == known["mail", IN].passed_at == clock.now()
    assert (await hub.store.read(count_passages, 0))["mail", IN] == Passage(1)


async def test_old_counts_and_removed_channels_are_forgotten(hub: Hub, breaker: Breaker, clock: FakeClock) -> None:
    answers(breaker, clock, Sent("p1"))
    await write_down(hub)
    clock.forward(2 * HOUR)
    answers(breaker, clock, Sent("p2"))
    await write_down(hub)

    await hub.store.write(forget_hours, clock.now() - HOUR)
    assert (await hub.store.read(count_passages, 0))["texts", OUT] == Passage(1)
    await hub.store.write(forget_health, "texts")
    assert (await hub.store.read(list_health), await hub.store.read(count_passages, 0)) == ({}, {})

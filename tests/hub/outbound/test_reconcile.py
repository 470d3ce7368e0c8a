"""hub.outbound.reconcile: doubt is settled by asking the provider, never by sending again."""

from collections.abc import Awaitable, Callable

from hub.clock import HOUR, SECOND, FakeClock
from hub.context import Hub
from hub.errors import HubError, ReadDeferred
from hub.inbound.at_once import accept_now
from hub.model import DeliveryState, Outbound, Sent
from hub.outbound.compose import Reply
from hub.outbound.deps import SenderDeps
from hub.outbound.outbox import queue_reply
from hub.outbound.reconcile import Reconciler
from hub.reasons import Reason, Why
from hub.store.deliveries import Delivery, get_delivery, mark_state
from hub.store.events import list_events, number_events
from tests.pager import PagerChannel, PagerSettings, page

ADA = "+4915112345678"


class Knowing(PagerChannel):
    """Can be asked what it has; `answer` is what it says, `away` makes it unable to give one."""

    def __init__(self, hub: Hub, name: str) -> None:
        super().__init__(name, PagerSettings(), hub.channels["texts"].tools, "sms", lookup=True)
        self.answer: Sent | None = None
        self.away = False
        self.asked: list[tuple[str, int]] = []

    async def look_up(self, message: Outbound, since: int) -> Sent | None:
        self.asked.append((message.text, since))
        if self.away:
            raise ReadDeferred("the provider is away")
        return self.answer


async def doubtful(hub: Hub, channel: PagerChannel, clock: FakeClock, text: str = "Here it is.") -> str:
    hub.channels.admit(channel)
    asked = await accept_now(hub.reader, channel, page(**{"from": ADA, "id": f"{channel.name} {text}", "text": "?"}))
    reply = Reply(text=text, channel=channel.name)
    queued = await hub.store.write(queue_reply, hub.outbox_deps, asked.conversation_id or "", reply, clock.now())
    unknown = DeliveryState.UNKNOWN
    await hub.store.write(mark_state, queued.delivery_id, unknown, Reason(detail="the answer never came"), clock.now())
    return queued.delivery_id


async def state(hub: Hub, id: str) -> Delivery:
    return await hub.store.read(get_delivery, id)


def reconciler(hub: Hub, office: SenderDeps) -> Reconciler:
    async def guarded(work: Callable[[], Awaitable[None]]) -> bool:
        try:
            await work()
        except HubError:
            return False
        return True

    return Reconciler(office, hub.channels, guarded)


async def test_what_the_provider_has_is_settled_under_its_name_and_told(
    hub: Hub, office: SenderDeps, clock: FakeClock
) -> None:
    channel = Knowing(hub, "asked")
    id = await doubtful(hub, channel, clock)
    channel.answer = Sent("page-77", DeliveryState.DELIVERED)

    await reconciler(hub, office).look_up()

    found = await state(hub, id)
    assert (found.state, found.provider_id, found.reason) == ("delivered", "page-77", Why.FOUND)
    assert channel.provider == []
    await hub.store.write(number_events)
    told = [event for event in await hub.store.read(list_events, 0, 100) if event.type == "delivery.delivered"]
    assert [event.message_id for event in told] == [found.message_id]


async def test_what_the_provider_does_not_have_stays_unknown_and_is_asked_for_ever_more_rarely(
    hub: Hub, office: SenderDeps, clock: FakeClock
) -> None:
    channel = Knowing(hub, "asked")
    id = await doubtful(hub, channel, clock)
    settling = reconciler(hub, office)
    moments = []
    for second in range(40):
        await settling.look_up()
        moments += [second] * (len(channel.asked) - len(moments))
        clock.forward(SECOND)

    assert moments == [0, 5, 15, 35]
    assert (await state(hub, id)).state == "unknown"
    assert channel.provider == []


async def test_however_many_are_in_doubt_each_is_asked_about(hub: Hub, office: SenderDeps, clock: FakeClock) -> None:
    channel = Knowing(hub, "asked")
    texts = [f"text {number}" for number in range(103)]
    for text in texts:
        await doubtful(hub, channel, clock, text)

    await reconciler(hub, office).look_up()

    assert sorted(text for text, _ in channel.asked) == sorted(texts)


async def test_a_message_that_is_another_delivery_s_settles_nothing(
    hub: Hub, office: SenderDeps, clock: FakeClock
) -> None:
    channel = Knowing(hub, "asked")
    first, second = await doubtful(hub, channel, clock, "a"), await doubtful(hub, channel, clock, "b")
    channel.answer = Sent("page-77")

    await reconciler(hub, office).look_up()

    assert sorted([(await state(hub, first)).state, (await state(hub, second)).state]) == ["sent", "unknown"]


async def test_a_provider_that_is_away_keeps_no_other_from_being_asked(
    hub: Hub, office: SenderDeps, clock: FakeClock
) -> None:
    away, there = Knowing(hub, "away"), Knowing(hub, "there")
    lost, found = await doubtful(hub, away, clock), await doubtful(hub, there, clock)
    away.away, there.answer = True, Sent("page-1")

    await reconciler(hub, office).look_up()

    assert [(await state(hub, id)).state for id in (lost, found)] == ["unknown", "sent"]


async def test_a_channel_that_cannot_be_asked_and_old_doubt_are_left_to_people(
    hub: Hub, office: SenderDeps, clock: FakeClock
) -> None:
    channel = Knowing(hub, "asked")
    await doubtful(hub, channel, clock)
    await doubtful(hub, PagerChannel("mute", PagerSettings(), hub.channels["texts"].tools), clock)
    clock.forward(HOUR + SECOND)

    await reconciler(hub, office).look_up()

    assert channel.asked == []

"""How the channels are: the provider goes away and comes back, and whoever looks after the hub sees both."""

import pytest

from hub.clock import MINUTE, FakeClock, SystemClock
from hub.outbound.outbox import Queued
from hub.sandbox.telegram import TelegramSandbox
from hub.sandbox.twilio import Trouble
from hub.store.channel_health import Health, list_health
from hub.store.events import Happening
from hub.watch import IN, OUT
from tests.people import ADA
from tests.rest import program_of
from tests.running import Office, until
from tests.telegram import TOKEN
from tests.telegram import open_world as open_telegram
from tests.texting import open_world as open_texting


@pytest.fixture
def engine() -> str:
    """What providers answer does not depend on the store."""
    return "sqlite"


async def health(office: Office, channel: str) -> dict:
    async with program_of(office.hub) as program:
        return await program.must("GET", f"/channels/{channel}/health")


async def failing(office: Office, channel: str, way: str, *, fails: bool = True) -> Health:
    async def look() -> Health | None:
        found = (await office.hub.store.read(list_health)).get((channel, way))
        return found if found and bool(found.failing_since) == fails else None

    return await until(look, f"{channel} that {'fails' if fails else 'works'}")


async def happened(office: Office, type: str) -> Happening:
    async def look() -> Happening | None:
        return next((one for one in await office.hub.live.since(0) if one.type == type), None)

    return await until(look, type)


async def test_a_provider_that_is_away_is_told_and_so_is_its_return(store_url):
    clock = FakeClock()
    async with open_texting(store_url, clock=clock, backfill_seconds=80_000) as world:
        office, conversation = world.office, await world.hello()
        world.twilio.inject(Trouble.REFUSE, code=20003, times=2, where="POST")
        queued: Queued = await office.reply(conversation, text="It left today.")
        first = await failing(office, "sms", OUT)
        assert "20003" in first.problem
        assert (await health(office, "sms"))["state"] == "failing"

        clock.forward(6 * MINUTE)
        office.hub.live.wake()
        said = await happened(office, "channel.unhealthy")
        assert (said.data["channel"], said.data["since"]) == ("sms", first.failing_since)

        clock.forward(30 * MINUTE)
        office.hub.live.wake()
        await office.delivery(queued, "sent", "delivered")
        await happened(office, "channel.healthy")
        told = await health(office, "sms")

    assert [message.body for message in world.twilio.sent_to(ADA.phone)] == ["It left today."]
    assert (told["state"], told["tried"], told["lost"], told["waiting"]) == ("working", 3, 2, 0)


async def test_a_bot_that_telegram_does_not_answer_says_so_and_recovers(store_url):
    telegram = TelegramSandbox(TOKEN, SystemClock())
    await telegram.start()
    for _ in range(3):
        telegram.fail_next("setWebhook", status=502)
    async with open_telegram(store_url, telegram) as world:
        assert "setWebhook" in (await failing(world.office, "bot", IN)).problem
        await failing(world.office, "bot", IN, fails=False)
    await telegram.stop()


async def test_a_search_for_lost_messages_that_is_refused_is_a_failure(store_url):
    async with open_texting(store_url, backfill_seconds=1) as world:
        await world.hello()
        world.twilio.inject(Trouble.REFUSE, code=20003, times=10, where="GET")
        await failing(world.office, "sms", IN)
        await failing(world.office, "sms", IN, fails=False)

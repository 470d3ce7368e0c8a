"""A customer known otherwise comes to Telegram: by a link that only they got, or by sharing their own number."""

import re
from collections.abc import AsyncIterator

import pytest

from hub.clock import DAY, FakeClock
from hub.inbound.invitations import GOOD_DAYS, invite, invited
from hub.signing import Signer
from hub.store.conversations import add_conversation
from hub.store.customers import NewCustomer, add_owner, find_customer, list_addresses
from hub.store.raw import count_raws
from tests.people import ADA, GRACE
from tests.rest import program_of
from tests.running import until
from tests.telegram import CHAT, World, open_world
from tests.web.browser import sign_in


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        yield opened


async def known_by_mail(world: World) -> str:
    store, now = world.office.hub.store, world.office.hub.clock.now()
    return (await store.write(add_owner, ADA.mail_address, NewCustomer(name=ADA.name), now, "test"))[0]


async def link_for(world: World, customer_id: str) -> str:
    async with program_of(world.office.hub) as program:
        return (await program.must("POST", f"/customers/{customer_id}/telegram-link", {}))["url"]


def payload_in(url: str) -> str:
    return url.partition("?start=")[2]


async def press_start(world: World, payload: str) -> str:
    """Whose chat it is then."""
    await world.telegram.say(CHAT, f"/start {payload}", name=ADA.name)
    await world.telegram.updates.emptied()
    await until(lambda: is_read(world), "update that was read")
    await world.telegram.say(CHAT, "Here I am", name=ADA.name)
    return (await world.message("Here I am")).customer_id


async def is_read(world: World) -> bool:
    return not await world.office.hub.store.read(count_raws)


async def test_who_opens_the_link_is_the_customer_it_was_made_for(world):
    customer_id = await known_by_mail(world)
    url = await link_for(world, customer_id)

    assert url.startswith(f"https://t.me/{world.telegram.bot['username']}?start=")
    assert len(payload_in(url)) <= 64
    assert await press_start(world, payload_in(url)) == customer_id
    conversation = await world.conversation()
    assert [one.text for one in await world.office.messages(conversation.id)] == ["/start", "Here I am"]


async def test_a_chat_that_began_before_is_joined(world):
    customer_id = await known_by_mail(world)
    stranger = await world.hello()
    assert stranger.customer_id != customer_id

    url = await link_for(world, customer_id)

    assert await press_start(world, payload_in(url)) == customer_id


async def test_a_made_up_link_joins_nobody(world):
    customer_id = await known_by_mail(world)
    url = await link_for(world, customer_id)
    payload = payload_in(url)
    altered = payload[:-1] + ("a" if payload[-1] != "a" else "b")

    assert await press_start(world, altered) != customer_id


async def test_the_second_who_opens_it_is_only_suggested(world):
    customer_id = await known_by_mail(world)
    payload = payload_in(await link_for(world, customer_id))
    await press_start(world, payload)

    other = int(GRACE.telegram)
    await world.telegram.say(other, f"/start {payload}", name=GRACE.name)
    await world.telegram.updates.emptied()

    async def apart() -> str | None:
        return await world.office.hub.store.read(find_customer, GRACE.telegram_address)

    assert await until(apart, "customer") != customer_id
    noted = await world.office.hub.store.read(list_addresses, customer_id)
    assert [one.verified for one in noted if one.handle == GRACE.telegram] == [False]


def test_a_link_is_good_for_some_days():
    signer, clock, customer_id = Signer(b"s" * 32), FakeClock(1_795_000_000_000), "0" * 31 + "1"
    token = invite(signer, customer_id, clock.now())

    assert invited(signer, token, clock.now() + (GOOD_DAYS - 1) * DAY) == customer_id
    assert invited(signer, token, clock.now() + (GOOD_DAYS + 1) * DAY) is None


async def test_an_agent_puts_the_link_into_an_answer(world):
    customer_id = await known_by_mail(world)
    hub = world.office.hub
    case = await hub.store.write(add_conversation, customer_id, "Order 4711", hub.clock.now())
    async with sign_in(hub) as agent:
        _, page = await agent.get(f"/conversations/{case.id}")
        assert "Invite to Telegram" in page
        asked = await agent.post(f"/conversations/{case.id}/telegram-link", {"view": "open"})
        assert asked.status == 303
        _, page = await agent.get(f"/conversations/{case.id}")
    payload = re.search(r"https://t\.me/hub_sandbox_bot\?start=([\w-]+)", page)
    assert payload
    assert await press_start(world, payload[1]) == customer_id


async def test_who_is_on_telegram_already_is_not_invited(world):
    conversation = await world.hello()
    async with sign_in(world.office.hub) as agent:
        _, page = await agent.get(f"/conversations/{conversation.id}")
    assert "Invite to Telegram" not in page


async def test_a_link_is_none_while_telegram_is_away(world):
    customer_id = await known_by_mail(world)
    world.telegram.fail_next("getMe", status=502)
    async with program_of(world.office.hub) as program:
        status, problem = await program.ask("POST", f"/customers/{customer_id}/telegram-link", {})
    assert (status, "Telegram" in problem["detail"]) == (503, True)


async def test_an_own_number_that_was_shared_waits_for_a_person_to_confirm_it(world):
    await world.telegram.say(
        CHAT, name=ADA.name, contact={"phone_number": "4915228817386", "first_name": "Ada", "user_id": CHAT}
    )
    await world.telegram.say(CHAT, "that is me", name=ADA.name)
    landed = await world.message("that is me")

    noted = await world.office.hub.store.read(list_addresses, landed.customer_id)
    assert {one.kind: one.verified for one in noted if one.handle == "+4915228817386"} == {
        "sms": False,
        "whatsapp": False,
        "voice": False,
    }


async def test_somebody_elses_number_is_only_a_card(world):
    await world.telegram.say(CHAT, name=ADA.name, contact={"phone_number": "+4915228817386", "first_name": "Grace"})
    await world.telegram.say(CHAT, "ask her", name=ADA.name)
    landed = await world.message("ask her")

    noted = await world.office.hub.store.read(list_addresses, landed.customer_id)
    assert [one.kind for one in noted] == ["telegram"]

"""Whoever writes on WhatsApp or RCS stays one customer, by number or by id, and is answered the same way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from hub.clock import SystemClock
from hub.errors import InvalidInput
from hub.model import Address, DeliveryState
from hub.sandbox.twilio import Trouble, TwilioSandbox
from hub.store.consents import list_consents
from hub.store.customers import NewCustomer, add_address, add_customer, find_customer, get_customer, list_addresses
from hub.store.events import list_events
from hub.store.merges import merge_customers, undo_merge
from hub.store.tokens import add_token, new_secret
from tests.people import ADA, GRACE
from tests.running import until
from tests.texting import WA_LINE, World, open_world
from tests.twilio import LINE
from tests.web.browser import sign_in

ID, CONCERN = "DE.AbC134912086553", "DE.ENT.xYz118157992128"
WA_ID = f"whatsapp:{ID}"
BY_ID = Address("whatsapp", ID)
AGENT = "rcs:marke_agent"
OTHER_ACCOUNT, OTHER_TOKEN = "AC" + "7b" * 16, "e" * 32


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        opened.twilio.connect(AGENT, messages=opened.office.hooks("sms"))
        yield opened


async def owner(world: World, address: Address) -> str | None:
    """Who is reached there; asked only after everything that came has landed."""
    return await world.office.hub.store.read(find_customer, address)


async def write(world: World, from_: str, text: str, **fields: str) -> str:
    """Over the signed webhook; the customer it lands with."""
    to = fields.pop("to", WA_LINE if from_.startswith("whatsapp:") else LINE)
    await world.twilio.text(from_, to, text, **fields)
    hub = world.office.hub

    async def landed() -> str | None:
        for event in await hub.store.read(list_events, 0):
            if event.message_id and event.type == "message.received" and event.conversation_id:
                said = [one for one in await world.office.messages(event.conversation_id) if one.text == text]
                if said:
                    return said[-1].customer_id
        return None

    return await until(landed, f"message {text!r}")


async def happened(world: World, what: str, times: int) -> list[dict[str, object]]:
    """What the events of a kind tell, once there are so many of them."""

    async def told() -> list[dict[str, object]]:
        found = [one.data for one in await world.office.hub.store.read(list_events, 0) if one.type == what]
        return found if len(found) >= times else []

    return await until(told, what)


async def answer(world: World, address: Address, text: str, channel: str) -> None:
    conversation = await world.conversation(address)
    assert conversation
    queued = await world.office.reply(conversation, text=text, channel=channel)
    await world.office.delivery(queued, DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)


async def test_who_hides_their_number_is_answered_at_their_id_letter_for_letter(world):
    await write(world, WA_ID, "Hallo", ExternalUserId=ID)
    await answer(world, BY_ID, "Guten Tag", "wa")

    assert [message.body for message in world.twilio.sent_to(WA_ID)] == ["Guten Tag"]
    assert not world.twilio.sent_to(WA_ID.lower())


async def test_ids_that_differ_in_case_are_two_customers(world):
    one = await write(world, WA_ID, "Hallo", ExternalUserId=ID)
    other = await write(world, WA_ID.replace("AbC", "aBc"), "Moin")

    assert one != other


@pytest.mark.parametrize(("from_", "id"), [(WA_ID, ID), (f"whatsapp:{ADA.phone}", ID), (WA_ID, CONCERN)])
async def test_an_id_that_an_older_hub_kept_in_small_letters_is_still_the_same_customer(world, from_, id):
    hub = world.office.hub
    old = await hub.store.write(add_customer, NewCustomer(name="Ada"), hub.clock.now())
    small = Address("whatsapp", id.lower())
    await hub.store.write(add_address, old, small, verified=True, at=hub.clock.now(), source="wrote by whatsapp")
    noted = Address("whatsapp", id)  # by somebody who knows how it is spelled
    await hub.store.write(add_address, old, noted, verified=False, at=hub.clock.now(), source="an agent")

    assert await write(world, from_, "Hallo", ExternalUserId=ID, ParentExternalUserId=CONCERN) == old
    assert (await owner(world, Address("whatsapp", id)), await owner(world, small)) == (old, None)
    await answer(world, BY_ID, "Guten Tag", "wa")
    assert [message.body for message in world.twilio.sent_to(from_)] == ["Guten Tag"]
    assert await write(world, WA_ID.replace("AbC", "aBc"), "Moin", ExternalUserId=ID.replace("AbC", "aBc")) != old


async def test_a_message_without_from_is_known_by_its_id(world):
    customer = await write(world, "", "Hallo", to=WA_LINE, From="", ExternalUserId=ID)

    assert await owner(world, BY_ID) == customer


async def test_an_id_that_comes_with_the_number_is_the_same_customer_when_it_comes_alone(world):
    by_sms = await write(world, ADA.phone, "per SMS")
    by_number = await write(
        world, f"whatsapp:{ADA.phone}", "mit Nummer", ExternalUserId=ID, ParentExternalUserId=CONCERN
    )
    by_id = await write(world, WA_ID, "ohne Nummer", ExternalUserId=ID)

    assert by_sms == by_number == by_id
    await answer(world, BY_ID, "Danke", "wa")
    assert [message.body for message in world.twilio.sent_to(WA_ID)] == ["Danke"]


async def test_who_first_hid_their_number_is_joined_to_it_when_both_come(world):
    by_id = await write(world, WA_ID, "zuerst ohne", ExternalUserId=ID)
    by_sms = await write(world, ADA.phone, "per SMS")
    assert by_id != by_sms
    both = await write(world, f"whatsapp:{ADA.phone}", "dann mit", ExternalUserId=ID)

    assert both == by_sms == await owner(world, BY_ID)
    assert (await world.office.hub.store.read(get_customer, by_id)).merged_into == by_sms


async def test_whom_somebody_has_taken_apart_is_never_joined_again_whoever_comes_first(world):
    by_id = await write(world, WA_ID, "zuerst ohne", ExternalUserId=ID)
    by_sms = await write(world, ADA.phone, "per SMS")
    store, now = world.office.hub.store, world.office.hub.clock.now()
    await store.write(merge_customers, by_id, by_sms, None, now)
    await store.write(undo_merge, by_id, None, now)
    both = await write(world, f"whatsapp:{ADA.phone}", "dann mit", ExternalUserId=ID)

    assert (both, await owner(world, BY_ID)) == (by_sms, by_id)
    assert (await store.read(get_customer, by_id)).merged_into is None


async def test_two_customers_of_whom_more_is_known_are_not_joined_by_themselves(world):
    grace = await write(world, f"whatsapp:{GRACE.phone}", "Grace", ExternalUserId=ID)
    ada = await write(world, ADA.phone, "per SMS")
    both = await write(world, f"whatsapp:{ADA.phone}", "Ada?", ExternalUserId=ID)

    assert (both, await owner(world, BY_ID)) == (ada, grace)
    told = await happened(world, "message.received", 3)
    assert told[-1]["suggestions"] == [grace]


async def test_a_changed_number_is_followed_and_the_old_one_is_free_for_somebody_else(world):
    before = await write(world, f"whatsapp:{ADA.phone}", "alte Nummer", ExternalUserId=ID)
    after = await write(world, f"whatsapp:{GRACE.phone}", "neue Nummer", ExternalUserId=ID)
    assert before == after
    await answer(world, GRACE.whatsapp_address, "Notiert", "wa")
    assert [message.body for message in world.twilio.sent_to(f"whatsapp:{GRACE.phone}")] == ["Notiert"]

    stranger = await write(world, f"whatsapp:{ADA.phone}", "neu hier", ExternalUserId="DE.somebodyElse1")
    assert stranger != before
    [moved] = await happened(world, "address.moved", 1)
    assert moved == {"kind": "whatsapp", "handle": ADA.phone, "to": GRACE.phone}


@asynccontextmanager
async def two_accounts(store_url: str) -> AsyncIterator[tuple[World, World]]:
    """The hub with WhatsApp on two accounts of the provider: by the one, and by the other (channel `second`)."""
    clock = SystemClock()
    other = TwilioSandbox(OTHER_ACCOUNT, OTHER_TOKEN, clock)
    section = {"type": "whatsapp", "account_sid": OTHER_ACCOUNT, "auth_token": OTHER_TOKEN, "from": LINE}
    api_base = await other.start()
    async with open_world(store_url, clock, {"second": section | {"api_base": api_base}}) as world:
        other.connect(WA_LINE, messages=world.office.hooks("second"))
        yield world, World(world.office, other)
        await other.idle()
    await other.stop()


async def test_an_id_means_nobody_in_another_account(store_url):
    async with two_accounts(store_url) as (here, there):
        first = await write(here, WA_ID, "hier", ExternalUserId=ID)
        second = await write(there, WA_ID, "dort", ExternalUserId=ID)
        assert first != second

        with pytest.raises(InvalidInput):
            await here.office.write_to(first, text="falsches Konto", channel="second")
        await here.office.write_to(first, text="richtiges Konto", channel="wa")

        async def arrived() -> bool:
            return [message.body for message in here.twilio.sent_to(WA_ID)] == ["richtiges Konto"]

        await until(arrived, "message")


async def test_an_id_of_the_whole_concern_joins_its_accounts(store_url):
    other = "DE.other99"
    async with two_accounts(store_url) as (here, there):
        first = await write(here, WA_ID, "hier", ExternalUserId=ID, ParentExternalUserId=CONCERN)
        second = await write(there, f"whatsapp:{other}", "dort", ExternalUserId=other, ParentExternalUserId=CONCERN)

        assert first == second


async def test_who_stops_by_their_id_is_not_written_to_at_their_number(world):
    customer = await write(world, f"whatsapp:{ADA.phone}", "Hallo", ExternalUserId=ID)
    await write(world, WA_ID, "STOP", ExternalUserId=ID)

    reached = await world.office.hub.store.read(list_addresses, customer)
    assert {one.handle: one.state for one in reached if one.kind == "whatsapp"} == {ADA.phone: "blocked", ID: "blocked"}
    assert await world.office.hub.store.read(list_consents, customer) == []


async def test_the_sandbox_hides_a_number_as_the_provider_does(world):
    id = world.twilio.whatsapp_id(ADA.phone)
    seen = await write(world, f"whatsapp:{ADA.phone}", "mit Nummer")
    assert world.twilio.whatsapp_id(ADA.phone, hidden=True) == id
    hidden = await write(world, f"whatsapp:{ADA.phone}", "ohne Nummer")

    assert seen == hidden == await owner(world, Address("whatsapp", id))


async def test_who_hides_their_number_can_be_asked_for_it(world):
    await write(world, WA_ID, "Hallo", ExternalUserId=ID)
    conversation = await world.conversation(BY_ID)
    assert conversation
    async with sign_in(world.office.hub) as agent:
        _, page = await agent.get(f"/conversations/{conversation.id}")
        assert "Ask for the number" in page
        assert ID in page
        asked = await agent.post(f"/conversations/{conversation.id}/number-request", {"view": "open", "channel": "wa"})
        assert asked.status == 303
        _, page = await agent.get(f"/conversations/{conversation.id}")
    assert "Would you tell us the phone number" in page


async def test_who_is_known_by_number_is_not_asked_for_it(world):
    await write(world, f"whatsapp:{ADA.phone}", "Hallo", ExternalUserId=ID)
    conversation = await world.conversation(BY_ID)
    assert conversation
    async with sign_in(world.office.hub) as agent:
        _, page = await agent.get(f"/conversations/{conversation.id}")

    assert "Ask for the number" not in page


async def test_an_id_is_written_to_by_the_api_letter_for_letter(world):
    await write(world, WA_ID, "Hallo", ExternalUserId=ID)
    secret = new_secret()
    hub = world.office.hub
    await hub.store.write(add_token, "test", secret, ["*"], hub.clock.now())
    async with aiohttp.ClientSession(hub.base_url, headers={"Authorization": f"Bearer {secret}"}) as session:
        body = {"to": {"kind": "whatsapp", "handle": ID}, "text": "Guten Tag"}
        async with session.post("/api/v1/messages", json=body) as answer:
            assert (answer.status, (await answer.json())["to"]) == (201, ID)

    async def there() -> bool:
        return [message.body for message in world.twilio.sent_to(WA_ID)] == ["Guten Tag"]

    await until(there, "message")


async def test_rcs_is_the_same_phone_and_is_answered_by_rcs(world):
    by_sms = await write(world, ADA.phone, "per SMS")
    by_rcs = await write(world, f"rcs:{ADA.phone}", "per RCS", to=AGENT)
    assert by_sms == by_rcs
    await answer(world, ADA.sms_address, "auch per RCS", "sms")

    [message] = [one for one in world.twilio.messages if one.direction == "outbound-api"]
    assert (message.from_, message.to, message.body) == (AGENT, f"rcs:{ADA.phone}", "auch per RCS")


async def test_who_writes_by_sms_again_is_answered_by_sms(world):
    await write(world, f"rcs:{ADA.phone}", "per RCS", to=AGENT)
    await write(world, ADA.phone, "per SMS")
    await answer(world, ADA.sms_address, "wie gewünscht", "sms")

    [message] = [one for one in world.twilio.messages if one.direction == "outbound-api"]
    assert (message.from_, message.to) == (LINE, ADA.phone)


async def test_an_answer_by_rcs_whose_fate_is_in_doubt_is_found_by_rcs(world):
    await write(world, f"rcs:{ADA.phone}", "per RCS", to=AGENT)
    world.twilio.inject(Trouble.RESET_AFTER_ACCEPT)
    await answer(world, ADA.sms_address, "einmal", "sms")

    assert len([one for one in world.twilio.messages if one.direction == "outbound-api"]) == 1

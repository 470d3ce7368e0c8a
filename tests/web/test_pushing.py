"""Devices whose pages are closed are told what a desktop would be told, by a push service on a real socket."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from hub.clock import HOUR, MINUTE
from hub.conversations import add_note, hand_over
from hub.model import Role
from hub.platform.fetcher import GuardedFetcher
from hub.store.agents import list_agents
from hub.store.conversations import mark_conversation
from hub.store.devices import list_devices
from hub.store.locked import VAPID, list_locked
from hub.store.settings import arm, disarm
from hub.store.tables import devices, pushes
from hub.web.pushing import FIRST_RETRY, FRESH, PUSHER
from tests.push_service import Phone, PushService, claims_of

PAGE = "/settings"


@pytest.fixture
async def service():
    async with PushService() as opened:
        yield opened


@pytest.fixture
def hub(hub, service):
    """Its way out leads to the push service."""
    return replace(hub, fetch=service)


@pytest.fixture
def tell(server):
    return server.app[PUSHER].once


@pytest.fixture
async def key(signed_in):
    return await key_for(await signed_in(Role.ADMIN))


async def key_for(visitor):
    return (await (await visitor.post("/settings/devices/key", page=PAGE)).json())["key"]


async def subscribe(visitor, phone):
    answer = await visitor.post("/settings/devices", phone.form, page=PAGE)
    assert answer.status == 204


async def give(hub, message, agent):
    await hub.store.write(hand_over, message.conversation_id, agent.id, None, hub.clock.now(), None)


async def agents(hub):
    return {one.email: one for one in await hub.store.read(list_agents)}


def read(phone, told):
    return json.loads(phone.open(told[2]))


async def test_the_agents_message_is_told_encrypted_and_signed_without_a_word_of_the_customer(
    hub, service, signed_in, says, tell, key
):
    visitor, phone = await signed_in(), Phone()
    await subscribe(visitor, phone)
    message = await says("My secret order 4711")
    await give(hub, message, (await agents(hub))["agent@example.com"])
    await says("And more of it")

    await tell()

    [told] = service.heard
    headers = told[1]
    assert read(phone, told) == {
        "title": "Example Company",
        "body": "New message",
        "tag": message.conversation_id,
        "url": f"/conversations/{message.conversation_id}?view=mine",
    }
    assert (headers["Content-Encoding"], headers["TTL"], len(headers["Topic"])) == ("aes128gcm", "3600", 32)
    claims = claims_of(headers["Authorization"], key)
    assert (claims["aud"], claims["exp"] - hub.clock.now() // 1000) == ("https://push.example", 12 * 3600)
    assert b"4711" not in told[2]
    await tell()
    assert len(service.heard) == 1


async def test_names_and_words_are_shown_where_the_device_was_set_to(hub, service, signed_in, says, tell):
    visitor, phone = await signed_in(), Phone()
    await subscribe(visitor, phone)
    [device] = await hub.store.read(list_devices, (await agents(hub))["agent@example.com"].id)
    await visitor.post(f"/settings/devices/{device.id}", {"words": "1"}, page=PAGE)
    await says("My secret order 4711", sender="+493055501")

    await tell()

    assert read(phone, service.heard[0])["title"] == "030 55501"
    assert read(phone, service.heard[0])["body"] == "My secret order 4711"
    assert "with names and words" in (await visitor.get(PAGE))[1]


async def test_what_is_a_colleagues_or_on_the_screen_or_nobodys_among_several_is_not_told(
    hub, service, signed_in, says, tell
):
    kay, lou = await signed_in(), await signed_in(Role.OWNER)
    phone, other = Phone("kay"), Phone("lou")
    await subscribe(kay, phone)
    await subscribe(lou, other)
    known = await agents(hub)
    nobodys, mine = await says("Nobody's", sender="+4930555011"), await says("Kay's", sender="+4930555012")
    await tell()
    assert service.heard == []

    await give(hub, mine, known["agent@example.com"])
    await says("More", sender="+4930555012")
    await kay.post(f"/conversations/{mine.conversation_id}/presence", {"doing": "looks"}, page=PAGE)
    await tell()
    assert service.heard == []

    await kay.post(f"/conversations/{mine.conversation_id}/presence", {"doing": "leaves"}, page=PAGE)
    await says("Again", sender="+4930555012")
    await hub.store.write(add_note, nobodys.conversation_id, "@owner look", None, "A program", hub.clock.now())
    await tell()
    assert sorted((told[0], read({"kay": phone, "lou": other}[told[0]], told)["body"]) for told in service.heard) == [
        ("kay", "New message"),
        ("lou", "A colleague mentioned you"),
    ]


async def test_what_was_read_before_it_could_be_told_is_not_told(hub, service, signed_in, says, tell, clock):
    visitor, phone = await signed_in(), Phone()
    await subscribe(visitor, phone)
    service.says = [503]
    message = await says("Hello?")
    await tell()
    await hub.store.write(mark_conversation, message.conversation_id, unread=0)
    clock.forward(HOUR // 2)
    await tell()
    assert (service.heard, service.tried) == ([], 1)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_device_that_is_gone_is_forgotten(hub, service, signed_in, says, tell, status):
    visitor = await signed_in()
    await subscribe(visitor, Phone())
    service.says = [status]
    await says("Hello?")
    await tell()
    assert await hub.store.read(list_devices, (await agents(hub))["agent@example.com"].id) == []
    assert "Told while no page is open" not in (await visitor.get(PAGE))[1]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_is_refused_for_now_is_tried_again_once_and_of_two_only_the_last(
    hub, service, signed_in, says, tell, clock, status
):
    visitor, phone = await signed_in(), Phone()
    await subscribe(visitor, phone)
    service.says = [status]
    await says("One")
    await tell()
    await says("Two")
    await tell()
    assert (service.heard, service.tried) == ([], 1)
    assert f"Cannot be told just now: answered {status}" in (await visitor.get(PAGE))[1]

    clock.forward(FIRST_RETRY)
    await tell()
    assert len(service.heard) == 1
    assert "Cannot be told just now" not in (await visitor.get(PAGE))[1]


async def test_what_is_refused_for_good_or_grows_old_is_let_go(hub, service, signed_in, says, tell, clock):
    visitor = await signed_in()
    await subscribe(visitor, Phone())
    service.says = [413]
    await says("One")
    await tell()
    service.says = [503] * 20
    await says("Two")
    await tell()
    clock.forward(FRESH + MINUTE)
    await tell()
    assert (service.heard, service.tried) == ([], 2)
    assert (await hub.store.read(lambda conn: conn.execute(select(pushes)).all())) == []


async def test_the_guarded_way_out_leads_to_no_server_of_the_house(hub, signed_in, says, server, service):
    visitor, phone = await signed_in(), Phone()
    inside = {**phone.form, "endpoint": "https://192.168.0.1/to/phone"}
    assert (await visitor.post("/settings/devices", inside, page=PAGE)).status == 422
    assert (await visitor.post("/settings/devices", {**phone.form, "p256dh": "x"}, page=PAGE)).status == 422
    plain = {**phone.form, "endpoint": "http://push.example/to/phone"}
    assert (await visitor.post("/settings/devices", plain, page=PAGE)).status == 422
    guarded = GuardedFetcher(None)
    named = {**phone.form, "endpoint": "https://localhost/to/phone"}
    assert (await visitor.post("/settings/devices", named, page=PAGE)).status == 204
    service.post = guarded.post
    await says("Hello?")
    await server.app[PUSHER].once()
    await guarded.close()
    assert "no public address" in (await visitor.get(PAGE))[1]


async def test_signing_out_ends_it_a_session_that_grew_old_does_not_and_a_colleague_does_not_take_it_over(
    hub, service, signed_in, says, tell
):
    kay, lou, phone = await signed_in(), await signed_in(Role.OWNER), Phone()
    await subscribe(kay, phone)
    told = {"endpoint": phone.subscription.endpoint}
    assert (await kay.post("/settings/devices/renewal", told, page=PAGE)).status == 204
    assert (await lou.post("/settings/devices/renewal", told, page=PAGE)).status == 404
    [device] = await hub.store.read(list_devices, (await agents(hub))["agent@example.com"].id)
    assert (await lou.post(f"/settings/devices/{device.id}/removal", page=PAGE)).status == 404
    await kay.post("/logout", page=PAGE)
    await says("Hello?")
    await tell()
    assert (service.heard, await hub.store.read(lambda conn: conn.execute(select(devices)).all())) == ([], [])


async def test_a_removed_device_is_told_nothing_more(hub, service, signed_in, says, tell):
    visitor = await signed_in()
    await subscribe(visitor, Phone())
    [device] = await hub.store.read(list_devices, (await agents(hub))["agent@example.com"].id)
    assert (await visitor.post(f"/settings/devices/{device.id}/removal", page=PAGE)).status == 303
    await says("Hello?")
    await tell()
    assert service.heard == []


async def test_a_restored_copy_tells_nobody(hub, service, signed_in, says, tell, clock):
    visitor = await signed_in()
    await subscribe(visitor, Phone())
    await hub.store.write(disarm, "restored", clock.now())
    await says("Hello?")
    await tell()
    assert service.tried == 0
    await hub.store.write(arm)
    await says("Hello again")
    await tell()
    assert service.tried == 1


async def test_key_and_subscriptions_stand_locked_and_change_keys_with_the_rest(hub, signed_in, key):
    visitor, phone = await signed_in(), Phone()
    await subscribe(visitor, phone)
    places = {one.place for one in await hub.store.read(list_locked)}
    [device] = await hub.store.read(list_devices, (await agents(hub))["agent@example.com"].id)
    assert {VAPID, f"device {device.id}"} <= places
    assert "push.example" not in device.subscription
    assert await key_for(visitor) == key

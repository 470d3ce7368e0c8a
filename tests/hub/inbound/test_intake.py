"""hub.inbound.intake: whose message it is, where it belongs, that it lands once."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import StatementError

from hub.channel import Raw
from hub.context import Hub
from hub.conversations import close
from hub.errors import ReadDeferred, StoreUnavailable
from hub.inbound.at_once import accept_now
from hub.inbound.media import Brought
from hub.inbound.processing import land
from hub.model import Address, AddressState, Edited
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_message, queue_reply
from hub.store.conversations import get_conversation, list_customer_conversations
from hub.store.customers import (
    NewCustomer,
    add_address,
    add_customer,
    find_customer,
    get_customer,
    list_addresses,
    mark_address,
)
from hub.store.messages import Message, list_timeline
from hub.store.raw import claim_raws, get_raw, list_set_aside
from hub.store.sqlite import SQLite
from tests.pager import page

ADA = "+4915112345678"


async def write(hub: Hub, channel: str = "texts", **said: str) -> Message:
    said = {"from": ADA, "id": "m1", "text": "Where is my order?"} | said
    return await accept_now(hub.reader, hub.channels[channel], page(**said))


async def test_first_message_opens_a_conversation(hub: Hub) -> None:
    message = await write(hub)

    conversation = await hub.store.read(get_conversation, message.conversation_id or "")
    assert (conversation.state, conversation.unread, conversation.last_preview) == ("open", 1, "Where is my order?")
    assert conversation.waiting_since is not None


async def test_second_message_joins_the_open_conversation(hub: Hub) -> None:
    first = await write(hub)
    second = await write(hub, id="m2", text="Hello?")

    assert second.conversation_id == first.conversation_id
    assert second.id != first.id


async def test_an_address_that_bounced_lives_again_when_its_owner_writes(hub: Hub) -> None:
    first = await write(hub)
    ada = Address("sms", ADA)
    for state, after in ((AddressState.BOUNCED, AddressState.OK), (AddressState.BLOCKED, AddressState.BLOCKED)):
        await hub.store.write(mark_address, first.customer_id, ada, state, "the handset is unreachable")

        await write(hub, id=f"after {state}", text="Hello?")

        known = await hub.store.read(list_addresses, first.customer_id)
        assert [reached.state for reached in known if reached.kind == "sms"] == [after]


async def test_a_text_no_store_can_keep_lands_without_what_is_wrong_with_it(hub: Hub) -> None:
    message = await write(hub, text="Hello\0 \ud800\U0001f600", name="A\0da \udfff")

    assert (message.text, message.author_name) == ("Hello ?\U0001f600", "Ada ?")


async def test_repeated_message_is_stored_once(hub: Hub) -> None:
    first = await write(hub)
    again = await write(hub)

    assert again.id == first.id
    assert len(await hub.store.read(list_timeline, first.customer_id)) == 1


async def test_two_first_messages_of_one_stranger_make_one_customer(hub: Hub) -> None:
    said = [{"id": f"m{n}", "text": str(n)} for n in range(8)]
    messages = await asyncio.gather(*(write(hub, **one) for one in said))

    assert len({message.customer_id for message in messages}) == 1
    assert len({message.conversation_id for message in messages}) == 1


async def test_verified_address_joins_and_claimed_one_only_suggests(hub: Hub) -> None:
    ada = await hub.store.write(add_customer, NewCustomer(name="Ada"), 1)
    await hub.store.write(add_address, ada, Address("sms", ADA), verified=True, at=1)
    await hub.store.write(add_address, ada, Address("email", "ada@example.com"), verified=False, at=1)

    assert (await write(hub)).customer_id == ada
    stranger = await write(hub, "mail", **{"from": "ada@example.com", "id": "e1"})
    assert stranger.customer_id != ada


async def test_one_phone_number_reaches_sms_whatsapp_and_voice(hub: Hub) -> None:
    message = await write(hub)

    kinds = {one.kind for one in await hub.store.read(list_addresses, message.customer_id)}
    assert kinds == {"sms", "voice", "whatsapp"}
    assert await hub.store.read(find_customer, Address("whatsapp", ADA)) == message.customer_id


@pytest.mark.parametrize("code", ["112", "72222", "313373"])
async def test_a_short_code_is_nobodys_number(hub: Hub, code: str) -> None:
    subscriber = await write(hub, **{"from": f"+49{code}9999", "id": "m1"})
    service = await write(hub, **{"from": code, "id": "m2"})
    national = await write(hub, **{"from": f"0{code}9999", "id": "m3"})

    assert service.from_handle == code
    assert service.customer_id != subscriber.customer_id == national.customer_id


async def test_signed_reference_leads_back_to_its_conversation(hub: Hub) -> None:
    first = await write(hub, "mail", **{"from": "ada@example.com", "id": "e1"})
    queued = await hub.store.write(queue_reply, hub.outbox_deps, first.conversation_id or "", Reply(text="Soon."), 5)
    await hub.store.write(close, first.conversation_id or "", 6, None)
    reference = hub.signer.message_id(queued.delivery_id, "example.com")

    said = {"from": "ada@example.com", "id": "e2", "references": [reference]}
    answer = await accept_now(hub.reader, hub.channels["mail"], page(text="Thanks", **said))

    assert answer.conversation_id == first.conversation_id
    assert (await hub.store.read(get_conversation, first.conversation_id or "")).state == "open"


async def test_forged_reference_is_not_followed(hub: Hub) -> None:
    victim = await write(hub, "mail", **{"from": "ada@example.com", "id": "e1"})
    queued = await hub.store.write(queue_reply, hub.outbox_deps, victim.conversation_id or "", Reply(text="Soon."), 5)
    forged = f"{queued.delivery_id}.aaaaaaaaaaaaaaaa@example.com"
    stolen = hub.signer.message_id(queued.delivery_id, "example.com")

    for reference in (forged, stolen):
        said = {"from": "mallory@example.com", "id": reference, "references": [reference]}
        answer = await accept_now(hub.reader, hub.channels["mail"], page(text="Let me in", **said))
        assert answer.customer_id != victim.customer_id
        assert answer.conversation_id != victim.conversation_id


async def test_answer_to_our_mail_proves_a_claimed_address(hub: Hub) -> None:
    ada = await hub.store.write(add_customer, NewCustomer(name="Ada"), 1)
    await hub.store.write(add_address, ada, Address("email", "ada@example.com"), verified=False, at=1)
    queued = await hub.store.write(queue_message, hub.outbox_deps, ada, Reply(text="Hello", channel="mail"), 5)
    reference = hub.signer.message_id(queued.delivery_id, "example.com")

    said = {"from": "ada@example.com", "id": "e2", "references": [reference]}
    answer = await accept_now(hub.reader, hub.channels["mail"], page(text="It is me", **said))

    assert answer.customer_id == ada
    assert await hub.store.read(find_customer, Address("email", "ada@example.com")) == ada


async def test_a_customer_without_a_name_gets_the_one_they_write_under_and_keep_it(hub: Hub) -> None:
    message = await write(hub, id="m1")
    for number, (name, kept) in enumerate((("", ""), ("Ada Lovelace", "Ada Lovelace"), ("ada :-)", "Ada Lovelace"))):
        await write(hub, id=f"n{number}", name=name)
        assert (await hub.store.read(get_customer, message.customer_id)).name == kept


async def test_stop_blocks_the_address_and_start_opens_it(hub: Hub) -> None:
    message = await write(hub, id="m1", text="STOP", keyword="stop")
    states = {one.kind: one.state for one in await hub.store.read(list_addresses, message.customer_id)}
    assert states["sms"] == "blocked"

    await write(hub, id="m2", text="START", keyword="start")
    states = {one.kind: one.state for one in await hub.store.read(list_addresses, message.customer_id)}
    assert states["sms"] == "ok"


async def test_unreadable_bytes_are_set_aside_and_block_nobody(hub: Hub) -> None:
    channel = hub.channels["texts"]
    poison = page(**{"from": ADA, "id": "poison", "text": ""})
    poison = type(poison)(poison.kind, poison.provider_id, b"\xff{")
    await hub.intake.accept("texts", [poison, page(**{"from": ADA, "id": "m1", "text": "fine"})])

    for kept in await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 10):
        await hub.reader.read(channel, kept)

    [aside] = await hub.store.read(list_set_aside)
    assert aside.problem.startswith("not JSON")
    assert (await hub.store.read(get_raw, aside.id)).raw.body == b"\xff{"
    customer_id = await hub.store.read(find_customer, Address("sms", ADA))
    assert [one.text for one in await hub.store.read(list_timeline, customer_id or "")] == ["fine"]


async def test_unit_read_by_two_processes_lands_once(hub: Hub) -> None:
    await hub.intake.accept("texts", [page(**{"from": ADA, "id": "m1", "text": "once"})])
    [kept] = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 10)
    channel = hub.channels["texts"]

    await asyncio.gather(*(hub.reader.read_and_land(channel, kept) for _ in range(3)))

    customer_id = await hub.store.read(find_customer, Address("sms", ADA))
    conversations = await hub.store.read(list_customer_conversations, customer_id or "")
    assert [one.message_count for one in conversations] == [1]
    assert (await hub.store.read(get_raw, kept.id)).state == "read"


async def test_an_edit_whose_message_never_came_is_the_message(hub: Hub) -> None:
    edited = Edited(Address("sms", ADA), "m7", "Where is my order 12?")
    await hub.intake.accept("texts", [Raw("edit", "m7/1", b"")])
    [kept] = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 1)
    about = (hub.reader.deps, "texts", "sms")
    with pytest.raises(ReadDeferred):
        await hub.store.write(land, *about, kept, Brought([edited]), hub.clock.now())

    await hub.store.write(land, *about, replace(kept, attempts=4), Brought([edited]), hub.clock.now())
    await hub.intake.accept("texts", [page(**{"from": ADA, "id": "m7", "text": "Where is my order?"})])
    [late] = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 1)
    await hub.reader.read(hub.channels["texts"], late)

    customer_id = await hub.store.read(find_customer, Address("sms", ADA))
    assert [one.text for one in await hub.store.read(list_timeline, customer_id or "")] == ["Where is my order 12?"]


async def test_many_at_once_are_each_kept_once_and_hear_which_were_new(hub: Hub) -> None:
    units = [page(**{"from": ADA, "id": f"m{number % 40}", "text": "x"}) for number in range(60)]
    channels = [("texts", "mail")[number % 2] for number in range(60)]  # m0 to m19 come twice on one channel

    kept = await asyncio.gather(*(hub.intake.accept(*one) for one in zip(channels, ([u] for u in units), strict=True)))

    fresh = {id for [id] in kept if id}
    assert len(fresh) == 40
    claimed = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 100)
    assert {one.id: (one.channel, one.raw.provider_id) for one in claimed} == {
        id: (channel, unit.provider_id) for [id], channel, unit in zip(kept, channels, units, strict=True) if id
    }


async def test_one_that_cannot_be_kept_spoils_nobody_elses(hub: Hub) -> None:
    good, bad = page(**{"from": ADA, "id": "m1", "text": "fine"}), Raw("message", "m2", b"", {"not": object()})

    first, broken, last = await asyncio.gather(
        *(hub.intake.accept(channel, [unit]) for channel, unit in (("texts", good), ("texts", bad), ("mail", good))),
        return_exceptions=True,
    )

    assert isinstance(broken, TypeError | StatementError)
    claimed = await hub.store.write(claim_raws, hub.process_id, hub.clock.now(), 100)
    assert [[one.id for one in claimed]] == [[*first, *last]]  # type: ignore[misc]


async def test_intake_refuses_when_the_disk_is_nearly_full(hub: Hub) -> None:
    if not isinstance(hub.store, SQLite):  # PostgreSQL watches its own disk: test_promises shows its refusal
        assert hub.store.has_room(10**18)
        return
    hub.store.spare_bytes = 10**18  # as if the disk were small
    with pytest.raises(StoreUnavailable, match="disk"):
        await hub.intake.accept("texts", [page(**{"from": ADA, "id": "m", "text": "x"})])

    assert await hub.store.read(find_customer, Address("sms", ADA)) is None

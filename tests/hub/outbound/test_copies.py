"""hub.outbound.copies and forwarding: who gets a mail besides the customer never speaks for the customer."""

import pytest

from hub.clock import FakeClock
from hub.context import Hub
from hub.conversations import add_note, close
from hub.errors import NotFound
from hub.inbound.at_once import accept_now
from hub.inbound.pictures import keep_pictures
from hub.model import Address, AddressState, Attachment, DeliveryState, Receipt
from hub.outbound.compose import Reply
from hub.outbound.delivery_events import append_delivery_event
from hub.outbound.forwarding import files_of, forward
from hub.outbound.outbox import queue_reply
from hub.outbound.parcels import copies_astray, standing_of
from hub.outbound.receipts import apply_receipt
from hub.reasons import Reason
from hub.store.blobs import list_attachments
from hub.store.consents import Consent, append_consent, find_consent
from hub.store.conversations import get_conversation
from hub.store.customers import mark_address
from hub.store.deliveries import Delivery, list_copies, list_deliveries, mark_state
from hub.store.messages import Message, get_message
from hub.store.personal import collect_customer
from hub.store.standing import list_standings
from tests.pager import page

ADA, ALAN, GRACE = "ada@example.com", "alan@example.com", "grace@example.com"


async def ask(hub: Hub, sender: str = ADA, channel: str = "mail") -> Message:
    return await accept_now(hub.reader, hub.channels[channel], page(**{"from": sender, "id": sender, "text": "Hello?"}))


async def answered(hub: Hub, asked: Message) -> dict[str, Delivery]:
    """With a copy and a blind copy; handle -> delivery."""
    reply = Reply(text="Here it is.", cc=[ALAN], bcc=[GRACE])
    queued = await hub.store.write(queue_reply, hub.outbox_deps, asked.conversation_id or "", reply, hub.clock.now())
    found = await hub.store.read(list_deliveries, [queued.message_id])
    return {one.handle: one for one in found[queued.message_id]}


async def fail(hub: Hub, delivery: Delivery) -> None:
    def write(conn: object, at: int) -> None:
        mark_state(conn, delivery.id, DeliveryState.FAILED, Reason("gone"), at)  # type: ignore[arg-type]
        append_delivery_event(conn, delivery, DeliveryState.FAILED, Reason("gone"), at)  # type: ignore[arg-type]

    await hub.store.write(write, hub.clock.now())


async def test_a_lost_copy_is_told_and_the_customer_has_the_answer(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    sent = await answered(hub, asked)
    await hub.store.write(close, asked.conversation_id, clock.now(), None)
    await fail(hub, sent[ALAN])
    after = await hub.store.read(get_conversation, asked.conversation_id)
    assert (after.state, after.waiting_since) == ("closed", None)
    items = (await hub.store.read(list_deliveries, [sent[ADA].message_id]))[sent[ADA].message_id]
    standing = standing_of(items)
    assert standing is not None
    assert standing.handle == ADA
    assert [one.handle for one in copies_astray(items)] == [ALAN]
    assert await hub.store.read(list_copies, [one.id for one in items]) == {sent[ALAN].id, sent[GRACE].id}

    await fail(hub, sent[ADA])
    after = await hub.store.read(get_conversation, asked.conversation_id)
    assert (after.state, after.waiting_since) == ("open", asked.occurred_at)


async def test_who_got_a_copy_cannot_withdraw_the_customers_consents(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    await hub.store.write(append_consent, asked.customer_id, Consent("email", "news", "granted"), 1)
    sent = await answered(hub, asked)
    for handle, state in ((GRACE, "granted"), (ADA, "withdrawn")):
        receipt = Receipt(reference=sent[handle].id, provider_id="", state=DeliveryState.DELIVERED, complaint=True)
        await hub.store.write(apply_receipt, hub.signer, "mail", receipt, clock.now())
        assert await hub.store.read(find_consent, asked.customer_id, "email", "news") == state


async def test_what_another_customer_blocked_gets_no_copy(hub: Hub) -> None:
    asked, alan = await ask(hub), await ask(hub, ALAN)
    await hub.store.write(mark_address, alan.customer_id, Address("email", ALAN), AddressState.BLOCKED, "said so")
    sent = await answered(hub, asked)
    found = await hub.store.read(list_standings, [sent[ADA], sent[ALAN], sent[GRACE]])
    assert [one.address_state for one in found][1:] == ["blocked", ""]
    assert found[0].address_state not in ("", "blocked")


async def test_only_mails_go_on(hub: Hub, clock: FakeClock) -> None:
    asked, text = await ask(hub), await ask(hub, "+4915112345678", "texts")
    note = await hub.store.write(add_note, asked.conversation_id, "a note", "", "Lena", clock.now())
    for id in (note, text.id):
        with pytest.raises(NotFound):
            await hub.store.write(forward, hub.outbox_deps, id, [ALAN], Reply(text="See."), clock.now())


async def test_what_is_handed_to_the_customer_names_nobody_else(hub: Hub, clock: FakeClock) -> None:
    asked = await ask(hub)
    await answered(hub, asked)
    words = Reply(text="See below.")
    await hub.store.write(
        forward, hub.outbox_deps, asked.id, ["tax@example.com", "law@example.com"], words, clock.now()
    )
    found = repr(await hub.store.read(collect_customer, asked.customer_id))
    assert [name in found for name in (ADA, GRACE, "tax@example.com", "law@example.com")] == [True, False, False, False]


async def test_two_who_ask_for_the_pictures_at_once_keep_one_set(hub: Hub, clock: FakeClock) -> None:
    asked, picture = await ask(hub), Attachment("picture-0.png", "image/png", b"png", inline=True)
    for _ in range(2):
        await hub.store.write(keep_pictures, asked.id, [picture], clock.now(), always=False)
    assert len((await hub.store.read(list_attachments, [asked.id]))[asked.id]) == 1
    assert not await hub.store.read(files_of, await hub.store.read(get_message, asked.id))

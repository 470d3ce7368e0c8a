"""A conversation of the wrong customer is moved to the right one, without JavaScript, and comes back."""

from hub.conversations import add_note
from hub.model import Role
from hub.store.conversations import get_conversation
from hub.store.customers import mark_customer
from hub.store.messages import get_message, list_messages

OURS, THEIRS = "+12025550101", "+12025550102"


async def undo(visitor, answer) -> None:
    where = answer.headers["Location"]
    id = where.partition("did=")[2].partition(".")[0]
    case = where.partition("?")[0].rpartition("/")[2]
    assert (await visitor.post(f"/bulk/{id}/restoration", {"open": case}, page=where)).status == 303


async def test_a_conversation_is_found_a_customer_moved_and_brought_back(hub, signed_in, says):
    visitor = await signed_in(Role.AGENT)
    wrong, right = await says("About the invoice", sender=OURS), await says("Hello", sender=THEIRS)
    await hub.store.write(mark_customer, right.customer_id, hub.clock.now(), name="Grace Hopper")
    place = f"/conversations/{wrong.conversation_id}/moving"
    _, page = await visitor.get(f"{place}?q=hopper")
    assert f'value="{right.customer_id}"' in page

    moved = await visitor.post(place, {"customer": right.customer_id}, page=place)
    assert moved.status == 303
    _, page = await visitor.get(moved.headers["Location"])
    assert "Moved to this customer" in page
    assert "moved this here from another customer" in page
    assert (await hub.store.read(get_conversation, wrong.conversation_id)).customer_id == right.customer_id
    _, page = await visitor.get(f"/customers/{wrong.customer_id}")
    assert "moved a conversation to another customer" in page
    assert "About the invoice" not in page

    await undo(visitor, moved)
    assert (await hub.store.read(get_conversation, wrong.conversation_id)).customer_id == wrong.customer_id
    assert (await hub.store.read(get_message, wrong.id)).customer_id == wrong.customer_id


async def test_one_message_is_moved_and_comes_back_into_its_conversation(hub, signed_in, says):
    visitor = await signed_in(Role.AGENT)
    stays, goes = await says("Mine", sender=OURS), await says("Not mine", sender=OURS)
    right = await says("Hello", sender=THEIRS)
    place = f"/conversations/{stays.conversation_id}/moving"
    form = {"customer": right.customer_id, "message": goes.id}
    moved = await visitor.post(place, form, page=f"{place}?message={goes.id}")
    assert (await hub.store.read(get_message, goes.id)).customer_id == right.customer_id
    assert (await hub.store.read(get_message, stays.id)).customer_id == stays.customer_id

    await undo(visitor, moved)
    back = await hub.store.read(list_messages, stays.conversation_id)
    assert [message.text for message in back] == ["Mine", "Not mine"]
    assert {message.customer_id for message in back} == {stays.customer_id}


async def test_what_the_right_customer_wrote_since_stays_with_them(hub, signed_in, says):
    visitor = await signed_in(Role.AGENT)
    wrong, right = await says("About the invoice", sender=OURS), await says("Hello", sender=THEIRS)
    case = wrong.conversation_id
    place = f"/conversations/{case}/moving"
    moved = await visitor.post(place, {"customer": right.customer_id}, page=place)
    since = await hub.store.write(add_note, case, "Called them", None, "Ada", hub.clock.now())

    await undo(visitor, moved)
    assert [message.text for message in await hub.store.read(list_messages, case)] == ["About the invoice"]
    assert (await hub.store.read(get_conversation, case)).customer_id == wrong.customer_id
    assert (await hub.store.read(get_message, since)).customer_id == right.customer_id


async def test_a_conversation_goes_to_nobody_and_not_to_whom_it_is_with(hub, signed_in, says):
    visitor = await signed_in(Role.AGENT)
    said = await says("Hello", sender=OURS)
    place = f"/conversations/{said.conversation_id}/moving"
    again = await visitor.post(place, {"customer": said.customer_id}, page=place)
    assert again.status == 409
    assert "with them already" in await again.text()
    assert (await visitor.post(place, {"customer": "0" * 32}, page=place)).status == 404

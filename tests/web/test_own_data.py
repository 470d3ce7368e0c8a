"""Customers see and delete what is kept of them alone: by a link that only their own mail address gets."""

import asyncio
import io
import json
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from hub.clock import DAY
from hub.conversations import add_note
from hub.ids import new_id
from hub.model import Address, AddressState
from hub.outbound.private_links import PRIVATE
from hub.privacy.asking import LINK
from hub.store.audit import list_audit
from hub.store.complaints import add_complaint
from hub.store.customers import list_addresses, mark_address
from hub.store.messages import list_timeline
from hub.store.personal import collect_customer, is_erased
from hub.store.tables import deliveries
from hub.store.tasks import TaskFilter, list_tasks
from hub.tasks import begin_task
from tests.web.browser import Visitor


@pytest.fixture
async def ada(says):
    """She wrote by mail, so the address is hers."""
    return (await says("Where is my order?", sender="ada@example.com", channel="mail")).customer_id


def preferences(hub, id):
    return f"/p/{hub.signer.sign('preferences', id)}"


async def ask(hub, visitor: Visitor, id, action="take"):
    answer = await visitor.answer("POST", f"{preferences(hub, id)}/data", data={"action": action})
    return answer.status, await answer.text()


async def mails(hub):
    rows = await hub.store.read(lambda conn: conn.execute(select(deliveries)).mappings().all())
    return [row for row in rows if PRIVATE in row["payload"]]


async def link(hub):
    [mail] = await mails(hub)
    return f"/d/{hub.signer.sign(LINK, mail['id'])}"


async def test_link_goes_to_an_address_that_is_theirs_and_names_it_to_nobody(hub, browser, ada):
    visitor = browser()
    assert "Send me my data" in (await visitor.get(preferences(hub, ada)))[1]
    status, page = await ask(hub, visitor, ada)
    [mail] = await mails(hub)
    [said] = [one for one in await hub.store.read(list_timeline, ada) if one.automatic]

    assert (status, mail["handle"]) == (200, "ada@example.com")
    assert "a…@example.com" in page
    assert "ada@example.com" not in page
    assert "/d/***" in said.text
    assert await link(hub) not in said.text


async def test_what_is_kept_is_taken_along(hub, browser, ada):
    visitor = browser()
    await ask(hub, visitor, ada)
    path = await link(hub)
    status, page = await visitor.get(path)
    answer = await visitor.session.post(visitor.base + path, data={"action": "take"})
    data = json.loads(ZipFile(io.BytesIO(await answer.read())).read("data.json"))

    assert status == 200
    assert "Download my data" in page
    assert data["customer"]["messages"][0]["text"] == "Where is my order?"
    assert ("exported", "the customer", ada) in [
        (one.deed, one.who, one.about) for one in await hub.store.read(list_audit)
    ]


async def test_what_colleagues_wrote_for_one_another_is_handed_out_by_a_person_only(hub, browser, ada):
    [asked] = await hub.store.read(list_timeline, ada)
    noted = "She is always late."
    await hub.store.write(add_note, asked.conversation_id, noted, new_id(), "Max", hub.clock.now())
    await hub.store.write(begin_task, {"customer_id": ada, "title": noted, "due_at": DAY}, 1, None)
    visitor = browser()
    await ask(hub, visitor, ada)
    answer = await visitor.session.post(visitor.base + await link(hub), data={"action": "take"})
    archive = ZipFile(io.BytesIO(await answer.read()))

    assert noted in json.dumps(await hub.store.read(collect_customer, ada))
    assert all(noted.encode() not in archive.read(name) for name in archive.namelist())


async def test_deleting_wants_a_tick_and_then_the_link_is_dead(hub, browser, ada):
    visitor = browser()
    await ask(hub, visitor, ada, "erase")
    path = await link(hub)
    assert (await visitor.answer("POST", path, data={"action": "erase"})).status == 422
    assert not await hub.store.read(is_erased, ada)
    answer = await visitor.answer("POST", path, data={"action": "erase", "sure": "1"})

    assert "Deleted." in await answer.text()
    assert await hub.store.read(is_erased, ada)
    assert await hub.store.read(list_addresses, ada) == []
    assert (await visitor.answer("GET", path)).status == 404
    assert ("erased", "the customer", ada) in [
        (one.deed, one.who, one.about) for one in await hub.store.read(list_audit)
    ]


async def test_whoever_has_no_address_of_their_own_is_seen_to_by_a_colleague_once(hub, browser, says):
    id = (await says("Hello")).customer_id
    for _ in range(2):
        status, page = await ask(hub, browser(), id, "erase")
        assert status == 200
        assert "a person will see to it" in page
    [task] = await hub.store.read(list_tasks, TaskFilter("open", customer_id=id), None, 9)
    assert task.title.startswith("Asks to be erased")
    assert await mails(hub) == []


async def test_an_address_that_is_dead_gets_no_link(hub, browser, ada):
    mail = Address("email", "ada@example.com")
    await hub.store.write(mark_address, ada, mail, AddressState.BOUNCED, "5.1.1")
    assert "a person will see to it" in (await ask(hub, browser(), ada))[1]
    assert await mails(hub) == []


async def test_nobody_is_deleted_while_a_complaint_is_under_way(hub, browser, ada):
    visitor = browser()
    await ask(hub, visitor, ada)
    [asked] = [one for one in await hub.store.read(list_timeline, ada) if one.conversation_id]
    begun = {"customer_id": ada, "conversation_id": asked.conversation_id, "answer_by": 2, "solve_by": 3}
    await hub.store.write(add_complaint, begun, 1)
    answer = await visitor.answer("POST", await link(hub), data={"action": "erase", "sure": "1"})

    assert "A person sees to it" in await answer.text()
    assert not await hub.store.read(is_erased, ada)
    assert len(await hub.store.read(list_tasks, TaskFilter("open", customer_id=ada), None, 9)) == 1


async def test_link_is_dead_once_its_address_is_no_longer_theirs(hub, browser, ada):
    visitor = browser()
    await ask(hub, visitor, ada)
    path = await link(hub)
    await hub.store.write(mark_address, ada, Address("email", "ada@example.com"), AddressState.BOUNCED, "5.1.1")
    assert (await visitor.answer("GET", path)).status == 404
    assert (await visitor.answer("POST", path, data={"action": "erase", "sure": "1"})).status == 404
    assert not await hub.store.read(is_erased, ada)


async def test_two_presses_at_once_erase_once(hub, browser, ada):
    visitor = browser()
    await ask(hub, visitor, ada)
    path = await link(hub)
    press = [visitor.answer("POST", path, data={"action": "erase", "sure": "1"}) for _ in range(2)]
    statuses = sorted(answer.status for answer in await asyncio.gather(*press))
    deeds = [one.deed for one in await hub.store.read(list_audit)]
    assert (statuses, deeds.count("erased")) == ([200, 404], 1)


async def test_link_is_good_for_a_day_and_an_altered_one_never(hub, browser, ada, clock):
    visitor = browser()
    await ask(hub, visitor, ada)
    path = await link(hub)
    assert (await visitor.answer("GET", f"{path}x")).status == 404
    assert (await visitor.answer("GET", f"/d/{hub.signer.sign(LINK, ada)}")).status == 404
    clock.forward(DAY + 1)
    assert (await visitor.answer("GET", path)).status == 404
    assert (await visitor.answer("POST", path, data={"action": "erase", "sure": "1"})).status == 404
    assert not await hub.store.read(is_erased, ada)


async def test_a_preference_link_that_was_passed_on_does_not_flood_the_mailbox(hub, browser, ada):
    statuses = [(await ask(hub, browser(), ada))[0] for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]

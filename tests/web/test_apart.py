"""What no person wrote stands apart, with a count and a way into the inbox; where an answer goes and from where."""

import re

import pytest

from hub.context import Hub
from hub.conversations import close
from hub.model import Address, Role
from hub.reasons import Why
from hub.store.addresses import is_person
from hub.store.conversations import get_conversation
from hub.store.messages import Message
from tests.pager import PagerChannel, PagerSettings
from tests.web.browser import Visitor
from tests.web.test_inbox import part, text_of

NEWS = "news@shop.example"
BULK = {"sender": NEWS, "channel": "mail", "sorted_as": "bulk", "sorted_because": "List-Unsubscribe: <https://x>"}
ADA_AT_HOME = "ada@example.com"
ADA = {"sender": "ada@example.com", "channel": "mail"}


@pytest.fixture
async def visitor(signed_in) -> Visitor:
    return await signed_in(Role.AGENT)


def path(message: Message) -> str:
    return f"/conversations/{message.conversation_id}"


async def page_of(visitor: Visitor, message: Message, view: str = "apart") -> str:
    status, page = await visitor.get(f"{path(message)}?view={view}")
    assert status == 200
    return page


async def views(visitor: Visitor, message: Message) -> set[str]:
    names = ("mine", "unassigned", "waiting", "open", "apart", "done", "channel:email")
    pages = {name: (await visitor.get(f"/inbox?view={name}"))[1] for name in names}
    return {name for name, page in pages.items() if f"row-{message.conversation_id}" in page}


async def test_bulk_mail_stands_in_a_view_of_its_own_with_a_count(visitor, says):
    news = await says("Everything must go", **BULK)

    assert await views(visitor, news) == {"apart"}
    page = await page_of(visitor, news)
    assert "Lists & machines , 1" in part(page, "views")
    assert "bulk mail" in part(page, f"row-{news.conversation_id}")
    assert part(page, "apart").startswith("This is bulk mail: nobody waits for an answer.")
    assert "Sorted as bulk mail: List-Unsubscribe: <https://x>" in part(page, f"m-{news.id}")


async def test_one_button_brings_a_sender_into_the_inbox_for_good(visitor, says, hub: Hub):
    news = await says("Everything must go", **BULK)
    answer = await visitor.post(f"{path(news)}/sorting", {"view": "apart"}, page=path(news))
    later = await says("Where is my voucher?", **BULK)

    assert answer.status == 303
    assert await views(visitor, news) == {"unassigned", "waiting", "open", "channel:email"}
    assert (later.sorted_as, later.sorted_sign, later.sorted_because) == ("person", Why.AGENT_SAID, "")
    assert await hub.store.read(is_person, Address("email", NEWS))
    page = await page_of(visitor, news)
    assert "said that a person is behind this" in page
    assert "Sorted as a person: an agent said so" in part(page, f"m-{later.id}")
    assert part(page, "apart") == ""


async def test_who_writes_through_a_form_is_a_person_for_good_by_one_act_too(visitor, says, hub: Hub):
    sorted_by = {"sorted_as": "bulk", "sorted_because": "X-Campaign: contact form"}
    answers = {"parts": {"reply_to": [{"name": "Ada", "address": ADA_AT_HOME}]}}
    form = {"sender": "noreply@forms.example", "channel": "mail", **sorted_by, **answers}
    asked = await says("Do you still sell it?", **form)
    assert (asked.peer, asked.from_handle) == (ADA_AT_HOME, "noreply@forms.example")
    await visitor.post(f"{path(asked)}/sorting", {"view": "apart"}, page=path(asked))
    later = await says("And in blue?", **form)
    other = {**form, "parts": {"reply_to": [{"name": "Bob", "address": "bob@example.org"}]}}
    stranger = await says("Buy my lists", **other)

    assert (later.sorted_as, later.sorted_sign, later.sorted_because) == ("person", Why.AGENT_SAID, "")
    assert stranger.sorted_as == "bulk"


@pytest.mark.parametrize("action", ["replies", "assignment"])
async def test_whoever_answers_or_takes_it_on_has_it_in_the_inbox(visitor, says, hub: Hub, action):
    news = await says("Everything must go", **BULK)
    form = {"replies": {"text": "No, thank you.", "channel": "mail"}, "assignment": {"agent": "me"}}[action]
    await visitor.post(f"{path(news)}/{action}", {"view": "apart", **form}, page=path(news))

    assert "mine" in await views(visitor, news)
    assert not await hub.store.read(is_person, Address("email", NEWS))


async def test_a_machine_in_a_case_that_is_done_is_seen_until_it_is_read(visitor, says, hub: Hub, clock):
    asked = await says("Where is it?", **ADA)
    await hub.store.write(close, asked.conversation_id, clock.now(), None)
    reply_to = hub.signer.reply_address(asked.conversation_id, "support@example.com")
    machine = await says("I am away", **ADA, sorted_as="auto_reply", reply_addresses=[reply_to])

    assert machine.conversation_id == asked.conversation_id
    assert await views(visitor, asked) == {"apart", "done"}
    await visitor.post(f"{path(asked)}/reading", {"view": "apart"}, page=path(asked))
    assert await views(visitor, asked) == {"done"}
    assert (await hub.store.read(get_conversation, asked.conversation_id)).waiting_since is None


async def test_a_reader_sees_why_and_no_button(signed_in, says):
    news = await says("Everything must go", **BULK)
    page = await page_of(await signed_in(Role.READ_ONLY), news)

    assert "nobody waits for an answer" in part(page, "apart")
    assert "show in the inbox" not in page


async def test_the_reader_is_told_in_german(visitor, says):
    news = await says("Alles muss raus", **BULK)
    mine = {"name": "Max", "language": "de", "timezone": "Europe/Berlin"}
    await visitor.post("/settings", mine, page="/settings")
    page = await page_of(visitor, news)

    assert "Listen & Automaten , 1" in part(page, "views")
    assert "Eingeordnet als eine Massensendung" in part(page, f"m-{news.id}")
    assert "Ein Mensch: im Posteingang zeigen" in part(page, "apart")


async def test_where_the_answer_goes_is_seen_before_it_is_written(visitor, says, hub: Hub):
    elsewhere = {"reply_to": [{"name": "Ada", "address": "ada@private.example"}]}
    asked = await says("Where is it?", **ADA, name="Ada", parts=elsewhere)
    page = await page_of(visitor, asked)

    assert "Wants the answer at ada@private.example." in part(page, f"m-{asked.id}")
    composer = text_of(page[page.index('id="composer"') :])
    assert "E-mail ada@private.example" in composer
    assert "By e-mail the answer goes to ada@private.example" in composer


async def test_a_form_is_named_beside_who_filled_it_in(visitor, says):
    parts = {"reply_to": [{"name": "Nora", "address": "nora@kunde.example"}]}
    asked = await says("Help!", sender="form@cms.example", channel="mail", name="Kontaktformular", parts=parts)
    page = await page_of(visitor, asked, "open")

    assert "Written through form@cms.example: who wrote is only claimed." in part(page, f"m-{asked.id}")
    assert "Nora" in part(page, f"row-{asked.conversation_id}")


async def test_with_two_mailboxes_chips_and_rows_say_which(visitor, says, hub: Hub):
    first = hub.channels["mail"]
    box = PagerChannel("box", PagerSettings(address="box@example.com"), first.tools, "email", subject=True)
    alone = await page_of(visitor, await says("One?", **ADA))
    hub.channels.admit(box)
    asked = await says("Two?", **ADA)
    page = await page_of(visitor, asked, "open")

    assert "from support@example.com" not in text_of(alone)
    chips = re.findall(r'name="channel" value="(\w+)"[^>]*data-type="email"[^>]*>', page)
    assert chips == ["mail", "box"]  # the one that got the mail comes first
    composer = text_of(page[page.index('id="composer"') :])
    assert "from support@example.com" in composer
    assert "from box@example.com" in composer
    assert "mail" in part(page, f"row-{asked.conversation_id}").split()

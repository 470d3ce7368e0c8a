"""The inbox without JavaScript: read, answer, note, take back, assign, close, snooze, label - by links and forms."""

import re
from dataclasses import dataclass
from html import unescape

import pytest
from sqlalchemy import update

from hub.clock import HOUR, MINUTE, SECOND
from hub.context import Hub
from hub.errors import SendRejected
from hub.ids import new_id
from hub.inbound.calls import CallDeps, land_call
from hub.model import Address, CallUpdate, DeliveryState, Direction, Role
from hub.reasons import NO_REASON, Reason, Why
from hub.store.agents import Agent, list_agents
from hub.store.conversations import Conversation, get_conversation, list_conversation_labels
from hub.store.customers import add_address
from hub.store.deliveries import Delivery, list_deliveries, mark_state
from hub.store.drafts import find_draft, keep_draft
from hub.store.messages import Message, list_messages, mark_message
from hub.store.outbox import mark_put_off
from hub.store.tables import conversations, deliveries
from hub.web.letterhead import read_copies
from tests.web.browser import Visitor

TAG = re.compile(r"<[^>]+>")


def text_of(page: str) -> str:
    return " ".join(unescape(TAG.sub(" ", page)).split())


def part(page: str, id: str) -> str:
    """The text of one region of a page."""
    found = re.search(rf'<(\w+)[^>]* id="{id}"[^>]*>(.*?)</\1>', page, re.DOTALL)
    assert found, f"no #{id}"
    return text_of(found[2])


@dataclass
class Desk:
    """An agent before one conversation."""

    hub: Hub
    visitor: Visitor
    message: Message

    @property
    def path(self) -> str:
        return f"/conversations/{self.message.conversation_id}"

    async def row(self) -> Conversation:
        return await self.hub.store.read(get_conversation, self.message.conversation_id)

    async def said(self) -> list[Message]:
        return await self.hub.store.read(list_messages, self.message.conversation_id)

    async def deliveries(self) -> dict[str, list[Delivery]]:
        return await self.hub.store.read(list_deliveries, [message.id for message in await self.said()])

    async def me(self) -> Agent:
        return (await self.hub.store.read(list_agents))[0]

    async def page(self) -> str:
        status, page = await self.visitor.get(f"{self.path}?view=open")
        assert status == 200
        return page

    async def post(self, action: str, **form: str):
        return await self.visitor.post(f"{self.path}/{action}", {"view": "open", **form}, page=self.path)


@pytest.fixture
async def desk(signed_in, says, hub) -> Desk:
    return Desk(hub, await signed_in(Role.AGENT), await says("Where is my order?", name="Ada Lovelace"))


async def test_a_file_that_could_not_be_fetched_is_named_with_the_reason(desk):
    lost = {
        "lost_files": [{"filename": "<b>rechnung.pdf", "reason": "file is too big"}, {"filename": "", "reason": "gone"}]
    }
    await desk.hub.store.write(mark_message, desk.message.id, parts=lost)

    stream = part(await desk.page(), f"m-{desk.message.id}")

    assert "<b>rechnung.pdf could not be fetched: file is too big" in stream
    assert "File could not be fetched: gone" in stream


async def test_what_of_a_mail_is_not_shown_is_named(desk):
    problems = {"problems": ["not shown: what is <b>encrypted", "no readable date", "left out: text/x-amp-html"]}
    await desk.hub.store.write(mark_message, desk.message.id, parts=problems)

    stream = part(await desk.page(), f"m-{desk.message.id}")

    assert "Not shown: what is <b>encrypted" in stream
    assert "readable" not in stream
    assert "left out" not in stream


async def test_a_voicemail_says_how_long_it_is(desk):
    caller = Address("voice", "+12025550101")
    left = CallUpdate("CA1", caller, Direction.IN, state="missed", duration=65, voicemail=True, lost="gone")
    await desk.hub.store.write(land_call, CallDeps("US", 14, "phone", "voice"), "raw", left, {}, desk.hub.clock.now())

    page = text_of(await desk.page())

    assert "Voicemail · 1:05" in page
    assert "File could not be fetched: gone" in page


async def test_addresses_in_words_quotes_and_notes_can_be_followed(desk):
    words = "Seen on www.example.com/hats. It was cheap.It was"
    await desk.hub.store.write(mark_message, desk.message.id, text=words, quoted_text="See (https://example.com/a)")
    await desk.visitor.post(
        f"{desk.path}/replies", {"text": "As on https://example.com/n!", "channel": "note"}, page=desk.path
    )

    page = await desk.page()
    led = re.findall(r'<a href="(https://[^"]*example[^"]+)" target="_blank" rel="noopener noreferrer nofollow">', page)
    assert led == ["https://www.example.com/hats", "https://example.com/a", "https://example.com/n"]


async def test_conversation_stands_in_the_list_with_what_matters(desk):
    _, page = await desk.visitor.get("/inbox?view=unassigned")
    line = part(page, f"row-{desk.message.conversation_id}")

    assert "Ada Lovelace" in line
    assert "Where is my order?" in line
    assert "unread" in line


async def test_the_subject_line_shows_what_an_answer_would_say(desk):
    id = desk.message.conversation_id
    await desk.hub.store.write(
        lambda conn: conn.execute(update(conversations).where(conversations.c.id == id).values(subject="Re: Order"))
    )

    assert 'placeholder="Re: Order"' in await desk.page()


@pytest.mark.parametrize(("state", "word"), [("missed", "Verpasster Anruf"), ("failed", "fehlgeschlagen")])
async def test_a_call_is_told_in_the_readers_words(desk, state, word):
    caller = Address("voice", "+12025550101")
    call = CallUpdate("CA1", caller, Direction.IN, state=state)
    await desk.hub.store.write(land_call, CallDeps("US", 14, "phone", "voice"), "raw", call, {}, desk.hub.clock.now())

    _, page = await desk.visitor.get("/inbox?view=channel:voice", headers={"Accept-Language": "de"})

    assert word in part(page, "list")
    assert f">{state}<" not in page


async def test_views_hold_what_their_names_say(desk):
    async def views() -> set[str]:
        names = ("mine", "unassigned", "waiting", "snoozed", "open", "done", "channel:sms", "channel:email")
        pages = {name: (await desk.visitor.get(f"/inbox?view={name}"))[1] for name in names}
        return {name for name, page in pages.items() if f"row-{desk.message.conversation_id}" in page}

    assert await views() == {"unassigned", "waiting", "open", "channel:sms"}
    await desk.post("assignment", agent="me")
    assert await views() == {"mine", "waiting", "open", "channel:sms"}
    await desk.post("snooze", until="3h")
    assert await views() == {"snoozed"}
    await desk.post("closure")
    assert await views() == {"done"}


async def test_list_goes_on_where_the_page_before_ended(signed_in, says, hub, clock):
    visitor = await signed_in()
    for number in range(45):
        clock.forward(SECOND)
        await says(f"Number {number}", sender=f"+120255501{number:02d}")
    seen, path = [], "/inbox?view=open"
    while path:
        _, page = await visitor.get(path)
        seen += re.findall(r"Number (\d+)", text_of(page))
        further = re.search(r'rel="next" href="(/inbox\?view=open&amp;after=[^"]+)"', page)
        path = unescape(further[1]) if further else ""

    assert seen == [str(number) for number in range(44, -1, -1)]


async def test_all_channels_of_a_customer_stand_in_one_stream(desk, says, hub, clock):
    mail = Address("email", "ada@example.com")
    await hub.store.write(add_address, desk.message.customer_id, mail, verified=True, at=clock.now())
    clock.forward(MINUTE)
    other = await says("And my invoice?", sender=mail.handle, channel="mail", subject="Invoice")
    page = await desk.page()

    assert page.index(f"m-{desk.message.id}") < page.index(f"m-{other.id}")
    assert "SMS, E-mail" in part(page, "head")


async def test_a_conversation_stands_in_the_view_of_each_channel_it_came_by(desk, says, hub, clock):
    mail = Address("email", "ada@example.com")
    await hub.store.write(add_address, desk.message.customer_id, mail, verified=True, at=clock.now())
    clock.forward(MINUTE)
    await says("And my invoice?", sender=mail.handle, channel="mail", subject="Invoice")
    for view in ("channel:sms", "channel:email"):
        _, page = await desk.visitor.get(f"/inbox?view={view}")
        assert f"row-{desk.message.conversation_id}" in page
    _, page = await desk.visitor.get("/inbox?view=channel:voice")
    assert f"row-{desk.message.conversation_id}" not in page


async def test_what_a_rule_holds_up_says_until_when_and_why(desk, hub, clock):
    await desk.post("replies", text="It is on its way.", channel="texts", client_id=new_id())
    [_, reply] = await desk.said()
    [delivery] = (await desk.deliveries())[reply.id]
    held = [(delivery, clock.now() + HOUR, Reason(Why.RULE_BROKE))]
    await hub.store.write(mark_put_off, held, clock.now())

    page = text_of(await desk.page())

    assert re.search(r"Leaves .*: the rule that decides about it broke", page)


async def test_an_answer_that_is_put_off_for_hours_says_why_and_until_when_and_can_be_taken_back(desk, hub, clock):
    await desk.post("replies", text="It is on its way.", channel="texts", client_id=new_id())
    [*_, reply] = await desk.said()
    [delivery] = (await desk.deliveries())[reply.id]
    late = {"state": "queued", "reason": Why.DELAYED, "detail": "451 4.7.1 try later", "due_at": clock.now() + MINUTE}
    rows = update(deliveries).where(deliveries.c.id == delivery.id).values(**late)
    await hub.store.write(lambda conn: conn.execute(rows).rowcount)

    page = text_of(await desk.page())

    assert "Not delivered yet: 451 4.7.1 try later. It is tried until" in page
    assert not re.search(r"Leaves in \d", page)
    assert "Undo" in page


async def test_answer_leaves_on_the_channel_that_was_chosen(desk, hub, clock):
    answered = await desk.post("replies", text="It is on its way.", channel="texts", client_id=new_id())
    [_, reply] = await desk.said()
    [delivery] = (await desk.deliveries())[reply.id]

    assert answered.status == 303
    assert answered.headers["Location"].startswith(desk.path)
    assert (reply.text, reply.channel, delivery.state) == ("It is on its way.", "texts", "held")
    assert delivery.due_at == clock.now() + 5 * SECOND
    assert (await desk.row()).assignee_id == (await desk.me()).id


async def test_pressing_the_button_twice_sends_once(desk):
    form = {"text": "Once.", "channel": "texts", "client_id": new_id()}
    await desk.post("replies", **form)
    await desk.post("replies", **form)

    assert [message.text for message in await desk.said()] == ["Where is my order?", "Once."]


async def test_note_stays_in_the_house(desk):
    await desk.post("replies", text="She is right.", channel="note")
    [_, note] = await desk.said()
    page = await desk.page()

    assert (note.direction, await desk.deliveries()) == ("note", {})
    assert 'class="msg note"' in page


async def test_answer_can_be_taken_back_and_its_words_return(desk, hub):
    await desk.post("replies", text="Too early.", channel="texts")
    [_, reply] = await desk.said()
    undone = await desk.visitor.post(f"/messages/{reply.id}/cancellation", {"view": "open"}, page=desk.path)
    page = await desk.page()

    assert undone.headers["Location"].startswith(desk.path)
    assert [message.text for message in await desk.said()] == ["Where is my order?"]
    assert re.search(r"<textarea[^>]*>\s*Too early\.</textarea>", page)


async def test_undo_comes_too_late_for_what_has_left_and_reopens_nevertheless(desk, hub, clock):
    tried = new_id()
    await desk.post("replies", text="Gone.", channel="texts", client_id=tried, then="done")
    [_, reply] = await desk.said()
    [delivery] = (await desk.deliveries())[reply.id]
    await hub.store.write(mark_state, delivery.id, DeliveryState.SENT, NO_REASON, clock.now())
    late = await desk.post("restoration", state="open", client_id=tried)

    assert late.status == 409
    assert (await desk.row()).state == "open"
    assert [message.text for message in await desk.said()] == ["Where is my order?", "Gone."]


@pytest.mark.parametrize(
    "before",
    [{"state": "elsewhere"}, {"assignee": "f" * 32}, {"priority": "now"}, {"labels": "1", "label": "x" * 60}],
)
async def test_undo_takes_nothing_that_no_page_sent(desk, before):
    assert (await desk.post("restoration", **before)).status == 422


async def test_what_has_left_cannot_be_taken_back(desk, hub, clock):
    await desk.post("replies", text="Gone.", channel="texts")
    clock.forward(MINUTE)
    page = await desk.page()

    assert "/cancellation" not in page


@pytest.mark.parametrize(
    ("form", "says_so"),
    [
        ({"text": "  ", "channel": "texts"}, "The message is empty."),
        ({"text": "x" * 161, "channel": "texts"}, "too long"),
        ({"text": "Hello", "channel": "mail"}, "cannot be reached"),
        ({"text": "Hello", "channel": "nowhere"}, "cannot be reached"),
        ({"text": "Hello", "channel": "texts", "later": "2001-01-01T09:00"}, "lies in the past"),
        ({"text": "Hello", "channel": "texts", "later": "2027-03-28T02:30"}, "does not exist"),
    ],
)
async def test_refused_answer_keeps_its_words_and_says_why(desk, form, says_so):
    refused = await desk.post("replies", **form)
    page = await refused.text()

    assert refused.status == 422
    assert says_so in text_of(page)
    assert form["text"].strip() in page
    assert len(await desk.said()) == 1


async def test_answer_for_later_waits_for_its_time_across_a_clock_change(desk, hub):
    await desk.post("replies", text="Good morning.", channel="texts", later="2027-03-28T09:00", cancel_on_inbound="1")
    [_, reply] = await desk.said()
    [delivery] = (await desk.deliveries())[reply.id]

    assert delivery.due_at == 1_806_217_200_000  # 2027-03-28T07:00Z: summer time has begun that night
    assert "Send now" in text_of(await desk.page())


async def test_colleagues_answer_is_read_before_mine_is_sent(desk, hub, agent, browser):
    seen = re.search(r'name="seen" value="(\d+)"', await desk.page())
    other = browser()
    who = await agent(Role.OWNER)
    await other.answer("POST", "/login", data={"email": who.email, "password": "correct horse battery"})
    await other.post(f"{desk.path}/replies", {"text": "I know!", "channel": "texts"}, page=desk.path)
    await hub.live.since(0)
    refused = await desk.post("replies", text="Me too.", channel="texts", seen=seen[1])
    again = re.search(r'name="seen" value="(\d+)"', await refused.text())
    sent = await desk.post("replies", text="Me too.", channel="texts", seen=again[1])

    assert refused.status == 409
    assert "A colleague wrote here" in text_of(await refused.text())
    assert sent.status == 303
    assert [message.text for message in await desk.said()] == ["Where is my order?", "I know!", "Me too."]


async def test_answer_and_done_opens_the_next_conversation(desk, says, clock):
    clock.forward(SECOND)
    later = await says("Me too!", sender="+12025550177")
    answered = await desk.post("replies", text="Here it is.", channel="texts", then="next")

    assert (await desk.row()).state == "closed"
    assert answered.headers["Location"] == f"/conversations/{later.conversation_id}?view=open"


async def test_done_with_the_last_one_leads_back_to_the_list(desk):
    assert (await desk.post("closure", then="next")).headers["Location"] == "/inbox?view=open"


async def test_conversation_goes_through_its_states(desk, clock):
    for action, form, state in (
        ("snooze", {"until": "at", "at": "2027-01-05T09:00"}, "snoozed"),
        ("reopening", {}, "open"),
        ("closure", {}, "closed"),
        ("reopening", {}, "open"),
    ):
        assert (await desk.post(action, **form)).status == 303
        assert (await desk.row()).state == state

    assert "set this to done" in text_of(await desk.page())


async def test_snooze_into_the_past_is_refused(desk):
    assert (await desk.post("snooze", until="at", at="2001-01-01T09:00")).status == 422
    assert (await desk.row()).state == "open"


async def test_labels_and_priority_are_set_and_shown(desk, hub):
    await desk.post("labels", new="vip, billing ,, vip")
    await desk.post("priority", priority="urgent")
    labels = await hub.store.read(list_conversation_labels, [desk.message.conversation_id])
    page = await desk.page()

    assert labels[desk.message.conversation_id] == ["billing", "vip"]
    assert "Urgent" in part(page, f"row-{desk.message.conversation_id}")
    assert (await desk.post("priority", priority="whatever")).status == 422


async def test_reading_and_unreading_are_marked_by_forms_only(desk):
    await desk.page()
    assert (await desk.row()).unread == 1
    await desk.post("reading")
    assert (await desk.row()).unread == 0
    await desk.post("unreading")
    assert (await desk.row()).unread == 1


async def test_assigning_to_somebody_who_left_is_refused(desk):
    assert (await desk.post("assignment", agent=new_id())).status == 422


async def test_draft_is_kept_and_offered_again(desk, hub):
    token = re.search(r'name="csrf" content="([0-9a-f]+)"', await desk.page())[1]
    form = {"text": "Half a sent", "channel": "texts"}
    saved = await desk.visitor.answer("POST", f"{desk.path}/draft", data=form, headers={"X-CSRF-Token": token})
    page = await desk.page()

    assert saved.status == 204
    assert "Half a sent</textarea>" in page
    assert "Draft: Half a sent" in part(page, f"row-{desk.message.conversation_id}")
    assert "Where is my order?" not in part(page, f"row-{desk.message.conversation_id}")


async def test_draft_of_a_subject_alone_is_kept_until_all_is_empty(desk, hub):
    me, conversation = await desk.me(), desk.message.conversation_id
    await hub.store.write(keep_draft, conversation, me.id, "", "", at=1, subject="Offer", cc="", bcc="")
    assert (await hub.store.read(find_draft, conversation, me.id)).subject == "Offer"
    await hub.store.write(keep_draft, conversation, me.id, "", "", at=2, subject=" ", cc="", bcc="")
    assert await hub.store.read(find_draft, conversation, me.id) is None


async def test_half_an_address_for_copies_does_not_hinder_a_note(desk):
    assert (await desk.post("replies", text="Internal", channel="note", cc="ada@")).status == 303
    assert read_copies("a@example.com; b@example.com, ", "cc") == ["a@example.com", "b@example.com"]


async def test_draft_of_one_is_not_shown_to_another(desk, signed_in, hub):
    me = await desk.me()
    await hub.store.write(keep_draft, desk.message.conversation_id, me.id, "secret thought", "", at=1)
    other = await signed_in(Role.OWNER)
    _, page = await other.get(desk.path)

    assert "secret thought" not in page


async def test_sending_forgets_the_draft(desk, hub):
    me = await desk.me()
    await hub.store.write(keep_draft, desk.message.conversation_id, me.id, "Half", "", at=1)
    await desk.post("replies", text="Whole.", channel="texts")

    assert await hub.store.read(find_draft, desk.message.conversation_id, me.id) is None


async def test_why_an_answer_failed_is_said_in_the_readers_language_beside_what_others_said(desk, hub, clock):
    await desk.post("replies", text="Hello.", channel="texts")
    [_, reply] = await desk.said()
    [delivery] = (await desk.deliveries())[reply.id]
    await hub.store.write(fail, delivery.id, Reason(Why.ADDRESS_BLOCKED, "STOP"), clock.now())
    _, page = await desk.visitor.get(desk.path, headers={"Accept-Language": "de"})

    assert "Fehlgeschlagen: die Adresse ist gesperrt: STOP" in text_of(page)


async def test_failed_answer_shows_why_and_can_be_sent_again(desk, hub, clock):
    await desk.post("replies", text="Hello.", channel="texts")
    [_, reply] = await desk.said()
    [delivery] = (await desk.deliveries())[reply.id]
    await hub.store.write(fail, delivery.id, Reason(detail=str(SendRejected("no such number"))), clock.now())
    page = await desk.page()
    again = await desk.visitor.post(f"/deliveries/{delivery.id}/repetition", {"view": "open"}, page=desk.path)

    assert "Failed: no such number" in text_of(page)
    assert again.status == 303
    assert [one.state for one in (await desk.deliveries())[reply.id]] == ["failed", "queued"]


async def test_reader_sees_everything_and_no_button(desk, signed_in):
    reader = await signed_in(Role.READ_ONLY)
    status, page = await reader.get(desk.path)

    assert status == 200
    assert "Where is my order?" in page
    assert "<textarea" not in page
    assert "/closure" not in page


async def test_wrong_addresses_are_not_found(desk):
    for path in ("/conversations/nonsense", f"/conversations/{new_id()}", f"/attachments/{new_id()}"):
        assert (await desk.visitor.answer("GET", path)).status == 404
    for query in ("view=nonsense", "view=channel:nonsense", "view=open&after=nonsense", "view=open&after=1-1"):
        assert (await desk.visitor.answer("GET", f"/inbox?{query}")).status == 200


async def test_hostile_text_stays_text(desk, says):
    payload = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
    await says(payload, name=payload)
    page = await desk.page()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in unescape(page)


async def test_count_that_stopped_is_not_told_as_exact(desk, says):
    for number in range(100):
        await says("Me too!", sender=f"+1202555{number:04d}")
    _, page = await desk.visitor.get("/inbox?view=mine")

    assert "99+ conversations are open elsewhere." in part(page, "list")


async def test_longest_wait_is_told_in_the_rail(desk, clock):
    clock.forward(2 * HOUR)
    _, page = await desk.visitor.get("/inbox?view=open")

    assert "longest 2 h 0 min" in part(page, "views")


def fail(conn, delivery_id: str, why: Reason, at: int) -> None:
    mark_state(conn, delivery_id, DeliveryState.FAILED, why, at)

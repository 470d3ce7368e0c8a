"""hub.sequences: who stays silent gets exactly one follow-up at the right time, and nobody else does."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hub.campaigns.track import Proof, unsubscribe
from hub.clock import DAY, HOUR
from hub.conversations import close
from hub.errors import Conflict, InvalidInput
from hub.ids import new_id
from hub.model import Sort
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_message
from hub.reasons import Why
from hub.sequences import lifecycle
from hub.sequences.definition import milliseconds
from hub.sequences.forecast import forecast
from hub.sequences.leaving import take_out
from hub.sequences.starting import add_customers
from hub.store.consents import WITHDRAWN, Consent, append_consent, find_consent
from hub.store.customers import get_customer, list_customer_labels
from hub.store.deliveries import get_delivery
from hub.store.events import append_event
from hub.store.messages import list_messages
from hub.store.sales import add_quote, mark_quote
from hub.store.sequence_versions import count_steps
from hub.store.sequences import add_sequence, count_runs, get_sequence, hasten_runs, list_runs
from hub.store.tables import deliveries, messages, orders
from hub.store.tasks import TaskFilter, list_tasks
from hub.store.templates import add_template, forget_template
from hub.store.visibility import EVERYTHING

ANSWER = {"kind": "message", "text": "Still there, {{ customer.first_name }}?", "subject": "Hello again"}
MESSAGE = ANSWER | {"purpose": "news"}
SILENCE = {
    "name": "Follow up",
    "trigger": {"event": "no_answer", "after": "3d"},
    "steps": [MESSAGE],
    "exits": ["reply"],
}


async def active(world, **changes):
    made = await world.write(lifecycle.write_down, SILENCE | changes, world.clock.now())
    return await start(world, made)


async def start(world, sequence):
    prepared = await world.read(lifecycle.prepare, world.words, world.hub.channels, sequence.id)
    return await world.write(lifecycle.start, prepared, world.clock.now())


async def changed(world, sequence, **changes):
    deps = (world.words, world.hub.channels)
    return await world.write(lifecycle.change, *deps, sequence.id, changes, world.clock.now())


async def pass_time(world, milliseconds):
    world.clock.forward(milliseconds)
    await world.follow_up()
    await world.send()


def texts(world, channel="mail"):
    """The first line of each follow-up."""
    sent = world.channels[channel].sent
    return [message.text.partition("\n")[0] for message in sent if "Still there" in message.text]


def _runs(conn, sequence_id):
    return [(run.state, run.reason) for run in list_runs(conn, sequence_id)]


async def test_whoever_stays_silent_after_a_campaign_gets_one_follow_up(world):
    await world.customer("Ada Lovelace")
    await active(world)
    await world.deliver()
    await pass_time(world, 3 * DAY - HOUR)
    assert texts(world) == []

    await pass_time(world, HOUR + 1)
    await pass_time(world, 10 * DAY)
    assert texts(world) == ["Still there, Ada?"]


@pytest.mark.parametrize(("channel", "handle"), [("mail", "ada@example.com"), ("sms", "+12025550101"), ("bot", "1815")])
async def test_whoever_answers_on_any_channel_gets_none(world, channel, handle):
    await world.customer("Ada", email="ada@example.com", sms="+12025550101", telegram="1815")
    sequence = await active(world)
    await world.deliver()
    world.clock.forward(DAY)
    await world.answer(handle, channel)
    await pass_time(world, 5 * DAY)

    assert texts(world) == []
    assert await world.read(_runs, sequence.id) == [("exited", "replied")]
    assert (await world.read(count_runs, [sequence.id])) == {sequence.id: {"replied": 1}}


@pytest.mark.parametrize("sort", [Sort.AUTO_REPLY, Sort.BOUNCE, Sort.LIST, Sort.BULK])
async def test_what_no_person_wrote_is_no_answer(world, sort):
    await world.customer("Ada", email="ada@example.com")
    await active(world)
    await world.deliver()
    await world.answer("ada@example.com", sorted_as=sort)
    await pass_time(world, 4 * DAY)

    assert len(texts(world)) == 1


async def test_a_person_behind_our_own_group_has_answered(world):
    await world.customer("Ada", email="ada@example.com")
    sequence = await active(world)
    await world.deliver()
    [group] = world.hub.channels.own_handles("email")
    await world.answer("ada@example.com", sorted_as=Sort.LIST, parts={"list": [group]})
    await pass_time(world, 4 * DAY)

    assert texts(world) == []
    assert await world.read(_runs, sequence.id) == [("exited", "replied")]


async def test_the_follow_up_goes_to_the_preferred_channel(world):
    await world.customer("Ada", preferred="sms", sms="+12025550101")
    await active(world)
    await world.deliver(channel="mail")
    await pass_time(world, 4 * DAY)

    assert texts(world, "sms") == ["Still there, Ada?"]
    assert texts(world, "mail") == []


async def test_silence_after_an_agents_message_is_followed_up_in_its_conversation(world):
    ada = await world.customer("Ada", email="ada@example.com")
    sequence = await active(world, steps=[ANSWER])
    queued = await world.write(
        queue_message, world.hub.outbox_deps, ada, Reply(text="Here is the offer"), world.clock.now()
    )
    await world.send()
    await world.follow_up()
    await pass_time(world, 3 * DAY + 1)
    shown = await world.read(list_messages, queued.conversation_id)

    assert [message.text for message in shown] == ["Here is the offer", "Still there, Ada?"]
    assert await world.read(_runs, sequence.id) == [("done", "")]


async def test_another_message_of_ours_counts_the_silence_anew(world):
    ada = await world.customer("Ada", email="ada@example.com")
    sequence = await active(world)
    for _ in range(2):
        await world.write(queue_message, world.hub.outbox_deps, ada, Reply(text="Here is the offer"), world.clock.now())
        await world.send()
        await pass_time(world, 2 * DAY)
    assert texts(world) == []

    await pass_time(world, 2 * DAY)
    assert len(texts(world)) == 1
    assert len(await world.read(_runs, sequence.id)) == 1


async def test_an_answer_that_was_faster_than_our_look_at_the_events_counts(world):
    ada = await world.customer("Ada", email="ada@example.com")
    await active(world)
    await world.write(queue_message, world.hub.outbox_deps, ada, Reply(text="Here is the offer"), world.clock.now())
    await world.send()
    world.clock.forward(1000)
    await world.answer("ada@example.com")
    await pass_time(world, 5 * DAY)

    assert texts(world) == []


async def test_the_follow_up_itself_is_not_followed_up(world):
    await world.customer("Ada")
    await active(world)
    await world.deliver()
    for _ in range(5):
        await pass_time(world, 4 * DAY)

    assert len(texts(world)) == 1


async def test_what_happened_before_it_was_started_is_nobodys_trigger(world):
    ada = await world.customer("Ada", email="ada@example.com")
    await world.write(queue_message, world.hub.outbox_deps, ada, Reply(text="Here is the offer"), world.clock.now())
    await world.send()
    await world.deliver()
    world.clock.forward(1000)
    await active(world)
    await pass_time(world, 5 * DAY)

    assert texts(world) == []


async def test_silence_counts_from_the_moment_the_message_left(world):
    await world.customer("Ada")
    await active(world)
    await world.schedule(await world.campaign())
    await world.expand()
    world.clock.forward(2 * DAY)
    await world.send()
    await pass_time(world, 2 * DAY)
    assert texts(world) == []

    await pass_time(world, DAY + 1)
    assert len(texts(world)) == 1


async def test_nobody_is_lost_while_it_is_not_known_whether_the_message_left(world):
    await world.customer("Ada")
    sequence = await active(world)
    await world.schedule(await world.campaign())
    await world.expand()
    world.channels["mail"].hangs_up = True
    await world.send()
    await pass_time(world, 4 * DAY)
    assert (texts(world), await world.read(_runs, sequence.id)) == ([], [("waiting", "")])

    world.channels["mail"].hangs_up = False
    left = deliveries.update().where(deliveries.c.state == "unknown").values(state="sent", sent_at=world.clock.now())
    assert (await world.write(lambda conn: conn.execute(left))).rowcount == 1
    await pass_time(world, 4 * DAY)
    assert len(texts(world)) == 1


async def test_whom_the_campaign_did_not_reach_is_not_followed_up(world):
    await world.customer("Ada", consents=())
    await active(world)
    await world.deliver()
    await pass_time(world, 5 * DAY)

    assert texts(world) == []


async def test_only_the_named_campaign_begins_it(world):
    await world.customer("Ada")
    first = await world.campaign()
    await active(world, trigger={"event": "campaign.sent", "after": "3d", "campaign": first.id})
    await world.deliver()
    await pass_time(world, 4 * DAY)
    assert texts(world) == []

    await world.schedule(first)
    await world.expand()
    await world.send()
    await pass_time(world, 4 * DAY)
    assert len(texts(world)) == 1


async def test_two_processes_send_it_once(world):
    for number in range(10):
        await world.customer(f"Person {number}")
    await active(world)
    await world.deliver()
    world.clock.forward(4 * DAY)
    await asyncio.gather(*(world.follow_up() for _ in range(4)))
    await world.send()

    assert len(texts(world)) == 10


async def test_waits_and_labels_come_in_their_order(world):
    ada = await world.customer("Ada", labels=["all"])
    steps = [MESSAGE, {"kind": "wait", "after": "2d"}, {"kind": "label", "name": "silent"}]
    sequence = await active(world, steps=steps)
    await world.deliver()
    await pass_time(world, 3 * DAY + 1)
    assert (await world.read(list_customer_labels, [ada]))[ada] == ["all"]

    await pass_time(world, 2 * DAY + 1)
    assert (await world.read(list_customer_labels, [ada]))[ada] == ["all", "silent"]
    assert await world.read(_runs, sequence.id) == [("done", "")]


async def test_a_paused_sequence_sends_nothing_until_it_goes_on(world):
    await world.customer("Ada")
    sequence = await active(world)
    await world.deliver()
    await world.write(lifecycle.pause, sequence.id, world.clock.now())
    await pass_time(world, 4 * DAY)
    assert texts(world) == []

    await start(world, sequence)
    await pass_time(world, 1)
    assert len(texts(world)) == 1


async def test_a_closed_conversation_ends_it_where_that_is_an_exit(world):
    ada = await world.customer("Ada", email="ada@example.com")
    sequence = await active(world, exits=["reply", "closed"])
    queued = await world.write(queue_message, world.hub.outbox_deps, ada, Reply(text="Bye"), world.clock.now())
    await world.send()
    await world.follow_up()
    await world.write(close, queued.conversation_id, world.clock.now(), None)
    await pass_time(world, 4 * DAY)

    assert texts(world) == []
    assert await world.read(_runs, sequence.id) == [("exited", "conversation_closed")]


async def test_whoever_opts_out_of_anything_leaves_it_where_that_is_an_exit(world):
    ada = await world.customer("Ada")
    sequence = await active(world, exits=["reply", "opt_out"])
    await world.deliver()
    world.clock.forward(DAY)
    await world.write(append_consent, ada, Consent("email", "news", WITHDRAWN, "test"), world.clock.now())
    await pass_time(world, 4 * DAY)

    assert texts(world) == []
    assert await world.read(_runs, sequence.id) == [("exited", "opted_out")]


async def test_a_follow_up_with_a_purpose_needs_consent(world):
    await world.customer("Ada", consents=("email",))
    sequence = await active(world, steps=[MESSAGE | {"purpose": "offers"}])
    await world.deliver()
    await pass_time(world, 4 * DAY)

    assert texts(world) == []
    assert await world.read(_runs, sequence.id) == [("exited", "opted_out")]


async def offered(world, **step):
    """A mail of a sequence that advertises, and the customer who got it."""
    ada = await world.customer("Ada Lovelace", consents=("email",))
    await active(world, steps=[MESSAGE | step])
    await world.deliver()
    await pass_time(world, 4 * DAY)
    return world.channels["mail"].sent[-1], ada


@pytest.mark.parametrize("step", [{}, {"template": "follow_up", "text": ""}])
async def test_a_follow_up_that_advertises_can_be_unsubscribed_from_like_a_campaign(world, step):
    mail, ada = await offered(world, **step)
    link = f"http://hub.example/u/{world.hub.signer.sign('unsubscribe', mail.delivery_id)}"

    assert mail.headers["List-Unsubscribe"] == f"<{link}>"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert f": {link}" in mail.text
    assert "Example" in mail.text

    delivery = await world.read(get_delivery, mail.delivery_id)
    assert await world.write(unsubscribe, delivery, Proof("one-click", "", ""), world.clock.now())
    assert await world.read(find_consent, ada, "email", "news") == WITHDRAWN


async def test_the_footer_leads_to_the_message_and_its_preferences(world):
    mail, _ = await offered(world, text="{{ links.view }} {{ links.unsubscribe }}")
    view = f"http://hub.example/v/{world.hub.signer.sign('view', mail.delivery_id)}"

    assert mail.text.count("/u/") == 1
    assert view in mail.text


async def test_a_follow_up_in_its_conversation_is_unsubscribed_from_alike(world):
    ada = await world.customer("Ada", email="ada@example.com", consents=("email",))
    await active(world)
    await world.write(queue_message, world.hub.outbox_deps, ada, Reply(text="Here is the offer"), world.clock.now())
    await world.send()
    await world.follow_up()
    await pass_time(world, 3 * DAY + 1)
    mail = world.channels["mail"].sent[-1]
    link = f"http://hub.example/u/{world.hub.signer.sign('unsubscribe', mail.delivery_id)}"

    assert "Still there" in mail.text
    assert mail.headers["List-Unsubscribe"] == f"<{link}>"
    assert link in mail.text


async def asked_about(world, **customer):
    """A customer to whom an agent wrote, and the conversation they are in."""
    ada = await world.customer("Ada", email="ada@example.com", **customer)
    offer = Reply(text="Here is the offer", channel="mail")
    queued = await world.write(queue_message, world.hub.outbox_deps, ada, offer, world.clock.now())
    await world.send()
    await world.follow_up()
    return ada, queued.conversation_id


async def test_an_answer_in_an_open_conversation_needs_no_purpose_and_no_footer(world):
    await active(world, steps=[ANSWER])
    await asked_about(world, consents=())
    await pass_time(world, 4 * DAY)
    mail = world.channels["mail"].sent[-1]

    assert mail.text == "Still there, Ada?"
    assert set(mail.headers) == {"Auto-Submitted", "X-Auto-Response-Suppress"}


async def test_once_the_conversation_is_closed_it_is_no_answer_any_more(world):
    sequence = await active(world, steps=[ANSWER])
    _, conversation = await asked_about(world)
    await world.write(close, conversation, world.clock.now(), None)
    await pass_time(world, 4 * DAY)
    [(state, reason)] = await world.read(_runs, sequence.id)

    assert texts(world) == []
    assert (state, reason) == ("failed", Why.NO_PURPOSE)


async def test_an_answer_that_waits_does_not_leave_once_the_conversation_is_closed(world):
    await active(world, steps=[ANSWER])
    _, conversation = await asked_about(world)
    world.clock.forward(4 * DAY)
    await world.follow_up()
    await world.write(close, conversation, world.clock.now(), None)
    await world.send()

    assert texts(world) == []


async def test_after_a_campaign_nothing_is_sent_without_a_purpose(world):
    await world.customer("Ada", preferred="sms", sms="+12025550101", consents=("email",))
    sequence = await active(world, steps=[ANSWER])
    await world.deliver()
    await pass_time(world, 4 * DAY)

    assert texts(world) == texts(world, "sms") == []
    assert await world.read(_runs, sequence.id) == []


@pytest.mark.parametrize("event", ["campaign.sent", "customer.created", "conversation.closed"])
async def test_what_can_be_no_answer_needs_a_purpose(world, event):
    with pytest.raises(InvalidInput) as refused:
        await active(world, trigger={"event": event}, steps=[MESSAGE, ANSWER])
    assert refused.value.code == "no_purpose"

    sequence = await active(world, trigger={"event": event}, steps=[MESSAGE])
    await world.write(lifecycle.pause, sequence.id, world.clock.now())
    with pytest.raises(InvalidInput):
        await changed(world, sequence, steps=[ANSWER])
    old = await world.write(add_sequence, SILENCE | {"trigger": {"event": event}, "steps": [ANSWER]}, 0)
    with pytest.raises(InvalidInput):
        await start(world, old)


@pytest.mark.parametrize(
    ("step", "place", "said"),
    [
        ({"text": "Hi {{ customer.frist_name }}"}, "1/sms.txt:1", "customer.first_name"),
        ({"text": "Hi", "subject": "{{ nmae }}"}, "1/subject.txt:1", "unknown name"),
        ({"text": "", "template": "no_such_template"}, "1/template:1", "no_such_template"),
        ({"channel": "fax"}, "1/channel:1", "fax"),
    ],
)
async def test_a_sequence_that_cannot_be_written_does_not_start(world, step, place, said):
    with pytest.raises(Conflict) as refused:
        await active(world, steps=[MESSAGE | step])

    assert place in str(refused.value)
    assert said in str(refused.value)


async def test_consent_withdrawn_while_the_follow_up_waits_wins(world):
    ada = await world.customer("Ada", consents=("email",))
    await active(world)
    await world.deliver()
    world.clock.forward(4 * DAY)
    await world.follow_up()
    await world.write(append_consent, ada, Consent("email", "news", WITHDRAWN, "test"), world.clock.now())
    await world.send()

    assert texts(world) == []


async def test_where_one_channel_is_not_agreed_to_the_follow_up_takes_another(world):
    await world.customer("Ada", preferred="sms", sms="+12025550101", consents=("email",))
    await active(world)
    await world.deliver()
    await pass_time(world, 4 * DAY)

    assert texts(world, "sms") == []
    assert len(texts(world, "mail")) == 1


async def test_a_step_that_cannot_be_written_is_visible(world):
    await world.customer("Ada")
    words = {"subject.txt": "Hello", "email.txt": "Still there?"}
    template = await world.write(add_template, "Gone", words, world.clock.now(), None)
    sequence = await active(world, steps=[{"kind": "message", "template": template.id, "purpose": "news"}])
    await world.deliver()
    await world.write(forget_template, template.id, world.clock.now())
    await pass_time(world, 4 * DAY)
    [run] = await world.read(list_runs, sequence.id)

    assert run.state == "failed"
    assert template.id in run.detail


async def test_a_shipped_template_can_be_the_follow_up(world):
    await world.customer("Ada", language="de")
    await active(world, steps=[{"kind": "message", "template": "follow_up", "purpose": "news"}])
    await world.deliver()
    await pass_time(world, 4 * DAY)

    assert world.channels["mail"].sent[-1].subject == "Hat alles geklappt?"


async def test_an_answer_to_the_follow_up_stands_below_it(world):
    await world.customer("Ada", email="ada@example.com")
    await active(world)
    await world.deliver()
    await pass_time(world, 4 * DAY)
    landed = await world.answer("ada@example.com", answers=world.channels["mail"].sent[-1])
    shown = await world.read(list_messages, landed.conversation_id)

    assert [message.text.partition("\n")[0] for message in shown] == ["Still there, Ada?", "Tell me more"]


async def test_a_forecast_tells_dates_and_words_and_sends_nothing(world):
    ada = await world.customer("Ada Lovelace")
    sequence = await active(world, steps=[MESSAGE, {"kind": "wait", "after": "2d"}, MESSAGE])
    now = world.clock.now()
    told = await world.read(forecast, world.hub.outbox_deps, world.words, sequence.id, ada, now)

    assert [(each.kind, each.at - now) for each in told] == [
        ("message", 3 * DAY),
        ("wait", 5 * DAY),
        ("message", 5 * DAY),
    ]
    assert told[0].text.startswith("Still there, Ada?")
    assert await world.read(lambda conn: conn.execute(select(messages.c.id)).all()) == []


async def test_fast_forward_brings_a_waiting_follow_up_to_now(world):
    ada = await world.customer("Ada")
    sequence = await active(world)
    await world.deliver()
    world.clock.forward(HOUR)
    assert await world.write(hasten_runs, sequence.id, ada, world.clock.now()) == 1
    await pass_time(world, 1)

    assert len(texts(world)) == 1
    assert (await world.read(get_customer, ada)).name == "Ada"


async def test_a_sequence_without_steps_cannot_be_started(world):
    made = await world.write(add_sequence, SILENCE | {"steps": []}, world.clock.now())

    with pytest.raises(Conflict):
        await start(world, made)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3d", 3 * DAY), ("P3D", 3 * DAY), ("PT36H", 36 * HOUR), ("2w", 14 * DAY), ("90m", 90 * 60_000)],
)
def test_durations_are_read_in_both_spellings(text, expected):
    assert milliseconds(text) == expected


ADDED = {"trigger": {"event": "added", "after": "0s"}, "exits": ["reply", "ordered"]}
WAIT = {"kind": "wait", "after": "1d"}


async def _let_in(world, sequence, *customers):
    return await world.write(add_customers, sequence.id, customers, world.clock.now())


async def test_who_is_in_it_goes_through_it_as_it_was(world):
    ada, grace = await world.customer("Ada"), await world.customer("Grace")
    sequence = await active(world, **ADDED, steps=[{"kind": "label", "name": "begun"}, WAIT, MESSAGE])
    assert await _let_in(world, sequence, ada) == 1
    assert await _let_in(world, sequence, ada) == 0
    await pass_time(world, 0)
    later = await changed(world, sequence, steps=[{"kind": "label", "name": "new"}])
    assert (sequence.version, later.version) == (1, 2)
    assert await world.read(count_steps, sequence.id) == {(1, 2): 1}
    await _let_in(world, sequence, grace)
    await pass_time(world, DAY)

    assert texts(world) == ["Still there, Ada?"]
    assert await world.read(list_customer_labels, [grace]) == {grace: ["all", "new"]}
    assert (await changed(world, sequence, steps=[MESSAGE])).version == 2  # nobody is in it


async def test_what_happened_before_an_event_became_its_trigger_begins_nothing(world):
    sequence = await active(world, trigger={"event": "campaign.sent"}, steps=[MESSAGE])
    world.clock.forward(1)
    told = {"at": world.clock.now(), "customer_id": await world.customer("Ada")}
    await world.write(lambda conn: append_event(conn, "customer.created", **told))
    world.clock.forward(DAY)
    await changed(world, sequence, trigger={"event": "customer.created"})
    await pass_time(world, DAY)

    assert await world.read(list_runs, sequence.id) == []


async def test_an_active_one_is_not_changed_to_what_cannot_be_written(world):
    sequence = await active(world, **ADDED)
    with pytest.raises(Conflict, match="frist_name"):
        await changed(world, sequence, steps=[MESSAGE | {"text": "{{ customer.frist_name }}"}])
    assert (await world.read(get_sequence, sequence.id)).steps == [MESSAGE]


async def test_a_task_and_a_wait_until_the_morning_are_steps(world):
    ada = await world.customer("Ada")
    steps = [{"kind": "wait", "after": "1d", "until": "09:00"}, {"kind": "task", "title": "Call Ada"}, MESSAGE]
    sequence = await active(world, **ADDED, steps=steps)
    await _let_in(world, sequence, ada)
    await pass_time(world, 0)
    [run] = await world.read(list_runs, sequence.id)
    local = datetime.fromtimestamp(run.due_at / 1000, ZoneInfo("Europe/Berlin"))
    assert (local.hour, local.minute) == (9, 0)
    assert DAY <= run.due_at - world.clock.now() < 2 * DAY

    await pass_time(world, 2 * DAY)
    [task] = await world.read(list_tasks, TaskFilter(customer_id=ada), None, 10)
    assert (task.title, task.customer_id, texts(world)) == ("Call Ada", ada, ["Still there, Ada?"])


async def test_whoever_orders_and_whoever_is_taken_out_gets_no_more(world):
    ada, grace = await world.customer("Ada"), await world.customer("Grace")
    sequence = await active(world, **ADDED, steps=[WAIT, MESSAGE])
    await _let_in(world, sequence, ada, grace)
    await pass_time(world, HOUR)
    order = {"id": new_id(), "customer_id": ada, "number": "O-1", "currency": "EUR", "state": "open"}
    now = {"created_at": world.clock.now(), "changed_at": world.clock.now()}
    await world.write(lambda conn: conn.execute(orders.insert(), order | now))
    [run] = [run for run in await world.read(list_runs, sequence.id) if run.customer_id == grace]
    await world.write(take_out, EVERYTHING, sequence.id, run.id, world.clock.now())
    with pytest.raises(Conflict):
        await world.write(take_out, EVERYTHING, sequence.id, run.id, world.clock.now())
    await pass_time(world, 2 * DAY)

    assert texts(world) == []
    ended = [("exited", Why.ORDERED), ("exited", Why.TAKEN_OUT)]
    assert sorted(await world.read(_runs, sequence.id)) == ended


@pytest.mark.parametrize(
    ("state", "direction", "begun"), [("missed", "in", 1), ("missed", "out", 0), ("completed", "in", 0)]
)
async def test_a_missed_call_begins_it(world, state, direction, begun):
    ada = await world.customer("Ada")
    sequence = await active(world, trigger={"event": "call.missed"}, steps=[MESSAGE])
    world.clock.forward(1)
    told = {"customer_id": ada, "data": {"state": state, "direction": direction}}
    await world.write(lambda conn: append_event(conn, "call.updated", at=world.clock.now(), **told))
    await pass_time(world, HOUR)

    assert len(await world.read(list_runs, sequence.id)) == len(texts(world)) == begun


@pytest.mark.parametrize(("state", "asked"), [("sent", 1), ("declined", 0), ("accepted", 0), ("withdrawn", 0)])
async def test_a_quotation_that_was_answered_or_taken_back_is_followed_up_no_more(world, state, asked):
    ada, now = await world.customer("Ada"), world.clock.now()
    trigger = {"event": "quote.sent", "after": "3d"}
    await active(world, trigger=trigger, steps=[{"kind": "task", "title": "Ask Ada"}], exits=["reply"])
    content = {"customer_id": ada, "number": "Q-1", "currency": "EUR", "state": "sent"}
    quote = await world.write(add_quote, content, now)
    told = {"customer_id": ada, "data": {"quote": quote.id, "number": "Q-1"}}
    await world.write(lambda conn: append_event(conn, "quote.sent", at=now, **told))
    await pass_time(world, DAY)
    if state != "sent":
        await world.write(lambda conn: mark_quote(conn, quote.id, world.clock.now(), ("sent",), state=state))
    await pass_time(world, 3 * DAY)

    assert len(await world.read(list_tasks, TaskFilter(customer_id=ada), None, 10)) == asked

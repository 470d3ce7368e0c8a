"""Outside the 24 hours a customer is answered on WhatsApp by words that were approved, filled in for them."""

from collections.abc import AsyncIterator

import pytest

from hub.clock import HOUR, iso
from hub.model import DeliveryState
from hub.sandbox.twilio import Content, Trouble
from tests.people import ADA
from tests.rest import program_of
from tests.running import until
from tests.texting import WA_LINE, World, open_world
from tests.web.browser import sign_in

WA_ADA = f"whatsapp:{ADA.phone}"
READY = Content("HX" + "1" * 32, "order_ready", "en", "Hello {{1}}, order {{2}} is ready.", {"1": "Ada", "2": "4711"})
DRAFT = Content("HX" + "2" * 32, "not_yet", "en", "Nobody approved of this.", {}, status="pending")


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        opened.twilio.approve(READY, DRAFT)
        yield opened


async def asked(world: World):
    await world.twilio.text(WA_ADA, WA_LINE, "Where is my order?")
    await world.message("Where is my order?", ADA.whatsapp_address)
    conversation = await world.conversation(ADA.whatsapp_address)
    assert conversation
    return conversation


async def sent_by(world: World, message_id: str) -> str:
    async def state() -> str:
        async with program_of(world.office.hub) as program:
            [delivery] = (await program.must("GET", f"/messages/{message_id}"))["deliveries"]
        return delivery["state"] if delivery["state"] not in ("queued", "sending", "held") else ""

    return await until(state, "delivery")


async def test_approved_words_are_listed_with_what_they_ask_for(world):
    async with program_of(world.office.hub) as program:
        listed = await program.must("GET", "/channels/wa/templates")

    assert listed["items"] == [
        {
            "content_sid": READY.sid,
            "name": "order_ready",
            "language": "en",
            "body": READY.body,
            "variables": {"1": "Ada", "2": "4711"},
            "category": "UTILITY",
        }
    ]


async def test_a_channel_that_needs_no_approval_lists_none(world):
    async with program_of(world.office.hub) as program:
        assert (await program.must("GET", "/channels/sms/templates"))["items"] == []


async def test_a_reply_by_approved_words_leaves_filled_in(world):
    conversation = await asked(world)
    wanted = {"whatsapp_template": {"content_sid": READY.sid, "variables": {"1": "Ada", "2": "0815"}}}
    async with program_of(world.office.hub) as program:
        message = await program.must("POST", f"/conversations/{conversation.id}/replies", wanted)

    assert (message["channel"], message["text"]) == ("wa", "Hello Ada, order 0815 is ready.")
    assert await sent_by(world, message["id"]) in (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)
    [seen] = [one for one in world.twilio.requests if one.method == "POST" and one.path.endswith("/Messages.json")]
    assert seen.form["ContentSid"] == [READY.sid]
    assert seen.form["ContentVariables"] == ['{"1": "Ada", "2": "0815"}']
    assert "Body" not in seen.form
    assert world.twilio.sent_to(WA_ADA)[-1].body == "Hello Ada, order 0815 is ready."


@pytest.mark.parametrize(
    ("template", "field"),
    [
        ({"content_sid": READY.sid, "variables": {"1": "Ada"}}, "whatsapp_template"),
        ({"content_sid": DRAFT.sid}, "whatsapp_template"),
    ],
    ids=["a variable is missing", "not approved"],
)
async def test_what_whatsapp_would_refuse_is_not_sent(world, template, field):
    conversation = await asked(world)
    async with program_of(world.office.hub) as program:
        status, problem = await program.ask(
            "POST", f"/conversations/{conversation.id}/replies", {"whatsapp_template": template}
        )

    assert (status, [fault["field"] for fault in problem["errors"]]) == (409, [field])


async def test_approved_words_carry_no_buttons(world):
    conversation = await asked(world)
    wanted = {"whatsapp_template": {"content_sid": READY.sid, "variables": {"1": "Ada", "2": "1"}}, "buttons": ["Yes"]}
    async with program_of(world.office.hub) as program:
        status, problem = await program.ask("POST", f"/conversations/{conversation.id}/replies", wanted)
    assert (status, [fault["field"] for fault in problem["errors"]]) == (409, ["buttons"])


async def test_approved_words_are_for_whatsapp_only(world):
    conversation = await asked(world)
    wanted = {"channel": "sms", "whatsapp_template": {"content_sid": READY.sid, "variables": {"1": "Ada", "2": "1"}}}
    async with program_of(world.office.hub) as program:
        status, _ = await program.ask("POST", f"/conversations/{conversation.id}/replies", wanted)
    assert status == 409


async def test_while_the_list_is_away_a_reply_leaves_all_the_same(world):
    conversation = await asked(world)
    world.twilio.inject(Trouble.SERVER_ERROR, where="ContentAndApprovals")
    wanted = {"whatsapp_template": {"content_sid": READY.sid, "variables": {"1": "Ada", "2": "0815"}}}
    async with program_of(world.office.hub) as program:
        message = await program.must("POST", f"/conversations/{conversation.id}/replies", wanted)

    assert message["text"] == f"{READY.sid}: Ada, 0815"
    await sent_by(world, message["id"])
    assert world.twilio.sent_to(WA_ADA)[-1].body == "Hello Ada, order 0815 is ready."


async def test_a_conversation_says_until_when_free_text_arrives(world):
    conversation = await asked(world)
    message = await world.message("Where is my order?", ADA.whatsapp_address)
    other = await world.office.hub.store.read(lambda conn: conversation.id)
    async with program_of(world.office.hub) as program:
        shown = await program.must("GET", f"/conversations/{other}")
        [listed] = (await program.must("GET", "/conversations"))["items"]

    assert shown["whatsapp_window_ends_at"] == listed["whatsapp_window_ends_at"] == iso(message.occurred_at + 24 * HOUR)


async def test_where_nobody_wrote_by_whatsapp_there_is_no_window(world):
    conversation = await world.hello()
    async with program_of(world.office.hub) as program:
        assert (await program.must("GET", f"/conversations/{conversation.id}"))["whatsapp_window_ends_at"] is None


async def test_an_agent_picks_approved_words_and_fills_them_in(world):
    conversation = await asked(world)
    async with sign_in(world.office.hub) as agent:
        _, page = await agent.get(f"/conversations/{conversation.id}")
        assert "Free text arrives until" in page
        assert f"/conversations/{conversation.id}/approved" in page
        _, page = await agent.get(f"/conversations/{conversation.id}/approved")
        assert "order_ready" in page
        assert "not_yet" not in page
        form = {"channel": "wa", "content_sid": READY.sid, "variable-1": "Ada", "variable-2": ""}
        refused = await agent.post(f"/conversations/{conversation.id}/approved", form)
        assert refused.status == 422
        sent = await agent.post(f"/conversations/{conversation.id}/approved", form | {"variable-2": "0815"})
        assert sent.status == 303

    async def there() -> bool:
        return "Hello Ada, order 0815 is ready." in [one.body for one in world.twilio.sent_to(WA_ADA)]

    await until(there, "message")

"""Buttons below an answer: pressed on Telegram, numbered lines elsewhere."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from hub.model import DeliveryState
from tests import texting
from tests.people import ADA
from tests.rest import Program, program_of
from tests.running import until
from tests.telegram import CHAT, World, open_world
from tests.web.browser import sign_in

TITLES = ["Send it again, please: to the address that I gave you last", "Money back"]


@pytest.fixture
def engine() -> str:
    """What is shown where does not depend on the store."""
    return "sqlite"


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        yield opened


async def test_an_agent_offers_buttons_and_a_press_is_the_customers_answer(world):
    conversation = await world.hello()
    page = f"/conversations/{conversation.id}"
    said = {"text": "It is lost. What shall we do?", "channel": "bot", "buttons": "\n".join([*TITLES, "", TITLES[0]])}
    async with sign_in(world.office.hub) as agent:
        assert (await agent.post(f"{page}/replies", said, page)).status == 303

        async def left() -> bool:
            return bool(world.telegram.sent)

        await until(left, "an answer that left")
        [sent] = world.telegram.sent
        rows = sent.raw["reply_markup"]["inline_keyboard"]
        assert (sent.text, [one["text"] for row in rows for one in row]) == (said["text"], TITLES)

        world.telegram.press(CHAT, sent.message_id, TITLES[0])
        pressed = await world.message(TITLES[0])
        assert (pressed.shared, pressed.conversation_id) == (["choice"], conversation.id)
        _, shown = await agent.get(page)
        assert f'<li class="label">{TITLES[1]}</li>' in shown

    async def answered() -> bool:
        return not world.telegram.turning

    await until(answered, "a press that is answered")
    queued = await world.office.reply(conversation, text="Gladly.", channel="bot", options={"quote": True})
    assert (await world.office.delivery(queued, DeliveryState.SENT)).state == DeliveryState.SENT


async def test_a_press_below_a_message_too_old_to_be_told_says_what_it_carries(world):
    await world.hello()
    chat = {"chat": {"id": CHAT, "type": "private"}, "message_id": 7, "date": 0}
    person = world.telegram.people[CHAT].user()
    for id, data, said in (("9", "Money back", "Money back"), ("10", "1:At 10:30", "At 10:30")):
        world.telegram.updates.add("callback_query", {"id": id, "from": person, "message": chat, "data": data})
        assert (await world.message(said)).shared == ["choice"]


async def test_long_titles_that_begin_alike_are_told_apart(world):
    conversation = await world.hello()
    titles = [f"{'ж' * 50} {day}" for day in ("Monday", "Friday")]
    queued = await world.office.reply(conversation, text="When?", channel="bot", options={"buttons": titles})
    await world.office.delivery(queued, DeliveryState.SENT)
    world.telegram.press(CHAT, world.telegram.sent[0].message_id, titles[1])

    async def answers() -> list[str]:
        said = [one.text for one in await world.office.messages(conversation.id)]
        return [text for text in said if text in titles]

    assert await until(answers, "a press that is an answer") == titles[1:]


async def test_what_cannot_be_offered_is_said_and_what_was_typed_stays(world):
    conversation = await world.hello()
    page = f"/conversations/{conversation.id}"
    many = "\n".join(f"Choice {n}" for n in range(11))
    async with sign_in(world.office.hub) as agent:
        for text, buttons, words in (("Which?", many, "At most 10 buttons"), ("", "Yes", "Buttons stand below words")):
            said = {"text": text, "channel": "bot", "buttons": buttons}
            refused = await agent.post(f"{page}/replies", said, page)
            shown = await refused.text()
            assert (refused.status, words in shown, f"{buttons}</textarea>" in shown) == (422, True, True)
    async with program_of(world.office.hub) as program:
        body = {"text": "Which?", "buttons": ["x" * 61]}
        assert (await program.ask("POST", f"{page}/replies", body))[0] == 422


async def test_by_sms_they_are_numbered_lines(store_url):
    async with texting.open_world(store_url) as world:
        conversation = await world.hello()
        async with program_of(world.office.hub) as program:
            body = {"text": "What shall we do?", "channel": "sms", "buttons": TITLES}
            message = await program.must("POST", f"/conversations/{conversation.id}/replies", body)
        assert message["text"] == f"What shall we do?\n\n1. {TITLES[0]}\n2. {TITLES[1]}"
        assert message["buttons"] == []


async def test_whatsapp_shows_few_as_buttons_more_as_a_list_and_long_ones_as_lines(store_url):
    async with texting.open_world(store_url) as world:
        await world.twilio.text(f"whatsapp:{ADA.phone}", texting.WA_LINE, "It broke.")
        await world.message("It broke.", ADA.whatsapp_address)
        conversation = await world.conversation(ADA.whatsapp_address)
        days = [f"On {day}" for day in ("Monday", "Tuesday", "Thursday", "Friday")]
        async with program_of(world.office.hub) as program:
            for buttons in (["New one", "Money back"], ["New one", "Money back"], days, TITLES):
                body = {"text": "What now?", "channel": "wa", "buttons": buttons}
                message = await program.must("POST", f"/conversations/{conversation.id}/replies", body)
                await until(partial(arrived, program, message["id"]), "a message that arrived")
                assert message["buttons"] == ([] if buttons is TITLES else buttons)
        contents = list(world.twilio.state.contents.values())
        assert [one.choices for one in contents] == [("New one", "Money back"), tuple(days)]
        said = {"ButtonText": "Money back", "ButtonPayload": "Money back", "MessageType": "button"}
        await world.twilio.text(f"whatsapp:{ADA.phone}", texting.WA_LINE, "Money back", **said)
        assert (await world.message("Money back", ADA.whatsapp_address)).shared == ["choice"]


async def arrived(program: Program, id: str) -> bool:
    [delivery] = (await program.must("GET", f"/messages/{id}"))["deliveries"]
    assert delivery["state"] != "failed", delivery
    return delivery["state"] in ("delivered", "read")

"""A bot on a channel of texts: it offers, answers, and hands over with everything said; a person silences it."""

import pytest

from hub.conversations import close
from hub.model import Address
from hub.rules.menu import MOST_TURNS, Step, find_choice, go_on, menu_of
from hub.rules.talking import HANDED_OVER
from hub.store.bots import Bot, Choice, find_bot, put_bot
from hub.store.teams import add_team
from tests.running import until
from tests.texting import open_world
from tests.twilio import LINE

ADA = "+12025550101"
BOT = Bot(
    "sms",
    True,
    "Hello!",
    (Choice("Delivery", ("parcel", "where is"), "Parcels take two days."), Choice("A person", ("human",), "", True)),
    "Once more:",
    "A colleague answers.",
)
MENU = "Hello!\n\n1 Delivery\n2 A person"


@pytest.fixture
async def world(store_url: str):
    async with open_world(store_url) as opened:
        await opened.office.hub.store.write(put_bot, BOT)
        yield opened


async def says(world, text: str, answers: int) -> list[str]:
    """What came back by then: so many texts."""
    await world.twilio.text(ADA, LINE, text)
    await world.message(text, Address("sms", ADA))

    async def look() -> list[str]:
        bodies = [one.body for one in world.twilio.sent_to(ADA)]
        return bodies if len(bodies) >= answers else []

    return await until(look, f"{answers} answers")


async def handed_over(world) -> list[dict]:
    return [one.data for one in await happened(world) if one.type == HANDED_OVER]


async def happened(world):
    return await world.office.hub.live.since(0)


async def test_a_choice_is_answered_and_a_person_takes_over_with_everything_said(world):
    hub = world.office.hub
    assert await says(world, "Hi", 1) == [MENU]
    assert (await says(world, "1", 2))[1:] == ["Parcels take two days."]
    team = await hub.store.write(add_team, "Shop", [], hub.clock.now())
    choices = (BOT.choices[0], Choice("A person", ("human",), "", True, team.id))
    await hub.store.write(put_bot, Bot("sms", True, "Hello!", choices, BOT.unknown, BOT.handing))
    assert (await says(world, "I want a HUMAN!", 3))[2:] == ["A colleague answers."]

    conversation = await world.conversation(Address("sms", ADA))
    assert await handed_over(world) == [{"why": "chosen", "choice": "A person"}]
    assert (conversation.team_id, conversation.state, conversation.waiting_since is not None) == (team.id, "open", True)
    said = await world.office.messages(conversation.id)
    assert [one.text for one in said] == [
        "Hi",
        MENU,
        "1",
        "Parcels take two days.",
        "I want a HUMAN!",
        "A colleague answers.",
    ]
    await world.twilio.text(ADA, LINE, "Are you there?")
    await world.message("Are you there?", Address("sms", ADA))
    assert len(world.twilio.sent_to(ADA)) == 3


async def test_what_is_not_understood_twice_goes_to_a_person(world):
    await says(world, "Hi", 1)
    assert (await says(world, "Blue", 2))[1:] == ["Once more:\n\n1 Delivery\n2 A person"]
    assert (await says(world, "Green", 3))[2:] == ["A colleague answers."]
    assert await handed_over(world) == [{"why": "not_understood", "choice": ""}]
    conversation = await world.conversation(Address("sms", ADA))
    await world.office.hub.store.write(close, conversation.id, world.office.hub.clock.now(), None)
    assert (await says(world, "Something new", 4))[3:] == [MENU]


async def test_where_somebody_has_taken_it_on_or_answered_the_bot_is_silent(world):
    hub = world.office.hub
    await says(world, "Hi", 1)
    conversation = await world.conversation(Address("sms", ADA))
    await world.office.reply(conversation, text="Ada here, how can I help?", channel="sms", author_name="Lena")
    assert len(await says(world, "1", 2)) == 2
    assert await hub.store.read(find_bot, "sms") == BOT


def test_a_choice_is_found_by_its_number_its_title_or_a_whole_word():
    found = {
        text: getattr(find_choice(BOT, text), "title", "") for text in ("1", " 2. ", "delivery?", "WHERE IS it", "3")
    }
    assert found == {"1": "Delivery", " 2. ": "A person", "delivery?": "Delivery", "WHERE IS it": "Delivery", "3": ""}
    assert find_choice(BOT, "parcels") is None
    assert menu_of(BOT) == MENU


def test_two_bots_that_talk_to_each_other_end():
    one, other = go_on(BOT, MENU, Step.MENU, 1), go_on(BOT, "Blue", Step.UNKNOWN, 2)
    assert (one.step, other.step) == (Step.ANSWER, Step.PERSON)
    assert go_on(BOT, "1", Step.ANSWER, MOST_TURNS - 1).step == Step.PERSON

"""Bots in the settings: set up, tried and kept, and wrong ones told in words."""

import pytest

from hub.channel import Tools
from hub.model import Role
from hub.registry import open_channel
from hub.store.audit import list_audit
from hub.store.bots import find_bot, list_bots

PAGE = "/settings/bots"
FORM = {
    "channel": "texts",
    "active": "1",
    "greeting": "Hello!",
    "unknown": "Once more:",
    "handing": "A colleague answers.",
    "title_0": "Delivery",
    "words_0": "parcel, where is",
    "text_0": "Two days.",
    "then_0": "stay",
    "title_1": "A person",
    "then_1": "person",
}


@pytest.fixture
async def owner(hub, signed_in):
    chat = open_channel("chat", {"type": "webchat"}, Tools(hub.session, hub.fetch, hub.clock, hub.base_url, b"secret"))
    await hub.channels.add(chat)
    return await signed_in(Role.OWNER)


async def test_one_is_set_up_for_a_channel_of_texts_and_kept(owner, hub):
    _, empty = await owner.get(f"{PAGE}?open=chat")
    form = FORM | {"channel": "chat"}
    kept = await owner.post(PAGE, form, page=PAGE)
    bot = await hub.store.read(find_bot, "chat")
    _, shown = await owner.get(f"{PAGE}?open=chat")

    assert (kept.status, bot.active, [one.title for one in bot.choices]) == (303, True, ["Delivery", "A person"])
    assert (bot.choices[0].words, bot.choices[1].person) == (("parcel", "where is"), True)
    assert "A colleague will answer you here" in empty
    assert "Two days." in shown
    assert [note.about for note in await hub.store.read(list_audit, deed="bot_changed", limit=9)] == ["chat: on"]
    assert (await owner.post(PAGE, {**form, "channel": "mail"}, page=PAGE)).status == 422


async def test_the_preview_says_what_is_understood_and_keeps_nothing(owner, hub):
    seen = await owner.post(f"{PAGE}/preview", FORM | {"channel": "chat", "said": "Where is it?"}, page=PAGE)
    said = await seen.text()
    assert (seen.status, "1 Delivery" in said, "is understood as: Delivery" in said) == (200, True, True)
    assert await hub.store.read(list_bots) == {}


async def test_what_cannot_be_kept_is_told_in_words_and_stays_in_the_form(owner, hub):
    wrong = {
        "lead to a colleague": {"then_1": "stay", "text_1": "Nobody."},
        "Write a greeting": {"greeting": " "},
        "Write what a choice answers": {"text_0": ""},
        "1 to 40 characters": {"title_0": "x" * 41},
        "at most 1,000 characters": {"handing": "x" * 1_001},
    }
    for words, field in wrong.items():
        refused = await owner.post(PAGE, FORM | {"channel": "chat"} | field, page=PAGE)
        said = await refused.text()
        assert (refused.status, words in said, "parcel, where is" in said) == (422, True, True), words
    assert await hub.store.read(list_bots) == {}

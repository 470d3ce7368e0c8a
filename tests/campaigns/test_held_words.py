"""What is written while WhatsApp takes free text, and held until it does not: it leaves by the approved words."""

import json
from dataclasses import replace

import pytest

from hub.approved import OPTION
from hub.campaigns.single import fill
from hub.campaigns.writing import Personaliser
from hub.channel import Capabilities
from hub.clock import DAY, HOUR, MINUTE
from hub.model import Address
from hub.outbound.compose import Reply
from hub.outbound.outbox import queue_message
from hub.registry import Registry
from hub.sequences import lifecycle as follow_ups
from hub.sequences.starting import add_customers
from hub.store.consents import GRANTED, Consent, append_consent
from hub.store.customers import add_address
from hub.store.templates import add_template
from tests.campaigns.conftest import Recorder

ADA = "+12025550101"
SID = "HX" + "1" * 32
GAPS = json.dumps({"content_sid": SID, "variables": {"1": "{{ customer.first_name }}"}})
EMPTY = json.dumps({"content_sid": SID, "variables": {"1": "{{ customer.fields.plan }}"}})
FILES = {"whatsapp.txt": "Hi {{ customer.first_name }}, tea is here", "whatsapp.json": GAPS}
WORDS = {"whatsapp": FILES["whatsapp.txt"], "parts": {"whatsapp.json": GAPS}}
FREE = "Hi Ada, tea is here"
STEP = {"kind": "message", "template": "tea", "channel": "wa", "purpose": "news"}
FOLLOW_UP = {"name": "Tea", "trigger": {"event": "added"}, "steps": [STEP], "exits": []}


@pytest.fixture
async def talking(world):
    """The same hub with WhatsApp, and Ada who wrote this instant."""
    wa = Recorder("wa", "whatsapp")
    wa.capabilities = Capabilities(max_text=1600, concurrency=20, window=DAY)
    hub = replace(world.hub, channels=Registry({**world.channels, "wa": wa}))
    world.channels["wa"] = wa
    office = replace(world.office, personalise=Personaliser(world.contents, hub.channels))
    made = replace(world, hub=hub, office=office)
    ada = await made.customer("Ada Lovelace", email="")
    await made.write(add_address, ada, Address("whatsapp", ADA), verified=True, at=made.clock.now())
    await made.write(append_consent, ada, Consent("whatsapp", "news", GRANTED, "test"), made.clock.now())
    await made.answer(ADA, "wa", "Any tea?")
    await made.write(add_template, "tea", FILES, made.clock.now())
    return made, ada


async def a_campaign(world, ada, gaps=GAPS):
    words = {**WORDS, "parts": {"whatsapp.json": gaps}}
    await world.schedule(await world.campaign(channel="wa", template=words))
    await world.expand()


async def a_step(world, ada):
    made = await world.write(follow_ups.write_down, FOLLOW_UP, world.clock.now())
    await world.write(follow_ups.start, made, world.clock.now())
    await world.write(add_customers, made.id, [ada], world.clock.now())
    await world.follow_up()


async def a_transaction(world, ada):
    now = world.clock.now()
    asked = (world.words, world.hub.channels, Reply(channel="wa", purpose="news"), "tea", ada, {}, now)
    reply = await world.read(fill, *asked)
    await world.write(queue_message, world.hub.outbox_deps, ada, reply, now)


WAYS = [a_campaign, a_step, a_transaction]


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_held_beyond_the_day_leaves_by_approved_words(talking, way):
    world, ada = talking
    await way(world, ada)
    world.clock.forward(DAY - 5 * MINUTE)
    await world.send()

    [sent] = world.channels["wa"].sent
    assert (sent.options[OPTION], sent.text) == ({"content_sid": SID, "variables": {"1": "Ada"}}, f"{SID}: Ada")


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_held_within_the_day_keeps_its_words(talking, way):
    world, ada = talking
    await way(world, ada)
    world.clock.forward(DAY - HOUR)
    await world.send()

    [sent] = world.channels["wa"].sent
    assert (sent.text, OPTION in sent.options) == (FREE, False)


@pytest.mark.parametrize("way", WAYS)
async def test_who_writes_again_meanwhile_reads_the_free_words(talking, way):
    world, ada = talking
    await way(world, ada)
    world.clock.forward(DAY - HOUR)
    await world.answer(ADA, "wa", "Still there?")
    world.clock.forward(2 * HOUR)
    await world.send()

    assert [sent.text for sent in world.channels["wa"].sent] in ([FREE], [])  # a step ends with the answer


async def test_nobody_is_left_out_for_words_that_are_not_needed(talking):
    world, ada = talking
    await a_campaign(world, ada, gaps=EMPTY)
    await world.send()

    assert [sent.text for sent in world.channels["wa"].sent] == [FREE]

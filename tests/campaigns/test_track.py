"""hub.campaigns.track: whoever answers a campaign stands in the inbox below it, and counts once."""

import pytest
from sqlalchemy import func, select

from hub.model import Sort
from hub.store.consents import find_consent
from hub.store.conversations import get_conversation
from hub.store.events import list_events, number_events
from hub.store.messages import list_messages
from hub.store.tables import conversations


def _conversations(conn):
    return conn.scalar(select(func.count()).select_from(conversations))


def _types(conn):
    number_events(conn)
    return [event.type for event in list_events(conn, 0)]


async def test_a_campaign_alone_opens_no_conversation(world):
    await world.customer("Ada")
    await world.deliver()

    assert await world.read(_conversations) == 0


async def test_an_answer_by_mail_lands_with_the_campaign_above_it(world):
    ada = await world.customer("Ada", email="ada@example.com")
    campaign = await world.deliver()
    [mail] = world.channels["mail"].sent
    world.clock.forward(60_000)
    landed = await world.answer("ada@example.com", answers=mail)
    shown = await world.read(list_messages, landed.conversation_id)

    assert landed.customer_id == ada
    assert [(message.kind, message.direction) for message in shown] == [("campaign", "out"), ("text", "in")]
    assert (await world.read(get_conversation, landed.conversation_id)).message_count == 2
    assert (await world.report(campaign)).replied == 1


@pytest.mark.parametrize(("channel", "handle"), [("sms", "+12025550101"), ("bot", "1815")])
async def test_an_answer_on_a_channel_without_references_counts_for_the_last_campaign(world, channel, handle):
    await world.customer("Ada", email="", sms="+12025550101", telegram="1815")
    campaign = await world.deliver(channel=channel)
    world.clock.forward(60_000)
    landed = await world.answer(handle, channel)
    shown = await world.read(list_messages, landed.conversation_id)

    assert [message.kind for message in shown] == ["campaign", "text"]
    assert (await world.report(campaign)).replied == 1


async def test_two_answers_count_once_and_the_campaign_stands_once(world):
    await world.customer("Ada", email="ada@example.com")
    campaign = await world.deliver()
    [mail] = world.channels["mail"].sent
    first = await world.answer("ada@example.com", answers=mail)
    second = await world.answer("ada@example.com", answers=mail)
    shown = await world.read(list_messages, first.conversation_id)

    assert first.conversation_id == second.conversation_id
    assert [message.kind for message in shown].count("campaign") == 1
    assert (await world.report(campaign)).replied == 1


async def test_a_mail_that_answers_nothing_is_no_reply_to_the_campaign(world):
    await world.customer("Ada", email="ada@example.com")
    campaign = await world.deliver()
    landed = await world.answer("ada@example.com")

    assert (await world.report(campaign)).replied == 0
    assert len(await world.read(list_messages, landed.conversation_id)) == 1


async def test_a_forwarded_campaign_is_not_shown_to_whoever_answers_it(world):
    await world.customer("Ada", email="ada@example.com")
    await world.customer("Grace", email="grace@example.com", labels=["other"])
    campaign = await world.deliver()
    landed = await world.answer("grace@example.com", answers=world.channels["mail"].sent[0])

    assert len(await world.read(list_messages, landed.conversation_id)) == 1
    assert (await world.report(campaign)).replied == 0


async def test_an_automatic_answer_is_no_reply(world):
    await world.customer("Ada", email="ada@example.com")
    campaign = await world.deliver()
    await world.answer("ada@example.com", answers=world.channels["mail"].sent[0], sorted_as=Sort.AUTO_REPLY)

    assert (await world.report(campaign)).replied == 0


async def test_stop_by_sms_counts_as_unsubscribed(world):
    ada = await world.customer("Ada", email="", sms="+12025550101")
    campaign = await world.deliver(channel="sms")
    await world.answer("+12025550101", "sms", "STOP", keyword="stop")
    report = await world.report(campaign)

    assert await world.read(find_consent, ada, "sms", "news") == "withdrawn"
    assert (report.unsubscribed, report.replied) == (1, 0)


async def test_what_happens_to_a_campaign_stands_in_the_events(world):
    await world.customer("Ada", email="ada@example.com")
    await world.deliver()
    await world.answer("ada@example.com", answers=world.channels["mail"].sent[0])
    types = await world.write(_types)

    assert [type for type in types if type.startswith("campaign.")] == [
        "campaign.scheduled",
        "campaign.started",
        "campaign.sent",
        "campaign.replied",
    ]

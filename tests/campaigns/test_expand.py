"""hub.campaigns: each customer who agreed gets it once, on the right channel, in the right words."""

import asyncio

import pytest
from sqlalchemy import func, select

from hub.campaigns import lifecycle
from hub.campaigns.content import Contents
from hub.campaigns.expand import advance
from hub.errors import Conflict
from hub.model import Address
from hub.sequences.starting import start_for_campaign
from hub.store import campaigns as store
from hub.store.bench_data import add_readers
from hub.store.consents import WITHDRAWN, Consent, append_consent
from hub.store.customers import mark_address
from hub.store.tables import campaign_recipients, deliveries, messages
from hub.store.templates import add_template, mark_template
from tests.campaigns.conftest import Recorder


def _count(conn, table):
    return conn.scalar(select(func.count()).select_from(table))


async def test_everybody_who_agreed_gets_it_once_and_personal(world):
    for name in ("Ada Lovelace", "Grace Hopper"):
        await world.customer(name)
    await world.customer("Not Asked", consents=())
    campaign = await world.deliver()
    report = await world.report(campaign)

    assert sorted(message.subject for message in world.channels["mail"].sent) == [
        "News for Ada Lovelace",
        "News for Grace Hopper",
    ]
    assert campaign.state == "sent"
    assert (report.recipients, report.sent, report.excluded) == (2, 2, {"no_consent": 1})


async def test_a_mail_carries_one_click_headers_footer_and_tracked_links(world):
    await world.customer("Ada Lovelace")
    await world.deliver()
    [mail] = world.channels["mail"].sent

    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    unsubscribe = mail.headers["List-Unsubscribe"].strip("<>")
    assert unsubscribe.startswith("http://hub.example/u/")
    assert unsubscribe in mail.html
    assert unsubscribe in mail.text
    assert "http://hub.example/c/" in mail.html
    assert "https://example.com/offer" not in mail.html
    assert world.hub.signer.delivery_of(mail.message_id) == mail.delivery_id


async def test_links_stay_as_they_are_when_tracking_is_off(world):
    await world.customer("Ada Lovelace")
    await world.deliver(track_links=False)

    assert 'href="https://example.com/offer"' in world.channels["mail"].sent[0].html


async def test_the_row_on_the_timeline_holds_subject_and_text_but_no_conversation(world):
    customer = await world.customer("Ada Lovelace")
    campaign = await world.deliver()
    row = (await world.read(lambda conn: conn.execute(select(messages)).all()))[0]

    assert (row.customer_id, row.kind, row.campaign_id, row.conversation_id) == (
        customer,
        "campaign",
        campaign.id,
        None,
    )
    assert row.subject == "News for Ada Lovelace"
    assert row.text.startswith("Dear Ada")


async def test_the_message_is_known_by_its_id_before_the_mail_leaves_and_leaves_under_it(world):
    await world.customer("Ada Lovelace")
    await world.schedule(await world.campaign())
    await world.expand()
    [name] = await world.read(lambda conn: conn.scalars(select(messages.c.provider_id)).all())
    await world.send()
    [mail] = world.channels["mail"].sent

    assert mail.message_id == name
    assert world.hub.signer.delivery_of(name) == mail.delivery_id


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"consents": ()}, "no_consent"),
        ({"purpose": "offers"}, "no_consent"),
        ({"email": ""}, "no_address"),
    ],
)
async def test_who_may_not_be_written_to_is_left_out_with_a_reason(world, more, reason):
    await world.customer("Ada", **more)
    campaign = await world.deliver()

    assert (await world.report(campaign)).excluded == {reason: 1}
    assert world.channels["mail"].sent == []


@pytest.mark.parametrize("state", ["bounced", "blocked"])
async def test_dead_and_blocked_addresses_are_left_out(world, state):
    customer = await world.customer("Ada", email="ada@example.com")
    await world.write(mark_address, customer, Address("email", "ada@example.com"), state, "x")
    campaign = await world.deliver()

    assert (await world.report(campaign)).excluded == {state: 1}


async def test_customers_outside_the_audience_are_not_touched(world):
    await world.customer("In")
    await world.customer("Out", labels=["other"])
    campaign = await world.deliver()

    assert (await world.report(campaign)).recipients == 1
    assert await world.read(_count, campaign_recipients) == 1


async def test_two_customers_with_the_same_claimed_address_get_one_mail(world):
    await world.customer("Ada", email="shared@example.com", verified=False)
    await world.customer("Augusta", email="shared@example.com", verified=False)
    campaign = await world.deliver()

    assert len(world.channels["mail"].sent) == 1
    assert (await world.report(campaign)).excluded == {"duplicate": 1}


async def test_a_customer_the_template_does_not_fit_is_left_out(world):
    await world.customer("Ada", fields={"plan": "gold"})
    await world.customer("Grace")
    campaign = await world.deliver(template={"subject": "s", "text": "{{ customer.fields.plan }}"})

    assert [mail.text.partition("\n")[0] for mail in world.channels["mail"].sent] == ["gold"]
    assert (await world.report(campaign)).excluded == {"template": 1}


async def test_too_long_a_text_for_the_channel_is_left_out(world):
    await world.customer("Ada " * 60, sms="+12025550101")
    campaign = await world.deliver(channel="sms", template={"sms": "{{ customer.name }}"})

    assert (await world.report(campaign)).excluded == {"too_long": 1}


async def test_the_preferred_channel_decides_and_the_others_stand_in(world):
    await world.customer("Mail", preferred="email", sms="+12025550101")
    await world.customer("Text", preferred="sms", sms="+12025550102")
    await world.customer("Chat", preferred="telegram", telegram="1815")
    await world.customer("Refuses SMS", preferred="sms", sms="+12025550103", consents=("email",))
    campaign = await world.deliver(channel="preferred")

    assert [message.text for message in world.channels["sms"].sent] == ["Hi Text"]
    assert [message.text for message in world.channels["bot"].sent] == ["Hello Chat"]
    assert len(world.channels["mail"].sent) == 2
    assert (await world.report(campaign)).recipients == 4


async def test_a_channel_the_template_has_nothing_for_is_not_used(world):
    await world.customer("Text", preferred="sms", sms="+12025550102")
    await world.deliver(channel="preferred", template={"subject": "s", "text": "t"})

    assert world.channels["sms"].sent == []
    assert len(world.channels["mail"].sent) == 1


async def test_an_audience_of_named_customers_reaches_only_them(world):
    ada = await world.customer("Ada")
    await world.customer("Grace")
    campaign = await world.deliver(audience={"customer_ids": [ada]})

    assert (await world.report(campaign)).recipients == 1


async def test_list_of_customers_that_names_nobody_lets_it_go_to_nobody(world):
    await world.customer("Ada")
    for audience in ({"customer_ids": []}, {"labels": ["all"], "customer_ids": []}):
        draft = await world.campaign(audience=audience)
        with pytest.raises(Conflict, match="nobody belongs to this audience"):
            await world.schedule(draft)


async def test_whoever_comes_after_a_crash_goes_on_without_gap_or_repetition(world):
    await world.write(add_readers, range(1_100), "many", "news", world.clock.now())
    campaign = await world.schedule(await world.campaign(audience={"labels": ["many"]}))
    steps = 0
    while await advance(  # each step by a process that knows nothing
        world.hub, Contents(world.hub.store, world.words), start_for_campaign
    ):
        steps += 1
    handles = await world.read(lambda conn: list(conn.scalars(select(campaign_recipients.c.handle))))

    assert steps == 4  # started, 500, 500, 100
    assert len(handles) == len(set(handles)) == 1_100
    assert await world.read(_count, deliveries) == 1_100
    assert (await world.read(store.get_campaign, campaign.id)).expanded


async def test_two_processes_expanding_at_once_write_every_recipient_once(world):
    for number in range(40):
        await world.customer(f"Person {number}")
    await world.schedule(await world.campaign())

    await asyncio.gather(*(world.expand() for _ in range(4)))

    assert await world.read(_count, campaign_recipients) == 40
    assert await world.read(_count, deliveries) == 40
    assert await world.read(_count, messages) == 40


async def test_an_unsubscribe_after_queueing_wins(world):
    ada = await world.customer("Ada")
    await world.customer("Grace")
    campaign = await world.schedule(await world.campaign())
    await world.expand()
    await world.write(append_consent, ada, Consent("email", "news", WITHDRAWN, "test"), world.clock.now())
    await world.send()

    assert [mail.recipient_name for mail in world.channels["mail"].sent] == ["Grace"]
    assert (await world.report(campaign)).cancelled == 1


async def test_t_m5_a_paused_campaign_sends_nothing_until_it_is_resumed(world):
    await world.customer("Ada")
    campaign = await world.schedule(await world.campaign())
    await world.expand()
    await world.write(lifecycle.pause, campaign.id, world.clock.now())
    assert await world.read(store.list_due_campaigns, world.clock.now()) == []

    await world.write(lifecycle.resume, campaign.id, world.clock.now())
    await world.send()
    assert len(world.channels["mail"].sent) == 1


async def test_a_stopped_campaign_cancels_what_waits(world):
    await world.customer("Ada")
    campaign = await world.schedule(await world.campaign())
    await world.expand()
    await world.write(lifecycle.stop, campaign.id, world.clock.now())
    await world.expand()
    await world.send()

    assert world.channels["mail"].sent == []
    assert (await world.report(campaign)).cancelled == 1
    with pytest.raises(Conflict):
        await world.write(lifecycle.resume, campaign.id, world.clock.now())


async def test_a_scheduled_campaign_waits_for_its_time(world):
    await world.customer("Ada")
    at = world.clock.now() + 60_000
    campaign = await world.schedule(await world.campaign(), at)
    await world.expand()
    assert (await world.read(store.get_campaign, campaign.id)).state == "scheduled"

    world.clock.forward(60_000)
    await world.expand()
    assert (await world.read(store.get_campaign, campaign.id)).state == "sending"


async def test_a_campaign_whose_everybody_is_left_out_is_sent_at_once(world):
    await world.customer("Ada", consents=())
    campaign = await world.deliver()

    assert campaign.state == "sent"
    assert (await world.report(campaign)).recipients == 0


async def test_a_scheduled_campaign_cannot_be_scheduled_again(world):
    await world.customer("Ada")
    campaign = await world.schedule(await world.campaign())

    with pytest.raises(Conflict):
        await world.schedule(campaign)


async def test_the_words_are_frozen_when_it_is_scheduled(world):
    await world.customer("Ada")
    files = {"subject.txt": "Old", "email.txt": "old"}
    template = await world.write(add_template, "t", files, world.clock.now())
    campaign = await world.schedule(await world.campaign(template_id=template.id, template={}))
    await world.write(mark_template, template.id, world.clock.now(), files={"subject.txt": "New", "email.txt": "new"})
    await world.expand()
    await world.send()

    assert [mail.subject for mail in world.channels["mail"].sent] == ["Old"]
    assert campaign.template_version_id


@pytest.mark.parametrize(("said", "leaves_from"), [("mail", "mail"), ("shop", "shop"), ("email", "mail")])
async def test_of_two_mailboxes_a_campaign_leaves_from_the_one_it_names(world, said, leaves_from):
    world.channels["shop"] = Recorder("shop", "email")
    world.hub.channels.admit(world.channels["shop"])
    await world.customer("Ada Lovelace")
    await world.deliver(channel=said)

    sent = {name: len(channel.sent) for name, channel in world.channels.items() if channel.sent}
    assert sent == {leaves_from: 1}

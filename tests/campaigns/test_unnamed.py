"""Whoever did not agree to be seen is one more who clicked, and nobody: hub.campaigns.clicks, hub.store.unnamed."""

import re

from sqlalchemy import func, select

from hub.campaigns.clicks import Visit, click
from hub.campaigns.deciding import find_standings
from hub.campaigns.report import count_fates
from hub.clock import DAY, HOUR
from hub.store.audience import Audience, list_members
from hub.store.campaign_reactions import count_marks_by, find_last_mark
from hub.store.campaigns import list_links
from hub.store.condition_tree import read_condition
from hub.store.consents import WITHDRAWN
from hub.store.deliveries import get_delivery
from hub.store.fates import Fated
from hub.store.personal import collect_customer
from hub.store.recipients import list_recipients
from hub.store.sequence_goals import count_reached
from hub.store.step_messages import Sent, count_sent
from hub.store.tables import campaign_recipients, events, metadata, step_messages, unnamed_clicks
from hub.store.unnamed import KNOWN_FOR, forget_digests
from tests.campaigns.conftest import NEWS
from tests.campaigns.test_branches import END, WAIT, begin, clicked, follow_link, mailing, says
from tests.campaigns.test_sequences import pass_time

TWO = {**NEWS, "html": '<a href="https://example.com/a">a</a> <a href="https://example.com/b">b</a>'}


async def follow(world, mail, number=0, *, machine=False):
    token = re.search(rf"/c/{number}-([^\"]+)", mail.html)[1]
    [delivery_id] = world.hub.signer.open("link", token)
    delivery = await world.read(get_delivery, delivery_id)
    key = world.hub.signer.key("clicks")
    return await world.write(click, Visit(delivery, number, world.clock.now(), key, machine=machine))


def _everything(conn):
    """All cells of all tables that a click wrote to or could have, as one text."""
    tables = (unnamed_clicks, campaign_recipients, step_messages, events)
    return [str(tuple(row)) for table in tables for row in conn.execute(select(table))]


async def readers(world, *names):
    return [await world.customer(name, email=f"{name.lower()}@example.com", consents=["email"]) for name in names]


async def test_a_click_without_the_consent_counts_once_and_stands_with_nobody(world):
    ada, grace, _ = await readers(world, "Ada", "Grace", "Alan")
    await world.agree(grace)
    made = await world.deliver(template=TWO)
    before = await world.read(_everything)
    mails = {mail.recipient.handle.partition("@")[0]: mail for mail in world.channels["mail"].sent}
    for number in (0, 0, 1, 0):
        assert await follow(world, mails["ada"], number) == f"https://example.com/{'ab'[number]}"
    await follow(world, mails["grace"])
    await follow(world, mails["alan"], machine=True)

    report = await world.report(made)
    assert (report.clicked, report.unnamed, report.scanned) == (2, 1, 1)
    assert [link.clicks for link in await world.read(list_links, made.id)] == [2, 1]
    fates = await world.read(count_fates, report)
    assert (fates["clicked"], fates["not_clicked"]) == (1, 2)
    seen = await world.read(list_recipients, made.id, fated=Fated(made.id, "clicked"))
    assert [one.customer_id for one in seen] == [grace]
    wrote = [row for row in await world.read(_everything) if row not in before]
    [delivery] = {one.delivery_id for one in await world.read(list_recipients, made.id) if one.customer_id == ada}
    assert not [row for row in wrote if ada in row or delivery in row or mails["ada"].message_id in row]


async def test_no_export_event_or_segment_holds_it(world):
    [ada] = await readers(world, "Ada")
    made = await world.deliver()
    before = await world.read(_numbers)
    kept = str(await world.read(collect_customer, ada))
    await follow(world, world.channels["mail"].sent[0])

    after = await world.read(_numbers)
    assert {name for name, number in after.items() if number != before[name]} == {"unnamed_clicks"}
    assert str(await world.read(collect_customer, ada)) == kept
    for asked in ({"op": "campaign", "id": made.id, "did": "click"}, {"op": "active", "days": 1}):
        audience = Audience(condition=read_condition(asked))
        assert await world.read(list_members, audience, world.clock.now(), None, 10) == []


def _numbers(conn):
    return {table.name: conn.scalar(select(func.count()).select_from(table)) for table in metadata.sorted_tables}


async def test_whoever_agrees_later_counts_by_name_and_only_once(world):
    [ada] = await readers(world, "Ada")
    made = await world.deliver()
    [mail] = world.channels["mail"].sent
    await follow(world, mail)
    await world.agree(ada)
    await follow(world, mail)
    report = await world.report(made)
    assert (report.clicked, report.unnamed) == (1, 0)

    await world.agree(ada, state=WITHDRAWN)
    await follow(world, mail)
    report = await world.report(made)
    assert (report.clicked, report.unnamed) == (1, 0)


async def test_the_hours_and_the_variants_of_a_report_count_all(world):
    names = [f"reader{n}" for n in range(10)]
    await readers(world, *names)
    test = {"variants": [{"subject": "Other"}], "share": 40, "hours": 4, "measure": "clicks"}
    made = await world.schedule(await world.campaign(test=test))
    await world.expand()
    await world.send()
    start = world.clock.now() - world.clock.now() % HOUR
    world.clock.forward(2 * HOUR)
    [mail, *_] = [one for one in world.channels["mail"].sent if one.subject == "Other"]
    await follow(world, mail)

    assert await world.read(count_marks_by, made.id, "clicked_at", start, HOUR) == {2: 1}
    assert await world.read(find_last_mark, made.id) == start + 2 * HOUR
    standings = await world.read(find_standings, (await world.report(made)).campaign)
    assert {one.letter: one.tally.clicked for one in standings.showings} == {"a": 0, "b": 1}


async def test_in_a_sequence_it_counts_and_moves_nobody(world):
    ada, grace = await readers(world, "Ada", "Grace")
    await world.agree(grace)
    steps = [await mailing(world), WAIT, clicked(0, 6), says("Tips"), END, says("Help")]
    sequence = await begin(world, steps, ada, grace)
    for mail in list(world.channels["mail"].sent):
        await follow_link(world, mail)
        await follow_link(world, mail)
    await pass_time(world, DAY)
    later = {mail.recipient.handle: mail.text.partition("\n")[0] for mail in world.channels["mail"].sent[2:]}
    assert later == {"ada@example.com": "Help", "grace@example.com": "Tips"}
    assert (await world.read(count_sent, sequence.id, 1))[0] == Sent(sent=2, clicked=2)
    assert (await world.read(count_reached, sequence.id, "clicked")).reached == 2


async def test_after_a_month_nobody_can_tell_even_with_the_key(world):
    await readers(world, "Ada")
    made = await world.deliver()
    [mail] = world.channels["mail"].sent
    await follow(world, mail)
    digests = set(await world.read(_digests))
    await world.write(forget_digests, world.clock.now() + KNOWN_FOR - HOUR)
    assert set(await world.read(_digests)) == digests

    assert await world.write(forget_digests, world.clock.now() + KNOWN_FOR + HOUR) is False
    assert not digests & set(await world.read(_digests))
    report = await world.report(made)
    assert (report.clicked, [link.clicks for link in await world.read(list_links, made.id)]) == (1, [1])


def _digests(conn):
    return list(conn.scalars(select(unnamed_clicks.c.digest)))

"""hub.store.fates: a report's numbers, the list behind each of them, and the next campaign's audience are the same."""

import random
from typing import get_args

import pytest
from sqlalchemy import update

from hub.campaigns import lifecycle
from hub.campaigns.audience import resolve_audience
from hub.campaigns.report import count_fates, get_report
from hub.model import Address
from hub.store.audience import count_audience
from hub.store.customers import mark_address
from hub.store.fates import FATES, Fate, Fated
from hub.store.marks import mark_recipient
from hub.store.recipients import list_recipients
from hub.store.tables import deliveries

STATES = ("held", "queued", "sending", "sent", "delivered", "read", "failed", "unknown", "cancelled")


async def anything_happened(world, seed):
    """A campaign to thirty, each of whom fared somehow."""
    dice = random.Random(seed)
    people = [
        await world.customer(f"Person {n}", email=f"p{n}@example.com", consents=("email",) if n % 5 else ())
        for n in range(30)
    ]
    made = await world.deliver(track_opens=True)

    def fare(conn):
        for n, id in enumerate(people):
            state = dice.choice(STATES)
            conn.execute(update(deliveries).where(deliveries.c.customer_id == id).values(state=state))
            if state == "failed" and dice.random() < 0.5:
                mark_address(conn, id, Address("email", f"p{n}@example.com"), "bounced", "gone")
            for mark in ("opened", "clicked", "replied", "unsubscribed"):
                if n % 5 and dice.random() < 0.3:
                    mark_recipient(conn, made.id, id, mark, 5)

    await world.write(fare)
    return made


@pytest.mark.parametrize("seed", range(3))
async def test_each_number_of_a_report_is_its_list_and_its_audience(world, seed):
    made = await anything_happened(world, seed)
    report = await world.report(made)
    counts = await world.read(count_fates, report)
    whole = await world.read(list_recipients, made.id)

    assert set(counts) == set(get_args(Fate)) == set(FATES)
    for fate, number in counts.items():
        rows = await world.read(list_recipients, made.id, fated=Fated(made.id, fate))
        draft = await world.write(lifecycle.follow, Fated(made.id, fate), "Again", world.clock.now())
        audience = await world.read(resolve_audience, draft.audience)
        assert (len(rows), await world.read(count_audience, audience, world.clock.now())) == (number, number), fate
        assert fate == "excluded" or {row.customer_id for row in rows} <= {row.customer_id for row in whole}, fate
    by_state = ("waiting", "sent", "delivered", "bounced", "failed", "unknown", "cancelled")
    assert sum(counts[fate] for fate in by_state) == report.recipients == len(whole) == 24
    assert counts["excluded"] == 6


async def test_a_list_narrowed_to_a_reason_names_only_those(world):
    await world.customer("Ada", consents=())
    await world.customer("Grace", email="")
    made = await world.deliver()
    for reason, name in (("no_consent", "Ada"), ("no_address", "Grace")):
        rows = await world.read(list_recipients, made.id, fated=Fated(made.id, "excluded", reason))
        assert [(row.name, row.reason) for row in rows] == [(name, reason)]


async def test_a_list_goes_on_where_a_page_ended(world):
    for n in range(5):
        await world.customer(f"Person {n}")
    made = await world.deliver()
    first = await world.read(list_recipients, made.id, None, 3, fated=Fated(made.id, "not_clicked"))
    rest = await world.read(list_recipients, made.id, first[-1].customer_id, 3, fated=Fated(made.id, "not_clicked"))

    assert [row.name for row in (*first, *rest)] == [f"Person {n}" for n in range(5)]


@pytest.mark.parametrize(("fate", "same"), [("excluded", True), ("failed", True), ("not_clicked", False)])
async def test_whoever_got_it_is_not_told_the_same_again_by_default(world, fate, same):
    await world.customer("Ada")
    made = await world.deliver()
    draft = await world.write(lifecycle.follow, Fated(made.id, fate), "Again", world.clock.now())

    assert (draft.name, draft.purpose, draft.channel, draft.state) == ("Again", "news", "mail", "draft")
    assert draft.template == (made.template if same else {})


async def test_who_clicks_meanwhile_is_not_asked_again(world):
    ada = await world.customer("Ada", email="ada@example.com")
    await world.customer("Grace", email="grace@example.com")
    made = await world.deliver()
    audience = {"recipients_of": {"campaign": made.id, "fate": "not_clicked"}}
    again = await world.campaign(audience=audience)
    await world.write(mark_recipient, made.id, ada, "clicked", 5)
    await world.schedule(again)
    await world.expand()

    assert [row.name for row in await world.read(list_recipients, again.id)] == ["Grace"]
    assert (await world.read(get_report, again.id)).excluded == {}

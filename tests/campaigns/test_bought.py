"""Templates say what customers ordered: in campaigns, previews, tests, follow-ups and single messages alike."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from hub.campaigns import lifecycle, trying
from hub.campaigns.content import Source
from hub.campaigns.dry_run import DryRun
from hub.campaigns.lifecycle import compile_now
from hub.campaigns.single import render_for
from hub.clock import DAY
from hub.config import CompanySettings, Settings
from hub.ids import new_id
from hub.model import Address
from hub.store.audience import Audience, count_reach
from hub.store.bought import load_bought
from hub.store.recipients import list_recipients
from hub.store.tables import orders
from tests.campaigns.conftest import NEWS

LAST = "{{ customer.last_order.number|default('-') }} {{ customer.last_order.date|default('-') }}"
EVERY = "{% for order in customer.orders %}{{ order.number }}: {{ order.total }} {{ order.state }}\n{% endfor %}"
WORTH = "{{ customer.value|default('nothing') }}, {{ customer.class|default('nobody') }}"
SAID = NEWS | {"text": f"{LAST}\n{EVERY}{WORTH}", "html": f"<p>{LAST} {WORTH}</p>"}


def sell(conn, customer_id, number, total, now, days=0, **more):
    at = now - days * DAY
    row = {"id": new_id(), "customer_id": customer_id, "number": number, "state": "done", "currency": "EUR"}
    conn.execute(orders.insert(), row | {"total": total, "created_at": at, "changed_at": at} | more)


@pytest.fixture
async def ada(world):
    """Two orders, and one that was cancelled; she reads German."""
    id, now = await world.customer("Ada Lovelace", language="de"), world.clock.now()
    await world.write(sell, id, "O-1", 123_450, now, 40)
    await world.write(sell, id, "O-2", 5_000, now, 2, state="shipped")
    await world.write(sell, id, "O-3", 99_900, now, 1, state="cancelled")
    return id


@contextmanager
def counted():
    """The statements that are asked meanwhile."""
    asked = []

    def note(conn, cursor, statement, *rest):
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


async def test_a_campaign_says_what_each_ordered_as_each_language_writes_it(world, ada):
    await world.customer("Grace Hopper", language="en")
    await world.deliver(template=SAID)
    said = {mail.recipient.handle: mail for mail in world.channels["mail"].sent}

    assert said["person1@example.com"].text.replace("\N{NO-BREAK SPACE}", " ").splitlines()[1:4] == [
        "O-2: 50,00 € shipped",
        "O-1: 1.234,50 € done",
        "1.284,50 €, best",
    ]
    assert said["person1@example.com"].text.startswith("O-2 ")
    assert "1.284,50" in said["person1@example.com"].html
    assert said["person2@example.com"].text.startswith("- -\nnothing, nobody")


async def test_the_day_of_an_order_is_the_companys(world):
    id = await world.customer("Ada Lovelace", language="de")
    midnight = 1_767_222_000_000  # in Berlin 2026 has begun
    await world.write(sell, id, "O-1", 1, midnight)
    settings = Settings(company=CompanySettings(name="Example", timezone="Europe/Berlin"))
    company = replace(world.words, settings=settings)
    template = company.compile(Source({"sms.txt": "{{ customer.last_order.date }}"}, {}))
    said = await world.read(render_for, company, template, id, "sms", {}, world.clock.now())
    assert said.text == "01.01.2026"


async def test_who_never_ordered_is_left_out_where_the_words_need_an_order(world, ada):
    grace = await world.customer("Grace Hopper")
    campaign = await world.deliver(template=NEWS | {"text": "Your order {{ customer.last_order.number }}"})
    report = await world.report(campaign)
    assert (report.recipients, report.excluded) == (1, {"template": 1})
    assert [row.customer_id for row in await world.read(list_recipients, campaign.id, None, 10)] == [ada]
    assert grace


@pytest.mark.parametrize("walked", [1, 100])
async def test_a_dry_run_foresees_it_however_large_the_audience_is(world, ada, walked):
    for name in ("Grace", "Edsger"):
        await world.customer(name)
    draft = await world.campaign(template=NEWS | {"text": "{{ customer.value }}"})
    content = await world.read(compile_now, world.words, draft)
    play = DryRun(world.words, world.hub.outbox_deps, content, draft, world.clock.now(), walked)
    audience = Audience(labels=["all"])
    counted = await world.read(count_reach, audience, ["email"], "news", world.clock.now())
    foreseen = await world.read(play.run, audience, counted)
    assert (foreseen.reach.reachable, foreseen.reach.excluded) == (1, {"template": 2})


async def test_a_preview_and_a_test_say_the_same(world, ada):
    draft, now = await world.campaign(template=SAID), world.clock.now()
    shown = await world.read(lifecycle.preview, world.words, draft, "email", ada, now)
    assert "O-2" in shown.rendered.text
    assert "1.284,50" in shown.rendered.html
    to = Address("email", "me@example.com")
    await world.write(trying.send_test, world.words, world.hub.outbox_deps, draft, to, ada, now)
    await world.send()
    assert "1.284,50" in world.channels["mail"].sent[0].text
    nobody = await world.read(
        lifecycle.preview, world.words, await world.campaign(template=SAID, audience={}), "email", None, now
    )
    assert nobody.rendered.text.startswith("- -")


async def test_as_many_statements_for_many_as_for_one_and_none_for_words_that_do_not_ask(world, ada):
    people = [ada]
    for n in range(20):
        people.append(await world.customer(f"Person {n}"))
        await world.write(sell, people[-1], f"P-{n}", 100, world.clock.now())
    with counted() as few:
        await world.read(load_bought, people[:2], world.clock.now())
    with counted() as many:
        found = await world.read(load_bought, people, world.clock.now())
    assert len(few) == len(many)
    assert len(found) == 21
    draft = await world.schedule(await world.campaign())
    with counted() as plain:
        await world.expand()
    assert draft.state == "scheduled"
    assert not [statement for statement in plain if "orders" in statement]


async def test_of_many_orders_the_newest_ten_are_told(world):
    id = await world.customer("Ada Lovelace")
    for n in range(12):
        await world.write(sell, id, f"O-{n}", 100, world.clock.now(), 12 - n)
    found = (await world.read(load_bought, [id], world.clock.now()))[id]
    assert [one.number for one in found.latest] == [f"O-{n}" for n in range(11, 1, -1)]

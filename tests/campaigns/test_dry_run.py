"""The number on the button is the number sent, and nothing starts that reaches nobody or leaves people out unasked."""

import random

import pytest

from hub.campaigns import lifecycle
from hub.campaigns.check import check_campaign
from hub.campaigns.dry_run import DryRun
from hub.errors import Conflict
from hub.model import Address
from hub.store.audience import Audience, Reach
from hub.store.consents import WITHDRAWN, Consent, append_consent
from hub.store.customers import mark_address
from tests.campaigns.conftest import NEWS

ASKING = {"subject": "News", "text": "{% if customer.fields.plan %}Your plan{% else %}No plan{% endif %}"}
SAYING = {"subject": "News", "text": "Your plan is {{ customer.fields.plan }}"}
HALF = {"subject": "News", "text": "News", "html": "<p>{{ customer.fields.plan }}</p>"}
SHORT = {**NEWS, "sms": "{{ customer.name }}"}
WORDS = {"asking": ASKING, "saying": SAYING, "html alone": HALF, "short": SHORT}


async def check(world, campaign):
    asked = (world.words, world.hub.outbox_deps, campaign, world.clock.now())
    return await world.read(check_campaign, *asked, exact=True)


async def start(world, campaign, *, anyway=False):
    asked = (world.words, world.hub.outbox_deps, campaign.id, world.clock.now())
    return await world.read(lifecycle.prepare, *asked, anyway=anyway)


async def anybody(world, dice, number):
    """Somebody who may lack anything."""
    consents = [kind for kind in ("email", "sms", "telegram") if dice.random() < 0.6]
    more = {"sms": f"+1202555{number:04}"} if dice.random() < 0.5 else {}
    more |= {"telegram": str(7000 + number)} if dice.random() < 0.3 else {}
    email = dice.choice(["", f"p{number}@example.com", f"p{number}@example.com", "shared@example.com"])
    customer = await world.customer(
        dice.choice(["", "Ada Lovelace", "Łukasz " * 30]),
        email=email,
        consents=consents,
        preferred=dice.choice(["", "sms", "email", "mail"]),
        fields=dice.choice([{}, {"plan": "pro"}, {"plan": ""}, {"other": 1}]),
        labels=dice.choice([["all"], ["all", "vip"], ["other"]]),
        verified=False,
        **more,
    )
    if email and dice.random() < 0.2:
        await world.write(mark_address, customer, Address("email", email), dice.choice(["bounced", "blocked"]), "x")
    if dice.random() < 0.1:
        await world.write(append_consent, customer, Consent("email", "news", WITHDRAWN, "test"), world.clock.now())


@pytest.mark.parametrize("seed", range(3))
async def test_the_number_promised_is_the_number_sent(world, seed):
    dice = random.Random(seed)
    for number in range(40):
        await anybody(world, dice, number)
    for name, words in WORDS.items():
        for channel in ("mail", "sms", "preferred"):
            draft = await world.campaign(name=name, template=words, channel=channel)
            found = await check(world, draft)
            if found.problems:  # nothing written for that channel
                continue
            await world.schedule(draft)
            await world.expand()
            report = await world.report(draft)

            assert (found.reach.reachable, found.reach.excluded) == (report.recipients, report.excluded), (
                name,
                channel,
            )
            assert found.reach.audience == report.recipients + sum(report.excluded.values())
            await world.send()
            assert (await world.report(draft)).failed == 0


@pytest.mark.parametrize("field", ["plan", "größe oder so"])
async def test_a_large_audience_is_counted_and_only_whoever_may_not_fit_is_tried(world, field):
    for number in range(8):
        more = {"fields": {field: "pro"}} if number % 2 else {"consents": ()} if number == 4 else {}
        await world.customer(f"Person {number}", **more)
    words = {"subject": "News", "text": f'Your plan is {{{{ customer.fields["{field}"] }}}}'}
    draft = await world.campaign(template=words)
    small = await check(world, draft)
    content = await world.read(lifecycle.compile_now, world.words, draft)
    play = DryRun(world.words, world.hub.outbox_deps, content, draft, world.clock.now(), walked=3)
    large = await world.read(play.run, Audience(["all"]), Reach(8, 7, {"no_consent": 1}))

    assert (small.reach.reachable, small.reach.excluded) == (4, {"template": 3, "no_consent": 1})
    assert large.reach == small.reach
    assert len(large.unfit) == 3


async def test_a_question_about_a_field_leaves_nobody_out(world):
    await world.customer("Ada", fields={"plan": "pro"})
    await world.customer("Grace")
    campaign = await world.deliver(template=ASKING)

    assert sorted(mail.text.partition("\n")[0] for mail in world.channels["mail"].sent) == ["No plan", "Your plan"]
    assert (await world.report(campaign)).excluded == {}


@pytest.mark.parametrize("words", [SAYING, HALF], ids=["text", "html"])
async def test_whom_the_template_leaves_out_is_somebodys_decision(world, words):
    await world.customer("Ada", fields={"plan": "pro"})
    await world.customer("Grace Hopper")
    draft = await world.campaign(template=words)
    found = await check(world, draft)
    with pytest.raises(Conflict) as refused:
        await start(world, draft)

    assert (found.ok, found.undecided, found.reach.excluded) == (True, ["left_out"], {"template": 1})
    assert [each.message for each in found.warnings if "Grace Hopper" in each.message]
    assert refused.value.code == "left_out"
    assert (await start(world, draft, anyway=True)).campaign == draft


async def test_a_campaign_that_reaches_nobody_is_somebodys_decision(world):
    await world.customer("Ada", consents=())
    draft = await world.campaign()
    found = await check(world, draft)
    with pytest.raises(Conflict) as refused:
        await start(world, draft)

    assert (found.undecided, found.reach.excluded) == (["nobody"], {"no_consent": 1})
    assert refused.value.code == "nobody"
    assert (await start(world, draft, anyway=True)).campaign == draft


async def test_one_short_text_too_long_is_told_by_name(world):
    await world.customer("Ada " * 60, sms="+12025550101")
    await world.customer("Grace", sms="+12025550102")
    found = await check(world, await world.campaign(channel="sms", template={"sms": "{{ customer.name }}"}))

    assert (found.undecided, found.reach.excluded, found.reach.reachable) == (["left_out"], {"too_long": 1}, 1)
    assert any("too long" in each.message for each in found.warnings)

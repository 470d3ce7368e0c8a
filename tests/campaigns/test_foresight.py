"""hub.campaigns.foresight: each person whom a campaign would leave out is named with the reason, before it goes."""

import pytest

from hub.campaigns.check import check_campaign
from hub.campaigns.dry_run import DryRun
from hub.campaigns.foresight import Asked, list_spared
from hub.campaigns.lifecycle import compile_now
from hub.errors import HubError
from hub.model import Address
from hub.store.audience import Audience
from hub.store.customers import mark_address

SAYING = {"subject": "News", "text": "Your plan is {{ customer.fields.plan }}"}
PRO = {"plan": "pro"}


async def spared(world, campaign, **asked):
    deps = (world.words, world.hub.outbox_deps)
    return await world.read(list_spared, *deps, campaign, Asked(**asked), world.clock.now())


async def left_out_people(world):
    await world.customer("Reached", fields=PRO, email="shared@example.com", verified=False)
    await world.customer("Never asked", fields=PRO, consents=())
    await world.customer("Without address", fields=PRO, email="")
    dead = await world.customer("Dead address", fields=PRO, email="dead@example.com")
    await world.write(mark_address, dead, Address("email", "dead@example.com"), "bounced", "gone")
    await world.customer("Twice", fields=PRO, email="shared@example.com", verified=False)
    await world.customer("Without plan")
    return await world.campaign(template=SAYING)


async def test_everybody_left_out_is_named_with_the_reason_the_check_counts(world):
    draft = await left_out_people(world)
    page = await spared(world, draft)
    asked = (world.words, world.hub.outbox_deps, draft, world.clock.now())
    check = await world.read(check_campaign, *asked, exact=True)

    told = {row.name: row.reason for row in page.rows}
    assert told == {
        "Never asked": "no_consent",
        "Without address": "no_address",
        "Dead address": "bounced",
        "Twice": "duplicate",
        "Without plan": "template",
    }
    assert check.reach.excluded == dict.fromkeys(told.values(), 1)
    assert page.next is None


async def test_what_the_template_lacks_of_somebody_is_said(world):
    draft = await left_out_people(world)
    [row] = (await spared(world, draft, reason="template")).rows

    assert row.name == "Without plan"
    assert '"plan" is missing here' in str(row.problems[0])


async def test_pages_follow_each_other_and_the_last_says_so(world):
    draft = await left_out_people(world)
    names, after = [], None
    for _ in range(3):
        page = await spared(world, draft, after=after, limit=2)
        names += [row.name for row in page.rows]
        after = page.next

    assert names == ["Never asked", "Without address", "Dead address", "Twice", "Without plan"]
    assert after is None


async def test_a_large_audience_is_gone_through_in_parts_and_nobody_is_missed(world):
    for number in range(12):
        await world.customer(f"Person {number}", consents=() if number in (0, 7, 11) else ("email",))
    draft = await world.campaign()
    content = await world.read(compile_now, world.words, draft)
    play = DryRun(world.words, world.hub.outbox_deps, content, draft, world.clock.now(), walked=5)
    names, after, parts = [], None, 0
    while parts < 10:
        found, after = await world.read(play.list_left_out, Audience(["all"]), "no_consent", after, 25)
        names += [candidate.customer.name for candidate, _ in found]
        parts += 1
        if after is None:
            break

    assert (names, parts) == (["Person 0", "Person 7", "Person 11"], 3)


@pytest.mark.parametrize(
    "change", [{"template": {}}, {"template": {"html": "{{ nope"}}, {"audience": {"segment": "0" * 32}}]
)
async def test_what_cannot_be_sent_yet_says_so(world, change):
    with pytest.raises(HubError):
        await spared(world, await world.campaign(**change))

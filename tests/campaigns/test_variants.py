"""hub.campaigns.variants: each person is drawn once, and the variant that did best goes to all others once."""

import asyncio
from collections import Counter

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from hub.campaigns import lifecycle
from hub.campaigns.content import Contents
from hub.campaigns.deciding import choose, find_standings
from hub.campaigns.expand import advance
from hub.campaigns.proportions import difference, interval, needed
from hub.campaigns.variants import SplitTest
from hub.clock import HOUR, MINUTE
from hub.errors import Conflict
from hub.sequences.starting import start_for_campaign
from hub.store.bench_data import add_readers
from hub.store.campaigns import get_campaign
from hub.store.fates import Fated
from hub.store.marks import mark_recipient
from hub.store.tables import campaign_recipients, links
from hub.store.templates import add_template
from hub.templating.parts import files_of_words

SECOND = "The other news"
TWO = {"variants": [{"subject": SECOND}], "share": 50, "hours": 4, "measure": "clicks", "automatic": True}


async def _begin(world, number=40, **changes):
    await world.write(add_readers, range(number), "many", "news", world.clock.now())
    draft = await world.campaign(audience={"labels": ["many"]}, **{"test": TWO, **changes})
    return await world.schedule(draft)


async def _rows(world):
    r = campaign_recipients.c
    query = select(r.customer_id, r.variant, r.tested, r.excluded)
    return await world.read(lambda conn: conn.execute(query).all())


async def _click(world, campaign, variant, number=1):
    rows = [row for row in await _rows(world) if row.variant == variant and row.tested][:number]
    for row in rows:
        await world.write(mark_recipient, campaign.id, row.customer_id, "clicked", world.clock.now())


async def _test_over(world):
    """What is drawn has left, and its time is up."""
    await world.expand()
    await world.send()
    await world.expand()
    world.clock.forward(4 * HOUR)
    await world.expand()


async def test_the_better_subject_goes_to_all_others_once(world):
    campaign = await _begin(world)
    await world.expand()
    await world.send()
    await world.expand()
    assert Counter(mail.subject == SECOND for mail in world.channels["mail"].sent) == {False: 10, True: 10}

    await _click(world, campaign, "b")
    world.clock.forward(4 * HOUR - MINUTE)
    await world.expand()
    assert len(world.channels["mail"].sent) == 20
    assert (await world.read(get_campaign, campaign.id)).state == "sending"

    world.clock.forward(MINUTE)
    await world.expand()
    await world.send()
    await world.expand()
    mails = world.channels["mail"].sent
    assert len({mail.recipient.handle for mail in mails}) == len(mails) == 40
    assert [mail.subject for mail in mails[20:]] == [SECOND] * 20
    done = await world.read(get_campaign, campaign.id)
    assert (done.state, done.winner) == ("sent", "b")
    assert Counter((row.variant, row.tested) for row in await _rows(world)) == {
        ("a", True): 10,
        ("b", True): 10,
        ("b", False): 20,
    }


async def test_who_comes_after_a_crash_draws_the_same_and_goes_on(world):
    campaign = await _begin(world, 1_100, test={**TWO, "share": 20})
    steps = 0
    while await advance(world.hub, Contents(world.hub.store, world.words), start_for_campaign):
        steps += 1  # each by a process that knows nothing
    drawn = {row.customer_id: row.variant for row in await _rows(world)}
    assert steps == 4  # started, and three pages of those who may be drawn
    assert Counter(drawn.values()) == {"a": 110, "b": 110}

    await world.send()
    await world.expand()
    await world.write(choose, campaign.id, "a", world.clock.now())
    await asyncio.gather(*(world.expand() for _ in range(3)))
    rows = await _rows(world)
    assert len(rows) == 1_100
    assert {row.customer_id: row.variant for row in rows if row.tested} == drawn
    assert {row.variant for row in rows if not row.tested} == {"a"}


async def test_whoever_joins_while_it_is_tried_gets_the_winner(world):
    await _begin(world)
    await world.expand()
    await world.write(add_readers, range(100, 103), "many", "news", world.clock.now())
    await _test_over(world)
    await world.send()

    assert len(world.channels["mail"].sent) == 43
    assert Counter(row.tested for row in await _rows(world)) == {True: 20, False: 23}


async def test_the_first_subject_wins_where_nobody_did_anything(world):
    campaign = await _begin(world)
    await _test_over(world)

    found = await world.read(get_campaign, campaign.id)
    standings = await world.read(find_standings, found)
    assert (found.winner, standings.best, standings.is_clear) == ("a", "", False)


async def test_a_test_by_hand_waits_for_somebody(world):
    campaign = await _begin(world, test={**TWO, "automatic": False})
    await _test_over(world)
    assert (await world.read(get_campaign, campaign.id)).test_stage == "trying"

    await world.write(choose, campaign.id, "b", world.clock.now())
    with pytest.raises(Conflict, match="decided"):
        await world.write(choose, campaign.id, "a", world.clock.now())
    await world.expand()
    await world.send()
    assert Counter(mail.subject == SECOND for mail in world.channels["mail"].sent) == {True: 30, False: 10}


async def test_a_stopped_test_sends_no_more(world):
    campaign = await _begin(world)
    await world.expand()
    await world.send()
    await world.write(lifecycle.stop, campaign.id, world.clock.now())
    world.clock.forward(10 * HOUR)
    await world.expand()
    await world.send()

    assert len(world.channels["mail"].sent) == 20
    with pytest.raises(Conflict, match="stopped"):
        await world.write(choose, campaign.id, "b", world.clock.now())


async def test_a_paused_test_is_decided_once_it_goes_on(world):
    campaign = await _begin(world)
    await world.expand()
    await world.send()
    await world.write(lifecycle.pause, campaign.id, world.clock.now())
    world.clock.forward(10 * HOUR)
    await world.expand()
    assert (await world.read(get_campaign, campaign.id)).winner == ""

    await world.write(lifecycle.resume, campaign.id, world.clock.now())
    await _test_over(world)
    await world.send()
    assert len(world.channels["mail"].sent) == 40


async def test_each_variant_says_its_own_words_and_counts_its_own_links(world):
    other = {"subject": "Else", "html": '<p>Else</p><a href="https://example.com/else">Else</a>{{ links.unsubscribe }}'}
    await world.write(add_template, "other", files_of_words(other), world.clock.now())
    campaign = await _begin(world, 2, test={**TWO, "variants": [{"template": "other"}], "share": 100})
    await world.expand()
    await world.send()

    mails = {mail.subject == "Else": mail.html for mail in world.channels["mail"].sent}
    stored = await world.read(lambda conn: list(conn.scalars(select(links.c.url).order_by(links.c.id))))
    assert stored == ["https://example.com/offer", "https://example.com/else"]
    assert "/c/1-" in mails[True]
    assert "/c/0-" in mails[False]
    assert (await world.read(get_campaign, campaign.id)).test["frozen"]["b"][1] == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"test": {**TWO, "variants": [{"subject": "News for {{ customer.name }}"}]}}, "says the same"),
        ({"test": {**TWO, "variants": [{"subject": "{{ customer.nme }}"}]}}, "variant B"),
        ({"test": {**TWO, "variants": [{"template": "nowhere"}]}}, "no such template"),
        ({"track_links": False}, "count clicks on links"),
        ({"template": {"subject": "s", "text": "no link"}}, "no link to click"),
    ],
)
async def test_a_test_that_tells_nothing_does_not_start(world, changes, said):
    with pytest.raises(Conflict, match=said):
        await _begin(world, 2, **changes)


async def test_a_copy_and_a_draft_again_keep_what_is_tried(world):
    campaign = await _begin(world)
    copied = await world.write(lifecycle.copy, campaign.id, world.clock.now())
    back = await world.write(lifecycle.put_back, campaign.id, world.clock.now())

    assert copied.test == back.test == TWO


def test_the_intervals_are_those_of_the_literature():
    """Newcombe 1998: 81 of 263 (no. 17, 857), and 56 of 70 against 48 of 80 (no. 17, 873)."""
    assert interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert difference((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert interval(0, 0) == (0.0, 1.0)
    assert needed(0.02) == 2213


@pytest.mark.parametrize("winner", "abc")
async def test_what_is_sent_again_says_what_won(world, winner):
    again = await world.write(
        add_template, "Again", files_of_words({"subject": "Again", "text": "Once more"}), world.clock.now()
    )
    campaign = await _begin(world, test={**TWO, "variants": [{"subject": SECOND}, {"template": again.id}]})
    await world.expand()
    await world.write(choose, campaign.id, winner, world.clock.now())
    failed = await world.write(lifecycle.follow, Fated(campaign.id, "failed"), "Again", world.clock.now())
    sent = await world.write(lifecycle.follow, Fated(campaign.id, "sent"), "More", world.clock.now())

    said = {"b": (None, {**campaign.template, "subject": SECOND}), "c": (again.id, {})}
    assert (failed.template_id, failed.template) == said.get(winner, (None, campaign.template))
    assert (sent.template_id, sent.template) == (None, {})


def test_whole_numbers_are_taken_as_json_may_write_them():
    asked = SplitTest.model_validate_json('{"variants": [{"subject": "B"}], "share": 30.0, "hours": 2.0}')

    assert (asked.share, asked.hours) == (30, 2)
    with pytest.raises(ValidationError):
        SplitTest.model_validate_json('{"variants": [], "share": 30.5}')

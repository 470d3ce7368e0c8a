"""The page of the channels: how each one is, for who manages the hub; a test of each; the same in figures."""

import re

import pytest

from hub.channel import Step
from hub.clock import HOUR, MINUTE
from hub.jobs.watching import write_down
from hub.model import Role
from hub.store.raw import append_raws, mark_set_aside
from hub.store.tokens import add_token
from hub.watch import IN, OUT
from tests.pager import page

PAGE = "/settings/channels"


@pytest.fixture
def row():
    """A channel's row as plain words."""

    def read(text: str, name: str) -> str:
        [found] = re.findall(rf'<tr id="channel-{name}">(.*?)</tr>', text, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", found).split())

    return read


async def test_how_each_channel_is_stands_on_one_page(signed_in, says, hub, clock, row):
    boss = await signed_in(Role.ADMIN)
    assert "not used yet never never" in row((await boss.get(PAGE))[1], "mail")

    await says("Hello?")
    out = hub.watch.way("texts", OUT)
    out.passed(clock.now(), 38)
    out.refused()
    await write_down(hub)
    out.failed(clock.now(), "the provider is <b>away</b>", rests_until=clock.now() + MINUTE)
    [aside] = await hub.store.write(append_raws, "texts", [page(id="broken")], clock.now())
    await hub.store.write(mark_set_aside, aside, "unreadable")

    text = (await boss.get(PAGE))[1]
    assert "rests" in row(text, "texts")
    assert "5% 2 of 40" in row(text, "texts")
    assert "1 set aside" in row(text, "texts")
    assert "the provider is &lt;b&gt;away&lt;/b&gt;" in text
    assert "One message tries again at" in text

    out.passed(clock.now())
    await write_down(hub)
    text = (await boss.get(PAGE))[1]
    assert "works" in row(text, "texts")
    assert "is away" not in text

    clock.forward(26 * HOUR)
    assert "of 40" not in row((await (await signed_in(Role.OWNER)).get(PAGE))[1], "texts")


@pytest.mark.parametrize("role", [Role.AGENT, Role.MARKETING, Role.READ_ONLY])
async def test_others_neither_see_nor_test_them(signed_in, role):
    visitor = await signed_in(role)
    assert (await visitor.get(PAGE))[0] == 403
    assert "/settings/channels" not in (await visitor.get("/settings"))[1]
    assert (await visitor.post(f"{PAGE}/texts/test", {}, "/settings")).status == 403


async def test_a_test_shows_its_steps_and_names_the_one_that_fails(signed_in, hub):
    async def fine() -> list[str]:
        return []

    async def wrong() -> list[str]:
        return ["the key is refused"]

    hub.channels["texts"].steps = lambda: (Step("key", fine, ""), Step("way in", wrong, "Take the right key."))
    boss = await signed_in(Role.OWNER)
    text = await (await boss.post(f"{PAGE}/texts/test", {}, PAGE)).text()

    assert all(words in text for words in ("key", "way in", "the key is refused", "Take the right key."))
    assert (await boss.post(f"{PAGE}/nobody/test", {}, PAGE)).status == 404


async def test_the_figures_tell_the_same(hub, clock, browser):
    await hub.store.write(add_token, "prometheus", "s" * 43, ["metrics:read"], clock.now())
    hub.watch.way("texts", OUT).failed(clock.now(), "away", rests_until=clock.now() + MINUTE)
    hub.watch.way("texts", IN).passed(clock.now())
    text = (await browser().get("/metrics", headers={"Authorization": f"Bearer {'s' * 43}"}))[1]

    assert 'hub_channel_up{channel="texts",way="out"} 0.0' in text
    assert 'hub_channel_up{channel="texts",way="in"} 1.0' in text
    assert 'hub_channel_rests{channel="texts"} 1.0' in text
    assert 'hub_channel_lost{channel="texts",way="out"} 1.0' in text

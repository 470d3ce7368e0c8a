"""/archive and /r: what anybody may read of a campaign, and that nobody stands in it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from hub.campaigns import lifecycle
from hub.campaigns.sharing import address_of, end_sharing, share
from hub.clock import DAY
from hub.config import AdvertisingSettings
from hub.errors import Conflict
from hub.store.campaigns import get_campaign
from hub.web.app import make_app

HTML = (
    '<p>Dear {{ customer.first_name|default("reader", true) }}, {{ customer.fields.plan }} of {{ campaign.name }}</p>'
    '<a href="https://example.com/offer">Offer</a> <a href="{{ links.unsubscribe }}">Out</a>'
    '<a href="{{ links.preferences }}">Preferences</a> <a href="{{ links.view }}">View</a>'
)
WORDS = {"subject": "News & more{% if customer.name %} for {{ customer.name }}{% endif %}", "html": HTML}
OWN = re.compile("/[cupvo]/|Ada|Lovelace|ada@example|Gold")


@pytest.fixture
async def ada(world) -> str:
    return str(await world.customer(email="ada@example.com", fields={"plan": "Gold"}))


async def visit(world, *, archive: bool = True) -> AsyncIterator[aiohttp.ClientSession]:
    settings = world.hub.settings.model_copy(update={"advertising": AdvertisingSettings(archive=archive)})
    async with (
        TestServer(make_app(replace(world.hub, settings=settings))) as server,
        aiohttp.ClientSession(str(server.make_url(""))) as session,
    ):
        yield session


@pytest.fixture
async def client(world):
    async for session in visit(world):
        yield session


async def get(client, path, status=200, **heads):
    async with client.get(path, headers=heads) as answer:
        assert answer.status == status, path
        return answer, await answer.text()


async def test_anybody_reads_what_was_sent_and_nobody_stands_in_it(world, client, ada):
    made = await world.deliver(public=True, template=WORDS, track_opens=True, utm=True)
    assert "Ada" in world.channels["mail"].sent[0].html
    _, listed = await get(client, "/archive")
    assert "News &amp; more</a>" in listed
    answer, page = await get(client, f"/archive/{made.id}")
    assert "Dear reader, " in page
    assert 'href="https://example.com/offer"' in page
    assert [bool(OWN.search(text)) for text in (listed, page)] == [False, False]
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert {"Set-Cookie", "X-Robots-Tag"} & answer.headers.keys() == set()
    [own] = set(re.findall(r'href="http://hub\.example(/archive/own-links)"', page))
    answer, told = await get(client, own)
    assert "press it in a mail that you got" in told
    assert answer.headers["X-Robots-Tag"] == "noindex"


async def test_only_what_is_public_and_sent_stands_there(world, client, ada):
    secret = await world.deliver()
    draft = await world.campaign(public=True)
    await get(client, f"/archive/{secret.id}", 404)
    await get(client, f"/archive/{draft.id}", 404)
    assert "nothing to read here yet" in (await get(client, "/archive"))[1]
    await world.write(lifecycle.publish, secret.id, world.clock.now())
    await get(client, f"/archive/{secret.id}")
    await world.write(lifecycle.withdraw, secret.id, world.clock.now())
    await get(client, f"/archive/{secret.id}", 404)


async def test_a_house_without_an_archive_has_no_such_pages(world, ada):
    made = await world.deliver(public=True)
    async for client in visit(world, archive=False):
        for path in ("/archive", "/archive.xml", f"/archive/{made.id}", "/archive/own-links"):
            await get(client, path, 404)


async def test_the_feed_is_rss(world, client, ada):
    old = await world.deliver(public=True, template=WORDS)
    world.clock.forward(DAY)
    new = await world.deliver(public=True, template={"subject": "Second\x0b", "text": "Only <text>"})
    answer, feed = await get(client, "/archive.xml")
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    root = ElementTree.fromstring(feed)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    assert [root.findtext(f"channel/{name}") for name in ("title", "link")] == ["Example", "http://hub.example/archive"]
    items = [[item.findtext(name) for name in ("title", "link", "guid")] for item in root.iter("item")]
    address = "http://hub.example/archive/"
    assert items == [
        ["Second", address + new.id, address + new.id],
        ["News & more", address + old.id, address + old.id],
    ]
    assert root.findtext("channel/item/description").startswith("Only <text>")
    dates = [parsedate_to_datetime(item.findtext("pubDate")) for item in root.iter("item")]
    assert [int(date.timestamp()) for date in dates] == [new.started_at // 1000, old.started_at // 1000]
    assert not OWN.search(feed)


async def test_it_is_said_in_the_readers_language(world, client, ada):
    made = await world.deliver(public=True)
    for language, said in (("en", "View in browser"), ("de", "Im Browser ansehen")):
        assert said in (await get(client, f"/archive/{made.id}", **{"Accept-Language": language}))[1]


async def test_older_ones_stand_on_further_pages(world, client, ada):
    made = [await world.deliver(public=True, template={"subject": f"No {n}", "text": "x"}) for n in range(22)]
    _, first = await get(client, "/archive")
    assert re.findall(r"/archive/([0-9a-f]{32})", first) == [one.id for one in reversed(made)][:20]
    [more] = re.findall(r'href="(/archive\?after=[0-9a-f]{32})"', first)
    assert re.findall(r"/archive/([0-9a-f]{32})", (await get(client, more))[1]) == [made[1].id, made[0].id]


@pytest.mark.parametrize("archive", [True, False])
async def test_the_page_of_preferences_leads_there_where_there_is_one(world, ada, archive):
    async for client in visit(world, archive=archive):
        _, page = await get(client, f"/p/{world.hub.signer.sign('preferences', ada)}")
        assert ('href="/archive"' in page) is archive


def path_of(world, campaign):
    return address_of(world.hub.signer, "", campaign)


async def test_the_numbers_are_seen_by_a_link_and_name_nobody(world, client, ada):
    made = await world.deliver(template=WORDS)
    await world.answer("ada@example.com", answers=world.channels["mail"].sent[0])
    shared = await world.write(share, made.id, 7, world.clock.now())
    answer, page = await get(client, path_of(world, shared))
    assert re.findall(r"<dt>(Recipients|Replies)</dt><dd>(\d+)</dd>", page) == [("Recipients", "1"), ("Replies", "1")]
    assert "https://example.com/offer" in page
    assert not re.search("Ada|ada@example|Gold|/customers/|/campaigns/", page)
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_link_ends_by_itself_by_another_and_by_hand(world, client, ada):
    made = await world.deliver()
    first = await world.write(share, made.id, 7, world.clock.now())
    second = await world.write(share, made.id, 7, world.clock.now())
    await get(client, path_of(world, first), 404)
    await get(client, path_of(world, second))
    await get(client, path_of(world, second)[:-1], 404)
    world.clock.forward(7 * DAY)
    await get(client, path_of(world, second), 404)
    third = await world.write(share, made.id, 30, world.clock.now())
    await get(client, path_of(world, third))
    await world.write(end_sharing, made.id, world.clock.now())
    await get(client, path_of(world, third), 404)


async def test_what_has_not_begun_has_no_numbers_to_show(world):
    draft = await world.campaign()
    with pytest.raises(Conflict):
        await world.write(share, draft.id, 7, world.clock.now())
    assert (await world.read(get_campaign, draft.id)).share_id is None

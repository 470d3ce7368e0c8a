"""Who opens and clicks: people, as an estimate and only where they agreed, and machines, which are told apart."""

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from hub.campaigns.opens import TRACKING, with_picture
from hub.campaigns.preferences import Wish, get_preferences, mark_preferences
from hub.clock import DAY, HOUR
from hub.store.campaign_value import Bought, sum_bought
from hub.store.consents import GRANTED, WITHDRAWN, find_consent
from hub.store.sales import CANCELLED, add_order
from hub.store.timeline import load_timeline
from hub.store.visibility import EVERYTHING
from hub.web.app import make_app
from hub.web.locale import Speaker, zone_of
from hub.web.stream import build_stream

SPEAKER = Speaker("en", zone_of("UTC"), 0)
PIXEL = re.compile(r"https?://[^\"]+/o/([^\"]+)")
CLICK = re.compile(r"/c/[^\"]+")
PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Thunderbird/140.0"
MACHINES = (
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))",
    "",
)


@pytest.fixture
async def client(world) -> AsyncIterator[aiohttp.ClientSession]:
    async with TestServer(make_app(world.hub)) as server, aiohttp.ClientSession(str(server.make_url(""))) as session:
        yield session


async def test_the_picture_is_only_in_mails_of_those_who_agreed(world):
    ada = await world.customer(email="ada@example.com", consents=["email"])
    await world.customer("Grace Hopper", email="grace@example.com", consents=["email"])
    await world.agree(ada)
    await world.deliver(track_opens=True)

    found = {one.recipient.handle: bool(PIXEL.search(one.html)) for one in world.channels["mail"].sent}
    assert found == {"ada@example.com": True, "grace@example.com": False}
    assert all("".join(one.html_pieces) == one.html for one in world.channels["mail"].sent)


async def test_without_being_asked_for_nobody_gets_it(world):
    await world.agree(await world.customer(email="ada@example.com", consents=["email"]))
    await world.deliver()
    assert not PIXEL.search(world.channels["mail"].sent[0].html)


@pytest.mark.parametrize(
    "pieces", [["<body>a</body></html>"], ["a", "b", "c</body>"], ["", "<body>b</body>"], ["a"], ["a", "b"], []]
)
def test_the_picture_stands_at_the_end_and_apart_from_what_is_alike(world, pieces):
    found = with_picture(pieces, world.words.signer, "https://h.example", "0" * 32)
    [place] = [n for n, piece in enumerate(found) if "/o/" in piece]
    assert place % 2 == 1
    assert re.sub(r"<img [^>]+>", "", "".join(found)) == "".join(pieces)
    assert "".join(found).endswith(("</body>", "</body></html>") if "</body>" in "".join(pieces) else ('border:0">',))


@pytest.mark.parametrize("wants", [{"track_opens": True, "track_links": False}, {"track_links": True}])
async def test_preferences_ask_for_it_once_a_campaign_wants_to_know(world, wants):
    ada = await world.customer(email="ada@example.com", consents=["email"])
    assert [one.name for one in (await world.read(get_preferences, ada)).switches] == ["email:news"]
    await world.campaign(track_links=False)
    assert [one.name for one in (await world.read(get_preferences, ada)).switches] == ["email:news"]
    await world.campaign(**wants)
    names = [one.name for one in (await world.read(get_preferences, ada)).switches]
    assert names == ["email:news", f"email:{TRACKING}"]
    words = {"granted": "messages", f"granted {TRACKING}": "opens"}
    await world.write(mark_preferences, ada, Wish(names), words, "192.0.2.1", 2)
    assert await world.read(find_consent, ada, "email", TRACKING) == GRANTED


@pytest.mark.parametrize("agent", [PERSON, *MACHINES])
async def test_people_and_machines_are_counted_apart(world, client, agent):
    ada = await world.customer(email="ada@example.com", consents=["email"])
    await world.agree(ada)
    campaign = await world.deliver(track_opens=True)
    html = world.channels["mail"].sent[0].html
    [link] = CLICK.findall(html)
    for path in (urlsplit(PIXEL.search(html)[0]).path, link):
        for method in ("HEAD", "GET", "GET"):
            answer = await client.request(method, path, headers={"User-Agent": agent}, allow_redirects=False)
            assert answer.status in (200, 302)

    report = await world.report(campaign)
    person = int(agent == PERSON)
    assert (report.opened, report.clicked) == (person, person)
    assert (report.fetched, report.scanned) == (1 - person, 1 - person)


async def test_what_is_bought_soon_after_a_click_is_the_campaigns(world, client):
    ada = await world.customer(email="ada@example.com", consents=["email"])
    grace = await world.customer("Grace Hopper", email="grace@example.com", consents=["email"])
    await world.agree(ada, grace)
    campaign = await world.deliver()
    now, sold = world.clock.now(), {"currency": "EUR", "total": 1990}
    before = {"customer_id": ada, "number": "O-1", **sold}
    await world.write(add_order, before, now)
    world.clock.forward(HOUR)
    [link] = [link for one in world.channels["mail"].sent if "Ada" in one.subject for link in CLICK.findall(one.html)]
    await client.get(link, headers={"User-Agent": PERSON}, allow_redirects=False)
    at = {"soon": 0, "late": 7 * DAY, "cancelled": HOUR, "another": HOUR}
    for number, later in at.items():
        whose = grace if number == "another" else ada
        state = {"state": CANCELLED} if number == "cancelled" else {}
        values = {"customer_id": whose, "number": f"O-{number}", **sold, **state}
        await world.write(add_order, values, world.clock.now() + later)

    assert await world.read(sum_bought, campaign.id) == [Bought("EUR", 1, 1990)]


async def test_links_say_where_somebody_comes_from(world, client):
    await world.customer(email="ada@example.com", consents=["email"])
    words = {
        "subject": "News",
        "html": '<a href="https://e.org/?a=1#b">A</a> <a href="https://e.org/?utm_source=x">B</a>',
    }
    await world.deliver(utm=True, template=words, name="Tea & cake")
    [first, second] = re.findall(r'href="https?://[^/"]+(/c/[^"]+)', world.channels["mail"].sent[0].html)[:2]
    asked = {"headers": {"User-Agent": PERSON}, "allow_redirects": False}
    led = urlsplit((await client.get(first, **asked)).headers["Location"])
    tags = {"utm_source": ["news"], "utm_medium": ["email"], "utm_campaign": ["Tea & cake"]}
    assert (parse_qs(led.query), led.fragment) == ({"a": ["1"], **tags}, "b")
    assert (await client.get(second, **asked)).headers["Location"] == "https://e.org/?utm_source=x"


async def look(client, html, *paths):
    for path in paths or (urlsplit(PIXEL.search(html)[0]).path, *CLICK.findall(html)):
        await client.get(path, headers={"User-Agent": PERSON}, allow_redirects=False)


async def told(world, customer, *only):
    thread = await world.read(load_timeline, customer, None, EVERYTHING, only)
    items = [item for item in build_stream(thread, SPEAKER, 0).items if item.happening]
    return [(item.happening.type, item.facts["title"], item.facts.get("url", "")) for item in items]


@pytest.mark.parametrize("only", [(), ("campaigns",)])
async def test_what_somebody_opened_and_clicked_stands_once_on_the_timeline(world, client, only):
    ada = await world.customer(email="ada@example.com", consents=["email"])
    await world.agree(ada)
    await world.deliver(track_opens=True)
    html = world.channels["mail"].sent[0].html
    await look(client, html)
    await look(client, html)

    assert await told(world, ada, *only) == [
        ("campaign.opened", "November", ""),
        ("campaign.clicked", "November", "https://example.com/offer"),
    ]
    assert await told(world, ada, "notes", "orders") == []


async def test_who_takes_the_consent_back_is_not_seen_in_mails_that_left_before(world, client):
    ada = await world.customer(email="ada@example.com", consents=["email"])
    await world.agree(ada)
    campaign = await world.deliver(track_opens=True)
    await world.agree(ada, state=WITHDRAWN)
    html = world.channels["mail"].sent[0].html
    await look(client, html)

    report = await world.report(campaign)
    assert (report.opened, report.fetched, await told(world, ada)) == (0, 0, [])
    assert (report.clicked, report.unnamed) == (1, 1)

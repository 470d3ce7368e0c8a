"""/u /p /v /c: what a recipient can do with the links in a message, and what scanners and strangers cannot."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from hub.campaigns import trying
from hub.model import Address
from hub.store.consents import find_consent, list_consents
from hub.store.customers import find_customer, get_customer
from hub.store.lists import list_customers
from hub.store.tables import consents
from hub.store.testers import NOBODY
from hub.store.whole_customers import count_customers as count_alive
from hub.web.app import make_app
from hub.web.public import CHANGES_A_DAY
from tests.campaigns.conftest import NEWS

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Reader:
    """Somebody with a mail program and a browser without cookies."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        async with self.session.request(method, path, allow_redirects=False, **more) as answer:
            self.headers = answer.headers
            assert "Set-Cookie" not in answer.headers
            return answer.status, await answer.text()


@pytest.fixture
async def reader(world) -> AsyncIterator[Reader]:
    async with (
        TestServer(make_app(world.hub)) as server,
        aiohttp.ClientSession(str(server.make_url("")), cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        yield Reader(session)


@pytest.fixture
async def mail(world):
    """(customer, campaign, paths by letter) of one mail to Ada."""
    customer = await world.customer("Ada Lovelace", email="ada@example.com", language="en")
    html = NEWS["html"] + '<a href="{{ links.preferences }}">p</a><a href="{{ links.view }}">v</a>'
    campaign = await world.deliver(template={**NEWS, "html": html + '<a href="{{ links.unsubscribe }}">u</a>'})
    [sent] = world.channels["mail"].sent
    paths = {found[1]: found[0] for found in re.findall(r'"http://hub\.example(/([upvc])/[^"]+)"', sent.html)}
    return customer, campaign, paths


def _number_of_consents(conn):
    return conn.scalar(select(func.count()).select_from(consents))


async def test_looking_at_the_unsubscribe_page_changes_nothing(world, reader, mail):
    customer, _, paths = mail
    before = await world.read(_number_of_consents)
    for method in ("GET", "HEAD", "GET", "GET"):
        status, _ = await reader.ask(method, paths["u"])
        assert status == 200

    assert await world.read(_number_of_consents) == before
    assert await world.read(find_consent, customer, "email", "news") == "granted"


async def test_one_click_unsubscribes_once_without_cookie_or_page(world, reader, mail):
    customer, campaign, paths = mail
    before = await world.read(_number_of_consents)
    statuses = [(await reader.ask("POST", paths["u"], data=ONE_CLICK))[0] for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert await world.read(find_consent, customer, "email", "news") == "withdrawn"
    assert await world.read(_number_of_consents) == before + 1
    assert (await world.report(campaign)).unsubscribed == 1


async def test_one_click_works_as_multipart_and_from_another_site(world, reader, mail):
    customer, _, paths = mail
    form = aiohttp.FormData(ONE_CLICK)
    form.add_field("x", "y", content_type="text/plain", filename="x")
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}

    assert (await reader.ask("POST", paths["u"], data=form, headers=headers))[0] == 200
    assert await world.read(find_consent, customer, "email", "news") == "withdrawn"


@pytest.mark.parametrize("data", [None, {"x": "y"}, {"List-Unsubscribe": "no"}])
async def test_another_body_unsubscribes_nobody(world, reader, mail, data):
    customer, _, paths = mail

    assert (await reader.ask("POST", paths["u"], data=data))[0] == 400
    assert await world.read(find_consent, customer, "email", "news") == "granted"


async def test_the_page_can_take_it_back(world, reader, mail):
    customer, campaign, paths = mail
    _, done = await reader.ask("POST", paths["u"], data={**ONE_CLICK, "page": "1"})
    status, again = await reader.ask("POST", paths["u"], data={"undo": "1", "page": "1"})

    assert "You get no more of these messages." in done
    assert status == 200
    assert "Undone" in again
    assert await world.read(find_consent, customer, "email", "news") == "granted"
    assert (await world.report(campaign)).unsubscribed == 0


async def test_the_ledger_says_what_was_pressed(world, reader, mail):
    customer, _, paths = mail
    for form in ({**ONE_CLICK, "page": "1"}, {"undo": "1", "page": "1"}, ONE_CLICK):
        await reader.ask("POST", paths["u"], data=form)
    kept = await world.read(list_consents, customer)

    assert [(one.state, one.source, one.wording) for one in kept[:3]] == [
        ("withdrawn", "one-click", "List-Unsubscribe=One-Click"),
        ("granted", "undo of unsubscribe link", "You get no more of these messages. – Undo"),
        ("withdrawn", "unsubscribe link", "Stop “news” to a…@example.com? – Unsubscribe"),
    ]


async def test_undo_does_not_grant_what_was_withdrawn_elsewhere(world, reader, mail):
    customer, _, paths = mail
    await reader.ask("POST", paths["p"], data={"action": "stop"})
    await reader.ask("POST", paths["u"], data={"undo": "1", "page": "1"})

    assert await world.read(find_consent, customer, "email", "news") == "withdrawn"


@pytest.mark.parametrize("letter", "upvc")
async def test_an_altered_token_is_404_and_tells_nothing(world, reader, mail, letter):
    _, _, paths = mail
    path = paths[letter]
    body, _, signature = path.rpartition(".")
    other = "a" if path[-1] != "a" else "b"
    spaced = (f"{path}%0a", f"{path}%20", f"/{letter}/%20{path[3:]}")
    wrong = (f"{path}x", path[:-1] + other, f"{body}x.{signature}", path[:-6], f"/{letter}/x", f"/{letter}/a.b")
    for altered in (*wrong, *spaced, f"/{letter}/{path[3:].upper()}"):
        for method in ("GET", "POST") if letter in "up" else ("GET",):
            status, text = await reader.ask(method, altered, data=ONE_CLICK if method == "POST" else None)
            assert status == 404, altered
            assert "Ada" not in text
            assert "ada@" not in text


async def test_a_token_for_one_purpose_opens_nothing_else(reader, mail):
    _, _, paths = mail
    token = paths["u"].removeprefix("/u/")

    assert (await reader.ask("GET", f"/v/{token}"))[0] == 404
    assert (await reader.ask("GET", f"/p/{token}"))[0] == 404


async def test_the_page_shows_no_whole_address(reader, mail):
    _, _, paths = mail
    _, text = await reader.ask("GET", paths["u"])

    assert "a…@example.com" in text
    assert "ada@example.com" not in text


@pytest.mark.parametrize("agreed", [True, False])
async def test_a_tracked_link_leads_to_its_address_and_counts_the_customer_once(world, reader, mail, agreed):
    customer, campaign, paths = mail
    await world.agree(*([customer] if agreed else []))
    for _ in range(3):
        status, _ = await reader.ask("GET", paths["c"])
        assert status == 302
        assert reader.headers["Location"] == "https://example.com/offer"

    report = await world.report(campaign)
    assert (report.clicked, report.unnamed) == (1, 0 if agreed else 1)


@pytest.mark.parametrize(
    ("method", "headers"), [("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch"}), ("GET", {"Purpose": "prefetch"})]
)
async def test_fetching_ahead_is_led_on_but_not_counted(world, reader, mail, method, headers):
    _, campaign, paths = mail
    status, _ = await reader.ask(method, paths["c"], headers=headers)

    assert status == 302
    assert (await world.report(campaign)).clicked == 0


async def test_an_address_with_umlauts_and_an_ampersand_arrives_as_it_was_meant(world, reader):
    await world.customer("Ada Lovelace", email="ada@example.com")
    html = '<a href="https://müller.example/weg?artikel=1&currency=EUR#grün">Offer</a>'
    await world.deliver(template={**NEWS, "html": html})
    [sent] = world.channels["mail"].sent
    [path] = re.findall(r'"http://hub\.example(/c/[^"]+)"', sent.html)

    assert (await reader.ask("GET", path))[0] == 302
    assert reader.headers["Location"] == "https://xn--mller-kva.example/weg?artikel=1&currency=EUR#gr%C3%BCn"


@pytest.mark.parametrize("number", ["1", "99", "-1", "x", "", "0000000000001", "١"])
async def test_a_link_the_campaign_does_not_have_is_not_followed(world, reader, mail, number):
    _, campaign, paths = mail
    token = paths["c"].partition("-")[2]

    assert (await reader.ask("GET", f"/c/{number}-{token}"))[0] == 404
    assert (await world.report(campaign)).clicked == 0


async def test_the_browser_view_is_the_mail_and_runs_nothing(world, reader, mail):
    _, _, paths = mail
    status, text = await reader.ask("GET", paths["v"])

    assert status == 200
    assert text == world.channels["mail"].sent[0].html
    assert "sandbox" in reader.headers["Content-Security-Policy"]
    assert "script-src" not in reader.headers["Content-Security-Policy"]
    assert reader.headers["X-Robots-Tag"] == "noindex"


async def test_preferences_are_shown_and_saved(world, reader, mail):
    customer, _, paths = mail
    _, page = await reader.ask("GET", paths["p"])
    form = [("switch", "sms:news"), ("preferred", "email"), ("language", "de"), ("action", "save")]
    status, _ = await reader.ask("POST", paths["p"], data=form)
    _, saved = await reader.ask("GET", reader.headers["Location"])
    changed = await world.read(get_customer, customer)

    assert 'value="email:news" checked' in page
    assert status == 303
    assert "Ada Lovelace" in saved
    assert await world.read(find_consent, customer, "email", "news") == "withdrawn"
    assert await world.read(find_consent, customer, "sms", "news") == "granted"
    assert (changed.preferred_channel, changed.language) == ("email", "de")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"data": {"action": "nope"}},
        {"data": {"switch": "sms:news", "language": "de"}},
        {"json": {"action": "stop"}},
        {"data": b"action=save", "headers": {"Content-Type": "text/plain"}},
    ],
)
async def test_only_the_buttons_of_the_preference_page_change_anything(world, reader, mail, said):
    customer, _, paths = mail
    before = await world.read(list_consents, customer)

    assert (await reader.ask("POST", paths["p"], **said))[0] == 422
    assert await world.read(list_consents, customer) == before
    assert (await world.read(get_customer, customer)).language == "en"


async def test_stop_all_withdraws_everything_with_proof(world, reader, mail):
    customer, _, paths = mail
    await reader.ask("POST", paths["p"], data={"action": "stop", "switch": "email:news"})
    ledger = await world.read(list_consents, customer)

    assert {entry.kind for entry in ledger if entry.state == "withdrawn"} == {"email", "sms", "telegram"}
    assert {entry.source for entry in ledger if entry.state == "withdrawn"} == {"preference page"}
    assert all(entry.ip for entry in ledger if entry.state == "withdrawn")
    assert {entry.wording for entry in ledger if entry.state == "withdrawn"} == {
        "I do not want these messages any more."
    }


async def test_agreeing_again_records_what_was_agreed_to(world, reader, mail):
    customer, _, paths = mail
    await reader.ask("POST", paths["p"], data={"action": "stop"})
    await reader.ask("POST", paths["p"], data={"action": "save", "switch": "email:news"})
    newest = (await world.read(list_consents, customer))[0]

    assert (newest.state, newest.wording) == ("granted", "I agree to receive these messages.")


async def test_a_preference_page_cannot_grant_what_it_does_not_show(world, reader, mail):
    customer, _, paths = mail
    await reader.ask("POST", paths["p"], data=[("switch", "email:offers"), ("preferred", "sms"), ("language", "fr")])
    unchanged = await world.read(get_customer, customer)

    assert await world.read(find_consent, customer, "email", "offers") is None
    assert (unchanged.preferred_channel, unchanged.language) == ("", "en")


@pytest.mark.parametrize("letter", "up")
async def test_public_pages_hold_no_script_and_fetch_nothing(reader, mail, letter):
    _, _, paths = mail
    _, text = await reader.ask("GET", paths[letter])

    assert "<script" not in text
    assert "src=" not in text
    assert "<link" not in text
    assert len(text) < 12_000


@pytest.fixture
async def tested(world, reader):
    """(customer it was worded for, paths by letter) of a test sent to an address that is no customer's."""
    customer = await world.customer("Ada Lovelace", email="ada@example.com")
    links = "".join(f'<a href="{{{{ links.{name} }}}}">x</a>' for name in ("unsubscribe", "preferences", "view"))
    draft = await world.campaign(template={**NEWS, "html": NEWS["html"] + links})
    me, now = Address("email", "me@example.org"), world.clock.now()
    for _ in range(2):
        await world.write(trying.send_test, world.words, world.hub.outbox_deps, draft, me, customer, now)
    await world.send()
    sent = world.channels["mail"].sent[0]
    return customer, {found[1]: found[0] for found in re.findall(r'"http://hub\.example(/([upvc])/[^"]+)"', sent.html)}


async def test_a_test_makes_nobody_a_customer(world, tested):
    customer, _ = tested

    assert await world.read(count_alive) == 1
    assert [found.id for found in await world.read(list_customers, "", "", None, 10)] == [customer]
    assert await world.read(find_customer, Address("email", "me@example.org")) is None
    assert len(world.channels["mail"].sent) == 2


async def test_the_links_of_a_test_work_and_change_nothing(world, reader, tested):
    customer, paths = tested
    before = await world.read(_number_of_consents)
    _, view = await reader.ask("GET", paths["v"])
    status, _ = await reader.ask("GET", paths["c"])
    assert (status, reader.headers["Location"]) == (302, "https://example.com/offer")
    for method, letter in (("GET", "u"), ("POST", "u"), ("GET", "p")):
        status, page = await reader.ask(method, paths[letter], data=ONE_CLICK if method == "POST" else None)
        assert status == 200
        assert letter == "p" or "from a test message" in page
    await reader.ask("POST", paths["p"], data={"action": "save", "language": "de"})

    assert view == world.channels["mail"].sent[0].html
    assert await world.read(_number_of_consents) == before
    assert (await world.read(get_customer, customer)).language == ""


async def test_the_answer_to_a_test_is_the_testers_own(world, tested):
    customer, _ = tested
    landed = await world.answer("me@example.org", answers=world.channels["mail"].sent[0])

    assert landed.customer_id not in (customer, NOBODY)


async def test_changes_by_a_link_are_few_in_a_day_and_to_withdraw_is_always_possible(world, reader, mail):
    customer, _, paths = mail
    on, off = {"action": "save", "switch": "email:news"}, {"action": "save"}
    statuses = []
    for number in range(CHANGES_A_DAY + 5):
        statuses += [(await reader.ask("POST", paths["p"], data=on if number % 2 else off))[0]]
    before = await world.hub.store.read(_number_of_consents)
    for wish in (on, off, {"action": "stop"}) * 3:
        await reader.ask("POST", paths["p"], data=wish)
    undone, _ = await reader.ask("POST", paths["u"], data={"undo": "1"})

    assert statuses == [303] * CHANGES_A_DAY + [429] * 5
    assert undone == 429
    assert await world.hub.store.read(find_consent, customer, "email", "news") == "withdrawn"
    assert await world.hub.store.read(_number_of_consents) <= before + 1
    ledger = await world.hub.store.read(list_consents, customer)
    assert all(one.ip and one.wording for one in ledger if one.source == "preference page")

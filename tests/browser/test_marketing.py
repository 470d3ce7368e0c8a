"""What a marketer and a recipient do at the desk and in a mail, with the number of acts it may take."""

import re
from email import message_from_bytes, policy
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from hub.campaigns import lifecycle
from hub.campaigns.content import words_of
from hub.model import Address
from hub.sandbox.world import MAIL_ADDRESS, TEXT_NUMBER
from hub.store.campaigns import Campaign, add_campaign, get_campaign
from hub.store.consents import GRANTED, WITHDRAWN, Consent, append_consent, find_consent
from hub.store.customers import NewCustomer, add_address, add_customer, mark_customer_labels
from tests.browser.hand import Hand
from tests.browser.scene import Scene
from tests.browser.test_acts import readers
from tests.people import ADA
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

HTML = '<p>Hello</p><p><a href="https://shop.example/offer">Offer</a></p>'
NEWS = {"name": "November", "purpose": "news", "channel": "support-mail", "audience": {"labels": ["readers"]}}
NEWS |= {"template": {"subject": "New in November", "html": HTML}, "track_links": True}


async def campaign(scene: Scene, **changes: Any) -> Campaign:
    made: Campaign = await scene.hub.store.write(add_campaign, NEWS | changes, scene.hub.clock.now())
    return made


async def send(scene: Scene, made: Campaign) -> None:
    hub, now = scene.hub, scene.hub.clock.now()
    prepared = await hub.store.read(lifecycle.prepare, words_of(hub), hub.outbox_deps, made.id, now, anyway=True)
    await hub.store.write(lifecycle.schedule, prepared, None, now)
    hub.live.wake()


async def is_sent(scene: Scene, made: Campaign) -> bool:
    return (await scene.hub.store.read(get_campaign, made.id)).state == "sent"


async def ada(scene: Scene) -> str:
    """Who agreed to news, by mail and by text."""

    def add(conn) -> str:
        now = scene.hub.clock.now()
        customer = add_customer(conn, NewCustomer(ADA.name, "en"), now)
        for address in (ADA.mail_address, ADA.sms_address):
            add_address(conn, customer, address, verified=True, at=now)
            append_consent(conn, customer, Consent(address.kind, "news", GRANTED, "test"), now)
        mark_customer_labels(conn, customer, ["readers"], now)
        return customer

    return str(await scene.hub.store.write(add))


async def mailed(scene: Scene) -> tuple[str, str]:
    """Ada, and the raw mail of a campaign that she got."""
    customer = await ada(scene)
    await send(scene, await campaign(scene))

    async def came() -> str:
        return next((one.raw.decode() for one in scene.world.mail.mailbox(ADA.email)), "")

    return customer, await until(came, "the mail")


def link(raw: str, kind: str) -> str:
    """Of that kind of page, without the line ends of quoted-printable."""
    found = re.search(rf"http://[^\s\"<>()]+/{kind}/[^\s\"<>()]+", raw.replace("=\r\n", "").replace("=3D", "="))
    assert found, raw
    return found[0]


async def consent(scene: Scene, customer: str, kind: str = "email") -> str:
    return str(await scene.hub.store.read(find_consent, customer, kind, "news"))


@pytest_asyncio.fixture(loop_scope="session")
async def reader(chromium: Any) -> Page:
    """A browser of somebody who gets mails: no script runs in it."""
    context = await chromium.new_context(java_script_enabled=False, locale="en-GB")
    return await context.new_page()


async def test_how_many_get_it_follows_the_typing_before_anything_is_saved(scene, sit_down):
    await readers(scene, 3)
    made = await campaign(scene, audience={}, template={}, purpose="")
    page = await sit_down()
    await page.goto(f"{scene.base}/campaigns/{made.id}")
    await expect(page.locator("#reach")).to_have_text("0 customers get it")
    await page.get_by_label("Labels, any of them").fill("readers")
    await page.get_by_label("Purpose the customers agreed to").fill("news")
    await expect(page.locator("#reach")).to_have_text("3 customers get it")
    await expect(page.locator("#check")).to_contain_text("Go there")
    await page.get_by_label("Purpose the customers agreed to").fill("nwes")
    await expect(page.locator("#known-purpose")).to_contain_text("Known purposes: news")
    await expect(page.locator("#reach")).to_contain_text("3 are left out")
    await page.get_by_label("Purpose the customers agreed to").fill("news")
    await page.get_by_label("Subject", exact=True).fill("News")
    await page.get_by_label("E-mail as HTML").fill("<p>Hello</p>")
    await page.get_by_label("Name", exact=True).focus()
    await expect(page.locator("#check")).not_to_contain_text("subject.txt")
    assert (await scene.hub.store.read(get_campaign, made.id)).audience == {}


async def test_m2_who_has_no_name_is_seen_first_and_the_next_is_one_act_away(scene, sit_down):
    await readers(scene, 3)
    await scene.hub.store.write(_nameless, scene.hub.clock.now())
    html = '<p>Dear {{ customer.first_name|default("reader") }}</p>'
    made = await campaign(scene, template={"subject": "News", "html": html})
    page = await sit_down()
    hand = Hand(page)
    await page.goto(f"{scene.base}/campaigns/{made.id}")
    shown = page.frame_locator("#preview iframe").locator("body")
    await expect(shown).to_contain_text("Dear reader")
    with hand.job("M2"):
        await hand.click(page.get_by_role("button", name="Next customer"))
        await expect(shown).to_contain_text("Dear Reader")
    await page.get_by_role("button", name="Previous customer").click()
    await expect(shown).to_contain_text("Dear reader")


def _nameless(conn: Any, at: int) -> None:
    customer = add_customer(conn, NewCustomer(""), at)
    add_address(conn, customer, Address("email", "oeztuerk@example.com"), verified=True, at=at)
    append_consent(conn, customer, Consent("email", "news", GRANTED, "test"), at)
    mark_customer_labels(conn, customer, ["readers"], at)


async def test_m5_a_halt_is_one_act_and_says_how_many_were_not_sent(scene, sit_down):
    await readers(scene, 12)
    made = await campaign(scene, hourly=600)  # ten a minute: there is something left to halt
    page = await sit_down()
    hand = Hand(page)
    await send(scene, made)
    await page.goto(f"{scene.base}/campaigns/{made.id}")
    await expect(page.locator("#report progress + .num")).to_have_text("10 / 10")
    with hand.job("M5"):
        await hand.click(page.get_by_role("button", name="Pause", exact=True))
        await expect(page.get_by_role("button", name="Go on", exact=True)).to_be_visible()
    await expect(page.locator("#report")).to_contain_text("Paused")


async def test_m6_whoever_did_not_click_is_two_acts_away(scene, sit_down):
    await readers(scene, 4)
    made = await campaign(scene)
    await send(scene, made)
    await until(partial(is_sent, scene, made), "the campaign is sent")
    page = await sit_down()
    hand = Hand(page)
    await page.goto(f"{scene.base}/campaigns/{made.id}")
    with hand.job("M6"):
        await hand.click(page.locator("#people nav").get_by_role("link", name="not seen clicking"))
        await hand.click(page.get_by_role("button", name="New campaign to these 4 people"))
        await expect(page.locator("#campaign")).to_be_visible()
    await expect(page.locator("[name=recipients_of]")).to_be_checked()


async def test_m10_what_people_answered_stands_in_the_report_and_below_the_campaign_in_the_inbox(scene, sit_down):
    await mailed(scene)
    [mail] = scene.world.mail.mailbox(ADA.email)
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "Re: New", "Is the offer for me as well?", answers=mail)
    heard = await scene.heard(ADA.mail_address, "Is the offer")
    page = await sit_down()
    await page.goto(f"{scene.base}/conversations/{heard.conversation_id}?view=open")
    await expect(page.locator("#stream")).to_contain_text("New in November")
    await page.goto(f"{scene.base}/campaigns")
    await page.get_by_role("link", name="November").first.click()
    await page.locator("#people nav").get_by_role("link", name=re.compile("^replied")).click()
    await expect(page.locator("#people")).to_contain_text("Is the offer for me as well?")
    await page.locator("#people").get_by_role("link", name="Is the offer").click()
    await expect(page).to_have_url(re.compile(f"/conversations/{heard.conversation_id}"))


async def test_t_m10_when_people_reacted_is_a_picture_with_the_same_numbers_as_a_table(scene, sit_down):
    _, raw = await mailed(scene)
    page = await sit_down(color_scheme="dark")
    person = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}  # no machine
    await page.request.get(link(raw, "c"), max_redirects=0, headers=person)
    await page.goto(f"{scene.base}/campaigns")
    await page.get_by_role("link", name="November").first.click()
    chart = page.locator(".chart", has=page.get_by_role("heading", name="Clicks"))
    await expect(chart.get_by_role("img", name="Clicks: at most 1")).to_be_visible()
    await expect(chart.locator("svg text").first).to_have_text("1")
    await chart.get_by_text("As a table").click()
    await expect(chart.locator("tbody td")).to_have_text(["1"])
    seen = "rect => [getComputedStyle(rect).fill, getComputedStyle(document.body).backgroundColor]"
    bar, paper = await chart.locator("rect").first.evaluate(seen)
    assert contrast(bar, paper) >= 3


def contrast(one: str, other: str) -> float:
    """Of two colours as a browser computes them, by their luminance alone (WCAG 2.2)."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


async def test_c3_the_link_in_the_mail_and_a_button_unsubscribe(scene, reader):
    customer, raw = await mailed(scene)
    hand = Hand(reader)
    with hand.job("C3"):
        hand.acts += 1  # the link in the mail
        await reader.goto(link(raw, "u"))
        assert await consent(scene, customer) == GRANTED
        await hand.click(reader.get_by_role("button", name="Unsubscribe", exact=True))
        await expect(reader.get_by_role("status")).to_be_visible()
    assert await consent(scene, customer) == WITHDRAWN


async def test_c5_mails_rest_for_thirty_days_after_one_act_and_agents_see_it(scene, reader, sit_down):
    customer, raw = await mailed(scene)
    hand = Hand(reader)
    await reader.goto(link(raw, "p"))
    with hand.job("C5"):
        await hand.click(reader.get_by_role("button", name="Pause everything for 30 days", exact=True))
        await expect(reader.get_by_text("Paused until")).to_be_visible()
    assert await consent(scene, customer) == GRANTED
    page = await sit_down()
    await page.goto(f"{scene.base}/customers/{customer}/consent")
    await expect(page.get_by_text(re.compile("^Paused until"))).to_be_visible()
    await expect(page.locator(".ledger").first).to_contain_text("Pause everything for 30 days")

    await reader.get_by_role("button", name="Undo: go on now").click()
    await expect(reader.get_by_text("Paused until")).to_have_count(0)


async def test_c8_stop_by_text_is_one_act_and_is_confirmed_once(scene):
    customer = await ada(scene)
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "STOPP")
    await scene.heard(ADA.sms_address, "STOPP")

    async def withdrawn() -> bool:
        return await consent(scene, customer, "sms") == WITHDRAWN

    await until(withdrawn, "the consent withdrawn")
    assert await consent(scene, customer) == GRANTED


PAGES = {"u": "unsubscribe", "p": "preferences", "v": "browser view"}


@pytest.mark.parametrize("kind", PAGES)
async def test_t_w2_pages_of_recipients_need_no_script_no_cookie_and_nobody_else(scene, chromium, kind):
    _, raw = await mailed(scene)
    context = await chromium.new_context(locale="en-GB")
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = await page.goto(link(raw, kind))
    assert answer
    assert answer.status == 200
    assert len(asked) <= 2
    assert all(url.startswith(scene.base) for url in asked), asked
    assert await context.cookies() == []
    assert await page.locator("script").count() == 0


async def test_t_w4_c4_who_prefers_text_messages_is_answered_there_next(scene, reader, sit_down):
    _, raw = await mailed(scene)
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "Hello", "A question", name=ADA.name)
    heard = await scene.heard(ADA.mail_address, "A question")
    hand = Hand(reader)
    await reader.goto(link(raw, "p"))
    with hand.job("C4"):
        await hand.click(reader.get_by_label("SMS", exact=True))
        await hand.click(reader.get_by_role("button", name="Save", exact=True))
        await expect(reader.get_by_role("status")).to_contain_text("Saved")
    page = await sit_down()
    await page.goto(f"{scene.base}/conversations/{heard.conversation_id}?view=open")
    await expect(page.locator("#composer [value=sms]")).to_be_checked()


async def test_t_c1_what_was_sent_is_seen_as_it_was_sent(scene, sit_down):
    id = await ada(scene)
    await send(scene, await campaign(scene))

    async def mail() -> bytes:
        sent = [one for one in scene.world.mail.mailbox(ADA.email) if b"New in November" in one.raw]
        return sent[0].raw if sent else b""

    part = message_from_bytes(await until(mail, "the mail"), policy=policy.default).get_body(("html",))
    page = await sit_down()
    await page.goto(f"{scene.base}/customers/{id}")
    link = page.locator(".msg.campaign").get_by_role("link", name="View sent")
    async with page.expect_popup() as popup:
        await link.click()
    await expect((await popup.value).get_by_text("Hello")).to_be_visible()
    answer = await page.request.get(f"{scene.base}{await link.get_attribute('href')}")
    assert part
    assert await answer.body() == part.get_content().replace("\r\n", "\n").rstrip("\n").encode()

"""axe-core finds nothing, on every page, light and dark, English and German, with the menus open too."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from hub.accounts import invite
from hub.channel import Raw
from hub.ids import new_id
from hub.model import Address
from hub.store.campaigns import add_campaign, mark_campaign
from hub.store.complaints import add_complaint
from hub.store.raw import append_raws, claim_raws, list_set_aside, mark_set_aside
from hub.store.recipients import NewRecipient, add_recipients
from hub.store.segments import add_segment
from hub.store.tables import surveys
from tests.browser.scene import SHOP, Scene, lay_letters, play
from tests.people import ADA

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async tags => (await axe.run(document,
  {iframes: false, resultTypes: ['violations'], runOnly: {type: 'tag', values: tags}})).violations"""
WIDTHS = (1440, 1280, 1024, 768, 390, 320)
MENUS = ("m-assign", "m-snooze", "m-more", "m-macro")


async def paths(scene: Scene) -> list[str]:
    """Every page, each with something on it."""
    hub = scene.hub
    ada = await scene.customer(ADA.mail_address)
    asked = await scene.heard(ADA.mail_address, "invoice 4711")
    news = (await scene.heard(Address("email", SHOP), "Everything must go")).conversation_id
    await hub.store.write(append_raws, "sms", [Raw("message", "broken", b"\xff\x00not a form")], hub.clock.now())
    for kept in await hub.store.write(claim_raws, "test", hub.clock.now(), 5):
        await hub.store.write(mark_set_aside, kept.id, "this is not a form")
    [broken] = await hub.store.read(list_set_aside)
    news_of_may = {"name": "May", "purpose": "news", "channel": "email", "template": {}, "template_id": "newsletter"}
    draft = await hub.store.write(add_campaign, news_of_may | {"audience": {"customer_ids": [ada]}}, hub.clock.now())
    sent = await hub.store.write(_sent_without, news_of_may, ada, hub.clock.now())
    tree = {"op": "and", "of": [{"op": "label", "name": "vip"}, {"op": "spent", "at_least": "9", "currency": "EUR"}]}
    regulars = await hub.store.write(add_segment, "Regulars", tree, hub.clock.now())
    displeased = await hub.store.write(_said_badly, asked.conversation_id, ada, hub.clock.now())
    printed = await lay_letters(scene, ada, asked.conversation_id)
    return [
        "/letters",
        f"/letters/{printed}",
        "/complaints",
        f"/complaints/{displeased}",
        f"/messages/{asked.id}/complaint",
        "/inbox?view=mine",
        "/inbox?view=snoozed",
        f"/conversations/{asked.conversation_id}?view=open",
        f"/conversations/{news}?view=apart",
        f"/messages/{asked.id}/forward",
        "/campaigns",
        f"/campaigns/{draft.id}",
        f"/campaigns/{draft.id}/send",
        f"/campaigns/{draft.id}/left-out",
        f"/campaigns/{sent}?fate=excluded&reason=no_consent",
        "/templates",
        "/templates/newsletter",
        "/sequences",
        "/customers",
        "/segments",
        "/segments/new",
        f"/segments/{regulars.id}",
        "/customers?q=nobody-is-called-that",
        f"/customers/{ada}",
        f"/customers/{ada}/consent",
        "/search",
        "/search?q=invoice",
        "/search?q=nobody-wrote-that",
        "/set-aside",
        f"/set-aside/{broken.id}",
        "/agents",
        "/settings",
        "/settings/second-factor",
        "/settings/tokens",
        "/settings/keys",
        "/settings/fields",
        "/settings/goals",
        "/settings/channels",
        "/settings/rules",
        "/settings/auto-replies",
        "/settings/macros",
        "/settings/snippets",
        "/audit",
        "/reports",
        "/reports/customers",
        "/settings/retention",
        "/reports/conversations?days=28",
        "/help",
        "/sandbox",
        "/nothing-is-here",
    ]


def _said_badly(conn: Connection, conversation: str, customer: str, now: int) -> str:
    """A complaint, and a survey with a score."""
    about = {"customer_id": customer, "conversation_id": conversation}
    asked = {"id": new_id(), "kind": "csat", "state": "sent", "sent_at": now, "due_at": now, "created_at": now}
    conn.execute(surveys.insert(), {**about, **asked, "channel_type": "sms", "score": 4})
    said = {"category": "delivery", "wish": "a new one", "answer_by": now - 1, "solve_by": now}
    return add_complaint(conn, {**about, **said}, now).id


def _sent_without(conn: Connection, words: dict[str, str], customer: str, now: int) -> str:
    """A campaign that left out this customer."""
    draft = add_campaign(conn, words, now)
    sending = mark_campaign(conn, draft.id, now, ("draft",), state="sending", started_at=now)
    add_recipients(conn, sending, None, [NewRecipient(customer_id=customer, excluded="no_consent")], now)
    return mark_campaign(conn, draft.id, now, ("sending",), state="sent", finished_at=now).id


async def problems(page) -> list[str]:
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate(RUN, TAGS)
    return [
        f"{page.url}: {one['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for one in found
        for node in one["nodes"][:2]
    ]


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("theme", "language"), [("light", "en-GB"), ("dark", "de-DE")])
async def test_axe_finds_nothing_where_somebody_is_signed_in(scene, sit_down, theme, language):
    await play(scene)
    page = await sit_down(color_scheme=theme, locale=language)
    found = []
    for path in await paths(scene):
        answer = await page.goto(scene.base + path)
        assert answer.status < 500, path
        assert await page.get_attribute("html", "lang") == language[:2]
        found += await problems(page)
        for menu in MENUS:
            if await page.locator(f"#{menu}").count():
                await page.click(f"#{menu} > summary")
                found += await problems(page)
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{scene.base}/inbox?view=open")
    found += await problems(page)

    assert not found, "\n".join(found)


@pytest.mark.parametrize(("theme", "language"), [("light", "de-DE"), ("dark", "en-GB")])
async def test_axe_finds_nothing_before_the_door(chromium, scene, theme, language):
    context = await chromium.new_context(color_scheme=theme, locale=language)
    page = await context.new_page()
    token = await invite(scene.hub.store, scene.hub.clock, scene.max)
    found = []
    for path in ("/login", f"/password/{token}", "/password/used-up", "/nothing-is-here"):
        await page.goto(scene.base + path)
        found += await problems(page)
    await page.goto(f"{scene.base}/login")
    await page.fill("input[type=email]", "nobody@example.com")
    await page.fill("input[type=password]", "something wrong")
    await page.click("main [type=submit]")
    found += await problems(page)

    assert not found, "\n".join(found)


@pytest.mark.timeout(400)
async def test_nothing_is_cut_off_at_any_width(scene, sit_down):
    await play(scene)
    page = await sit_down(locale="de-DE")
    wide = []
    for path in await paths(scene):
        await page.goto(scene.base + path)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 844})
            scrolls = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if scrolls > 0:
                wide.append(f"{path} at {width}: {scrolls} px too wide")

    assert not wide, "\n".join(wide)


async def test_first_tab_stop_leads_to_the_content(scene, sit_down):
    page = await sit_down()
    for path in ("/inbox", "/customers", "/settings", "/sandbox"):
        await page.goto(scene.base + path)
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.getAttribute('href')") == "#main", path


async def test_first_colour_is_the_chosen_one(scene, sit_down):
    page = await sit_down(color_scheme="light")
    await page.goto(f"{scene.base}/settings")
    await page.select_option("[name=theme]", "dark")
    await page.click("section:has([name=theme]) button.primary")
    await page.goto(f"{scene.base}/inbox")
    colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert colour == "rgb(18, 22, 29)"

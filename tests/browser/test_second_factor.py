"""In the browser: codes of an app and a passkey let in, who is signed out elsewhere leaves, tokens need no mouse."""

import shutil

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlalchemy import delete

from hub.accounts import add_account, change_agent
from hub.app import running
from hub.clock import SystemClock
from hub.config import Settings
from hub.factors.totp import STEP, code_at
from hub.model import Role
from hub.store.agents import find_agent_by_email
from hub.store.tables import sessions
from hub.store.tokens import list_tokens
from tests.browser.scene import KEY, PASSWORD

pytestmark = pytest.mark.browser
ADA, MAX = "ada@example.com", "max@example.com"
AUTHENTICATOR = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}


@pytest_asyncio.fixture(loop_scope="session")
async def office(sqlite_template, tmp_path):
    """A hub at an address with a name, as passkeys need one; Ada owns it, Max works there."""
    file = shutil.copy(sqlite_template, tmp_path / "hub.db")
    settings = {"store": {"url": f"sqlite:///{file}"}, "web": {"port": 0, "host": "localhost"}, "key": KEY}
    async with running(Settings.model_validate(settings)) as started:
        for email, role in ((ADA, Role.OWNER), (MAX, Role.AGENT)):
            await add_account(started.hub.store, started.hub.clock, email, email[:3].title(), role, PASSWORD)
        yield started.hub


async def person(chromium: Browser) -> Page:
    """At a device of their own, that unlocks passkeys without being asked twice."""
    page = await (await chromium.new_context(locale="en-GB")).new_page()
    device = await page.context.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    options = {**AUTHENTICATOR, "isUserVerified": True, "automaticPresenceSimulation": True}
    await device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


async def give_password(page: Page, base: str, email: str) -> None:
    await page.goto(f"{base}/login")
    await page.fill("input[type=email]", email)
    await page.fill("input[type=password]", PASSWORD)
    await page.click("main form[action='/login'] button:not([type=button])")


async def sign_out(page: Page, base: str) -> None:
    await page.goto(f"{base}/settings")
    await page.click("form[action='/logout'] button:not([type=button])")
    await page.wait_for_url("**/login")


async def test_app_passkey_and_recovery_code_each_let_in(office, chromium):
    page, base = await person(chromium), office.base_url
    await give_password(page, base, ADA)
    await page.wait_for_url("**/inbox")
    await page.goto(f"{base}/settings/second-factor")
    await page.click("#app button")
    secret = (await page.inner_text("#secret")).replace(" ", "")
    step = SystemClock().now() // STEP
    await page.fill("#app input[name=code]", code_at(secret, step))
    await page.fill("#app input[name=password]", PASSWORD)
    await page.click("#app form button:not([type=button])")
    recovery = await page.inner_text("#codes li >> nth=0")

    await page.fill("#passkeys input[name=password]", PASSWORD)
    await page.click("#passkeys form[data-passkey] button:not([type=button])")
    await expect(page.locator("#passkeys summary")).to_contain_text("Chrome, Linux")

    await sign_out(page, base)
    await page.click("form[data-passkey] button:not([type=button])")
    await page.wait_for_url("**/inbox")

    await sign_out(page, base)
    await give_password(page, base, ADA)
    await page.fill("input[name=code]", code_at(secret, step + 1))
    await page.click("main form[action='/login/second'] button:not([type=button])")
    await page.wait_for_url("**/inbox")

    await sign_out(page, base)
    await give_password(page, base, ADA)
    await page.fill("input[name=code]", recovery)
    await page.click("main form[action='/login/second'] button:not([type=button])")
    await page.wait_for_url("**/inbox")


async def test_both_second_steps_are_taken_over_the_page(office, chromium):
    page, base = await person(chromium), office.base_url
    await give_password(page, base, ADA)
    await page.wait_for_url("**/inbox")
    await page.goto(f"{base}/settings/second-factor")
    await page.click("#app button")
    secret = (await page.inner_text("#secret")).replace(" ", "")
    step = SystemClock().now() // STEP
    await page.fill("#app input[name=code]", code_at(secret, step))
    await page.fill("#app input[name=password]", PASSWORD)
    await page.click("#app form button:not([type=button])")
    await page.fill("#passkeys input[name=password]", PASSWORD)
    await page.click("#passkeys form[data-passkey] button:not([type=button])")
    await expect(page.locator("#passkeys summary")).to_have_count(1)

    await page.goto(f"{base}/inbox")
    await office.store.write(lambda conn: conn.execute(delete(sessions)))
    await page.dispatch_event("a.door[href='/customers']", "click")  # the dialog may be there already
    await page.locator("#sign-in form[data-passkey] button:not([type=button])").click()
    await page.wait_for_url("**/customers")
    await expect(page.locator("#sign-in")).to_have_count(0)

    await office.store.write(lambda conn: conn.execute(delete(sessions)))
    await page.dispatch_event("a.door[href='/campaigns']", "click")
    await page.fill("#sign-in input[type=password]", PASSWORD)
    await page.click("#sign-in form[action='/login'] button:not([type=button])")
    await page.fill("#sign-in input[name=code]", code_at(secret, step + 1))
    await page.click("#sign-in form[action='/login/second'] button:not([type=button])")
    await page.wait_for_url("**/campaigns")
    await expect(page.locator("#sign-in")).to_have_count(0)


async def test_whose_role_or_session_is_taken_away_leaves_the_page_at_once(office, chromium):
    page, elsewhere, base = await person(chromium), await person(chromium), office.base_url
    for one in (page, elsewhere):
        await give_password(one, base, MAX)
        await one.wait_for_url("**/inbox")
    async with page.expect_request(lambda request: "/live" in request.url):
        await page.reload()
    await elsewhere.goto(f"{base}/settings")
    await elsewhere.click("#sessions button[value=others]")
    await expect(page.locator("#sign-in")).to_be_visible()
    await expect(page.locator("#page")).to_be_hidden()
    await page.fill("#sign-in input[type=password]", PASSWORD)
    async with page.expect_request(lambda request: "/live" in request.url):
        await page.click("#sign-in form[action='/login'] button:not([type=button])")
    await expect(page.locator("#page")).to_be_visible()

    async with elsewhere.expect_request(lambda request: "/live" in request.url):
        await elsewhere.goto(f"{base}/inbox")
    worker = await office.store.read(find_agent_by_email, MAX)
    await office.store.write(change_agent, worker.id, office.clock.now(), role=Role.MARKETING.value)
    office.live.wake()
    await expect(elsewhere.locator("#page")).to_be_hidden()
    await elsewhere.fill("#sign-in input[type=password]", PASSWORD)
    await elsewhere.click("#sign-in form[action='/login'] button:not([type=button])")
    await expect(elsewhere.get_by_role("heading", name="You may not do this")).to_be_visible()


async def test_token_is_made_and_revoked_by_the_keyboard_alone(office, chromium):
    page, base = await person(chromium), office.base_url
    await give_password(page, base, ADA)
    await page.wait_for_url("**/inbox")
    await page.goto(f"{base}/settings/tokens")

    await reach(page, "[name=name]")
    await page.keyboard.type("nightly export")
    await reach(page, "[name=scope][value='customers:read']")
    await page.keyboard.press("Space")
    await reach(page, "form[action='/settings/tokens'] button:not([type=button])")
    await page.keyboard.press("Enter")
    await expect(page.locator("code.once")).to_be_visible()
    [token] = await office.store.read(list_tokens)
    assert (token.name, token.scopes) == ("nightly export", {"customers:read"})

    await reach(page, "form[action$='/removal'] button:not([type=button])")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="There is no token yet")).to_be_visible()
    assert await office.store.read(list_tokens) == []


async def reach(page: Page, selector: str) -> None:
    """By Tab, from wherever the page has put the focus."""
    for _ in range(200):
        await page.keyboard.press("Tab")
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached by Tab")

"""A quotation nobody answered, as somebody in sales follows it up: sent, reminded of, accepted by its link."""

import pytest
from playwright.async_api import expect

from hub.accounts import add_account
from hub.model import Role
from hub.store.customers import NewCustomer, add_address, add_customer
from tests.browser.scene import PASSWORD
from tests.people import ADA

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SALES = "sue@example.com"


async def known(scene) -> str:
    hub = scene.hub
    await add_account(hub.store, hub.clock, SALES, "Sue Seller", Role.SALES, PASSWORD)
    id = await hub.store.write(add_customer, NewCustomer(name=ADA.name), 1)
    await hub.store.write(add_address, id, ADA.mail_address, verified=True, at=1)
    return id


async def test_a_quotation_nobody_answers_reminds_its_seller_until_it_is_accepted_by_the_link(scene, sit_down):
    id = await known(scene)
    page = await sit_down(SALES)
    await page.goto(f"{scene.base}/help")
    await expect(page.get_by_text("after how many days without an answer you are reminded")).to_be_visible()
    await page.goto(f"{scene.base}/customers/{id}")
    await page.get_by_role("button", name="Quotation").click()
    await page.locator("[name=line_text]").first.fill("Two licences")
    await page.locator("[name=line_price]").first.fill("49.90")
    await page.get_by_role("button", name="Save").click()
    reminds = page.get_by_label("Remind me after days without an answer")
    await expect(reminds).to_have_value("7")
    await reminds.fill("3")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator(".facts")).to_contain_text("Reminder")
    quote, link = page.url, await page.locator("code.once").inner_text()
    await page.goto(f"{scene.base}/tasks")
    await expect(page.get_by_text("is not answered: ask the customer")).to_be_visible()

    customer = await sit_down(SALES, java_script_enabled=False)
    await customer.context.clear_cookies()
    await customer.goto(link)
    await customer.locator("[name=name]").fill(ADA.name)
    await customer.locator("button[value=accepted]").click()

    await page.goto(quote)
    await expect(page.locator("header .label")).to_have_text("Accepted")
    await expect(page.locator(".facts")).not_to_contain_text("Reminder")
    await page.goto(f"{scene.base}/tasks")
    await expect(page.get_by_text("was accepted: confirm the order")).to_be_visible()
    await expect(page.get_by_text("is not answered")).to_have_count(0)

"""What is wrong with a form stands beside its field, in words, and what was typed stays."""

import re

import pytest
from playwright.async_api import expect

from hub.accounts import add_account
from hub.model import Role
from hub.sandbox.world import TEXT_NUMBER
from tests.browser.scene import LENA, PASSWORD
from tests.people import ADA

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
FORMS = {  # page, what to open, the form's address, what is typed, which field is wrong, what stays
    "customer": ("/customers", "Customer", "/customers", {"name": "Ada", "handle": "nowhere"}, "handle", "Ada"),
    "number": ("/customers", "Customer", "/customers", {"name": "  ", "handle": "+49 30 901820"}, "name", "+49"),
    "team": ("/agents", "Add a team", "/teams", {"name": "  ", "signature": "Yours"}, "name", "Yours"),
    "colleague": ("/agents", "", "/agents", {"name": "Max", "email": LENA}, "", LENA),
    "task": ("{ada}", "Add a task", "{ada}/tasks", {"title": "  ", "note": "About 4711"}, "title", "4711"),
    "address": ("{ada}", "Add an address", "{ada}/addresses", {"handle": "nowhere"}, "handle", "nowhere"),
    "fields": ("{ada}", "", "{ada}", {"name": "Ada King", "fields": "plan"}, "fields", "Ada King"),
}


@pytest.mark.parametrize("name", FORMS)
async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(scene, sit_down, name):
    place, opener, action, typed, wrong, kept = FORMS[name]
    page = await sit_down(locale="de-DE" if name == "colleague" else "en-GB")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello")
    asked = await scene.heard(ADA.sms_address, "Hello")
    where = {"ada": f"/customers/{asked.customer_id}"}
    await page.goto(scene.base + place.format(**where))
    form = page.locator(f"form[action='{action.format(**where)}']").filter(has=page.locator("[name=csrf]")).last
    if opener:
        await page.locator("summary").filter(has_text=opener).last.click()
    for field, words in typed.items():
        await form.locator(f"[name={field}]").last.fill(words)
    await page.evaluate("window.stays = true")
    await form.locator("button").last.click()
    line = form.locator(".wrong[role=alert]")
    await expect(line).to_be_visible()
    if wrong:
        await expect(form.locator(f"[name={wrong}]").last).to_be_focused()
        await expect(form.locator(f"[name={wrong}]").last).to_have_accessible_description(
            re.compile(re.escape(await line.inner_text()))
        )
    values = await form.evaluate("form => [...form.elements].map(one => one.value).join('|')")
    assert kept in values
    assert await page.evaluate("window.stays")
    assert page.url == scene.base + place.format(**where)


@pytest.mark.parametrize(
    ("cell", "written"), [("Price, net 2", "abc"), ("Quantity 2", "-1"), ("VAT % 2", "190"), ("Item 2", " ")]
)
async def test_what_is_wrong_with_an_item_stands_at_its_cell(scene, sit_down, cell, written):
    page = await sit_down(locale="en-GB")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello")
    asked = await scene.heard(ADA.sms_address, "Hello")
    await page.goto(f"{scene.base}/customers/{asked.customer_id}")
    await page.get_by_role("button", name="Quotation").click()
    await page.wait_for_url("**/quotes/*")
    for label, words in (
        ("Item 1", "Chair"),
        ("Price, net 1", "149.90"),
        ("Item 2", "Assembly"),
        ("Price, net 2", "60"),
    ):
        await page.get_by_label(label, exact=True).fill(words)
    await page.get_by_label(cell, exact=True).fill(written)
    await page.get_by_role("button", name="Save", exact=True).click()
    line = page.locator("main .wrong[role=alert]")
    await expect(line).to_be_visible()
    await expect(page.get_by_label(cell, exact=True)).to_be_focused()
    await expect(page.get_by_label(cell, exact=True)).to_have_accessible_description(
        re.compile(re.escape(await line.inner_text()))
    )
    await expect(page.get_by_label("Price, net 1", exact=True)).to_have_value("149.90")


async def test_who_can_give_a_right_is_named(scene, sit_down):
    hub = scene.hub
    await add_account(hub.store, hub.clock, "reader@example.com", "Rita Reader", Role.READ_ONLY, PASSWORD)
    page = await sit_down("reader@example.com")
    await page.goto(f"{scene.base}/settings/tokens")
    await expect(page.locator("main")).to_contain_text("Who can give you the right: Lena Vogt")

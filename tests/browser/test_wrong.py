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
    field = page.locator(f"[name={next(iter(typed))}]")
    form = page.locator(f"form[action='{action.format(**where)}']").filter(has=field).last
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


RELOADED = {  # page, where its form is sent, what is typed, which field is wrong, another with what it has to keep
    "token": ("/settings/tokens", "/settings/tokens", {"name": "Shop", "days": "30"}, "scope", "name", "Shop"),
    "me": (
        "/settings",
        "/settings",
        {"phone": "12", "signature": "Kind regards"},
        "phone",
        "signature",
        "Kind regards",
    ),
    "password": ("/settings", "/settings/password", {"old": "not this one", "password": PASSWORD}, "old", "", ""),
    "keys": ("/settings/keys", "/settings/keys", {"done": "@", "reply": "y"}, "done", "reply", "y"),
    "twice": ("/settings/keys", "/settings/keys", {"done": "y", "reply": "y"}, "done", "reply", "y"),
    "snippet": (
        *("/settings/snippets", "/settings/snippets"),
        *({"shortcut": "a b", "text": "Dear …"}, "shortcut", "text", "Dear …"),
    ),
    "rule": (
        "/settings/rules",
        "/settings/rules",
        {"words": "invoice", "label": "billing"},
        "name",
        "words",
        "invoice",
    ),
    "macro": ("/settings/macros", "/settings/macros", {"note": "Asked"}, "name", "note", "Asked"),
    "answer": (
        *("/settings/auto-replies", "/settings/auto-replies"),
        *({"name": "Night", "text_de": ""}, "text_de", "name", "Night"),
    ),
    "hours": (
        *("/settings/goals", "/settings/goals/everybody"),
        *({"hours": "2", "from1": "18:00", "to1": "10"}, "from2", "hours", "2"),
    ),
}


@pytest.mark.parametrize("name", RELOADED)
async def test_a_form_that_comes_back_says_it_at_its_field_and_keeps_what_was_typed(scene, sit_down, name):
    place, action, typed, wrong, other, kept = RELOADED[name]
    page = await sit_down()
    await page.goto(scene.base + place)
    form = page.locator(f"form[action='{action}']").first
    if name == "hours":
        await form.get_by_label("at these hours").check()
    for field, words in typed.items():
        await form.locator(f"[name={field}]").last.fill(words)
    await form.locator("button.button:not([type=button])").first.click(no_wait_after=True)
    line = form.locator(".wrong[role=alert]")
    await expect(line).to_be_visible()
    await expect(form.locator(f"[name={wrong}]").first).to_be_focused()
    await expect(form.locator(f"[name={wrong}]").first).to_have_accessible_description(
        re.compile(re.escape(await line.inner_text()))
    )
    if other:
        await expect(form.locator(f"[name={other}]")).to_have_value(kept)

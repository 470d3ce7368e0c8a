"""Fields of customers: described in the settings, filled in on a customer's page, mended and taken back."""

from playwright.async_api import expect

from hub.store.customers import NewCustomer, add_customer, get_customer


async def ada(scene) -> str:
    new = NewCustomer(name="Ada Lovelace", fields={"plan": "gold"})
    return await scene.hub.store.write(add_customer, new, 1)


async def describe(page, base: str, label: str, kind: str, **more: str) -> None:
    await page.goto(f"{base}/settings/fields")
    form = page.locator("#form")
    await form.locator("[name=label]").fill(label)
    await form.get_by_label("Kind").select_option(kind)
    for name, text in more.items():
        await form.locator(f"[name={name}]").fill(text)
    await form.get_by_role("button", name="Save").click()
    await expect(page.locator(".kept").get_by_text(label, exact=True)).to_be_visible()


async def test_each_kind_has_its_input_an_error_stands_at_its_field_and_z_takes_back(scene, sit_down):
    page, id = await sit_down(), await ada(scene)
    await describe(page, scene.base, "Seats", "number")
    await describe(page, scene.base, "Next visit", "date")
    await describe(page, scene.base, "Branch", "choice", choices="Retail\nTrade")
    await describe(page, scene.base, "Budget", "money")
    await describe(page, scene.base, "Website", "link")

    await page.goto(f"{scene.base}/customers/{id}")
    details = page.locator("#details")
    await expect(details.get_by_label("Other fields")).to_have_value("plan: gold\n")
    await details.get_by_label("Next visit").fill("2027-05-03")
    await details.get_by_label("Branch").select_option("Trade")
    await details.get_by_label("Website").fill("www.example.com")
    await details.get_by_label("Budget").fill("a lot")
    await details.get_by_role("button", name="Save").click()
    await expect(details.get_by_label("Budget")).to_have_attribute("aria-invalid", "true")
    await expect(details.locator("[id='wrong-field.budget']")).to_have_text(
        "That is not a number that can be used here."
    )
    await expect(details.get_by_label("Next visit")).to_have_value("2027-05-03")

    await details.get_by_label("Budget").fill("12,500.50")
    await details.get_by_role("button", name="Save").click()
    await expect(page.locator("#toast")).to_contain_text("Saved.")
    await expect(details.get_by_label("Budget")).to_have_value("12500.50")
    await expect(details.get_by_role("link", name="Open Website")).to_have_attribute("href", "https://www.example.com")
    kept = (await scene.hub.store.read(get_customer, id)).fields
    assert kept == {
        "plan": "gold",
        "next_visit": "2027-05-03",
        "branch": "Trade",
        "budget": 12500.5,
        "website": "https://www.example.com",
    }

    await page.locator("h1").click()
    await page.keyboard.press("z")
    await expect(details.get_by_label("Branch")).to_have_value("")
    assert (await scene.hub.store.read(get_customer, id)).fields == {"plan": "gold"}


async def test_fields_are_filled_in_and_taken_back_on_a_phone_without_script_in_german(scene, sit_down):
    desk, id = await sit_down(), await ada(scene)
    await describe(desk, scene.base, "Budget", "money")
    page = await sit_down(java_script_enabled=False, viewport={"width": 390, "height": 800}, locale="de-DE")
    await page.goto(f"{scene.base}/customers/{id}")
    await page.get_by_label("Budget").fill("viel")
    await page.locator("#details").get_by_role("button", name="Speichern").click()
    await expect(page.get_by_text("Das ist keine Zahl, die hier gilt.")).to_be_visible()
    await page.get_by_label("Budget").fill("1.250,50")
    await page.locator("#details").get_by_role("button", name="Speichern").click()
    await expect(page.get_by_label("Budget")).to_have_value("1250,50")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.get_by_role("button", name="Rückgängig").click()
    await expect(page.get_by_label("Budget")).to_have_value("")

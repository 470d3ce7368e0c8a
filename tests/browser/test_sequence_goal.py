"""What a sequence is for is chosen in its editor, and its page says who has reached it."""

import pytest
from playwright.async_api import expect

from hub.sequences import lifecycle
from hub.store.customers import find_label
from hub.store.sales import add_order
from hub.store.sequences import add_runs
from tests.browser.test_marketing import ada

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
VALUES = {
    "name": "Welcome",
    "trigger": {"event": "added", "after": "0s"},
    "steps": [{"kind": "label", "name": "greeted"}],
    "exits": [],
}


async def test_a_goal_is_chosen_and_what_came_of_it_is_shown(scene, sit_down):
    customer, now = await ada(scene), scene.hub.clock.now()

    def begin(conn) -> str:
        find_label(conn, "gold", now)
        made = lifecycle.write_down(conn, VALUES, now)
        row = {"sequence_id": made.id, "version": 1, "customer_id": customer, "conversation_id": None}
        add_runs(conn, [row | {"trigger_id": customer, "due_at": now}], now)
        add_order(conn, {"customer_id": customer, "number": "O-1", "currency": "EUR", "total": 4990}, now + 1)
        return made.id

    sequence = await scene.hub.store.write(begin)
    page = await sit_down()
    await page.goto(f"{scene.base}/sequences/{sequence}")
    goal = page.get_by_label("What it is for")
    assert "the label “gold” is given" in await goal.locator("option").all_text_contents()
    await expect(page.locator("#goal")).to_have_count(0)
    await goal.select_option("ordered")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator("#goal")).to_contain_text("Reached: something is ordered")
    await expect(page.locator("#goal")).to_contain_text("1 of 1")
    await expect(page.locator("#goal")).to_contain_text("49.90")
    await expect(goal).to_have_value("ordered")

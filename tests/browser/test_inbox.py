"""What a person sees: mail and texts come in by themselves, answers go out, and can be taken back."""

import pytest
from playwright.async_api import expect

from hub.sandbox.world import TEXT_NUMBER
from hub.store.events import last_seq
from tests.browser.scene import LENA, MAX, comes_true
from tests.people import ADA, EMMY, GRACE
from tests.running import until

pytestmark = pytest.mark.browser

SIGNS = (
    {"key": "@", "altKey": True, "code": "KeyL"},
    {"key": "e", "ctrlKey": True, "altKey": True},
    {"key": "e", "altKey": True},
    {"key": "e", "ctrlKey": True},
    {"key": "Dead", "code": "Equal"},
    {"key": "e", "isComposing": True},
)


async def test_agent_reads_answers_takes_back_and_sees_the_tick(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Is invoice 4711 right?")
    await page.click("text=Unassigned")
    await page.wait_for_url("**/inbox?view=unassigned")
    await page.click("text=Is invoice 4711 right?")
    await page.wait_for_url("**/conversations/**")
    await expect(page.locator("#stream article")).to_contain_text("Is invoice 4711 right?")

    await page.keyboard.press("r")
    await page.keyboard.type("It is not. Sorry!")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.out")).to_contain_text("Leaves in")
    await page.keyboard.press("Escape")
    await page.keyboard.press("z")
    await expect(page.locator(".msg.out")).to_have_count(0)
    await expect(page.locator("#text")).to_have_value("It is not. Sorry!")
    await expect(page.locator("#text")).to_be_focused()
    assert scene.world.twilio.sent_to(ADA.phone) == []

    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.out .tick")).to_contain_text("Delivered")
    assert [message.body for message in scene.world.twilio.sent_to(ADA.phone)] == ["It is not. Sorry!"]


async def test_what_comes_while_a_page_is_on_its_way_is_not_missed(scene, sit_down):
    page = await sit_down()
    await expect(page.locator(".empty").first).to_be_visible()

    async def hold(route):
        answer = await route.fetch()
        await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Is invoice 4711 right?")
        await scene.heard(ADA.sms_address, "4711")
        last = await scene.hub.store.read(last_seq)

        async def told() -> bool:
            return await page.evaluate(f"seq >= {last} && !due && !running")

        await until(told, "the page that is still there to know")
        await route.fulfill(response=answer)

    await page.route("**/inbox?view=unassigned", hold, times=1)
    await page.click("text=Unassigned")
    await page.wait_for_url("**/inbox?view=unassigned")
    await expect(page.locator(".row")).to_contain_text("Is invoice 4711 right?")


HOLD_LIVE = """path => {
    const text = Response.prototype.text;
    Response.prototype.text = async function () {
        const said = await text.call(this);
        if (this.url.endsWith(path) && !window.letGo) await new Promise(done => { window.letGo = done; });
        return said;
    };
}"""

WATCH = """selector => {
    const told = () => document.querySelector(selector).textContent.trim();
    window.seen = [told()];
    const look = () => { if (told() !== window.seen.at(-1)) window.seen.push(told()); };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


async def test_an_answer_that_comes_late_does_not_take_rows_from_the_page_that_came_meanwhile(scene, sit_down):
    page = await sit_down()
    await expect(page.locator(".empty").first).to_be_visible()
    await page.evaluate(HOLD_LIVE, "/inbox")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Is invoice 4711 right?")
    await comes_true(page, "Boolean(window.letGo)")  # its end is on the way, of the view that is left now
    await page.click("text=Unassigned")
    await expect(page.locator(".row")).to_contain_text("Is invoice 4711 right?")
    row = await page.query_selector(".row")
    await page.evaluate("letGo()")
    await comes_true(page, "!running && !due")
    assert await row.evaluate("row => row.isConnected")
    await expect(page.locator("#views [aria-current]")).to_contain_text("Unassigned")


async def test_what_was_asked_before_an_act_does_not_undo_it_on_the_page(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Is invoice 4711 right?")
    message = await scene.heard(ADA.sms_address, "4711")
    await page.goto(f"{scene.base}/conversations/{message.conversation_id}?view=open")
    await comes_true(page, "!running && !due")
    await page.evaluate(HOLD_LIVE, "?view=open")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello?")
    await comes_true(page, "Boolean(window.letGo)")
    await page.keyboard.press("i")
    await expect(page.locator("#m-assign summary")).to_contain_text("Lena Vogt")
    await page.evaluate(WATCH, "#m-assign summary")
    await page.evaluate("letGo()")
    await comes_true(page, "!running && !due")
    await expect(page.locator("#stream")).to_contain_text("Hello?")
    assert await page.evaluate("seen") == ["Lena Vogt"]


async def test_new_text_appears_in_another_browser_without_reload(scene, sit_down):
    lena, max = await sit_down(LENA), await sit_down(MAX)
    for page in (lena, max):
        await page.goto(f"{scene.base}/inbox?view=open")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Anybody there?")
    for page in (lena, max):
        await expect(page.locator(".row")).to_contain_text("Anybody there?")
    await max.click(".row")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello again?")
    await expect(max.locator("#stream")).to_contain_text("Hello again?")

    await max.fill("#text", "Yes!")
    await max.click("#composer .primary")
    await lena.click(".row")
    await expect(lena.locator("#stream .msg.out")).to_contain_text("Yes!")


async def test_nothing_moves_under_the_pointer(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "First")
    await page.goto(f"{scene.base}/inbox?view=open")
    row = page.locator(".row", has_text="First")
    await row.hover()
    before = await row.bounding_box()
    await scene.world.twilio.text(EMMY.phone, TEXT_NUMBER, "Second")
    await expect(page.locator("#news")).to_have_text("1 new conversation")
    assert await row.bounding_box() == before or (await row.bounding_box())["y"] - before["y"] < 40

    await page.click("#news")
    await expect(page.locator(".row").first).to_contain_text("Second")


async def test_news_that_move_no_row_are_shown_under_the_pointer(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "First")
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.hover(".row")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Second")
    await expect(page.locator(".row")).to_contain_text("Second")
    await expect(page.locator("#news")).to_be_hidden()


async def test_reading_is_marked_after_a_moment(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Please read me")
    await page.goto(f"{scene.base}/inbox?view=open")
    await expect(page.locator(".row.unread")).to_have_count(1)
    await page.click(".row")
    await expect(page.locator("#unread")).to_contain_text("1 new message")
    await expect(page.locator(".row.unread")).to_have_count(0)


async def test_keys_walk_the_list_and_the_address_follows(scene, sit_down):
    page = await sit_down()
    for person in (ADA, EMMY, GRACE):
        await scene.world.twilio.text(person.phone, TEXT_NUMBER, f"From {person.name}")
        await scene.heard(person.sms_address, person.name)
    await page.goto(f"{scene.base}/inbox?view=open")
    rows = page.locator(".row")
    await expect(rows).to_have_count(3)
    for place in range(3):
        await page.keyboard.press("j")
        await expect(rows.nth(place)).to_have_attribute("aria-current", "true")
        await page.wait_for_url(f"**{await rows.nth(place).get_attribute('href')}")
    await page.go_back()
    await expect(rows.nth(1)).to_have_attribute("aria-current", "true")


async def two_write(scene, page):
    for person in (ADA, EMMY):
        await scene.world.twilio.text(person.phone, TEXT_NUMBER, f"From {person.name}")
        await scene.heard(person.sms_address, person.name)
    await page.goto(f"{scene.base}/inbox?view=open")


async def test_done_opens_the_next_conversation(scene, sit_down):
    page = await sit_down()
    await two_write(scene, page)
    await page.click(f"text=From {EMMY.name}")
    await page.fill("#text", "Done for you.")
    await page.keyboard.press("Control+Shift+Enter")
    await expect(page.locator("#stream")).to_contain_text(f"From {ADA.name}")
    await expect(page.locator(".row")).to_have_count(1)


FILE = {"name": "only for Ada.txt", "mimeType": "text/plain", "buffer": b"secret"}
CHOSEN = "document.querySelector('#composer [name=files]').files.length"


@pytest.mark.parametrize("keys", ["", "Control+Enter", "Control+Shift+Enter"])
async def test_a_file_chosen_for_one_customer_never_goes_to_another(scene, sit_down, keys):
    page = await sit_down()
    await two_write(scene, page)
    await page.click(f"text=From {ADA.name}")
    await page.fill("#text", "Look at this.")
    await page.set_input_files("#composer [name=files]", files=[FILE])
    await expect(page.locator("#picked")).to_contain_text("only for Ada.txt")
    if keys:
        await page.focus("#text")
        await page.keyboard.press(keys)
    if keys == "Control+Enter":
        await expect(page.locator(".msg.out")).to_contain_text("Look at this.")
        assert await page.evaluate(CHOSEN) == 0
    if keys != "Control+Shift+Enter":
        await page.click(f"text=From {EMMY.name}")

    await expect(page.locator("#stream")).to_contain_text(f"From {EMMY.name}")
    assert await page.evaluate(CHOSEN) == 0
    await expect(page.locator("#picked")).to_be_empty()


async def test_a_file_is_still_chosen_and_named_when_the_answer_was_refused(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello?")
    await scene.heard(ADA.sms_address, "Hello?")
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click(".row")
    await page.fill("#text", "x" * 1601)
    await page.set_input_files("#composer [name=files]", files=[FILE])
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")

    await expect(page.locator("#composer [role=alert]")).to_be_visible()
    assert await page.evaluate(CHOSEN) == 1
    await expect(page.locator("#picked")).to_contain_text("only for Ada.txt")


async def test_signs_of_german_keyboards_trigger_nothing(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Still open?")
    await scene.heard(ADA.sms_address, "Still open?")
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click(".row")
    await expect(page.locator("#stream article")).to_be_visible()
    script = "event => document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...event}))"
    for event in SIGNS:
        for target in ("document.body", "document.querySelector('#text')"):
            await page.evaluate(script.replace("document.body", target), event)
            await expect(page.locator("#head")).to_contain_text("Open ·")


async def test_draft_survives_a_reload(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello?")
    await scene.heard(ADA.sms_address, "Hello?")
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click(".row")
    await page.fill("#text", "Half a sentence")
    await page.reload()

    await expect(page.locator("#text")).to_have_value("Half a sentence")


async def test_next_channel_keeps_the_text_and_counts_the_parts(scene, sit_down):
    page = await sit_down()
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "Hello?")
    await scene.heard(ADA.sms_address, "Hello?")
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click(".row")
    await page.fill("#text", "ä" * 134)
    await expect(page.locator("#counter")).to_contain_text("134 characters · 1 SMS")
    await page.fill("#text", "„" + "a" * 132 + "“")
    await expect(page.locator("#counter")).to_contain_text("2 SMS · special characters")
    await page.keyboard.press("F2")
    await expect(page.locator("[name=channel]:checked")).to_have_value("whatsapp")
    await expect(page.locator("#text")).to_have_value("„" + "a" * 132 + "“")


async def test_many_tabs_share_one_live_connection(scene, sit_down):
    first = await sit_down()
    lives: list[str] = []
    first.context.on("request", lambda request: lives.append(request.url) if "/live" in request.url else None)
    tabs = [first, *[await first.context.new_page() for _ in range(7)]]
    for tab in tabs:
        await tab.goto(f"{scene.base}/inbox?view=open")
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "For every tab")
    for tab in tabs:
        await expect(tab.locator(".row")).to_contain_text("For every tab")

    assert len(lives) <= 2  # the first tab gave its lead up once, when it was loaded anew


async def test_connection_that_was_lost_brings_what_was_missed(scene, sit_down):
    page = await sit_down()
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.context.set_offline(True)
    await scene.world.twilio.text(ADA.phone, TEXT_NUMBER, "While you were away")
    await scene.heard(ADA.sms_address, "away")
    await page.context.set_offline(False)

    await expect(page.locator(".row")).to_contain_text("While you were away")


async def test_hostile_mail_runs_nothing_and_fetches_nothing(scene, sit_down):
    page = await sit_down()
    asked: list[str] = []
    ran: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    html = (
        "<table><tr><td><img src=http://evil.test/1.png onerror=alert(1)><script>alert(2)</script>"
        "<svg onload=alert(3)><a href='javascript:alert(4)'>x</a><style>@import url(http://evil.test/2.css)</style>"
        "<p style='background:url(http://evil.test/3.png)'>Hi</p><form action=/logout><button>x</button></form>"
    )
    scene.world.mail.write(ADA.email, "support@hub.example", "<script>alert(5)</script>", "Hi there", html=html)
    await scene.heard(ADA.mail_address, "Hi")
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click(".row")
    await expect(page.locator("#stream iframe, #stream .text").first).to_be_visible()
    frame = page.locator("#stream iframe").first
    if await frame.count():
        assert "allow-scripts" not in await frame.get_attribute("sandbox")
        assert "allow-same-origin" not in await frame.get_attribute("sandbox")

    assert not [url for url in asked if "evil.test" in url]
    assert ran == []


async def test_customer_in_the_sandbox_and_agent_in_the_inbox_talk(scene, sit_down):
    customer, agent = await sit_down(), await sit_down(MAX)
    await customer.goto(f"{scene.base}/sandbox")
    await customer.fill("#write-telegram", "Hello from my phone")
    await customer.keyboard.press("Enter")
    await expect(customer.locator("#telegram .mine")).to_contain_text("Hello from my phone")
    await agent.goto(f"{scene.base}/inbox?view=open")
    await agent.click("text=Hello from my phone")
    await agent.fill("#text", "Hello from the inbox")
    await agent.keyboard.press("Control+Enter")

    await expect(customer.locator("#telegram .theirs")).to_contain_text("Hello from the inbox")


async def test_calls_end_as_a_voicemail_that_can_be_played(scene, sit_down):
    page = await sit_down()
    await page.goto(f"{scene.base}/sandbox")
    await page.click("section[aria-labelledby=h-phone] button.primary")

    async def look() -> bool:
        return any(call.status == "completed" for call in scene.world.twilio.calls)

    await until(look, "call that is over", 40)
    await page.goto(f"{scene.base}/inbox?view=open")
    await page.click(".row")
    sound = page.locator("article.voicemail audio")
    await expect(sound).to_be_visible()
    await sound.evaluate("sound => { sound.muted = true; return sound.play(); }")
    assert await sound.evaluate("sound => sound.duration") > 0


@pytest.mark.windows
async def test_the_pages_can_be_installed_as_a_program(scene, sit_down):
    page = await sit_down()
    browser = await page.context.new_cdp_session(page)
    told = await browser.send("Page.getAppManifest")
    assert told["url"] == f"{scene.base}/app.webmanifest"
    assert told["errors"] == []
    hindrances = (await browser.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert [one["errorId"] for one in hindrances] == ["in-incognito"]  # this test's own window

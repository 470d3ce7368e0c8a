"""The widget as a visitor of some shop sees it, in Chromium: two acts to ask, Esc to leave, nothing lost."""

import gzip
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, FrameLocator, Page, WebSocketRoute, expect

from hub.model import DeliveryState
from hub.store.conversations import Conversation, list_customer_conversations
from hub.store.customers import list_addresses
from hub.store.goals import EVERYBODY, Goal, mark_goal
from tests.running import Office, open_office, until

pytestmark = pytest.mark.browser

SHOP = """<!doctype html><html lang="{language}"><head><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{hub}/widget.js" data-channel="webchat" async></script></head>
<body><h1>Shop</h1><p>Words of the shop.</p><button id="mine">Buy</button></body></html>"""
POLICY = "default-src 'none'; script-src {hub}; frame-src {hub}; connect-src {hub}; style-src 'none'"


@dataclass
class Shop:
    """Somebody's website, the hub behind its chat, and a browser."""

    office: Office
    browser: Browser
    origin: str

    async def visit(self, language: str = "en", **context: object) -> Page:
        page = await (await self.browser.new_context(**context)).new_page()
        page.set_default_timeout(30_000)
        await page.goto(f"{self.origin}/{language}")
        await page.get_by_role("button", name=OPEN[language]).wait_for()
        return page

    async def conversation(self) -> Conversation:
        """The only one there is."""

        async def look() -> list[Conversation]:
            found = await self.office.hub.store.read(only_conversation)
            return found

        [found] = await until(look, "conversation")
        return found


OPEN = {"en": "Open chat", "de": "Chat öffnen"}


def only_conversation(conn) -> list[Conversation]:
    customers = conn.exec_driver_sql("SELECT id FROM customers").scalars().all()
    return [found for customer in customers for found in list_customer_conversations(conn, customer)]


@pytest_asyncio.fixture(loop_scope="session")
async def open_shop(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[tuple[Office, str]]:
    """The hub, and where the website is."""
    shutil.copy(sqlite_template, tmp_path / "hub.db")
    async with AsyncExitStack() as stack:
        site = web.Application()
        server = TestServer(site)
        hub_at: list[str] = []

        async def page(request: web.Request) -> web.Response:
            body = SHOP.format(language=request.match_info["language"], hub=hub_at[0])
            headers = {"Content-Security-Policy": POLICY.format(hub=hub_at[0])}
            return web.Response(text=body, content_type="text/html", headers=headers)

        site.router.add_get("/{language}", page)
        await server.start_server()
        stack.push_async_callback(server.close)
        origin = str(server.make_url("")).rstrip("/")
        sections = {"webchat": {"type": "webchat", "origins": [origin], "call_back": True}}
        office = await stack.enter_async_context(open_office(f"sqlite:///{tmp_path / 'hub.db'}", sections))
        hub_at.append(office.hub.base_url)
        yield office, origin


@pytest.fixture
def shop(open_shop: tuple[Office, str], chromium: Browser) -> Shop:
    office, origin = open_shop
    return Shop(office, chromium, origin)


def chat_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title=Chat]")


async def ask(page: Page, text: str = "Is invoice 4711 right?") -> FrameLocator:
    """Act one: open. Act two: send. There is no form first."""
    await page.get_by_role("button", name="Open chat").click()
    chat = chat_of(page)
    await expect(chat.get_by_role("textbox", name="Message")).to_be_focused()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    await expect(chat.get_by_role("log").get_by_text(text)).to_be_visible()
    return chat


async def test_t_w3_two_acts_ask_a_question_and_the_answer_appears(shop):
    page = await shop.visit()
    problems = watch(page)
    chat = await ask(page)
    await expect(chat.locator(".mine .tick")).to_have_text("✓ sent")

    conversation = await shop.conversation()
    queued = await shop.office.reply(conversation, text="Yes, see https://shop.example/4711.", author_name="Lena")

    answer = chat.locator(".theirs")
    await expect(answer.locator(".who")).to_have_text("Lena")
    await expect(answer.get_by_role("link")).to_have_attribute("href", "https://shop.example/4711")
    await shop.office.delivery(queued, DeliveryState.READ)
    assert problems == []


async def test_t_w3_escape_closes_the_chat_and_gives_the_focus_back(shop):
    page = await shop.visit()
    await page.get_by_role("button", name="Open chat").press("Enter")
    chat = chat_of(page)
    await expect(chat.get_by_role("textbox", name="Message")).to_be_focused()

    await page.keyboard.press("Escape")

    await expect(page.locator("iframe[title=Chat]")).to_be_hidden()
    button = page.get_by_role("button", name="Open chat")
    await expect(button).to_be_focused()
    await expect(button).to_have_attribute("aria-expanded", "false")


async def test_an_answer_to_a_closed_chat_shows_on_the_button_also_on_the_next_page(shop):
    page = await shop.visit()
    chat = await ask(page)
    await expect(chat.locator(".mine .tick")).to_have_text("✓ sent")
    await page.keyboard.press("Escape")
    conversation = await shop.conversation()
    queued = await shop.office.reply(conversation, text="Yes, it is.", author_name="Lena")

    await expect(page.get_by_role("button", name="Open chat (1 new)")).to_be_visible()
    await page.goto(f"{shop.origin}/en")
    await page.get_by_role("button", name="Open chat (1 new)").click()

    await expect(chat_of(page).get_by_text("Yes, it is.")).to_be_visible()
    await shop.office.delivery(queued, DeliveryState.READ)


class Router:
    """Stands between the page and the hub, and can go down."""

    def __init__(self) -> None:
        self.down = False
        self.sockets: list[WebSocketRoute] = []

    async def pass_on(self, socket: WebSocketRoute) -> None:
        if self.down:
            await socket.close()
            return
        socket.connect_to_server()
        self.sockets.append(socket)

    async def fail(self) -> None:
        self.down = True
        await self.sockets[-1].close()


async def test_what_is_written_while_the_line_is_down_is_sent_once_when_it_is_back(shop):
    page, router = await shop.visit(), Router()
    await page.route_web_socket("**/socket", router.pass_on)
    chat = await ask(page, "first")
    await expect(chat.locator(".mine .tick")).to_have_text("✓ sent")
    await router.fail()
    await page.keyboard.type("second")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".mine .tick").last).to_have_text("is being sent")
    await expect(chat.get_by_role("status")).to_have_text("Connecting …")

    router.down = False

    await expect(chat.locator(".mine .tick").last).to_have_text("✓ sent", timeout=60_000)
    conversation = await shop.conversation()
    assert [message.text for message in await shop.office.messages(conversation.id)] == ["first", "second"]


async def test_the_address_is_asked_for_after_the_first_message_and_may_be_refused(shop):
    page = await shop.visit()
    chat = await ask(page)
    email = chat.get_by_label("Where may we answer when you are gone?")
    await email.fill("anna@example.com")
    await email.press("Enter")
    await expect(email).to_be_hidden()
    conversation = await shop.conversation()
    kinds = {
        one.handle: one.state for one in await shop.office.hub.store.read(list_addresses, conversation.customer_id)
    }
    assert kinds["anna@example.com"] == "claimed"

    other = await shop.visit()
    chat = await ask(other)
    await chat.get_by_role("button", name="No, thanks").click()
    await expect(chat.get_by_label("Where may we answer when you are gone?")).to_be_hidden()


async def test_outside_the_hours_name_and_address_go_with_the_first_question(shop):
    never = ((0, 1),) + (None,) * 6
    await shop.office.hub.store.write(mark_goal, EVERYBODY, Goal(60, never))
    page = await shop.visit()
    await page.get_by_role("button", name="Open chat").click()
    chat = chat_of(page)
    await expect(chat.get_by_text("Nobody is here just now.")).to_be_visible()
    await chat.get_by_label("Your name").fill("Anna Weber")
    await chat.get_by_label("Leave your address, and we answer there.").fill("anna@example.com")
    await page.keyboard.press("Enter")
    await expect(chat.get_by_role("textbox", name="Message")).to_be_focused()
    await page.keyboard.type("Is invoice 4711 right?")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".mine .tick")).to_have_text("✓ sent")

    async def known() -> list[str]:
        conversation = await shop.conversation()
        found = await shop.office.hub.store.read(list_addresses, conversation.customer_id)
        return [one.state for one in found if one.handle == "anna@example.com"]

    assert await until(known, "the address") == ["claimed"]


async def test_who_wants_to_be_called_leaves_a_number(shop):
    page = await shop.visit(viewport={"width": 320, "height": 640})
    problems = watch(page)
    await page.get_by_role("button", name="Open chat").click()
    chat = chat_of(page)
    await chat.get_by_role("button", name="Rather be called back?").click()
    phone = chat.get_by_label("At which number may we call you?")
    await expect(phone).to_be_focused()
    await phone.fill("12")
    await page.keyboard.press("Enter")
    await expect(chat.get_by_role("alert")).to_contain_text("no phone number")
    await phone.fill("+49 151 12345678")
    await page.keyboard.press("Enter")

    await expect(chat.get_by_role("log").get_by_text("Please call me back: +4915112345678")).to_be_visible()
    await expect(chat.get_by_role("status")).to_have_text("Thank you. We call you.")
    await expect(phone).to_be_hidden()
    assert await page.frames[-1].evaluate("document.documentElement.scrollWidth") <= 320
    assert problems == []


async def test_a_file_is_attached_and_shown(shop, tmp_path):
    page = await shop.visit()
    chat = await ask(page)
    await expect(chat.locator(".mine .tick")).to_have_text("✓ sent")
    await chat.locator("#file").set_input_files(
        {"name": "Rechnung ä.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1"}
    )
    await expect(chat.get_by_role("button", name="Remove Rechnung ä.pdf")).to_be_visible()
    await page.keyboard.press("Enter")

    await expect(chat.locator(".mine").last).to_contain_text("Rechnung ä.pdf")
    await expect(chat.locator(".mine .tick").last).to_have_text("✓ sent")


async def test_markup_in_an_answer_stays_text(shop):
    page = await shop.visit()
    problems = watch(page)
    chat = await ask(page, "<img src=x onerror=alert(1)>")
    conversation = await shop.conversation()
    await shop.office.reply(conversation, text="<b>bold</b> javascript:alert(1)", author_name="<i>Lena</i>")

    await expect(chat.locator(".theirs .text")).to_have_text("<b>bold</b> javascript:alert(1)")
    await expect(chat.locator(".theirs .who")).to_have_text("<i>Lena</i>")
    assert await chat.locator("img, i, b, a").count() == 0
    assert problems == []


@pytest.mark.parametrize("width", [320, 390])
async def test_t_w3_on_a_phone_it_fills_the_screen_and_nothing_scrolls_sideways(shop, width):
    page = await shop.visit(viewport={"width": width, "height": 600}, has_touch=True, is_mobile=True)
    await page.get_by_role("button", name="Open chat").tap()
    chat = chat_of(page)
    await chat.get_by_role("textbox", name="Message").fill("w" * 300)
    await chat.get_by_role("button", name="Send").tap()
    await expect(chat.locator(".mine .tick")).to_have_text("✓ sent")

    box = await page.locator("iframe[title=Chat]").bounding_box()
    assert box == {"x": 0, "y": 0, "width": width, "height": 600}
    frame = page.frames[-1]
    assert await frame.evaluate("document.documentElement.scrollWidth") <= width
    targets = await frame.evaluate(
        "[...document.querySelectorAll('button, .attach, input, textarea')]"
        ".filter(one => one.offsetParent && !one.classList.contains('unseen'))"
        ".map(one => one.getBoundingClientRect()).map(box => Math.min(box.width, box.height))"
    )
    assert min(targets) >= 44
    await chat.get_by_role("button", name="Close chat").tap()
    await expect(page.get_by_role("button", name="Open chat")).to_be_visible()


async def test_it_speaks_the_language_of_the_page(shop):
    page = await shop.visit("de")
    await page.get_by_role("button", name="Chat öffnen").click()

    chat = chat_of(page)
    await expect(chat.locator("html")).to_have_attribute("lang", "de")
    await expect(chat.get_by_text("Hallo! Worum geht es?")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Chat öffnen")).to_be_focused()


async def test_the_page_by_itself_works_without_javascript(shop):
    page = await (await shop.browser.new_context(java_script_enabled=False)).new_page()
    await page.goto(f"{shop.office.hub.base_url}/chat/webchat")
    await page.get_by_role("textbox", name="Message").fill("no script here")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("log").get_by_text("no script here")).to_be_visible()

    conversation = await shop.conversation()
    queued = await shop.office.reply(conversation, text="Fine with us", channel="webchat")
    await shop.office.delivery(queued, DeliveryState.SENT)
    await page.reload()
    await expect(page.get_by_text("Fine with us")).to_be_visible()


async def test_t_w3_the_loader_is_at_most_three_kilobytes_and_moves_nothing(shop):
    async with aiohttp.ClientSession() as session, session.get(f"{shop.office.hub.base_url}/widget.js") as answer:
        assert len(gzip.compress(await answer.read(), 9)) <= 3072
    page = await shop.visit()
    shifted = await page.evaluate(
        "new Promise(done => { let sum = 0; const add = list => list.getEntries().forEach(one => sum += one.value); "
        "new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true}); "
        "setTimeout(() => done(sum), 200); })"
    )
    assert shifted == 0
    assert await page.locator("iframe").count() == 0


def watch(page: Page) -> list[str]:
    """What the browser complains about."""
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(f"dialog {dialog.message}"))
    return problems

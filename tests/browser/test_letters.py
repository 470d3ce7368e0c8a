"""Mail and letters in the composer: copies, everybody, forwarding, what stands below, and drafts others know of."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from playwright.async_api import expect

from hub.sandbox.world import MAIL_ADDRESS
from hub.store.conversations import get_conversation, mark_conversation
from hub.store.teams import add_team, change_team
from tests.browser.scene import LENA, MAX, PNG, Scene, lay_letters
from tests.letters import letter
from tests.people import ADA, ALAN, GRACE
from tests.running import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


async def mail_to_us(scene: Scene, text: str = "Is invoice 4711 right?", **heads: str) -> str:
    """Ada writes a mail; answers the page of its conversation."""
    told = {"From": f"{ADA.name} <{ADA.email}>", "To": MAIL_ADDRESS, "Subject": "Invoice 4711"} | heads
    scene.world.mail.deliver(ADA.email, MAIL_ADDRESS, letter(text, **told))
    message = await scene.heard(ADA.mail_address, text)
    return f"{scene.base}/conversations/{message.conversation_id}?view=open"


async def got(scene: Scene, address: str) -> EmailMessage:
    """The mail that came there."""

    async def look() -> EmailMessage | None:
        mails = scene.world.mail.mailbox(address)
        return message_from_bytes(mails[-1].raw, policy=policy.default) if mails else None  # type: ignore[return-value]

    return await until(look, f"a mail for {address}")


async def test_everybody_the_customer_wrote_to_and_more_get_copies(scene, sit_down):
    page = await sit_down()
    await page.goto(await mail_to_us(scene, Cc=f"Alan Turing <{ALAN.email}>, {MAIL_ADDRESS}"))
    await expect(page.locator(".copies .check")).to_have_text(f"Also to {ALAN.email}")
    await page.check(".copies [name=everybody]")
    await page.click(".copies summary")
    await page.fill("#composer [name=bcc]", f"Grace <{GRACE.email}>")
    await page.fill("#text", "It is not. Sorry!")
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.out")).to_contain_text(f"Cc: {ALAN.email}")
    await expect(page.locator(".msg.out")).to_contain_text(f"Bcc: {GRACE.email}")
    for person in (ADA, ALAN, GRACE):
        mail = await got(scene, person.email)
        assert (mail["To"], mail["Cc"], mail["Bcc"]) == (f"{ADA.name} <{ADA.email}>", ALAN.email, None)
        assert "It is not. Sorry!" in mail.get_content()


async def test_what_is_no_address_is_said_at_once_and_nothing_is_lost(scene, sit_down):
    page = await sit_down()
    await page.goto(await mail_to_us(scene))
    await page.click(".copies summary")
    await page.fill("#composer [name=cc]", "Alan Turing")
    await page.fill("#composer [name=subject]", "About 4711")
    await page.fill("#text", "It is not.")
    await page.focus("#text")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#problem")).to_contain_text("Cc and Bcc take e-mail addresses")
    await expect(page.locator("#text")).to_have_value("It is not.")
    await expect(page.locator("#composer [name=cc]")).to_have_value("Alan Turing")
    await page.goto(page.url)
    await expect(page.locator("#composer [name=cc]")).to_have_value("Alan Turing")
    await expect(page.locator("#composer [name=subject]")).to_have_value("About 4711")


async def test_what_is_taken_back_has_its_heads_again(scene, sit_down):
    page = await sit_down()
    await page.goto(await mail_to_us(scene))
    await page.click(".copies summary")
    await page.fill("#composer [name=cc]", ALAN.email)
    await page.fill("#text", "It is not.")
    await page.keyboard.press("Control+Shift+L")
    await page.keyboard.press("Enter")
    await page.click(".msg.scheduled .undo button")
    await expect(page.locator("#text")).to_have_value("It is not.")
    await expect(page.locator("#composer [name=cc]")).to_have_value(ALAN.email)
    assert not scene.world.mail.mailbox(ALAN.email)


async def test_a_mail_goes_on_with_its_files_and_the_customer_waits_on(scene, sit_down):
    page = await sit_down()
    files = [("invoice.png", "image/png", PNG), ("private.png", "image/png", PNG)]
    scene.world.mail.write(ADA.email, MAIL_ADDRESS, "Invoice 4711", "Is it right?", name=ADA.name, attachments=files)
    message = await scene.heard(ADA.mail_address, "Is it right?")
    await page.goto(f"{scene.base}/conversations/{message.conversation_id}?view=open")
    await expect(page.locator("#stream article")).to_be_visible()
    await page.keyboard.press("f")
    await expect(page.locator("h1")).to_have_text("Forward")
    await expect(page.locator("[name=subject]")).to_have_value("Fwd: Invoice 4711")
    await page.fill("[name=to]", "nobody")
    await page.uncheck("text=private.png")
    await page.click("main form .primary")
    await expect(page.locator("#problem")).to_be_visible()
    await page.fill("[name=to]", ALAN.email)
    await page.click("main form .primary")
    await expect(page.locator(".msg.out")).to_contain_text(f"forwarded to {ALAN.email}")
    mail = await got(scene, ALAN.email)
    assert "Is it right?" in mail.get_body().get_content()  # type: ignore[union-attr]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["invoice.png"]
    conversation = await scene.hub.store.read(get_conversation, message.conversation_id)
    assert conversation.waiting_since is not None


async def test_the_signature_stands_below_mails_only(scene, sit_down):
    hub = scene.hub
    team = await hub.store.write(add_team, "Billing", [], hub.clock.now())
    await hub.store.write(change_team, team.id, hub.clock.now(), signature="The billing team")
    page = await sit_down()
    url = await mail_to_us(scene)
    await hub.store.write(mark_conversation, url.split("/")[-1].partition("?")[0], team_id=team.id)
    await page.goto(url)
    await expect(page.locator("#composer .signature")).to_have_text("The billing team")
    await page.goto(f"{scene.base}/settings")
    await page.fill("[name=signature]", "Lena Vogt\nSupport")
    await page.click("main .cards .primary >> nth=0")
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await page.goto(url)
    await expect(page.locator("#composer .signature")).to_have_text("Lena Vogt\nSupport")
    await page.keyboard.press("n")
    await expect(page.locator("#composer .signature")).to_be_hidden()
    await page.keyboard.press("F2")
    await page.fill("#text", "It is not.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".msg.out .signature")).to_have_text("Lena Vogt\nSupport")
    assert (await got(scene, ADA.email)).get_content().split() == "It is not. -- Lena Vogt Support".split()


async def test_colleagues_see_that_there_is_a_draft(scene, sit_down):
    lena, max = await sit_down(LENA), await sit_down(MAX)
    url = await mail_to_us(scene)
    await lena.goto(url)
    await max.goto(url)
    await max.fill("#text", "I think that")
    await max.goto(f"{scene.base}/customers")
    await expect(lena.locator("#drafters")).to_have_text("Max Adler has a draft here")
    await max.goto(url)
    await max.fill("#text", "")
    await max.goto(f"{scene.base}/customers")
    await expect(lena.locator("#drafters")).to_have_text("")


@pytest.mark.windows
async def test_letter_is_seen_in_a_window_of_its_own(scene, sit_down):
    address = await mail_to_us(scene)
    await lay_letters(scene, await scene.customer(ADA.mail_address), address.rsplit("/")[-1].split("?")[0])
    page = await sit_down()
    await page.goto(address)
    see = page.get_by_role("button", name="See the letter", exact=True)
    await page.locator("label:has([data-type=email])").click()
    await expect(see).to_be_hidden()
    await page.locator("label:has([data-type=letter])").click()
    await page.locator("#text").fill("Dear Ada.")
    async with page.context.expect_page() as opened:
        await see.click()
    await expect(await opened.value).to_have_url(re.compile("/letter$"))
    await expect(page.locator("#text")).to_have_value("Dear Ada.")
    assert page.url == address

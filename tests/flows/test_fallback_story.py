"""By e-mail, else by SMS, over real sockets: the mail comes back, the text arrives, and the report tells both."""

import re

import aiohttp

from hub.accounts import add_account
from hub.model import Role
from hub.store.consents import GRANTED, Consent, append_consent
from hub.store.customers import add_address
from tests.flows.test_campaign_story import FORM, MARKETER, PASSWORD, mails, people
from tests.people import ADA, ALAN
from tests.running import Office, open_office, until
from tests.web.browser import Visitor

WORDS = {"html": "<p>Dear {{ customer.first_name }}</p>", "sms": "Dear {{ customer.first_name }}, news at s.example"}
CHAIN = {"else_1": "sms", "patience": ""}


async def test_a_mail_that_comes_back_is_followed_by_a_text_and_nobody_gets_both(store_url):
    jar = aiohttp.CookieJar(unsafe=True)
    async with open_office(store_url, {}, sandbox=True) as office, aiohttp.ClientSession(cookie_jar=jar) as session:
        ids = await people(office)
        for person in (ADA, ALAN):
            await office.hub.store.write(add_address, ids[person.name], person.sms_address, verified=True, at=1)
            agreed = Consent("sms", "news", GRANTED, "test")
            await office.hub.store.write(append_consent, ids[person.name], agreed, 1)
        await add_account(office.hub.store, office.hub.clock, MARKETER, "Max", Role.MARKETING, PASSWORD)
        max = Visitor(session, office.hub.base_url)
        assert (await max.answer("POST", "/login", data={"email": MARKETER, "password": PASSWORD})).status == 303
        office.started.world.mail.bounce(ADA.email)

        here = (await max.post("/campaigns", {"name": "November"})).headers["Location"]
        form = {**FORM, **WORDS, **CHAIN, "action": "save"}
        assert (await max.post(here, form, page=here)).status == 303
        await foreseen(max, here)
        assert (await max.post(f"{here}/send", {"when": "now"}, page=f"{here}/send")).status == 303

        await until(lambda: texts(office, ADA.phone), "text for Ada")
        await mails(office, ALAN.email, 1)
        await until(lambda: told(max, here), "report that tells the chain")
        assert await texts(office, ADA.phone) == ["Dear Ada, news at s.example"]
        assert await texts(office, ALAN.phone) == []


async def texts(office: Office, phone: str) -> list[str]:
    """What arrived on that phone."""
    return [one.body for one in office.started.world.twilio.sent_to(phone)]


async def foreseen(max: Visitor, here: str) -> None:
    _, sheet = await max.get(f"{here}/send")
    assert "Send to 2 people" in sheet
    assert "up to 2 if nothing before reaches them" in sheet
    assert "The next channel is used where a message does not arrive." in sheet


async def told(max: Visitor, here: str) -> bool:
    """Tried, reached, went on: two mails, of which one came back; one text."""
    _, page = await max.get(here)
    chain = re.search(r'id="chain".*?</section>', page, re.DOTALL)
    rows = re.findall(r"<tr>(?:(?!</tr>).)*?</tr>", chain[0], re.DOTALL)[1:] if chain else []
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    _, delivered = await max.get(f"{here}?fate=bounced")
    reached = cells == [["support-mail", "2", "1", "1"], ["sms", "1", "1", "0"]]
    return reached and ADA.name not in delivered

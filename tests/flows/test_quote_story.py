"""A quotation goes out by mail with its PDF, is accepted through the signed link, becomes an order, and the customer
hears of each step on the channel they prefer - over real sockets, against the sandbox, on both engines."""

import asyncio
import email
import email.policy
import re

import aiohttp

from hub.accounts import add_account
from hub.clock import DAY
from hub.model import Role
from hub.store.customers import NewCustomer, add_address, add_customer, mark_customer
from hub.store.sales import ACCEPTED, SalesFilter, list_orders, list_quotes
from hub.store.tasks import TaskFilter, list_tasks
from tests.people import ADA
from tests.running import Office, open_office, until
from tests.web.browser import Visitor

SALES, PASSWORD = "lena@example.com", "correct horse battery"
LINE = {"line_text": "Licence", "line_quantity": "2", "line_unit": "pc", "line_price": "49.90", "line_tax": "19"}
LINK = re.compile(r"http://\S+/q/([a-z2-7.]+)")


async def found_customer(office: Office) -> str:
    """Ada reads mail and SMS."""
    hub = office.hub
    ada = await hub.store.write(add_customer, NewCustomer(name=ADA.name, language="en"), hub.clock.now())
    for address in (ADA.mail_address, ADA.sms_address):
        await hub.store.write(add_address, ada, address, verified=True, at=hub.clock.now())
    return ada


async def sign_in(office: Office, session: aiohttp.ClientSession) -> Visitor:
    hub = office.hub
    await add_account(hub.store, hub.clock, SALES, "Lena", Role.SALES, PASSWORD)
    visitor = Visitor(session, hub.base_url)
    assert (await visitor.answer("POST", "/login", data={"email": SALES, "password": PASSWORD})).status == 303
    return visitor


async def test_quotation_is_accepted_by_its_link_and_the_order_is_followed_by_sms(store_url):
    jar = aiohttp.CookieJar(unsafe=True)
    async with open_office(store_url, {}, sandbox=True) as office, aiohttp.ClientSession(cookie_jar=jar) as session:
        ada, lena = await found_customer(office), await sign_in(office, session)
        token = await written_and_sent(office, lena, ada)
        await accepted(office, token)
        await office.hub.store.write(lambda conn: mark_customer(conn, ada, 1, preferred_channel="sms"))
        await followed(office, lena)


async def written_and_sent(office: Office, lena: Visitor, ada: str) -> str:
    """The token of the customer's page, as the mail names it."""
    made = (await lena.post(f"/customers/{ada}/quotes")).headers["Location"]
    saved = await lena.post(made, {**LINE, "title": "Two licences", "valid_until": "2099-12-31"})
    assert saved.headers["Location"] == f"{made}?saved"
    going = await lena.post(f"{made}/sending", {"channel": "support-mail", "remind_in": "3"})
    assert going.status == 303, re.findall(r"<(?:h1|p)[^>]*>([^<]+)", await going.text())
    [reminder] = await office.hub.store.read(list_tasks, TaskFilter("open"), None, 9)
    assert "is not answered" in reminder.title
    assert 2 * DAY < reminder.remind_at - office.hub.clock.now() < 4 * DAY

    async def arrived():
        return [one.raw for one in office.started.world.mail.mailbox(ADA.email)]

    [raw] = await until(arrived, "mail with the quotation")
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    [paper] = mail.iter_attachments()
    assert paper.get_content_type() == "application/pdf"
    assert paper.get_content().startswith(b"%PDF-")
    text = mail.get_body(("plain",)).get_content()
    assert "€118.76" in text
    return LINK.search(text)[1]


async def accepted(office: Office, token: str) -> None:
    """Opening it, however often, decides nothing; a stranger's browser without cookies accepts."""
    hub = office.hub
    async with aiohttp.ClientSession() as session:
        stranger = Visitor(session, hub.base_url)
        for _ in range(3):
            status, page = await stranger.get(f"/q/{token}")
            assert (status, "€118.76" in page, "<script" in page) == (200, True, False)
        [quote] = await hub.store.read(list_quotes, SalesFilter(), None, 9)
        assert quote.decided_at is None
        answer = {"answer": "accepted", "name": "Ada Lovelace", "note": "Please by Friday"}
        both = [stranger.answer("POST", f"/q/{token}", data=answer) for _ in range(2)]
        assert [one.status for one in await asyncio.gather(*both)] == [200, 200]
    [quote] = await hub.store.read(list_quotes, SalesFilter(), None, 9)
    assert (quote.state, quote.decided_name, quote.decided_ip) == (ACCEPTED, "Ada Lovelace", "127.0.0.1")
    [task] = await hub.store.read(list_tasks, TaskFilter("open"), None, 9)
    assert (task.owner_id, quote.number in task.title, task.note) == (quote.owner_id, True, "Please by Friday")


async def followed(office: Office, lena: Visitor) -> None:
    hub, phone = office.hub, office.started.world.twilio
    [order] = await hub.store.read(list_orders, SalesFilter(), None, 9)
    assert order.total == 11876
    steps = (
        ("confirmed", "", "is confirmed"),
        ("shipped", "Parcel 4711", "is on its way. Parcel 4711"),
        ("done", "", "complete"),
    )
    for n, (state, note, words) in enumerate(steps, 1):
        await lena.post(f"/orders/{order.id}/state", {"state": state, "note": note, "tell": "yes"})

        async def heard(n=n):
            return phone.sent_to(ADA.phone)[n - 1 : n]

        [said] = await until(heard, f"message that the order is {state}")
        assert order.number in said.body
        assert words in said.body
    _, timeline = await lena.get(f"/customers/{order.customer_id}")
    for told in (f"Quotation Q{order.number[1:]} was accepted", f"Order {order.number}: Shipped"):
        assert told in timeline

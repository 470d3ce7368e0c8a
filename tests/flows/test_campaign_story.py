"""A marketer's campaign from the browser to real mailboxes: what was promised is what arrives, each person left out is
told with the reason, and the next campaign is for those who were not seen clicking."""

import email
import email.policy
import re
from email.message import EmailMessage
from html import unescape

import aiohttp

from hub.accounts import add_account
from hub.campaigns.opens import TRACKING
from hub.model import Role
from hub.store.consents import GRANTED, Consent, append_consent, find_consent, list_consents
from hub.store.customers import NewCustomer, add_address, add_customer, mark_customer_labels
from hub.templating.links import location_of
from tests.people import ADA, ALAN, GRACE
from tests.running import Office, open_office, until
from tests.web.browser import Visitor

MARKETER, PASSWORD = "max@example.com", "correct horse battery"
SHOP, WAY = "https://s.example/kasse?artikel=1&currency=EUR", "https://müller.example/weg#grün"
HTML = f"""{{% extends "_layout.html" %}}{{% block content %}}
<div style="display:none">Only in the preview</div><p>Dear {{{{ customer.first_name }}}}</p>
<p><a href="{SHOP}">Pay</a> <a href="{WAY}">Come</a></p>
<table><tr><td>2</td><td>19,90 EUR</td></tr><tr><td>Cable</td><td>5 EUR</td></tr></table>
<ol><li>Open</li><li>Enjoy</li></ol>
{{% if customer.fields.plan %}}<p>Your plan: {{{{ customer.fields.plan }}}}</p>{{% endif %}}{{% endblock %}}"""
FORM = {"name": "November", "purpose": "news", "channel": "support-mail", "labels": "reader", "subject": "Neu"}
FORM |= {"html": HTML, "track_links": "yes"}


async def test_a_campaign_arrives_as_it_was_promised_and_is_followed_up(store_url):
    jar = aiohttp.CookieJar(unsafe=True)
    async with open_office(store_url, {}, sandbox=True) as office, aiohttp.ClientSession(cookie_jar=jar) as session:
        ids = await people(office)
        hub = office.hub
        await add_account(hub.store, hub.clock, MARKETER, "Max", Role.MARKETING, PASSWORD)
        max = Visitor(session, hub.base_url)
        assert (await max.answer("POST", "/login", data={"email": MARKETER, "password": PASSWORD})).status == 303
        here = await written(max)
        await tried(office, max, here)
        await foreseen(max, here)
        await sent(office, max, here)
        await hub.store.write(append_consent, ids[ADA.name], Consent("email", TRACKING, GRANTED, "test"), 1)
        await read_through(office, ids)
        await told(max, here)
        await asked_again(office, max, here)


async def people(office: Office) -> dict[str, str]:
    """Ada and Alan agreed, Grace did not."""
    ids = {}
    for person in (ADA, ALAN, GRACE):
        customer = await office.hub.store.write(add_customer, NewCustomer(person.name), office.hub.clock.now())
        await office.hub.store.write(add_address, customer, person.mail_address, verified=True, at=1)
        await office.hub.store.write(mark_customer_labels, customer, ["reader"], 1)
        if person is not GRACE:
            await office.hub.store.write(append_consent, customer, Consent("email", "news", GRANTED, "test"), 1)
        ids[person.name] = customer
    return ids


async def written(max: Visitor) -> str:
    here = (await max.post("/campaigns", {"name": "November"})).headers["Location"]
    assert (await max.post(here, {**FORM, "action": "save"}, page=here)).status == 303
    return here


async def mails(office: Office, address: str, number: int) -> list[EmailMessage]:
    async def arrived() -> list[bytes]:
        found = [one.raw for one in office.started.world.mail.mailbox(address)]
        return found if len(found) >= number else []

    raw = await until(arrived, f"{number} mails for {address}")
    assert len(raw) == number
    return [email.message_from_bytes(each, policy=email.policy.default) for each in raw]


async def tried(office: Office, max: Visitor, here: str) -> None:
    """A test makes nobody a customer, and what its links lead to opens."""
    assert (await max.post(here, {**FORM, "action": "test"}, page=here)).status == 200
    [test] = await mails(office, MARKETER, 1)
    _, listed = await max.get("/customers")
    known = set(re.findall(r'href="/customers/([0-9a-f]{32})"', listed))
    assert test["Subject"] == "[Test] Neu"
    assert len(known) == 3
    for kind, status in (("u", 200), ("v", 200), ("p", 200), ("c", 302)):
        [link, *_] = links(test, kind)
        async with aiohttp.ClientSession() as stranger, stranger.get(link, allow_redirects=False) as answer:
            assert answer.status == status, kind


def links(mail: EmailMessage, kind: str) -> list[str]:
    html = mail.get_body(("html",)).get_content()
    return [unescape(found) for found in re.findall(rf'href="(http://[^"]+/{kind}/[^"]+)"', html)]


async def foreseen(max: Visitor, here: str) -> None:
    """Who is left out, and why, before it goes."""
    _, sheet = await max.get(f"{here}/send")
    _, spared = await max.get(f"{here}/left-out")
    assert "Send to 2 people" in sheet
    assert GRACE.name not in sheet
    assert ADA.name in sheet
    assert f'href="{here}/left-out?reason=no_consent"' in sheet
    assert GRACE.name in spared
    assert ADA.name not in spared
    assert "Only the customer can change that." in spared


async def sent(office: Office, max: Visitor, here: str) -> None:
    assert (await max.post(f"{here}/send", {"when": "now"}, page=f"{here}/send")).status == 303

    async def done() -> bool:
        return ">Sent<" in (await max.get(here))[1]

    await until(done, "campaign that is sent")


async def read_through(office: Office, ids: dict[str, str]) -> None:
    """Ada reads, clicks, and stops it; T-W1."""
    [mail] = await mails(office, ADA.email, 1)
    text = mail.get_body(("plain",)).get_content()
    assert "Dear Ada" in text
    assert "Your plan" not in text
    assert "Only in the preview" not in text
    lines = [line.split() for line in text.splitlines()]
    assert ["2", "19,90", "EUR"] in lines
    assert ["1.", "Open"] in lines
    assert SHOP in text
    async with aiohttp.ClientSession() as stranger:
        for link, url in zip(links(mail, "c"), (SHOP, WAY), strict=True):
            async with stranger.get(link, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (302, location_of(url))
        await stopped(office, stranger, mail, ids[ADA.name])


async def stopped(office: Office, stranger: aiohttp.ClientSession, mail: EmailMessage, ada: str) -> None:
    """Looking changes nothing; one press does, and can be taken back; the ledger says what was pressed."""
    [link] = re.findall(r"<(http[^>]+)>", mail["List-Unsubscribe"])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    consent = (ada, "email", "news")
    for method in ("GET", "GET", "GET", "HEAD"):
        async with stranger.request(method, link) as answer:
            assert answer.status == 200
    assert await office.hub.store.read(find_consent, *consent) == "granted"
    for form, state in (
        ({"List-Unsubscribe": "One-Click"}, "withdrawn"),
        ({"undo": "1", "page": "1"}, "granted"),
        ({"List-Unsubscribe": "One-Click", "page": "1"}, "withdrawn"),
    ):
        async with stranger.post(link, data=form) as answer:
            assert answer.status == 200
        assert await office.hub.store.read(find_consent, *consent) == state
    kept = await office.hub.store.read(list_consents, ada)
    assert [one.wording for one in kept[:3]] == [
        "Stop “news” to a…@example.com? – Unsubscribe",
        "You get no more of these messages. – Undo",
        "List-Unsubscribe=One-Click",
    ]


async def told(max: Visitor, here: str) -> None:
    """The report's numbers are its lists."""
    for fate, named in (
        ("clicked", {ADA.name}),
        ("not_clicked", {ALAN.name}),
        ("unsubscribed", {ADA.name}),
        ("excluded", {GRACE.name}),
        ("replied", set()),
        ("", {ADA.name, ALAN.name}),
    ):
        _, page = await max.get(f"{here}?fate={fate}")
        assert {person.name for person in (ADA, ALAN, GRACE) if person.name in page} == named, fate


async def asked_again(office: Office, max: Visitor, here: str) -> None:
    """A new campaign to whoever was not seen clicking, kept through a save of the form, reaches only them."""
    seen = f"{here}?fate=not_clicked"
    _, page = await max.get(seen)
    assert "New campaign to this 1 person" in page
    form = {"action": "follow", "fate": "not_clicked", "name": "November – not seen clicking"}
    again = (await max.post(f"{here}/state", form, page=seen)).headers["Location"]
    _, editor = await max.get(again)
    [kept] = re.findall(r'name="recipients_of" value="([^"]+)" checked', editor)
    assert "Only recipients of “November”: not seen clicking" in editor
    words = {
        "name": "Again",
        "purpose": "news",
        "channel": "support-mail",
        "subject": "Noch einmal",
        "html": "<p>Hi</p>",
    }
    await max.post(again, {**words, "recipients_of": kept, "action": "save"}, page=again)
    _, sheet = await max.get(f"{again}/send")
    assert "Send to 1 person" in sheet
    await sent(office, max, again)
    assert [mail["Subject"] for mail in await mails(office, ALAN.email, 2)] == ["Neu", "Noch einmal"]
    assert [mail["Subject"] for mail in await mails(office, ADA.email, 1)] == ["Neu"]

"""Signing up over real sockets: a form, a mail, a click, and nothing that anybody could do without the last of them."""

import asyncio
import email
import email.policy
import re

import aiohttp
import pytest
from sqlalchemy import func, select

from hub.campaigns.content import words_of
from hub.campaigns.signing_up import Wanted, agree, ask
from hub.clock import DAY, HOUR
from hub.model import Address, AddressState
from hub.platform.limiter import Limit
from hub.store.consents import GRANTED, WITHDRAWN, Consent, append_consent, find_consent, list_consents
from hub.store.customers import NewCustomer, add_address, add_customer, find_customer, get_customer, mark_address
from hub.store.tables import customers, deliveries, messages
from hub.web.signing_up import IN_ALL
from tests.people import ADA, GRACE
from tests.running import open_office, until

NEWS = {"sign_up": ["Gartenbrief"]}
GERMAN = {"Accept-Language": "de"}


@pytest.fixture
async def office(store_url):
    async with open_office(store_url, {}, sandbox=True, advertising=NEWS) as opened:
        yield opened


@pytest.fixture
async def stranger():
    async with aiohttp.ClientSession() as session:
        yield session


async def sign_up(office, stranger, address, page="1", **heads):
    """Status and text of what the browser shows in the end."""
    form = {"email": address} | ({"page": page} if page else {})
    heads = {"Origin": office.hub.base_url} | heads
    async with stranger.post(f"{office.hub.base_url}/join/Gartenbrief", data=form, headers=heads) as answer:
        return answer.status, await answer.text()


async def link_in(office, address, number=1):
    """Of the number-th mail there."""

    async def arrived():
        raw = office.started.world.mail.mailbox(address)
        return raw if len(raw) >= number else []

    raw = (await until(arrived, f"{number} mails for {address}"))[number - 1].raw
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    text = mail.get_body(("plain",)).get_content()
    [link] = set(re.findall(r"http://\S+/j/[^\s)]+", text))
    assert link in mail.get_body(("html",)).get_content()
    kept = await office.hub.store.read(lambda conn: list(conn.execute(select(messages.c.text, messages.c.html))))
    assert link.rpartition("/")[2] not in str(kept)  # agents read those
    return mail["Subject"], link


async def press(stranger, link, method="POST", **heads):
    async with stranger.request(method, link, headers=heads) as answer:
        return answer.status, await answer.text()


async def agreed(office, address):
    customer = await office.hub.store.read(find_customer, Address("email", address))
    return customer and await office.hub.store.read(find_consent, customer, "email", "Gartenbrief")


async def test_a_stranger_signs_up_with_proof_of_both_presses(office, stranger):
    async with stranger.get(f"{office.hub.base_url}/join/Gartenbrief", headers=GERMAN) as answer:
        page = await answer.text()
    assert answer.headers["Referrer-Policy"] == "same-origin"  # else browsers send "Origin: null" with the form
    assert "Ich möchte „Gartenbrief“ von Example Company per E-Mail." in page
    status, shown = await sign_up(office, stranger, "Ada@Example.com ", **GERMAN)
    assert (status, "Sehen Sie in Ihr Postfach." in shown) == (200, True)

    subject, link = await link_in(office, ADA.email)
    assert subject == "Bitte bestätigen Sie Ihre Anmeldung"
    for method in ("GET", "HEAD", "GET"):
        assert (await press(stranger, link, method))[0] == 200
    assert await agreed(office, ADA.email) is None

    for _ in range(2):
        assert "Vielen Dank." in (await press(stranger, link, **GERMAN))[1]
    ada = await office.hub.store.read(find_customer, Address("email", ADA.email))
    [proof] = await office.hub.store.read(list_consents, ada)
    assert (proof.kind, proof.purpose, proof.state, proof.ip) == ("email", "Gartenbrief", GRANTED, "127.0.0.1")
    assert re.fullmatch(r"sign-up form at 20\S+(Z|\+00:00) from 127.0.0.1, confirmed by mail", proof.source)
    assert proof.wording.startswith("Ich möchte „Gartenbrief“ von Example Company per E-Mail.")
    assert proof.wording.endswith("– Ja, bitte schicken")
    assert (await office.hub.store.read(get_customer, ada)).language == "de"


@pytest.mark.parametrize("page", ["", "1"])
async def test_a_form_of_ones_own_site_asks_too(office, stranger, page):
    status, _ = await sign_up(office, stranger, ADA.email, page=page, Origin="https://shop.example")
    assert status == 200
    _, link = await link_in(office, ADA.email)
    await press(stranger, link)
    ada = await office.hub.store.read(find_customer, Address("email", ADA.email))
    [proof] = await office.hub.store.read(list_consents, ada)
    assert proof.wording.startswith("a form at https://shop.example / ")


async def known(office, state=""):
    store = office.hub.store
    ada = await store.write(add_customer, NewCustomer(ADA.name, language="en"), 1)
    await store.write(add_address, ada, ADA.mail_address, verified=True, at=1)
    if state:
        await store.write(append_consent, ada, Consent("email", "Gartenbrief", state, "test"), 1)
    return ada


@pytest.mark.parametrize("state", ["", GRANTED, WITHDRAWN])
async def test_the_form_tells_nobody_who_is_known_and_changes_nothing(office, stranger, state):
    ada = await known(office, state)
    before = await office.hub.store.read(get_customer, ada)
    assert await sign_up(office, stranger, ADA.email) == await sign_up(office, stranger, GRACE.email)
    await link_in(office, ADA.email)
    await link_in(office, GRACE.email)

    assert await office.hub.store.read(get_customer, ada) == before
    assert await agreed(office, ADA.email) == (state or None)


async def test_an_old_mail_re_subscribes_nobody(office, stranger):
    ada = await known(office)
    await sign_up(office, stranger, ADA.email)
    _, link = await link_in(office, ADA.email)
    await press(stranger, link)
    store, now = office.hub.store, office.hub.clock.now()
    await store.write(append_consent, ada, Consent("email", "Gartenbrief", WITHDRAWN, "test"), now + 1)
    _, page = await press(stranger, link)

    assert "This link is no longer valid." in page
    assert await agreed(office, ADA.email) == WITHDRAWN


async def test_whoever_took_it_back_may_come_again(office, stranger):
    await known(office, WITHDRAWN)
    await sign_up(office, stranger, ADA.email)
    _, link = await link_in(office, ADA.email)
    assert "Thank you." in (await press(stranger, link))[1]
    assert await agreed(office, ADA.email) == GRANTED


async def test_what_is_no_address_and_what_is_not_offered(office, stranger):
    status, page = await sign_up(office, stranger, '"><b>ada')
    assert (status, "This is no e-mail address." in page) == (422, True)
    assert "<b>ada" not in page
    base = office.hub.base_url
    for path in ("/join/other", "/j/nonsense", f"/j/{office.hub.signer.sign('sign-up', '0' * 32)}"):
        for method in ("GET", "POST"):
            assert (await press(stranger, base + path, method))[0] == 404, path


async def test_nobody_is_flooded_and_the_form_does_not_say_so(office, stranger):
    await known(office)
    shown = [await sign_up(office, stranger, ADA.email) for _ in range(5)]
    assert {status for status, _ in shown} == {200}
    assert len(set(shown)) == 1
    await link_in(office, ADA.email, 3)
    for number in range(15):
        assert (await sign_up(office, stranger, f"reader{number}@example.com"))[0] == 200
    assert (await sign_up(office, stranger, GRACE.email))[0] == 429
    assert len(office.started.world.mail.mailbox(ADA.email)) == 3


async def number_of(office, table):
    return await office.hub.store.read(lambda conn: conn.scalar(select(func.count()).select_from(table)))


async def noted(office, state):
    """A customer for whom somebody noted the address without proof."""
    store = office.hub.store
    ada = await store.write(add_customer, NewCustomer(ADA.name, language="en"), 1)
    await store.write(add_address, ada, ADA.mail_address, verified=False, at=1)
    await store.write(mark_address, ada, ADA.mail_address, state, "")
    return ada


@pytest.mark.parametrize("state", [AddressState.BLOCKED, AddressState.BOUNCED])
async def test_nobody_is_asked_at_an_address_that_is_shut(office, stranger, state):
    await noted(office, state)
    assert await sign_up(office, stranger, ADA.email) == await sign_up(office, stranger, GRACE.email)
    await link_in(office, GRACE.email)
    assert (await number_of(office, customers), await number_of(office, deliveries)) == (2, 1)


async def test_who_is_on_file_without_proof_is_who_is_asked(office, stranger):
    ada = await noted(office, AddressState.UNVERIFIED)
    await sign_up(office, stranger, ADA.email)
    _, link = await link_in(office, ADA.email)
    assert "Thank you." in (await press(stranger, link))[1]
    assert await office.hub.store.read(find_consent, ada, "email", "Gartenbrief") == GRANTED
    assert await number_of(office, customers) == 1


@pytest.mark.parametrize("state", [AddressState.BLOCKED, AddressState.BOUNCED])
async def test_no_link_counts_once_the_address_is_shut(office, stranger, state):
    ada = await known(office)
    await sign_up(office, stranger, ADA.email)
    _, link = await link_in(office, ADA.email)
    await office.hub.store.write(mark_address, ada, ADA.mail_address, state, "")
    for method in ("GET", "POST"):
        assert "This link is no longer valid." in (await press(stranger, link, method))[1]
    assert await agreed(office, ADA.email) is None


async def test_presses_of_one_instant_count_once(office, stranger):
    ada = await known(office)
    await sign_up(office, stranger, ADA.email)
    _, link = await link_in(office, ADA.email)
    pages = await asyncio.gather(*(press(stranger, link) for _ in range(8)))
    assert all("Thank you." in page for _, page in pages)
    assert len(await office.hub.store.read(list_consents, ada)) == 1


async def test_who_does_not_answer_is_asked_three_times_in_a_month(office):
    hub, start = office.hub, office.hub.clock.now()
    wanted = Wanted(ADA.mail_address, "Gartenbrief", "wording", "192.0.2.1", "en")

    async def asked_on(day):
        await hub.store.write(ask, hub.outbox_deps, words_of(hub), wanted, start + int(day * DAY))
        return await number_of(office, deliveries)

    assert [await asked_on(day) for day in (0, 1, 2, 3, 29, 31)] == [1, 2, 3, 3, 3, 4]
    last = await hub.store.read(lambda conn: conn.scalar(select(func.max(deliveries.c.id))))
    assert await asked_on(31.5) == 5
    assert await asked_on(31.75) == 5
    await hub.store.write(agree, last, "wording", "192.0.2.1", start + 33 * DAY)
    assert await asked_on(34) == 6


async def test_when_too_many_sign_up_the_form_says_so_of_no_address(office, stranger, caplog):
    await known(office)
    for _ in range(IN_ALL):
        await office.hub.limiter.take([Limit("sign-up", IN_ALL, HOUR)])
    shown = [await sign_up(office, stranger, one.email) for one in (ADA, GRACE)]
    assert {status for status, _ in shown} == {429}
    assert shown[0][1].replace(ADA.email, "") == shown[1][1].replace(GRACE.email, "")
    assert "Nothing was sent." in shown[0][1]
    assert len([one for one in caplog.records if one.name == "hub.web.signing_up"]) == 2
    assert await number_of(office, deliveries) == 0

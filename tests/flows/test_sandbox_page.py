"""The page where one person is the customer, on the running sandbox."""

import pytest

from hub.app import running
from hub.config import Settings
from hub.model import Role
from hub.sandbox.world import APPROVED
from hub.store.campaigns import add_campaign
from hub.store.customers import Reached, list_addresses
from hub.store.whole_customers import list_whole_customers
from tests.running import until
from tests.web.browser import sign_in


@pytest.fixture
def settings(store_url: str) -> Settings:
    return Settings.model_validate({"store": {"url": store_url}, "web": {"port": 0}, "secret": "s" * 32})


async def test_only_who_sees_everything_plays_the_customer(settings):
    async with running(settings, sandbox=True) as started:
        for role in Role:
            async with sign_in(started.hub, role=role) as visitor:
                trusted = role in (Role.OWNER, Role.ADMIN)
                assert (await visitor.get("/sandbox"))[0] == (200 if trusted else 403), role
                form = {"kind": "sms", "text": "Hallo"}
                assert (await visitor.post("/sandbox/texts?as=ada", form, page="/settings")).status == (
                    303 if trusted else 403
                )
                assert ('href="/sandbox"' in (await visitor.get("/help"))[1]) == trusted


async def test_who_hides_their_number_on_the_page_is_known_by_an_id_and_sees_both_sides(settings):
    async with running(settings, sandbox=True) as started, sign_in(started.hub, role=Role.OWNER) as visitor:
        hub = started.hub

        async def known() -> list[Reached]:
            people = await hub.store.read(list_whole_customers, "")
            return await hub.store.read(list_addresses, people[0].customer.id) if people else []

        form = {"kind": "whatsapp", "text": "Hallo", "hides_number": "1"}
        assert (await visitor.post("/sandbox/texts?as=ada", form, page="/sandbox")).status == 303

        [one] = await until(known, "customer")
        assert (one.kind, one.handle[:3], one.is_id) == ("whatsapp", "DE.", True)
        _, page = await visitor.get("/sandbox?as=ada")
        assert "Hallo" in page
        assert 'name="hides_number" value="1" checked' in page


async def test_what_a_campaign_sends_to_oneself_and_approved_words_can_be_seen(settings):
    async with running(settings, sandbox=True) as started, sign_in(started.hub, role=Role.OWNER) as visitor:
        hub = started.hub
        words = {
            "name": "News",
            "purpose": "news",
            "channel": "support-mail",
            "template": {"subject": "Mugs", "text": "New"},
        }
        made = await hub.store.write(add_campaign, words, hub.clock.now())
        _, page = await visitor.get(f"/campaigns/{made.id}")
        assert APPROVED.body in page

        form = words | {"text": "New", "subject": "Mugs", "action": "test"}
        await visitor.post(f"/campaigns/{made.id}", {key: value for key, value in form.items() if key != "template"})

        async def arrived() -> bool:
            _, page = await visitor.get("/sandbox")
            return "[Test] Mugs" in page.partition('id="own-mails"')[2]

        await until(arrived, "the test in one's own mailbox")


async def test_every_phone_is_answered_until_the_page_says_otherwise_and_it_shows_what_holds(settings):
    async with running(settings, sandbox=True) as started, sign_in(started.hub, role=Role.OWNER) as visitor:
        assert started.world
        assert started.world.twilio.behaviour_of("+491715550000").outcome == "answered"
        for behaviour in ("busy", "no-answer", "answered"):
            form = {"behaviour": behaviour}
            assert (await visitor.post("/sandbox/behaviour?as=ada", form, page="/sandbox")).status == 303
            _, page = await visitor.get("/sandbox?as=ada")
            assert f'<option value="{behaviour}" selected>' in page
            assert page.count(" selected>") == 1


async def test_an_address_in_what_the_customer_got_is_a_link_and_nothing_else_is(settings):
    async with running(settings, sandbox=True) as started, sign_in(started.hub, role=Role.OWNER) as visitor:
        assert started.world
        text = 'Look: <b> https://hub.example/q/1?a=b&c="x, or javascript:alert(1).'
        started.world.mail.write("support@hub.example", "ada@example.com", "Quotation", text)
        _, page = await visitor.get("/sandbox?as=ada")
        assert '<a href="https://hub.example/q/1?a=b&amp;c=" target="_blank" rel="noopener noreferrer nofollow"' in page
        assert "&lt;b&gt;" in page
        assert 'href="javascript' not in page

"""hub.web.campaigns: marketing sees how campaigns run, and can halt them."""

import re

import pytest

from hub.model import Address, Role
from hub.store.campaigns import add_campaign, get_campaign, mark_campaign
from hub.store.consents import GRANTED, Consent, append_consent
from hub.store.customers import NewCustomer, add_address, add_customer, mark_customer_labels


@pytest.fixture
async def campaign(hub):
    values = {"name": "November news", "purpose": "news", "channel": "email"}
    made = await hub.store.write(add_campaign, values, hub.clock.now())
    return await hub.store.write(_send, made.id, hub.clock.now())


def _send(conn, id: str, at: int):
    return mark_campaign(conn, id, at, ("draft",), state="sending", started_at=at)


async def test_marketing_sees_how_campaigns_run_and_nothing_of_the_inbox(signed_in, campaign):
    visitor = await signed_in(Role.MARKETING)
    status, page = await visitor.get("/campaigns")

    assert status == 200
    assert "November news" in page
    assert 'href="/inbox"' not in page
    assert (await visitor.answer("GET", "/")).headers["Location"] == "/campaigns"


async def test_list_of_campaigns_has_views_with_counts(signed_in, hub, campaign):
    await hub.store.write(add_campaign, {"name": "Winter plan", "purpose": "news", "channel": "email"}, hub.clock.now())
    visitor = await signed_in(Role.MARKETING)
    for view, shown in (
        ("", {"November news", "Winter plan"}),
        ("draft", {"Winter plan"}),
        ("sending", {"November news"}),
    ):
        _, page = await visitor.get(f"/campaigns?view={view}")
        assert {name for name in ("November news", "Winter plan") if name in page} == shown
        assert 'Drafts <span class="count">1</span>' in page
        assert "Scheduled <span" not in page
    _, page = await visitor.get("/campaigns?view=sent")
    assert "Nothing in this view." in page


async def test_help_says_how_to_send_a_newsletter(signed_in):
    _, page = await (await signed_in(Role.MARKETING)).get("/help")

    assert "A newsletter" in page


async def test_preview_is_of_the_channel_that_was_chosen(signed_in, hub):
    values = {"name": "Winter plan", "channel": "email", "template": {"sms": "Snow!"}}
    made = await hub.store.write(add_campaign, values, hub.clock.now())
    visitor = await signed_in(Role.MARKETING)
    path, form = f"/campaigns/{made.id}", {"name": "Winter plan", "sms": "Snow!", "kind": "email", "action": "save"}
    shown = {}
    for channel in ("email", "sms"):
        answer = await visitor.post(path, form | {"channel": channel})
        _, page = await visitor.get(answer.headers["Location"])
        shown[channel] = re.findall(r'<option value="(\w+)" selected>', page.partition('<select name="kind"')[2])[0]

    assert shown == {"email": "email", "sms": "sms"}


async def test_what_is_missing_leads_to_its_field_and_loses_nothing_that_was_typed(signed_in, hub):
    made = await hub.store.write(add_campaign, {"name": "Winter plan", "channel": "email"}, hub.clock.now())
    _, page = await (await signed_in(Role.MARKETING)).get(f"/campaigns/{made.id}?as=&kind=email")

    spots = re.findall(r'<a href="([^"]*)">Go there</a>', page)
    assert {"#field-purpose", "#field-template"} <= set(spots)
    for spot in spots:
        assert f'id="{spot.removeprefix("#")}"' in page


async def test_campaign_that_has_not_begun_shows_no_figures_but_says_who_will_get_it(signed_in, hub):
    values = {"name": "Winter plan", "purpose": "news", "channel": "email"}
    made = await hub.store.write(add_campaign, values, hub.clock.now())
    later = {"state": "scheduled", "scheduled_at": hub.clock.now() + 60_000}
    await hub.store.write(mark_campaign, made.id, hub.clock.now(), ("draft",), **later)
    _, page = await (await signed_in(Role.MARKETING)).get(f"/campaigns/{made.id}")

    assert "Nothing has left yet." in page
    assert "Nobody." not in page


async def test_campaign_is_halted_and_goes_on_by_a_button(signed_in, hub, campaign):
    visitor = await signed_in(Role.MARKETING)
    for act, state in (("pause", "paused"), ("resume", "sending"), ("stop", "stopped")):
        await visitor.post(f"/campaigns/{campaign.id}/state", {"action": act})
        assert (await hub.store.read(get_campaign, campaign.id)).state == state

    assert (await visitor.post(f"/campaigns/{campaign.id}/state", {"action": "resume"})).status == 409


async def test_reader_finds_no_button_to_press(signed_in, campaign):
    _, page = await (await signed_in(Role.READ_ONLY)).get("/campaigns")

    assert "Pause" not in page


async def test_number_and_check_are_those_of_the_form_and_nothing_is_kept(signed_in, hub):
    made = await hub.store.write(add_campaign, {"name": "Winter plan", "channel": "email"}, hub.clock.now())
    await hub.store.write(_readers, ["Ada", "Grace"], hub.clock.now())
    visitor = await signed_in(Role.MARKETING)
    form = {"name": "Winter plan", "channel": "email", "labels": "reader", "purpose": "news"}
    words = {"subject": "Snow", "html": "<p>Snow {{ custmer.name }}</p>"}
    said = {}
    for name, more in {"whole": {}, "mistyped": {"purpose": "nwes"}, "nobody": {"labels": "raeder"}}.items():
        answer = await visitor.post(f"/campaigns/{made.id}/reach", {**form, **words, **more})
        said[name] = (answer.status, await answer.text())

    assert {status for status, _ in said.values()} == {200}
    assert "2 customers get it" in said["whole"][1]
    assert "custmer" in said["whole"][1]
    assert "Known purposes: news" in said["mistyped"][1]
    assert "0 customers get it" in said["nobody"][1]
    assert (await hub.store.read(get_campaign, made.id)).audience == {}


def _readers(conn, names, at: int):
    for name in names:
        id = add_customer(conn, NewCustomer(name), at)
        add_address(conn, id, Address("email", f"{name.lower()}@example.com"), verified=True, at=at)
        append_consent(conn, id, Consent("email", "news", GRANTED, "test"), at)
        mark_customer_labels(conn, id, ["reader"], at)

"""Advertising by WhatsApp over real sockets: who wrote within a day gets our own words, all others approved ones."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.clock import DAY, HOUR, FakeClock, instant_of
from hub.model import Address, Role
from hub.sandbox.twilio import Content
from hub.store.consents import GRANTED, Consent, append_consent
from hub.store.customers import (
    NewCustomer,
    add_address,
    add_customer,
    find_customer,
    list_addresses,
    mark_customer_labels,
)
from tests.people import ADA, ALAN, GRACE
from tests.rest import Program, program_of
from tests.running import until
from tests.texting import WA_LINE, World, open_world
from tests.web.browser import sign_in

OFFER = Content("HX" + "1" * 32, "offer", "en", "Hello {{1}}, our offer: {{2}}.", {"1": "Ada", "2": "tea"})
PAUSED = Content("HX" + "2" * 32, "paused", "en", "Hello {{1}}.", {"1": "Ada"}, status="paused")
FREE = "Hi {{ customer.first_name|default('you') }}, tea is here"


def approved(content: Content, **variables: str) -> str:
    gaps = ", ".join(f'"{name[1:]}": "{text}"' for name, text in variables.items())
    return f'{{"content_sid": "{content.sid}", "variables": {{{gaps}}}}}'


LATER = approved(OFFER, _1="{{ customer.first_name|default('you') }}", _2="tea")


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[World]:
    async with open_world(store_url) as opened:
        opened.twilio.approve(OFFER, PAUSED)
        await opened.twilio.text(f"whatsapp:{ADA.phone}", WA_LINE, "Any tea?")
        await opened.message("Any tea?", ADA.whatsapp_address)
        store = opened.office.hub.store
        for person in (ADA, GRACE):
            id = await store.read(find_customer, person.whatsapp_address)
            id = id or await store.write(add_customer, NewCustomer(person.name), 1)
            for kind in ("whatsapp", "sms"):
                await store.write(add_address, id, Address(kind, person.phone), verified=True, at=1)
                await store.write(append_consent, id, Consent(kind, "news", GRANTED, "test"), 1)
            await store.write(mark_customer_labels, id, ["reader"], 1)
        yield opened


async def draft(program: Program, words: dict[str, Any], **more: Any) -> str:
    wanted = {"name": "Tea", "purpose": "news", "channel": "wa", "audience": {"labels": ["reader"]}, "template": words}
    return str((await program.must("POST", "/campaigns", wanted | more))["id"])


async def is_over(program: Program, id: str) -> dict[str, Any]:
    """The report, once nothing waits."""

    async def settled() -> dict[str, Any] | None:
        report = await program.must("GET", f"/campaigns/{id}/report")
        waits = any(report.get(word) for word in ("held", "queued", "sent"))
        return report if report["recipients"] and not waits else None

    return await until(settled, "campaign that is over")


def texts(world: World, phone: str) -> list[str]:
    return [one.body for one in world.twilio.sent_to(phone)]


async def test_outside_the_day_a_template_is_said_and_inside_it_our_own_words(world):
    async with program_of(world.office.hub) as program:
        id = await draft(program, {"whatsapp": FREE, "parts": {"whatsapp.json": LATER}})
        found = await program.must("POST", f"/campaigns/{id}/check", {})
        assert (found["problems"], found["reachable"]) == ([], 2)
        await program.must("POST", f"/campaigns/{id}/schedule", {})
        await is_over(program, id)

    assert texts(world, f"whatsapp:{ADA.phone}") == ["Hi you, tea is here"]
    assert texts(world, f"whatsapp:{GRACE.phone}") == ["Hello Grace, our offer: tea."]


async def test_what_a_pause_holds_beyond_the_day_says_the_template(store_url):
    clock = FakeClock(instant_of(datetime(2027, 3, 24, 20, tzinfo=UTC)))
    async with open_world(store_url, clock) as world, program_of(world.office.hub) as program:
        world.twilio.approve(OFFER)
        await world.twilio.text(f"whatsapp:{ADA.phone}", WA_LINE, "Any tea?")
        asked = await world.message("Any tea?", ADA.whatsapp_address)
        store = world.office.hub.store
        consent = Consent("whatsapp", "news", GRANTED, "test")
        await store.write(append_consent, asked.customer_id, consent, clock.now())
        await store.write(mark_customer_labels, asked.customer_id, ["reader"], clock.now())
        id = await draft(program, {"whatsapp": FREE, "parts": {"whatsapp.json": LATER}})
        await program.must("POST", f"/campaigns/{id}/schedule", {"at": "2027-03-25T09:00:00Z", "local": True})
        clock.forward(2 * HOUR)  # it begins where the day begins first, and waits for nine o'clock here
        world.office.hub.live.wake()
        await until(lambda: is_planned(program, id), "row for Ada")
        await program.must("POST", f"/campaigns/{id}/pause", {})
        clock.forward(2 * DAY)
        await program.must("POST", f"/campaigns/{id}/resume", {})
        await is_over(program, id)
        [row] = (await program.must("GET", f"/campaigns/{id}/recipients"))["items"]
        kept = await program.must("GET", f"/messages/{row['message_id']}")

    assert texts(world, f"whatsapp:{ADA.phone}") == [kept["text"]] == ["Hello you, our offer: tea."]


async def is_planned(program: Program, id: str) -> bool:
    return bool((await program.must("GET", f"/campaigns/{id}/report"))["held"])


async def test_a_campaign_that_would_reach_somebody_outside_the_day_needs_approved_words(world):
    async with program_of(world.office.hub) as program:
        id = await draft(program, {"whatsapp": FREE})
        found = await program.must("POST", f"/campaigns/{id}/check", {})
        status, _ = await program.ask("POST", f"/campaigns/{id}/schedule", {"anyway": True})

    assert [(each["file"], "1 of the audience" in each["message"]) for each in found["problems"]] == [
        ("whatsapp.json", True)
    ]
    assert status == 409


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (approved(PAUSED, _1="you"), "no template with the id"),
        (approved(OFFER, _1="you"), "also wants 2"),
        ('{"content_sid": "HX1"}', "HX and 32"),
        ("{", "is no JSON"),
        (approved(OFFER, _1="{{ fist_name }}", _2="tea"), "fist_name"),
    ],
    ids=["not approved", "a gap is left", "no id", "no JSON", "mistyped"],
)
async def test_what_whatsapp_would_refuse_is_told_before(world, words, said):
    async with program_of(world.office.hub) as program:
        id = await draft(program, {"whatsapp": FREE, "parts": {"whatsapp.json": words}})
        found = await program.must("POST", f"/campaigns/{id}/check", {})

    assert [each["file"] for each in found["problems"] if said in each["message"]] == ["whatsapp.json"]


async def test_a_template_that_is_taken_back_meanwhile_leads_to_the_next_channel(world):
    async with program_of(world.office.hub) as program:
        chain = {"channels": ["sms"], "hours": 0}
        words = {"whatsapp": FREE, "sms": "Tea by text", "parts": {"whatsapp.json": LATER}}
        id = await draft(program, words, fallback=chain)
        world.twilio.approve(Content(OFFER.sid, "offer", "en", OFFER.body, OFFER.variables))
        await program.must("POST", f"/campaigns/{id}/check", {})
        world.twilio.approve(Content(OFFER.sid, "offer", "en", OFFER.body, OFFER.variables, status="rejected"))
        await program.must("POST", f"/campaigns/{id}/schedule", {})
        await until(lambda: arrived(world, GRACE.phone), "text for Grace")
        rows = (await program.must("GET", f"/campaigns/{id}/recipients"))["items"]

    assert texts(world, GRACE.phone) == ["Tea by text"]
    assert sorted(row["name"] for row in rows if row["kind"] == "sms") == [GRACE.name]


async def arrived(world: World, phone: str) -> bool:
    return bool(texts(world, phone))


async def test_a_step_of_a_sequence_says_approved_words(world):
    async with program_of(world.office.hub) as program:
        made = await program.must(
            "POST", "/templates", {"name": "tea", "whatsapp": FREE, "parts": {"whatsapp.json": LATER}}
        )
        step = {"kind": "message", "template": made["id"], "channel": "wa", "purpose": "news"}
        asked = {"name": "Tea", "trigger": {"event": "added"}, "steps": [step]}
        sequence = await program.must("POST", "/sequences", asked)
        await program.must("POST", f"/sequences/{sequence['id']}/start", {})
        grace = await world.office.hub.store.read(find_customer, GRACE.whatsapp_address)
        await program.must("POST", f"/sequences/{sequence['id']}/runs", {"customer_ids": [grace]})
        await until(lambda: arrived(world, f"whatsapp:{GRACE.phone}"), "message for Grace")

    assert texts(world, f"whatsapp:{GRACE.phone}") == ["Hello Grace, our offer: tea."]


async def test_a_step_that_comes_too_late_for_free_text_does_not_start(world):
    async with program_of(world.office.hub) as program:
        step = {"kind": "message", "text": "Tea?", "channel": "wa", "purpose": "news"}
        asked = {"name": "Tea", "trigger": {"event": "message.received", "after": "1d"}, "steps": [step]}
        sequence = await program.must("POST", "/sequences", asked)
        status, problem = await program.ask("POST", f"/sequences/{sequence['id']}/start", {})
        assert (status, "approved words only" in problem["detail"]) == (409, True)
        soon = {"trigger": {"event": "message.received", "after": "1h"}}
        await program.must("PATCH", f"/sequences/{sequence['id']}", soon)
        await program.must("POST", f"/sequences/{sequence['id']}/start", {})


async def test_in_the_editor_one_is_chosen_filled_in_looked_at_and_sent(world):
    async with sign_in(world.office.hub, role=Role.MARKETING) as max:
        here = (await max.post("/campaigns", {"name": "Tea"})).headers["Location"]
        gaps = {f"whatsapp.json-{OFFER.sid}-1": "{{ customer.first_name|default('you') }}"}
        form = {"name": "Tea", "purpose": "news", "channel": "wa", "labels": "reader", "action": "save"}
        form |= {"whatsapp.json": OFFER.sid, "kind": "whatsapp", **gaps}
        _, page = await max.get(here)
        assert "offer" in page
        assert PAUSED.sid not in page
        await max.post(here, form, page=here)
        _, page = await max.get(here)
        assert "the approved template also wants 2" in page
        await max.post(here, form | {f"whatsapp.json-{OFFER.sid}-2": "tea & cake"}, page=here)
        _, page = await max.get(f"{here}?kind=whatsapp")
        assert "our offer: tea &amp; cake." in page
        assert "Nothing is missing." in page
        assert (await max.post(f"{here}/send", {"when": "now"}, page=f"{here}/send")).status == 303

    await until(lambda: arrived(world, f"whatsapp:{GRACE.phone}"), "message for Grace")
    assert texts(world, f"whatsapp:{GRACE.phone}") == ["Hello Grace, our offer: tea & cake."]


async def test_free_text_that_comes_too_late_fails_in_words_and_leaves_the_address_alive(world):
    store = world.office.hub.store
    id = await store.write(add_customer, NewCustomer(ALAN.name), 1)
    await store.write(add_address, id, ALAN.whatsapp_address, verified=True, at=1)
    async with program_of(world.office.hub) as program:
        sent = await program.must("POST", "/messages", {"customer_id": id, "channel": "wa", "text": "Hello"})

        async def failed() -> str:
            [delivery] = (await program.must("GET", f"/messages/{sent['id']}"))["deliveries"]
            return str(delivery["reason"]) if delivery["state"] == "failed" else ""

        assert "only within 24 hours" in await until(failed, "failure")
    assert await address_states(world, id) == {"ok"}


async def address_states(world: World, customer_id: str) -> set[str]:
    return {one.state for one in await world.office.hub.store.read(list_addresses, customer_id)}

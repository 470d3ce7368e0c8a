"""A customer's consents in the browser: what counts, the ledger, what an agent was told, and the proof."""

import re

import pytest

from hub.model import Role
from hub.store.consents import Consent, append_consent, find_consent, list_consents
from hub.store.customers import NewCustomer, add_customer
from hub.store.events import list_events
from hub.store.merges import merge_customers
from tests.web.two_teams import found_teams

SAID = {"kind": "email", "purpose": "news", "state": "granted", "source": "by phone", "wording": "Yes, <news> please."}


@pytest.fixture
async def ada(hub) -> str:
    return await hub.store.write(add_customer, NewCustomer(name="Ada Lovelace"), 1)


async def test_what_an_agent_was_told_stands_in_the_ledger_with_the_name(hub, signed_in, ada):
    visitor = await signed_in(Role.AGENT)
    answer = await visitor.post(f"/customers/{ada}/consent", SAID)
    assert answer.headers["Location"] == f"/customers/{ada}/consent"
    assert await hub.store.read(find_consent, ada, "email", "news") == "granted"
    await visitor.post(
        f"/customers/{ada}/consent", {**SAID, "state": "withdrawn", "source": "in person", "wording": ""}
    )
    assert await hub.store.read(find_consent, ada, "email", "news") == "withdrawn"
    ledger = await hub.store.read(list_consents, ada)
    assert [(one.state, re.sub(r"\(.+\)", "(…)", one.source)) for one in ledger] == [
        ("withdrawn", "in person (…)"),
        ("granted", "by phone (…)"),
    ]
    await hub.live.last()  # what happened has its numbers
    told = [one.type for one in await hub.store.read(list_events, 0, 100) if one.type.startswith("consent.")]
    assert told == ["consent.granted", "consent.withdrawn"]
    _, page = await visitor.get(f"/customers/{ada}/consent")
    assert "Yes, &lt;news&gt; please." in page
    assert "Grant again" in page
    _, page = await visitor.get(f"/customers/{ada}")
    assert page.count("news · E-mail") == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"source": " "}, "Say how it is known"),
        ({"wording": ""}, "Write down what was agreed to"),
        ({"purpose": ""}, "Say what the consent is for"),
        ({"kind": "smoke"}, "there is no such consent"),
        ({"state": "perhaps"}, "there is no such consent"),
    ],
    ids=str,
)
async def test_a_consent_without_source_or_wording_is_none_and_nothing_typed_is_lost(
    hub, signed_in, ada, changed, said
):
    visitor = await signed_in()
    answer = await visitor.post(f"/customers/{ada}/consent", {**SAID, **changed})
    page = await answer.text()

    assert answer.status == 422
    assert said in page
    at = re.search(r'name="(\w+)"[^>]*aria-invalid="true" aria-describedby="problem"', page)
    [field] = changed
    assert (at[1] if at else "") == (field if field in ("source", "wording", "purpose") else "")
    assert "wording" in changed or "Yes, &lt;news&gt; please." in page
    assert await hub.store.read(list_consents, ada) == []


async def test_proof_names_wording_source_moment_with_zone_and_address(hub, signed_in, ada):
    given = Consent("email", "news", "granted", "double opt-in", "Ja, Neuigkeiten für mich", "192.0.2.7")
    await hub.store.write(append_consent, ada, given, 1_795_000_000_000)
    [entry] = await hub.store.read(list_consents, ada)
    visitor = await signed_in()
    answer, body = await visitor.fetch(f"/customers/{ada}/consent/{entry.id}")
    text = body.decode("utf-8-sig")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    for word in (
        "Ada Lovelace",
        "double opt-in",
        "Ja, Neuigkeiten für mich",
        "192.0.2.7",
        "2026-11-18T",
        "Europe/Berlin",
    ):
        assert word in text
    other = await hub.store.write(add_customer, NewCustomer(name="Grace"), 1)
    assert (await visitor.get(f"/customers/{other}/consent/{entry.id}"))[0] == 404


async def test_consents_of_who_was_merged_are_where_the_person_is(hub, signed_in, ada):
    kept = await hub.store.write(add_customer, NewCustomer(name="Countess"), 1)
    await hub.store.write(merge_customers, kept, ada, None, 2)
    visitor = await signed_in()
    answer = await visitor.answer("GET", f"/customers/{ada}/consent")

    assert answer.headers["Location"] == f"/customers/{kept}/consent"
    assert (await visitor.post(f"/customers/{ada}/consent", SAID)).status == 404


async def test_stranger_of_another_team_has_no_ledger_here(hub, says, signed_in):
    two = await found_teams(hub, says)
    await hub.store.write(append_consent, two.customer, Consent("email", "news", "granted"), 1)
    [entry] = await hub.store.read(list_consents, two.customer)
    visitor = await signed_in(Role.AGENT)
    for path in ("", f"/{entry.id}"):
        assert (await visitor.get(f"/customers/{two.customer}/consent{path}"))[0] == 404
    assert (await visitor.post(f"/customers/{two.customer}/consent", SAID)).status == 404


async def test_who_only_reads_changes_no_consent(signed_in, ada):
    visitor = await signed_in(Role.READ_ONLY)
    status, page = await visitor.get(f"/customers/{ada}/consent")

    assert status == 200
    assert "What the customer said" not in page
    assert (await visitor.post(f"/customers/{ada}/consent", SAID)).status == 403

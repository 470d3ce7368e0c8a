"""The API's customers: added, found, changed, merged, taken apart, handed out, erased."""

import pytest

from hub.model import Address, Direction, MessageKind
from hub.store.conversations import add_conversation, list_customer_conversations
from hub.store.customers import NewCustomer, add_owner
from hub.store.messages import NewMessage, append_message
from hub.store.tables import metadata
from tests.people import ADA, GRACE

ADA_BODY = {
    "name": ADA.name,
    "language": "en",
    "labels": ["vip", "news"],
    "fields": {"plan": "gold", "seats": 3, "paying": True, "left": None},
    "addresses": [{"kind": "email", "handle": "Ada@Example.com", "verified": True}],
    "consents": [{"channel": "email", "purpose": "newsletter", "state": "granted", "source": "form"}],
}


def said(conn, customer_id, text, at=1_795_000_000_000, kind=MessageKind.TEXT):
    found = list_customer_conversations(conn, customer_id)
    conversation = found[0] if found else add_conversation(conn, customer_id, "", at)
    new = NewMessage(
        customer_id=customer_id,
        conversation_id=conversation.id,
        channel="sms",
        channel_type="sms",
        direction=Direction.IN,
        kind=kind,
        occurred_at=at,
        created_at=at,
        text=text,
    )
    append_message(conn, new)
    return conversation.id


async def test_a_customer_comes_back_as_it_was_added(api):
    made = await api.post("/customers", ADA_BODY)

    assert made == await api.get(f"/customers/{made['id']}")
    assert made["labels"] == ["news", "vip"]
    assert made["fields"] == ADA_BODY["fields"]
    [address] = made["addresses"]
    assert (address["handle"], address["state"], address["verified"]) == ("ada@example.com", "ok", True)
    [consent] = (await api.get(f"/customers/{made['id']}/consents"))["items"]
    assert (consent["state"], consent["source"]) == ("granted", "form")


async def test_one_number_reaches_every_phone_channel(api):
    made = await api.post("/customers", {"addresses": [{"kind": "sms", "handle": "+49 1522 8817386"}]})

    assert {(one["kind"], one["handle"]) for one in made["addresses"]} == {
        (kind, "+4915228817386") for kind in ("sms", "voice", "whatsapp")
    }


async def test_a_verified_address_belongs_to_one_customer(api):
    await api.post("/customers", ADA_BODY)

    status, problem = await api.ask("POST", "/customers", ADA_BODY | {"name": "Somebody else"})

    assert status == 409
    assert "ada@example.com" in problem["detail"]
    assert len((await api.get("/customers"))["items"]) == 1


async def test_a_patch_changes_what_it_names(api):
    made = await api.post("/customers", ADA_BODY)

    changed = await api.patch(f"/customers/{made['id']}", {"name": "Countess", "labels": ["old"]})

    assert (changed["name"], changed["labels"], changed["language"]) == ("Countess", ["old"], "en")
    assert changed["fields"] == made["fields"]


@pytest.mark.parametrize("query", ["q=love", "q=ada%40example", "label=vip", "q=LOVELACE&label=vip"])
async def test_customers_are_found_by_words_and_labels(api, query):
    made = await api.post("/customers", ADA_BODY)
    await api.post("/customers", {"name": GRACE.name})

    assert [one["id"] for one in (await api.get(f"/customers?{query}"))["items"]] == [made["id"]]


async def test_customers_are_listed_by_segment(api):
    made = await api.post("/customers", ADA_BODY)
    await api.post("/customers", {"name": GRACE.name})
    condition = {"op": "label", "name": "vip"}
    segment = await api.post("/segments", {"name": "Important", "condition": condition})

    found = await api.get(f"/customers?segment={segment['id']}")

    assert [one["id"] for one in found["items"]] == [made["id"]]
    assert (await api.ask("GET", f"/customers?segment={made['id']}"))[0] == 404


async def test_addresses_are_added_verified_blocked_and_removed(api):
    made = await api.post("/customers", {"name": "Ada"})
    path = f"/customers/{made['id']}/addresses"

    [address] = (await api.post(path, {"kind": "email", "handle": ADA.email}))["items"]
    assert (address["verified"], address["state"]) == (False, "unverified")
    assert (await api.patch(f"{path}/{address['id']}", {"verified": True}))["state"] == "ok"
    assert (await api.patch(f"{path}/{address['id']}", {"state": "blocked"}))["state"] == "blocked"
    await api.delete(f"{path}/{address['id']}")

    assert (await api.get(path))["items"] == []


async def test_the_newest_consent_stands_first(api):
    made = await api.post("/customers", ADA_BODY)
    path = f"/customers/{made['id']}/consents"
    await api.post(path, {"channel": "email", "purpose": "newsletter", "state": "withdrawn", "source": "phone"})

    assert [one["state"] for one in (await api.get(path))["items"]] == ["withdrawn", "granted"]


async def test_the_timeline_is_newest_first_and_paged(api, hub):
    made = await api.post("/customers", ADA_BODY)
    for n in range(3):
        await hub.store.write(said, made["id"], f"text {n}", 1_795_000_000_000 + n)

    first = await api.get(f"/customers/{made['id']}/timeline?limit=2")
    rest = await api.get(f"/customers/{made['id']}/timeline?limit=2&after={first['next']}")

    assert [one["text"] for one in first["items"] + rest["items"]] == ["text 2", "text 1", "text 0"]


async def test_a_merge_can_be_undone_to_the_last_row(api, hub):
    keep = await api.post(
        "/customers", {"name": "", "labels": ["a"], "addresses": [{"kind": "sms", "handle": ADA.phone}]}
    )
    gone = await api.post("/customers", ADA_BODY | {"labels": ["a", "b"]})
    conversation = await hub.store.write(said, gone["id"], "before")

    merged = await api.post(f"/customers/{keep['id']}/merge", {"customer_id": gone["id"]})
    assert merged["id"] == keep["id"]
    assert (merged["name"], merged["labels"], len(merged["addresses"])) == (ADA.name, ["a", "b"], 4)
    assert (await api.get(f"/conversations/{conversation}"))["customer_id"] == keep["id"]
    assert (await api.get(f"/customers/{gone['id']}"))["id"] == keep["id"]
    await hub.store.write(said, keep["id"], "after")
    await api.post(f"/customers/{keep['id']}/unmerge", {"merge_id": merged["merge_id"]})

    again, alone = await api.get(f"/customers/{gone['id']}"), await api.get(f"/customers/{keep['id']}")
    assert {**again, "updated_at": ""} == {**gone, "updated_at": ""}
    assert {**alone, "updated_at": ""} == {**keep, "updated_at": ""}
    texts = [one["text"] for one in (await api.get(f"/customers/{gone['id']}/timeline"))["items"]]
    assert sorted(texts) == ["after", "before"]
    [consent] = (await api.get(f"/customers/{gone['id']}/consents"))["items"]
    assert consent["state"] == "granted"


async def test_an_address_both_have_survives_the_merge_and_its_undoing(api):
    address = {"kind": "email", "handle": ADA.email}
    keep = await api.post("/customers", {"addresses": [address]})
    gone = await api.post("/customers", {"addresses": [{**address, "verified": True}]})

    merged = await api.post(f"/customers/{keep['id']}/merge", {"customer_id": gone["id"]})
    assert [one["verified"] for one in merged["addresses"]] == [True]
    await api.post(f"/customers/{keep['id']}/unmerge")

    assert (await api.get(f"/customers/{keep['id']}"))["addresses"] == keep["addresses"]
    assert (await api.get(f"/customers/{gone['id']}"))["addresses"] == gone["addresses"]


async def test_what_was_changed_by_hand_since_the_merge_stays(api):
    keep, gone = await api.post("/customers", {}), await api.post("/customers", ADA_BODY)
    await api.post(f"/customers/{keep['id']}/merge", {"customer_id": gone["id"]})
    await api.patch(f"/customers/{keep['id']}", {"name": "By hand"})

    await api.post(f"/customers/{keep['id']}/unmerge")

    alone = await api.get(f"/customers/{keep['id']}")
    assert (alone["name"], alone["language"]) == ("By hand", "")


async def test_a_customer_is_not_merged_with_itself(api):
    made = await api.post("/customers", ADA_BODY)

    assert (await api.ask("POST", f"/customers/{made['id']}/merge", {"customer_id": made["id"]}))[0] == 409
    assert (await api.ask("POST", f"/customers/{made['id']}/unmerge"))[0] == 404


async def test_the_export_holds_everything(api, hub):
    made = await api.post("/customers", ADA_BODY)
    await hub.store.write(said, made["id"], "my own words")

    export = await api.get(f"/customers/{made['id']}/export")

    assert export["customer"]["addresses"][0]["handle"] == "ada@example.com"
    assert export["customer"]["messages"][0]["text"] == "my own words"
    assert export["customer"]["consents"][0]["source"] == "form"
    assert export["customer"]["created_at"] == made["created_at"]
    assert {table.name for table in metadata.sorted_tables if "customer_id" in table.c} <= set(export["customer"])


async def test_an_erased_customer_is_gone_from_everywhere(api, hub):
    made = await api.post("/customers", ADA_BODY)
    conversation = await hub.store.write(said, made["id"], "forget these words")

    await api.post(f"/customers/{made['id']}/erasure")

    assert (await api.ask("GET", f"/customers/{made['id']}"))[0] == 404
    assert (await api.get("/customers?q=ada"))["items"] == []
    assert (await api.get("/search?q=forget"))["items"] == []
    assert (await api.get(f"/conversations/{conversation}/messages"))["items"] == []
    again = await api.post("/customers", ADA_BODY)
    assert again["id"] != made["id"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Mars/Base"},
        {"timezone": "europe/berlin"},
        {"timezone": "localtime"},
        {"preferred_channel": "pigeon"},
        {"addresses": [{"kind": "telegram", "handle": "007"}]},
        {"addresses": [{"kind": "telegram", "handle": "0"}]},
    ],
)
async def test_what_no_customer_can_have_is_refused(api, wrong):
    made = await api.post("/customers", {"timezone": "Europe/Berlin", "preferred_channel": "letter"})
    await api.patch(f"/customers/{made['id']}", {"timezone": "", "preferred_channel": ""})

    assert (await api.ask("POST", "/customers", wrong))[0] == 422
    assert (await api.ask("PATCH", f"/customers/{made['id']}", wrong))[0] == 422


@pytest.fixture
async def lists(api):
    """Paths of lists with three items each."""
    addresses = [{"kind": "email", "handle": f"{name}@example.com"} for name in ("a", "b", "c")]
    made = await api.post("/customers", {"addresses": addresses})
    for purpose in ("news", "offers", "tips"):
        consent = {"channel": "email", "purpose": purpose, "state": "granted", "source": "form"}
        await api.post(f"/customers/{made['id']}/consents", consent)
    return {"addresses": f"/customers/{made['id']}/addresses", "consents": f"/customers/{made['id']}/consents"}


@pytest.mark.parametrize("name", ["addresses", "consents", "channels"])
async def test_short_lists_are_paged_like_long_ones(api, lists, name):
    path = lists.get(name, f"/{name}")
    whole = await api.get(path)
    first = await api.get(f"{path}?limit=2")
    rest = await api.get(f"{path}?limit=500&after={first['next']}")

    assert (len(whole["items"]), whole["next"]) == (3, None)
    assert first["items"] + rest["items"] == whole["items"]
    assert (len(first["items"]), rest["next"]) == (2, None)
    for wrong in ("limit=0", "limit=2147483648", "after=%20", "page=2"):
        assert (await api.ask("GET", f"{path}?{wrong}"))[0] == 422


@pytest.mark.parametrize(
    ("handle", "word"),
    [
        ("555 1234", "has no area code"),
        ("+49 12 34 56", "no numbering plan knows it"),
        ("+1 555 123 4567", "no numbering plan knows it"),
        ("4312345678", "may be +494312345678 or +4312345678"),
        ("17022345678", "may be +4917022345678 or +17022345678"),
    ],
)
async def test_a_number_that_leads_to_nobody_or_to_two_is_refused_with_the_reason(api, handle, word):
    to = {"kind": "sms", "handle": handle}
    for path, body in (("/customers", {"addresses": [to]}), ("/messages", {"to": to, "text": "Hello"})):
        status, problem = await api.ask("POST", path, body)
        assert status == 422
        assert word in problem["detail"]
        assert problem["errors"][0]["field"] == "handle"
    assert (await api.get("/customers"))["items"] == []


async def test_a_number_without_plus_is_the_one_it_can_be(api):
    made = await api.post("/customers", {"addresses": [{"kind": "sms", "handle": "4915112345678"}]})

    assert {one["handle"] for one in made["addresses"]} == {"+4915112345678"}


@pytest.mark.parametrize(
    ("noted", "asked"),
    [
        ("+5511987654321", "+55 11 8765-4321"),
        ("+525512345678", "+52 1 55 1234 5678"),
        ("+541123456789", "+5491123456789"),
    ],
)
async def test_both_spellings_of_a_line_lead_to_its_customer(api, noted, asked):
    made = await api.post("/customers", {"addresses": [{"kind": "sms", "handle": noted, "verified": True}]})

    sent = await api.post("/messages", {"to": {"kind": "whatsapp", "handle": asked}, "text": "Hello"})
    assert (sent["customer_id"], sent["to"]) == (made["id"], noted)
    again = {"addresses": [{"kind": "voice", "handle": asked, "verified": True}]}
    assert (await api.ask("POST", "/customers", again))[0] == 409
    plain = asked.replace(" ", "").replace("-", "")
    assert [one["id"] for one in (await api.get(f"/customers?q={plain.replace('+', '%2B')}"))["items"]] == [made["id"]]


async def test_who_wrote_from_a_number_no_plan_knows_can_be_written_to(api, hub):
    unknown = Address("sms", "+4999912345678")
    owner, _ = await hub.store.write(add_owner, unknown, NewCustomer(name="New"), 0, "wrote by sms")

    sent = await api.post("/messages", {"to": {"kind": "sms", "handle": unknown.handle}, "text": "Hello"})

    assert (sent["customer_id"], sent["to"]) == (owner, unknown.handle)
    assert (await api.ask("POST", "/messages", {"to": {"kind": "sms", "handle": "+4999912345679"}, "text": "x"}))[
        0
    ] == 422


async def test_customers_are_listed_by_company(api):
    made = await api.post("/customers", ADA_BODY | {"fields": {"company": "Acme GmbH"}})
    await api.post("/customers", {"name": GRACE.name, "fields": {"company": "Acme"}})

    assert [one["id"] for one in (await api.get("/customers?company=Acme%20GmbH"))["items"]] == [made["id"]]


async def test_companies_are_listed_by_name_and_shown_with_what_their_people_do(api):
    for name, company in (("Ada", "Engines"), ("Bo", "engines"), ("Cy", "Engines"), ("Di", "Ärzte & Co"), ("Ed", "")):
        await api.post("/customers", {"name": name, "fields": {"company": company} if company else {}})
    first = await api.get("/companies?limit=2")
    assert first["items"] == [{"name": "Engines", "people": 2}, {"name": "engines", "people": 1}]
    rest = await api.get(f"/companies?limit=2&after={first['next']}")
    assert (rest["items"], rest["next"]) == ([{"name": "Ärzte & Co", "people": 1}], None)
    assert [one["name"] for one in (await api.get("/companies?q=ärzte"))["items"]] == ["Ärzte & Co"]
    assert await api.get("/companies/%C3%84rzte%20%26%20Co") == {
        "name": "Ärzte & Co",
        "people": 1,
        "open_conversations": 0,
        "orders": 0,
        "worth": [],
    }
    assert (await api.ask("GET", "/companies/Nobody"))[0] == 404
    assert (await api.ask("GET", "/companies?after=Engines"))[0] == 422
    assert len((await api.get("/companies?after=00"))["items"]) == 3
    assert (await api.ask("GET", f"/companies?after={'7a' * 4050}"))[0] == 200

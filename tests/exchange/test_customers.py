"""hub.exchange.customers: a list goes out and comes in without loss; what is wrong with a row is told, not dropped."""

import csv

import pytest

from hub.errors import InvalidInput
from hub.exchange.customers import export_people, import_people
from hub.exchange.rows import read_rows
from hub.model import Address
from hub.store.consents import Consent, append_consent, find_consent
from hub.store.customers import NewCustomer, add_address, add_owner, find_customer, get_customer, mark_customer_labels
from hub.store.whole_customers import count_customers, get_whole_customer, list_whole_customers
from tests.people import ADA, GRACE


@pytest.fixture(params=["csv", "xlsx"])
def file(request, tmp_path):
    return tmp_path / f"customers.{request.param}"


@pytest.fixture
def bring(store, clock, tmp_path):
    """Imports a table given as lists of cells."""

    async def go(*rows, file=None):
        if file is None:
            file = tmp_path / "given.csv"
            with file.open("w", newline="") as handle:
                csv.writer(handle).writerows(rows)
        return await import_people(store, clock, read_rows(file), country="DE", source="list")

    return go


def add_ada(conn):
    new = NewCustomer(name=ADA.name, language="en", fields={"plan": "=gold", "visits": 3, "tags": ["a"]})
    ada, _ = add_owner(conn, ADA.mail_address, new, 0, "test")
    add_address(conn, ada, ADA.sms_address, verified=True, at=0)
    add_address(conn, ada, Address("email", "claimed@example.com"), verified=False, at=0)
    mark_customer_labels(conn, ada, ["vip", "math"], 0)
    append_consent(conn, ada, Consent("email", "newsletter", "granted"), 0)
    return ada


async def owner(store, address):
    return await store.read(find_customer, address)


async def test_list_comes_back_without_any_change(store, file, bring):
    ada = await store.write(add_ada)
    before = await store.read(get_whole_customer, ada)

    assert await export_people(store, file) == 1
    result = await bring(file=file)

    assert (result.added, result.changed, result.unchanged, result.refused) == (0, 0, 1, 0)
    assert await store.read(get_whole_customer, ada) == before


async def test_list_fills_an_empty_hub(store, file, bring, tmp_path, store_url):
    result = await bring(
        ["Name", "E-Mail", "Telefon", "Tags", "plan", "consent:email:newsletter", "claimed"],
        [ADA.name, ADA.email.upper(), "+1 (202) 555-0101", "vip | math", "gold", "granted", "email:x@example.com"],
        [GRACE.name, "", "030 1234567", "", "", "", ""],
    )

    assert (result.added, result.problems) == (2, [])
    ada = await owner(store, ADA.mail_address)
    assert ada == await owner(store, ADA.whatsapp_address) == await owner(store, ADA.sms_address)
    whole = await store.read(get_whole_customer, ada)
    assert whole.customer.fields == {"plan": "gold"}
    assert whole.labels == ["math", "vip"]
    assert whole.consents == {("email", "newsletter"): "granted"}
    assert [one.handle for one in whole.addresses if not one.verified] == ["x@example.com"]
    assert await owner(store, Address("voice", "+49301234567"))


async def test_list_changes_what_it_says_and_keeps_the_rest(store, bring):
    ada = await store.write(add_ada)

    result = await bring(["email", "language", "labels", "visits"], [ADA.email, "de", "new", "4"])

    whole = await store.read(get_whole_customer, ada)
    assert result.changed == 1
    assert (whole.customer.name, whole.customer.language) == (ADA.name, "de")
    assert whole.labels == ["math", "new", "vip"]
    assert whole.customer.fields == {"plan": "=gold", "visits": 4, "tags": ["a"]}


async def test_list_does_not_overrule_a_withdrawal(store, bring):
    ada = await store.write(add_ada)
    await store.write(append_consent, ada, Consent("email", "newsletter", "withdrawn"), 1)

    await bring(["email", "consent:email:newsletter"], [ADA.email, "granted"])

    assert await store.read(find_consent, ada, "email", "newsletter") == "withdrawn"


async def test_wrong_rows_are_told_and_the_others_stand(store, bring):
    await store.write(add_ada)
    await store.write(add_owner, GRACE.mail_address, NewCustomer(name=GRACE.name), 0, "test")

    result = await bring(
        ["name", "email", "phone", "consent:email:news"],
        ["Nobody", "not an address", "", ""],
        ["", "", "", ""],
        ["Both", f"{ADA.email} | {GRACE.email}", "", ""],
        ["Maybe", "maybe@example.com", "", "perhaps"],
        ["Somebody", "somebody@example.com", "abc", ""],
        ["Good", "good@example.com", "", "granted"],
    )

    assert [number for number, _ in result.problems] == [2, 4, 5, 6]
    assert (result.added, result.refused) == (1, 4)
    assert await store.read(count_customers) == 3
    assert not await owner(store, Address("email", "somebody@example.com"))


async def test_two_rows_of_one_new_customer_become_one(store, bring):
    result = await bring(["name", "email"], *[[ADA.name, ADA.email]] * 20)

    assert result.added == 1
    assert await store.read(count_customers) == 1


async def test_table_about_nobody_is_refused(bring):
    with pytest.raises(InvalidInput, match="who it is"):
        await bring(["colour"], ["red"])


async def test_address_book_comes_in(store, clock, tmp_path):
    file = tmp_path / "people.vcf"
    await store.write(add_ada)
    await export_people(store, file)
    result = await import_people(store, clock, read_rows(file), country="DE", source="list")

    assert result.refused == 0
    [whole] = await store.read(list_whole_customers, "")
    assert (await store.read(get_customer, whole.customer.id)).name == ADA.name


@pytest.mark.parametrize(
    ("column", "good", "bad", "word"),
    [
        ("name", "n" * 500, "n" * 501, "500"),
        ("preferred_channel", "sms", "pigeon", "pigeon"),
        ("telegram", "7", "007", "007"),
    ],
)
async def test_rows_the_api_would_refuse_are_refused_here_too(store, bring, column, good, bad, word):
    result = await bring(["email", column], [ADA.email, good], [GRACE.email, bad])

    assert (result.added, result.refused) == (1, 1)
    [(number, problem)] = result.problems
    assert number == 3
    assert word in problem
    whole = await store.read(get_whole_customer, await owner(store, ADA.mail_address))
    assert column == "telegram" or getattr(whole.customer, column) == good

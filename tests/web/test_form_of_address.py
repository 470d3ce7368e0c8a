"""How a customer is addressed: said on the page, brought by files, asked by segments, spoken by templates."""

import pytest

from hub.exchange.records import cells_of
from hub.exchange.rows import read_rows
from hub.model import Role
from hub.store.condition_tree import read_condition
from hub.store.conditions import Question, compile_condition
from hub.store.customers import NewCustomer, add_customer, get_customer
from hub.store.lists import list_customers
from hub.store.merges import merge_customers, undo_merge
from hub.store.personal import collect_customer, forget_customer
from hub.templating.template import MessageTemplate
from hub.templating.values import customer_values, message_values

SAID = '{% if customer.form_of_address == "informal" %}Hallo{% else %}Guten Tag{% endif %} {{ customer.name }}'


@pytest.fixture
async def two(hub) -> tuple[str, str]:
    """Ada, of whom nothing is said, and Grace, who is addressed as a friend."""
    made = [
        await hub.store.write(add_customer, NewCustomer(name=name, fields=fields), 1)
        for name, fields in (("Ada", {}), ("Grace", {"form_of_address": "informal"}))
    ]
    return made[0], made[1]


@pytest.mark.parametrize(
    ("fields", "usual", "hello"),
    [
        ({}, "formal", "Guten Tag"),
        ({}, "informal", "Hallo"),
        ({"form_of_address": "informal"}, "formal", "Hallo"),
        ({"form_of_address": "formal"}, "informal", "Guten Tag"),
    ],
)
def test_a_template_addresses_a_customer_as_said_of_them_else_as_the_company_does(fields, usual, hello):
    company = {"language": "de", "form_of_address": usual}
    values = message_values(customer_values("Ada", "de", fields), company)
    template = MessageTemplate({"sms.txt": SAID})
    assert template.render("sms", "de", values).text == f"{hello} Ada"


async def test_it_is_said_on_the_page_in_the_readers_words(hub, signed_in, two):
    ada, _ = two
    seller = await signed_in(Role.SALES)
    german = {"Accept-Language": "de"}
    _, page = await seller.get(f"/customers/{ada}", headers=german)
    assert "wie hier üblich: förmlich (Sie)" in page
    await seller.post(f"/customers/{ada}", {"name": "Ada", "field.form_of_address": "informal"})
    assert (await hub.store.read(get_customer, ada)).fields == {"form_of_address": "informal"}
    _, page = await (await signed_in(Role.READ_ONLY)).get(f"/customers/{ada}", headers=german)
    assert "persönlich (Du)" in page


async def test_a_segment_finds_by_it(hub, two):
    condition = read_condition({"op": "is", "field": "fields.form_of_address", "value": "informal"})

    def find(conn):
        return list_customers(conn, "", "", None, 10, (compile_condition(condition, Question(conn.dialect.name, 1)),))

    assert [one.name for one in await hub.store.read(find)] == ["Grace"]


async def test_it_goes_with_a_merge_comes_back_with_its_undo_and_ends_with_the_person(hub, two):
    ada, grace = two
    assert (await hub.store.read(collect_customer, grace))["fields"] == {"form_of_address": "informal"}
    await hub.store.write(merge_customers, ada, grace, None, 2)
    assert (await hub.store.read(get_customer, ada)).fields == {"form_of_address": "informal"}
    await hub.store.write(undo_merge, ada, None, 3)
    assert (await hub.store.read(get_customer, ada)).fields == {}
    await hub.store.write(forget_customer, grace, "owner", 4)
    assert (await hub.store.read(get_customer, grace)).fields == {}


@pytest.mark.parametrize("heading", ["Anredeform", "Du/Sie", "field:form_of_address"])
def test_files_say_it_in_their_words_and_say_what_is_none(tmp_path, heading):
    file = tmp_path / "given.csv"
    said = ("Du", "per Sie", "informal", "Herr")
    file.write_text(f"Name;{heading}\n" + "".join(f"Ada;{form}\n" for form in said), encoding="utf-8")
    records = [row.record for row in read_rows(file, "DE")]
    assert [one.fields.get("form_of_address") for one in records] == ["informal", "formal", "informal", None]
    assert "'Herr' is no form of address" in records[3].notes[0]
    assert cells_of(records[0])["field:form_of_address"] == "informal"

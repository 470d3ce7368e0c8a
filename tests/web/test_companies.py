"""A company is everybody of whom the field `company` says the same: its people, what is open with them, its orders."""

import pytest

from hub.ids import new_id
from hub.model import Role
from hub.store.customers import NewCustomer, add_customer, mark_customer
from hub.store.tables import orders

ACME = "Müller & Söhne GmbH/Köln"
PAGE = "/customers?company=M%C3%BCller+%26+S%C3%B6hne+GmbH/K%C3%B6ln"


@pytest.fixture
async def ada(hub, says) -> str:
    """Ada of the company wrote and ordered twice, Grace of it is silent, Emmy is of another."""
    ada = (await says("Where is my order?", name="Ada Lovelace")).customer_id
    await hub.store.write(mark_customer, ada, 2, fields={"company": ACME})

    def add(conn):
        for name, company in (("Grace Hopper", ACME), ("Emmy Noether", "Other Ltd")):
            add_customer(conn, NewCustomer(name=name, fields={"company": company}), 1)
        for total, currency, state in ((10_000, "EUR", "open"), (2_550, "EUR", "done"), (70, "EUR", "cancelled")):
            row = {"id": new_id(), "customer_id": ada, "number": new_id(), "currency": currency, "state": state}
            conn.execute(orders.insert(), row | {"total": total, "created_at": 1, "changed_at": 1})

    await hub.store.write(add)
    return ada


async def test_the_record_leads_to_everybody_of_the_company(signed_in, ada):
    seller = await signed_in(Role.SALES)
    _, page = await seller.get(f"/customers/{ada}")
    assert f'href="{PAGE}"' in page.replace("%20", "+")
    _, page = await seller.get(PAGE)
    for shown in ("2 people", "1 open conversation", "2 orders", "€125.50", "Ada Lovelace", "Grace Hopper"):
        assert shown in page
    assert "Where is my order?" in page
    assert "Emmy Noether" not in page


async def test_who_may_read_no_words_and_no_sales_sees_the_people_alone(signed_in, ada):
    _, page = await (await signed_in(Role.MARKETING)).get(PAGE)
    assert "2 people" in page
    assert "Where is my order?" not in page


async def test_a_search_for_a_person_leads_to_the_company(signed_in, ada):
    _, page = await (await signed_in(Role.SALES)).get("/search?q=hopper")
    assert f'href="{PAGE}"' in page.replace("%20", "+")


async def test_a_company_of_which_nobody_is_left_says_so(signed_in):
    status, page = await (await signed_in(Role.SALES)).get("/customers?company=Nobody")
    assert status == 200
    assert "0 people" in page
    assert "Nobody is in it" in page

"""Described fields of customers: in the settings, and on a customer's page without JavaScript."""

import pytest
from sqlalchemy import func, select

from hub.model import Role
from hub.store.audit import list_audit
from hub.store.customers import NewCustomer, add_customer, get_customer, mark_customer
from hub.store.fields import list_fields
from hub.store.personal import forget_customer
from hub.store.tables import undoables

PAGE = "/settings/fields"
KINDS = {
    "seats": {"label": "Seats", "type": "number"},
    "visit": {"label": "Next visit", "type": "date"},
    "branch": {"label": "Branch", "type": "choice", "choices": "Retail\nTrade\n\nRetail"},
    "budget": {"label": "Budget", "type": "money", "currency": "eur"},
    "site": {"label": "Website", "type": "link"},
}


@pytest.fixture
async def ada(hub, signed_in) -> str:
    """With two fields nobody describes, and all kinds described."""
    owner = await signed_in(Role.OWNER)
    for key, said in KINDS.items():
        assert (await owner.post(PAGE, {"key": key, **said})).status == 303
    new = NewCustomer(name="Ada Lovelace", fields={"plan": "gold", "order": 4711})
    return await hub.store.write(add_customer, new, 1)


async def save(visitor, ada: str, language: str = "en", **typed: str):
    """Press the button of the details with this in the inputs of the described fields; language: of the browser."""
    form = {f"field.{key}": text for key, text in typed.items()}
    head = {"Accept-Language": language}
    answer = await visitor.post(f"/customers/{ada}", {"name": "Ada Lovelace", **form}, headers=head)
    return answer, await answer.text()


async def test_a_field_is_described_changed_and_forgotten_in_the_settings(hub, signed_in):
    owner = await signed_in(Role.OWNER)
    assert "No field is described yet" in (await owner.get(PAGE))[1]
    await owner.post(PAGE, {"label": " Next  visit ", "type": "date"})
    [field] = await hub.store.read(list_fields)
    assert (field.key, field.label, field.type, field.choices, field.currency) == (
        "next_visit",
        "Next visit",
        "date",
        [],
        "",
    )
    await owner.post(PAGE, {"was": "next_visit", "label": "Branch", "type": "choice", "choices": "Retail\nTrade"})
    _, page = await owner.get(f"{PAGE}?open=next_visit")
    assert "Retail, Trade" in page
    assert "Retail\nTrade</textarea>" in page
    assert [one.about for one in await hub.store.read(list_audit, deed="field_changed")] == ["next_visit"] * 2
    await owner.post(f"{PAGE}/removal", {"key": "next_visit"})
    assert await hub.store.read(list_fields) == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"label": " ", "type": "text"}, "A field needs a label"),
        ({"label": "A", "key": "a:b", "type": "text"}, "no colon"),
        ({"label": "A", "type": "choice", "choices": " \n"}, "Write 1 to 100 values"),
        ({"label": "A", "type": "money", "currency": "euro"}, "A currency has three letters"),
        ({"label": "Seats", "type": "text"}, "There is a field with this key already."),
    ],
)
async def test_what_is_wrong_with_a_description_stands_at_its_input(hub, signed_in, said, sentence):
    owner = await signed_in(Role.OWNER)
    await owner.post(PAGE, {"label": "Seats", "type": "number"})
    answer = await owner.post(PAGE, said)
    assert answer.status == 422
    text = await answer.text()
    assert f'value="{said["label"]}"' in text
    assert sentence in text.partition('id="wrong">')[2].partition("</span>")[0]
    assert len(await hub.store.read(list_fields)) == 1


async def test_only_who_manages_describes_fields(signed_in):
    assert (await (await signed_in(Role.SALES)).get(PAGE))[0] == 403


async def test_what_is_typed_is_kept_as_files_bring_it_and_segments_compare_it(hub, signed_in, ada):
    german = await signed_in(Role.SALES)
    typed = {"seats": "1.250", "visit": "2027-05-03", "branch": "Trade", "budget": "12.500,50"}
    answer, _ = await save(german, ada, "de-DE", **typed, site="www.example.com/a")
    assert answer.status == 303
    fields = dict((await hub.store.read(get_customer, ada)).fields)
    described = {"seats": 1250, "visit": "2027-05-03", "branch": "Trade", "budget": 12500.5}
    assert fields == {"plan": "gold", "order": 4711, **described, "site": "https://www.example.com/a"}
    _, page = await german.get(f"/customers/{ada}", headers={"Accept-Language": "de-DE"})
    for shown in ('value="1250"', 'value="12500,50"', "<option selected>Trade", 'type="date"', 'value="2027-05-03"'):
        assert shown in page
    assert 'href="https://www.example.com/a" target="_blank" rel="noopener noreferrer"' in page
    _, read_only = await (await signed_in(Role.READ_ONLY)).get(f"/customers/{ada}")
    for shown in ("€12,500.50", "1,250", "3 May 2027", "gold"):
        assert shown in read_only


async def test_nothing_is_kept_while_something_does_not_fit_and_all_of_it_is_said(hub, signed_in, ada):
    seller = await signed_in(Role.SALES)
    answer, text = await save(
        seller, ada, seats="many", visit="2027-02-30", branch="Space", budget="1,2,3", site="java script"
    )
    assert answer.status == 422
    assert (await hub.store.read(get_customer, ada)).fields == {"plan": "gold", "order": 4711}
    for key, sentence in {
        "seats": "That is not a number that can be used here.",
        "visit": "That is no day of the calendar.",
        "branch": "Choose one of the values offered.",
        "budget": "That is not a number that can be used here.",
        "site": "A link looks like https://www.example.com.",
    }.items():
        assert f'id="wrong-field.{key}">{sentence}<' in text
    assert 'value="many"' in text
    assert 'value="2027-02-30"' in text


async def test_a_value_that_never_fitted_is_shown_as_it_is_and_stays_until_somebody_mends_it(hub, signed_in, ada):
    await hub.store.write(mark_customer, ada, 2, fields={"visit": "--05-03", "branch": "Space", "budget": "a lot"})
    seller = await signed_in(Role.SALES)
    _, page = await seller.get(f"/customers/{ada}")
    assert page.count("Does not fit the kind of this field") == 3
    await save(seller, ada, visit="--05-03", branch="Space", budget="a lot", seats="3")
    fields = (await hub.store.read(get_customer, ada)).fields
    assert fields == {"visit": "--05-03", "branch": "Space", "budget": "a lot", "seats": 3}
    await save(seller, ada, visit="", branch="Trade", budget="5", seats="3")
    assert (await hub.store.read(get_customer, ada)).fields == {"branch": "Trade", "budget": 5, "seats": 3}


async def test_what_was_saved_is_undone_but_for_what_has_changed_again_since(hub, signed_in, ada):
    seller = await signed_in(Role.SALES)
    answer, _ = await save(seller, ada, seats="3", budget="5")
    came_to = answer.headers["Location"]
    _, page = await seller.get(came_to)
    assert 'id="did"' in page
    customer = await hub.store.read(get_customer, ada)
    await hub.store.write(mark_customer, ada, 2, fields={**customer.fields, "seats": 9})
    did = came_to.partition("did=")[2]
    assert (await seller.post(f"/customers/{ada}/restoration", {"did": did})).status == 303
    assert (await hub.store.read(get_customer, ada)).fields == {"plan": "gold", "order": 4711, "seats": 9}
    again = await seller.post(f"/customers/{ada}/restoration", {"did": did})
    assert again.status == 409


async def test_fields_that_are_not_described_stay_visible_and_can_be_changed_as_lines(hub, signed_in, ada):
    seller = await signed_in(Role.SALES)
    _, page = await seller.get(f"/customers/{ada}")
    assert "plan: gold\norder: 4711\n" in page
    form = {"name": "Ada", "labels": "vip, key", "fields": "plan: silver\norder: 4711"}
    await seller.post(f"/customers/{ada}", form)
    assert (await hub.store.read(get_customer, ada)).fields == {"plan": "silver", "order": 4711}
    wrong = await seller.post(f"/customers/{ada}", {"name": "Ada", "fields": "plan silver"})
    assert wrong.status == 422
    assert 'id="wrong-fields">Write each field as name: value.' in await wrong.text()


async def test_erasing_somebody_takes_along_what_an_undo_would_bring_back(hub, signed_in, ada):
    seller = await signed_in(Role.SALES)
    answer, _ = await save(seller, ada, seats="3")
    await hub.store.write(forget_customer, ada, "owner", hub.clock.now())
    did = answer.headers["Location"].partition("did=")[2]
    assert (await seller.post(f"/customers/{ada}/restoration", {"did": did})).status == 409
    assert await hub.store.read(lambda conn: conn.scalar(select(func.count()).select_from(undoables))) == 0

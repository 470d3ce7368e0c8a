"""The API's fields of customers: described, changed, and asked of every value that is written."""

import pytest

FORM = {"key": "form_of_address", "label": "Form of address", "type": "choice", "choices": ["formal", "informal"]}
KINDS = {
    "seats": ("number", 3, "three"),
    "visit": ("date", "2027-05-03", "2027-02-30"),
    "branch": ("choice", "Trade", "Space"),
    "budget": ("money", 12500.5, "12500.50"),
    "site": ("link", "https://www.example.com/a?b=1", "www.example.com"),
    "remark": ("text", "by hand", 4711),
}


@pytest.fixture
async def described(api) -> None:
    for key, (type, _, _) in KINDS.items():
        choices = ["Retail", "Trade"] if type == "choice" else []
        await api.post("/fields", {"key": key, "label": key.title(), "type": type, "choices": choices})


async def test_a_field_is_described_changed_and_forgotten(api):
    made = await api.post("/fields", {"key": "budget", "label": "Budget", "type": "money"})
    assert made == {"key": "budget", "label": "Budget", "type": "money", "choices": [], "currency": "EUR"}
    assert (await api.get("/fields"))["items"] == [FORM | {"currency": ""}, made]
    assert (await api.patch("/fields/budget", {"currency": "CHF"}))["currency"] == "CHF"
    assert (await api.get("/fields/budget"))["label"] == "Budget"
    await api.delete("/fields/budget")
    assert (await api.ask("GET", "/fields/budget"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/fields", {"key": "budget", "label": "Again"}, 409),
        ("POST", "/fields", {"key": "form_of_address", "label": "Again"}, 409),
        ("POST", "/fields", {"key": "branch", "label": "Branch", "type": "choice"}, 409),
        ("POST", "/fields", {"key": "a b", "label": "A"}, 422),
        ("PATCH", "/fields/form_of_address", {"label": "Other"}, 409),
        ("DELETE", "/fields/form_of_address", None, 409),
        ("PATCH", "/fields/nothing", {"label": "Other"}, 404),
    ],
)
async def test_a_description_that_cannot_be_is_refused(api, method, path, body, status):
    await api.post("/fields", {"key": "budget", "label": "Budget", "type": "money"})
    assert (await api.ask(method, path, body))[0] == status


async def test_values_that_fit_are_kept_as_they_are(api, described):
    fields = {key: value for key, (_, value, _) in KINDS.items()} | {"form_of_address": "informal", "other": True}
    made = await api.post("/customers", {"name": "Ada", "fields": fields})
    assert made["fields"] == fields


@pytest.mark.parametrize("key", KINDS)
async def test_a_value_that_does_not_fit_is_refused_and_names_its_field(api, described, key):
    made = await api.post("/customers", {"name": "Ada"})
    for method, path in (("POST", "/customers"), ("PATCH", f"/customers/{made['id']}")):
        status, problem = await api.ask(method, path, {"fields": {key: KINDS[key][2]}})
        assert status == 409
        assert f"fields.{key}" in str(problem)
    assert (await api.ask("POST", "/customers", {"fields": {"form_of_address": "Sie"}}))[0] == 409


async def test_what_never_fitted_may_stay(api):
    made = await api.post("/customers", {"name": "Ada", "fields": {"seats": "three"}})
    await api.post("/fields", {"key": "seats", "label": "Seats", "type": "number"})
    kept = await api.patch(f"/customers/{made['id']}", {"fields": {"seats": "three", "plan": "gold"}})
    assert kept["fields"] == {"seats": "three", "plan": "gold"}

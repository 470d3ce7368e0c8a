"""hub.web.api: who may ask, what is refused, and how every refusal looks."""

import asyncio
import io

import pytest
from yarl import URL

PROBLEM = "application/problem+json"


async def test_without_a_token_the_answer_is_401(api):
    for header in (
        {"Authorization": ""},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Basic {api.token}"},
    ):
        status, body = await api.ask("GET", "/labels", headers=header)

        assert status == body["status"] == 401
        assert api.headers["Content-Type"].startswith(PROBLEM)
        assert api.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_reaches_only_its_scopes(api, new_token):
    reader = await new_token("labels:read")

    assert (await api.ask("GET", "/labels", token=reader))[0] == 200
    status, body = await api.ask("POST", "/labels", {"name": "vip"}, token=reader)
    assert status == 403
    assert "labels:write" in body["detail"]


async def test_an_unknown_path_is_a_404_problem(api):
    status, body = await api.ask("GET", "/nothing/here")

    assert (status, body["title"]) == (404, "Not Found")
    assert api.headers["Content-Type"].startswith(PROBLEM)


async def test_another_method_is_a_405_problem_that_names_the_right_ones(api):
    status, _ = await api.ask("PUT", "/labels")

    assert status == 405
    assert {"GET", "POST"} <= {method.strip() for method in api.headers["Allow"].split(",")}
    assert api.headers["Content-Type"].startswith(PROBLEM)


@pytest.mark.parametrize("id", ["1", "x" * 32, "A" * 32, "%00", "..%2f..", "01a20126f4dc7000809984983d971c370"])
async def test_a_malformed_id_is_a_404(api, id):
    headers = {"Authorization": f"Bearer {api.token}"}
    async with api.session.get(URL(f"{api.base}/api/v1/labels/{id}", encoded=True), headers=headers) as answer:
        assert answer.status == 404
        assert answer.content_type == PROBLEM


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a", "extra": 1}, "extra"),
        ({"name": 1}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\r\nBcc: eve@example.com"}, "name"),
        ({}, "name"),
        ([], ""),
        ({"name": None}, "name"),
    ],
)
async def test_a_wrong_body_is_a_422_that_names_the_field(api, body, field):
    status, answer = await api.ask("POST", "/labels", body)

    assert status == 422
    assert api.headers["Content-Type"].startswith(PROBLEM)
    assert answer["errors"][0]["field"] == field


async def test_text_that_is_not_json_is_a_422(api):
    status, _ = await api.ask("POST", "/labels", data=b"{", headers={"Content-Type": "application/json"})

    assert status == 422


async def test_another_content_type_is_a_415(api):
    status, _ = await api.ask("POST", "/labels", data=b"name=a", headers={"Content-Type": "text/plain"})

    assert status == 415


async def test_a_body_that_is_too_large_is_a_413(api):
    body = io.BytesIO(b'"' * 17_000_000)
    status, answer = await api.ask("POST", "/labels", data=body, headers={"Content-Type": "application/json"})

    assert status == 413
    assert answer["status"] == 413


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=2147483648", "limit=x", "limit=1_0", "after=x", "page=2", "limit=1&limit=2"]
)
async def test_a_wrong_query_is_a_422(api, query):
    status, _ = await api.ask("GET", f"/labels?{query}")

    assert status == 422


async def test_lists_are_read_page_by_page(api):
    names = [(await api.post("/labels", {"name": f"label {n}"}))["name"] for n in range(5)]

    first = await api.get("/labels?limit=2")
    second = await api.get(f"/labels?limit=2&after={first['next']}")
    third = await api.get(f"/labels?limit=2&after={second['next']}")

    assert [label["name"] for page in (first, second, third) for label in page["items"]] == names
    assert third["next"] is None


async def test_a_large_limit_is_clamped(api):
    assert (await api.ask("GET", "/labels?limit=2147483647"))[0] == 200


async def test_a_repeated_key_answers_the_same_and_does_nothing_twice(api):
    key = {"Idempotency-Key": "k1"}
    first = await api.ask("POST", "/labels", {"name": "vip"}, headers=key)
    again = await api.ask("POST", "/labels", {"name": "vip"}, headers=key)

    assert first[0] == 201
    assert again == first
    assert len((await api.get("/labels"))["items"]) == 1


async def test_a_key_used_for_another_request_is_refused(api):
    key = {"Idempotency-Key": "k1"}
    await api.ask("POST", "/labels", {"name": "vip"}, headers=key)

    status, _ = await api.ask("POST", "/labels", {"name": "other"}, headers=key)

    assert status == 409
    assert len((await api.get("/labels"))["items"]) == 1


async def test_the_same_key_many_times_at_once_is_executed_once(api):
    key = {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(
        *(api.ask("POST", "/snippets", {"title": "t", "text": ""}, headers=key) for _ in range(8))
    )

    assert {status for status, _ in answers} == {201}
    assert len({body["id"] for _, body in answers}) == 1
    assert len((await api.get("/snippets"))["items"]) == 1


async def test_a_refused_request_does_not_use_up_its_key(api):
    key = {"Idempotency-Key": "k1"}
    await api.post("/labels", {"name": "vip"})
    assert (await api.ask("POST", "/labels", {"name": "vip"}, headers=key))[0] == 409
    [label] = (await api.get("/labels"))["items"]
    await api.ask("DELETE", f"/labels/{label['id']}")

    assert (await api.ask("POST", "/labels", {"name": "vip"}, headers=key))[0] == 201


async def test_a_deleted_thing_is_gone(api):
    label = await api.post("/labels", {"name": "vip", "colour": "#ff0000"})

    assert await api.ask("DELETE", f"/labels/{label['id']}") == (204, None)
    assert (await api.ask("GET", f"/labels/{label['id']}"))[0] == 404
    assert (await api.ask("DELETE", f"/labels/{label['id']}"))[0] == 404


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_the_document_is_packed_once_for_all_who_ask(browser):
    stranger = browser()
    first, body = await stranger.fetch("/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    known = {"If-None-Match": first.headers["ETag"]}
    again, nothing = await stranger.fetch("/api/v1/openapi.json", headers=known)

    assert (first.status, first.headers["Content-Encoding"], body[:12]) == (200, "gzip", b'{"openapi": ')
    assert (again.status, nothing) == (304, b"")


async def test_the_document_describes_every_operation(api):
    document = await api.get("/openapi.json")

    assert document["openapi"].startswith("3.1")
    create = document["paths"]["/api/v1/labels"]["post"]
    assert set(create["responses"]) == {"201", "401", "403", "405", "409", "413", "415", "422", "429", "503"}
    assert create["security"] == [{"token": ["labels:write"]}]
    assert document["paths"]["/api/v1/openapi.json"]["get"]["security"] == []


@pytest.mark.parametrize(
    ("place", "new", "change"),
    [
        ("/customers", {"name": "Ada", "addresses": []}, {"labels": ["vip"]}),
        ("/snippets", {"title": "Hi", "text": "Hello"}, {"text": "Good day"}),
        ("/macros", {"name": "Refund", "acts": {"labels": ["refund"]}}, {"name": "Credit"}),
        ("/fields", {"key": "plan", "label": "Plan", "type": "text"}, {"label": "Tariff"}),
        ("/templates", {"name": "News", "subject": "Hello", "text": "Hello"}, {"name": "News of May"}),
    ],
)
async def test_what_somebody_else_changed_meanwhile_is_not_changed_unseen(api, place, new, change):
    made = await api.post(place, new)
    path = f"{place}/{made.get('id') or made['key']}"
    await api.get(path)
    first = api.headers["ETag"]
    assert (await api.ask("PATCH", path, change, headers={"If-Match": first}))[0] == 200
    assert (await api.ask("PATCH", path, change, headers={"If-Match": first}))[0] == 409
    now = api.headers["ETag"]
    await api.get(path)
    assert api.headers["ETag"] == now != first
    assert (await api.ask("PATCH", path, change, headers={"If-Match": ""}))[0] == 409
    assert (await api.ask("PATCH", path, change, headers={"If-Match": now}))[0] == 200
    assert (await api.ask("PATCH", path, change, headers={"If-Match": "*"}))[0] == 200


async def test_a_score_that_nobody_can_give_is_refused_in_a_segment(api):
    condition = {"op": "rated", "kind": "csat", "bound": "at_most", "score": 0}
    status, said = await api.ask("POST", "/segments", {"name": "Never", "condition": condition})
    assert (status, said["detail"]) == (409, "how satisfied somebody is goes from 1 to 5")
    assert await api.post("/segments", {"name": "Rarely", "condition": condition | {"score": 1}})

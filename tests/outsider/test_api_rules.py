"""Contract, "REST" and "API": strictness, lists, errors, idempotency, the API's own description."""

from asyncio import gather
from io import BytesIO
from typing import Any

import pytest

from tests.outsider.outside.rest import Rest
from tests.outsider.outside.world import World


@pytest.fixture(scope="module")
def people(world: World) -> list[Any]:
    return [world.customer(f"Person {number:03d}") for number in range(103)]


def bare(world: World) -> Rest:
    return Rest(world.loop, world.base)


def test_the_default_page_holds_50_and_the_largest_100(world: World, people: list[Any]) -> None:
    assert len(world.rest.get("customers")["items"]) == 50
    assert len(world.rest.get("customers", limit=100)["items"]) == 100
    assert len(world.rest.get("customers", limit=5000)["items"]) == 100
    assert len(world.rest.get("customers", limit=1)["items"]) == 1


def test_pages_follow_each_other_without_gap_or_repetition(world: World, people: list[Any]) -> None:
    listed = [customer["id"] for customer in world.rest.everything("customers", limit=7)]

    assert len(listed) == len(set(listed))
    assert {person["id"] for person in people} <= set(listed)


def test_the_last_page_has_no_next(world: World, people: list[Any]) -> None:
    page = world.rest.get("customers", limit=100)
    rest = world.rest.get("customers", limit=100, after=page["next"])

    assert set(page) == {"items", "next"}
    assert rest["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "4294967296"},
        {"limit": "99999999999999999999999"},
        {"limit": "ten"},
        {"limit": "1.5"},
        {"after": "made-up"},
        {"after": "\x00"},
        {"colour": "blue"},
        {"Limit": "5"},
    ],
    ids=str,
)
def test_a_bad_query_is_422(world: World, query: dict[str, str]) -> None:
    answer = world.rest.ask("GET", "customers", params=query)

    assert answer.status == 422
    assert answer.problem()


@pytest.mark.parametrize("path", ["conversations", "customers", "events", "labels", "templates", "campaigns"])
def test_an_unknown_query_parameter_is_422_everywhere(world: World, path: str) -> None:
    assert world.rest.ask("GET", path, params={"colour": "blue"}).status == 422


@pytest.mark.parametrize(
    "body",
    [
        {"nmae": "Ada"},
        {"name": 7},
        {"name": "a\x00b"},
        {"labels": "vip"},
        {"labels": [1]},
        {"fields": []},
        {"fields": {"k": "a\x00b"}},
        {"addresses": [{"kind": "email", "handle": "a@example.com", "colour": "blue"}]},
        {"addresses": [{"kind": "pigeon", "handle": "a@example.com"}]},
        {"addresses": [{"kind": "email", "handle": "not an address"}]},
        {"addresses": [{"kind": "email", "handle": "a@example.com\r\nBcc: b@example.com"}]},
        {"addresses": [{"kind": "sms", "handle": "12"}]},
        {"addresses": [{"kind": "email", "handle": "a@example.com", "verified": "yes"}]},
        {"consents": [{"channel": "email", "purpose": "news", "state": "maybe", "source": "test"}]},
        {"consents": [{"channel": "email", "purpose": "news", "state": "granted", "source": "t", "extra": 1}]},
        {"name": "Ada\r\nBcc: evil@example.com"},
        [],
        "text",
    ],
    ids=str,
)
def test_a_bad_customer_is_422(world: World, body: Any) -> None:
    answer = world.rest.ask("POST", "customers", body)

    assert answer.status == 422
    assert answer.problem()


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"name": NaN}', b"[" * 100_000])
def test_what_is_not_json_is_a_problem(world: World, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = world.rest.ask("POST", "customers", data=content, headers=headers)

    assert answer.status in (400, 422)
    assert answer.problem()


def test_without_a_token_everything_is_401(world: World) -> None:
    for method, path in [("GET", "customers"), ("POST", "messages"), ("GET", "events"), ("DELETE", "labels/x")]:
        answer = bare(world).ask(method, path)
        assert answer.status == 401, (method, path)
        assert answer.problem()
        assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_a_wrong_token_is_401(world: World) -> None:
    answer = Rest(world.loop, world.base, "wrong").ask("GET", "customers")

    assert answer.status == 401
    assert answer.problem()


def test_a_token_without_the_scope_is_403(world: World) -> None:
    token = world.hub.command("token", "add", "reader", "--scope", "customers:read", ok=False)
    assert token.returncode == 0, token.stderr
    reader = Rest(world.loop, world.base, token.stdout.strip())

    assert reader.ask("GET", "customers").status == 200
    refused = reader.ask("POST", "customers", {"name": "No"})
    assert refused.status == 403
    assert refused.problem()


@pytest.mark.parametrize("path", ["customers/nobody", "conversations/0", "messages/" + "0" * 32, "nothing/at/all"])
def test_what_is_not_there_is_404(world: World, path: str) -> None:
    answer = world.rest.ask("GET", path)

    assert answer.status == 404
    assert answer.problem()


def test_another_method_is_405(world: World) -> None:
    answer = world.rest.ask("PUT", "customers", {})

    assert answer.status == 405
    assert answer.problem()
    assert "GET" in answer.headers["Allow"]


def test_a_body_too_large_is_413(world: World) -> None:
    large = BytesIO(b'{"name": "' + b"x" * 70_000_000 + b'"}')

    answer = world.rest.ask("POST", "customers", data=large, headers={"Content-Type": "application/json"})

    assert answer.status == 413
    assert answer.problem()


def test_an_upload_is_named_hashed_and_counted(world: World) -> None:
    attachment = world.rest.upload("a.txt", b"content", "text/plain")

    assert isinstance(attachment["id"], str)
    assert attachment["filename"] == "a.txt"
    assert attachment["size"] == 7


def test_the_same_idempotency_key_gives_the_first_answer(world: World) -> None:
    key = {"Idempotency-Key": "create-alan"}
    first = world.rest.ask("POST", "customers", {"name": "Alan"}, headers=key)
    second = world.rest.ask("POST", "customers", {"name": "Alan"}, headers=key)

    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert len(world.rest.get("customers", q="Alan")["items"]) == 1


def test_twenty_posts_at_once_with_one_key_create_one(world: World) -> None:
    async def many() -> list[int]:
        key = {"Idempotency-Key": "all-at-once"}
        jobs = [world.rest.fetch("POST", "customers", {"name": "Katherine"}, headers=key) for _ in range(20)]
        return [answer.status for answer in await gather(*jobs)]

    statuses = world.loop.run(many())

    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert len(world.rest.get("customers", q="Katherine")["items"]) == 1


def test_one_key_for_another_request_is_refused(world: World) -> None:
    key = {"Idempotency-Key": "for-one-thing"}
    assert world.rest.ask("POST", "customers", {"name": "One"}, headers=key).status == 201

    answer = world.rest.ask("POST", "customers", {"name": "Other"}, headers=key)

    assert answer.status in (409, 422)
    assert answer.problem()


def test_the_description_is_openapi_3_1_and_open_to_all(world: World) -> None:
    answer = bare(world).ask("GET", "openapi.json")

    assert answer.status == 200
    assert answer.json["openapi"].startswith("3.1")
    public = [
        path
        for path, verbs in answer.json["paths"].items()
        for verb, operation in verbs.items()
        if isinstance(operation, dict) and operation.get("security") == [] and verb == "get"
    ]
    assert public


@pytest.mark.parametrize(
    ("path", "verb"),
    [
        ("/customers", "get post"),
        ("/customers/{id}", "get patch"),
        ("/customers/{id}/timeline", "get"),
        ("/customers/{id}/addresses", "post"),
        ("/customers/{id}/consents", "post"),
        ("/customers/{id}/merge", "post"),
        ("/customers/{id}/unmerge", "post"),
        ("/customers/{id}/export", "get"),
        ("/customers/{id}/erasure", "post"),
        ("/conversations", "get"),
        ("/conversations/{id}", "get patch"),
        ("/conversations/{id}/messages", "get"),
        ("/conversations/{id}/replies", "post"),
        ("/conversations/{id}/notes", "post"),
        ("/conversations/{id}/assignment", ""),
        ("/conversations/{id}/closure", ""),
        ("/conversations/{id}/snooze", ""),
        ("/conversations/{id}/merge", "post"),
        ("/conversations/{id}/split", "post"),
        ("/messages", "post"),
        ("/messages/{id}", "get"),
        ("/messages/{id}/cancel", "post"),
        ("/attachments", "post"),
        ("/templates", "get post"),
        ("/templates/{id}/preview", ""),
        ("/snippets", "get post"),
        ("/segments", "get post"),
        ("/segments/{id}/count", ""),
        ("/labels", "get post"),
        ("/teams", "get post"),
        ("/agents", "get"),
        ("/channels", "get"),
        ("/channels/{name}/test", "post"),
        ("/campaigns", "get post"),
        ("/campaigns/{id}/check", ""),
        ("/campaigns/{id}/test", "post"),
        ("/campaigns/{id}/schedule", "post"),
        ("/campaigns/{id}/pause", "post"),
        ("/campaigns/{id}/resume", "post"),
        ("/campaigns/{id}/stop", "post"),
        ("/campaigns/{id}/report", "get"),
        ("/campaigns/{id}/recipients", "get"),
        ("/sequences", "get post"),
        ("/sequences/{id}/start", "post"),
        ("/sequences/{id}/pause", "post"),
        ("/sequences/{id}/runs", "get"),
        ("/sequences/{id}/fast-forward", "post"),
        ("/events", "get"),
        ("/webhooks", "get post"),
        ("/search", "get"),
    ],
)
def test_every_resource_of_the_contract_is_described(world: World, path: str, verb: str) -> None:
    described = {
        "/".join("{}" if part.startswith("{") else part for part in name.removeprefix("/api/v1").split("/")): verbs
        for name, verbs in bare(world).get("openapi.json")["paths"].items()
    }
    wanted = "/".join("{}" if part.startswith("{") else part for part in path.split("/"))

    assert wanted in described, sorted(described)
    assert set(verb.split()) <= set(described[wanted])

"""/api/v1/campaigns, templates and segments: the words on the wire, and what the API refuses."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.store.audience import Audience
from hub.store.segments import add_frozen
from hub.store.tokens import add_token, new_secret
from hub.web.api.routes import api_routes
from hub.web.guesses import KNOWN, known_of
from hub.web.keys import HUB
from hub.web.middleware import answer_errors
from tests.campaigns.conftest import NEWS

WORDS = {"subject": "News for {{ customer.name }}", "text": "Hi {{ customer.first_name }}"}
NEW = {
    "name": "November",
    "purpose": "news",
    "channel": "mail",
    "template": WORDS,
    "audience": {"labels": ["all"]},
}


class Api:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        async with self.session.request(method, f"/api/v1{path}", json=body, **more) as answer:
            return answer.status, (await answer.json(content_type=None) if await answer.read() else None)

    async def done(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        status, answer = await self.ask(method, path, body, **more)
        assert status in (200, 201, 204), answer
        return answer

    async def post(self, path: str, body: Any = None) -> Any:
        return await self.done("POST", path, body if body is not None else {})

    async def get(self, path: str) -> Any:
        return await self.done("GET", path)


@pytest.fixture
async def api(world) -> AsyncIterator[Api]:
    secret = new_secret()
    await world.write(add_token, "test", secret, ["*"], world.clock.now())
    app = web.Application(middlewares=[answer_errors])
    app[HUB] = world.hub
    app[KNOWN] = known_of(world.hub)
    app.add_routes(api_routes())
    async with TestServer(app) as server:
        headers = {"Authorization": f"Bearer {secret}"}
        async with aiohttp.ClientSession(str(server.make_url("")), headers=headers) as session:
            yield Api(session)


async def test_a_campaign_goes_from_draft_to_sent(world, api):
    ada = await world.customer("Ada Lovelace", email="ada@example.com")
    await world.customer("Not Asked", consents=())
    made = await api.post("/campaigns", NEW)
    check = await api.post(f"/campaigns/{made['id']}/check")
    await api.post(f"/campaigns/{made['id']}/schedule")
    await world.expand()
    await world.send()
    await world.expand()
    report = await api.get(f"/campaigns/{made['id']}/report")
    rows = await api.get(f"/campaigns/{made['id']}/recipients")
    left_out = await api.get(f"/campaigns/{made['id']}/recipients?excluded=true")

    assert (made["state"], made["from"], made["template"]) == ("draft", "", WORDS)
    assert (check["ok"], check["audience"], check["reachable"], check["excluded"]) == (True, 2, 1, {"no_consent": 1})
    assert (report["state"], report["recipients"], report["sent"], report["excluded"]) == (
        "sent",
        1,
        1,
        {"no_consent": 1},
    )
    [row] = rows["items"]
    assert (row["customer_id"], row["address"], row["state"]) == (ada, "ada@example.com", "sent")
    assert [row["reason"] for row in left_out["items"]] == ["no_consent"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"purpose": ""}, "purpose"),
        ({"template": {}}, "template"),
        ({"template": "0" * 32}, "template"),
        ({"template": {"subject": "s", "text": "{{ customer.nmae }}"}}, "email.txt"),
        ({"template": {"sms": "only"}}, "subject.txt"),
        ({"audience": {}}, "audience"),
        ({"audience": {"labels": ["nobody"]}}, "audience"),
        ({"audience": {"segment": "0" * 32}}, "audience"),
        ({"channel": "fax"}, "channel"),
        ({"from": "News <other@evil.example>"}, "from"),
        ({"from": "other@evil.example"}, "from"),
    ],
)
async def test_what_is_missing_is_said_and_keeps_it_from_being_scheduled(world, api, change, field):
    await world.customer("Ada")
    made = await api.post("/campaigns", NEW | change)
    check = await api.post(f"/campaigns/{made['id']}/check")
    status, problem = await api.ask("POST", f"/campaigns/{made['id']}/schedule", {})

    assert check["ok"] is False
    assert field in {each["file"] for each in check["problems"]} or field == "subject.txt"
    assert status == 409
    assert problem["detail"]


async def test_a_campaign_is_paused_resumed_and_stopped(world, api):
    await world.customer("Ada")
    made = await api.post("/campaigns", NEW)
    path = f"/campaigns/{made['id']}"
    later = await api.post(f"{path}/schedule", {"at": "2090-01-01T09:00:00+01:00"})

    assert later["scheduled_at"] == "2090-01-01T08:00:00.000Z"
    assert (await api.post(f"{path}/pause"))["state"] == "paused"
    assert (await api.post(f"{path}/resume"))["state"] == "scheduled"
    assert (await api.post(f"{path}/stop"))["state"] == "stopped"
    assert (await api.ask("POST", f"{path}/resume", {}))[0] == 409


async def test_a_scheduled_campaign_is_put_back_to_draft_and_copied(world, api):
    await world.customer("Ada")
    path = f"/campaigns/{(await api.post('/campaigns', NEW))['id']}"
    await api.post(f"{path}/schedule", {"at": "2090-01-01T09:00:00+01:00"})
    drafted = await api.post(f"{path}/draft")
    copied = await api.post(f"{path}/copy")

    assert (drafted["state"], drafted["scheduled_at"]) == ("draft", None)
    assert (copied["state"], copied["name"], copied["template"]) == ("draft", drafted["name"], drafted["template"])
    assert copied["id"] != drafted["id"]
    assert (await api.ask("POST", f"{path}/draft", {}))[0] == 409


async def test_two_subjects_are_tried_and_somebody_chooses(world, api):
    for number in range(4):
        await world.customer(f"Person {number}")
    tried = {"variants": [{"subject": "Other news"}], "share": 50, "measure": "replies", "automatic": False}
    made = await api.post("/campaigns", {**NEW, "test": tried})
    assert made["test"] == {"hours": 4, **tried, "variants": [{"subject": "Other news", "template": ""}]}

    await api.post(f"/campaigns/{made['id']}/schedule")
    assert (await api.ask("POST", f"/campaigns/{made['id']}/winner", {"variant": "b"}))[0] == 409
    await world.expand()
    await world.send()
    await world.expand()
    told = (await api.get(f"/campaigns/{made['id']}/report"))["test"]
    assert (told["stage"], told["best"], told["clear"]) == ("trying", "", False)
    assert [(each["letter"], each["reached"]) for each in told["variants"]] == [("a", 1), ("b", 1)]
    assert (await api.ask("POST", f"/campaigns/{made['id']}/winner", {"variant": "c"}))[0] == 409

    await api.post(f"/campaigns/{made['id']}/winner", {"variant": "b"})
    await world.expand()
    rows = (await api.get(f"/campaigns/{made['id']}/recipients"))["items"]
    assert sorted(row["variant"] for row in rows) == ["a", "b", "b", "b"]
    assert (await api.done("PATCH", f"/campaigns/{(await api.post('/campaigns', NEW))['id']}", {"test": tried}))["test"]


async def test_who_is_left_out_is_named_before_and_afterwards_and_written_to_another_way(world, api):
    await world.customer("Ada", email="ada@example.com")
    grace = await world.customer("Grace", email="", sms="+12025550102")
    made = await api.post("/campaigns", NEW)
    before = await api.get(f"/campaigns/{made['id']}/left-out")
    await api.post(f"/campaigns/{made['id']}/schedule")
    await world.expand()
    path = f"/campaigns/{made['id']}/recipients"
    after = await api.get(f"{path}?fate=excluded&reason=no_address")
    others = await api.get(f"{path}?reason=no_consent")
    of = {"campaign": made["id"], "fate": "excluded", "reason": "no_address"}
    by_sms = NEW | {"channel": "sms", "template": {"sms": "Hi"}, "audience": {"recipients_of": of}}
    again = await api.post("/campaigns", by_sms)
    check = await api.post(f"/campaigns/{again['id']}/check")

    told = {"customer_id": grace, "name": "Grace", "reason": "no_address", "problems": []}
    assert before == {"items": [told], "next": None}
    assert [(row["customer_id"], row["name"], row["reason"]) for row in after["items"]] == [
        (grace, "Grace", "no_address")
    ]
    assert others["items"] == []
    assert (await api.get(f"/campaigns/{made['id']}/report"))["not_replied"] == 0
    assert again["audience"] == {"recipients_of": of}
    assert (check["audience"], check["reachable"]) == (1, 1)


async def test_only_drafts_can_be_changed_or_deleted(world, api):
    await world.customer("Ada")
    made = await api.post("/campaigns", NEW)
    path = f"/campaigns/{made['id']}"

    assert (await api.done("PATCH", path, {"name": "December", "from": "Example News"}))["from"] == "Example News"
    await api.post(f"{path}/schedule")
    assert (await api.ask("PATCH", path, {"name": "x"}))[0] == 409
    assert (await api.ask("DELETE", path))[0] == 409
    other = await api.post("/campaigns", NEW)
    assert (await api.ask("DELETE", f"/campaigns/{other['id']}"))[0] == 204


async def test_a_test_goes_to_one_address_and_counts_nowhere(world, api):
    ada = await world.customer("Ada Lovelace")
    made = await api.post("/campaigns", NEW)
    await api.post(f"/campaigns/{made['id']}/test", {"to": "Me@Example.org", "customer_id": ada})
    await world.send()
    [mail] = world.channels["mail"].sent

    assert mail.recipient.handle == "me@example.org"
    assert mail.subject == "[Test] News for Ada Lovelace"
    assert "Hi Ada" in mail.text
    assert (await api.get(f"/campaigns/{made['id']}/report"))["recipients"] == 0


@pytest.mark.parametrize(
    ("given", "name"),
    [("Example News", "Example News"), ('"News, Ü" <news@example.com>', "News, Ü"), ("News@Example.com", "Example")],
)
async def test_the_senders_name_stands_beside_the_channels_address(world, api, given, name):
    await world.customer("Ada", email="ada@example.com")
    made = await api.post("/campaigns", NEW | {"from": given})
    await api.post(f"/campaigns/{made['id']}/test", {"to": "me@example.org"})
    await api.post(f"/campaigns/{made['id']}/schedule")
    await world.expand()
    await world.send()

    assert [mail.sender_name for mail in world.channels["mail"].sent] == [name, name]


async def test_a_test_of_a_broken_template_is_refused(world, api):
    await world.customer("Ada")
    made = await api.post("/campaigns", NEW | {"template": {"subject": "s", "text": "{{ nope }}"}})

    assert (await api.ask("POST", f"/campaigns/{made['id']}/test", {"to": "me@example.org"}))[0] == 409


async def test_campaigns_are_listed_newest_first_and_by_state(api):
    first = await api.post("/campaigns", NEW)
    second = await api.post("/campaigns", NEW)

    assert [item["id"] for item in (await api.get("/campaigns"))["items"]] == [second["id"], first["id"]]
    assert (await api.get("/campaigns?limit=1"))["next"] == second["id"]
    assert (await api.get(f"/campaigns?after={second['id']}"))["items"][0]["id"] == first["id"]
    assert (await api.get("/campaigns?state=sent"))["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"colour": "blue"},
        {"name": "a\r\nb"},
        {"template": {"fax": "x"}},
        {"audience": {"everybody": True}},
        {"audience": {"customer_ids": ["x"]}},
        {"template": {"translations": {"DEUTSCH": {"sms": "x"}}}},
    ],
)
async def test_unknown_words_are_422(api, body):
    assert (await api.ask("POST", "/campaigns", NEW | body))[0] == 422


async def test_a_stored_template_is_previewed_versioned_and_used(world, api):
    ada = await world.customer("Ada Lovelace", language="de")
    made = await api.post(
        "/templates", {"name": "t", **WORDS, "translations": {"de": {"text": "Hallo {{ customer.name }}"}}}
    )
    preview = await api.post(f"/templates/{made['id']}/preview", {"customer_id": ada})
    changed = await api.done("PATCH", f"/templates/{made['id']}", {"words": NEWS})
    campaign = await api.post("/campaigns", NEW | {"template": made["id"]})

    assert made["problems"] == []
    assert (preview["subject"], preview["text"]) == ("News for Ada Lovelace", "Hallo Ada Lovelace")
    assert changed["version"] != made["version"]
    assert changed["translations"] == {}
    assert (await api.post(f"/campaigns/{campaign['id']}/check"))["ok"]


async def test_a_broken_template_is_kept_with_its_problems(api):
    made = await api.post("/templates", {"name": "t", "sms": "a\n{{ customer.nmae }}"})

    assert made["problems"] == [
        {
            "file": "sms.txt",
            "line": 2,
            "message": 'unknown name "customer.nmae"; did you mean "customer.name"?',
            "warning": False,
        }
    ]
    shown = await api.post(f"/templates/{made['id']}/preview", {"channel": "sms"})
    assert shown["problems"][0]["line"] == 2

    renamed = await api.done("PATCH", f"/templates/{made['id']}", {"name": "u"})
    assert renamed["problems"] == made["problems"]
    [listed] = (await api.get("/templates"))["items"]
    assert listed["problems"] is None  # nobody looked


async def test_a_segment_narrows_the_audience(world, api):
    await world.customer("Ada", fields={"plan": "gold", "orders": 12}, language="de")
    await world.customer("Grace", fields={"plan": "free", "orders": 3})
    condition = {
        "op": "and",
        "of": [{"op": "is", "field": "fields.plan", "value": "gold"}, {"op": "label", "name": "all"}],
    }
    segment = await api.post("/segments", {"name": "Gold", "condition": condition})
    campaign = await api.post("/campaigns", NEW | {"audience": {"segment": segment["id"]}})

    assert (await api.get(f"/segments/{segment['id']}/count")) == {"count": 1}
    assert (await api.post(f"/campaigns/{campaign['id']}/check"))["audience"] == 1
    assert (await api.ask("POST", "/segments", {"name": "x", "condition": {"op": "sql", "text": "1=1"}}))[0] == 422
    changed = await api.done("PATCH", f"/segments/{segment['id']}", {"name": "Golden"})
    assert (changed["name"], changed["condition"]["op"]) == ("Golden", "and")
    assert (await api.ask("DELETE", f"/segments/{segment['id']}"))[0] == 204


async def test_a_segment_stays_as_it_is_while_a_campaign_goes_to_it(world, api):
    await world.customer("Ada", fields={"plan": "gold"})
    gold, free = ({"op": "is", "field": "fields.plan", "value": plan} for plan in ("gold", "free"))
    segment = await api.post("/segments", {"name": "Gold", "condition": gold})
    path = f"/segments/{segment['id']}"
    campaign = await api.post("/campaigns", NEW | {"audience": {"segment": segment["id"]}})
    await api.post(f"/campaigns/{campaign['id']}/schedule", {})

    assert [(await api.ask(*each))[0] for each in (("PATCH", path, {"condition": free}), ("DELETE", path))] == [409] * 2
    same = await api.done("PATCH", path, {"name": "Golden", "condition": gold})
    assert (same["name"], same["condition"]) == ("Golden", segment["condition"])
    await world.expand()
    await world.send()
    await world.expand()
    assert (await api.get(f"/campaigns/{campaign['id']}/report"))["sent"] == 1
    assert (await api.ask("DELETE", path))[0] == 204


async def test_a_frozen_segment_keeps_its_condition_and_stays_while_another_one_names_it(world, api):
    frozen = await world.hub.store.write(add_frozen, "Then", Audience(), 1)
    path = f"/segments/{frozen.id}"
    others = {"op": "not", "of": {"op": "listed", "id": frozen.id}}
    other = await api.post("/segments", {"name": "Others", "condition": others})

    status, refused = await api.ask("PATCH", path, {"condition": {"op": "label", "name": "vip"}})
    assert (status, refused["detail"]) == (409, "a frozen segment keeps whom it held")
    status, refused = await api.ask("DELETE", path)
    assert (status, refused["detail"]) == (409, "another segment asks who stood in it")
    assert (await api.done("PATCH", path, {"name": "Before"}))["name"] == "Before"
    assert (await api.ask("DELETE", f"/segments/{other['id']}"))[0] == 204
    assert (await api.ask("DELETE", path))[0] == 204


SEQUENCE = {
    "name": "Follow up",
    "trigger": {"event": "no_answer", "after": "3d"},
    "steps": [{"kind": "message", "text": "Still there, {{ customer.first_name }}?", "purpose": "news"}],
}


async def test_a_sequence_is_made_started_foretold_and_paused(world, api):
    ada = await world.customer("Ada Lovelace")
    made = await api.post("/sequences", SEQUENCE)
    path = f"/sequences/{made['id']}"
    started = await api.post(f"{path}/start")
    await world.deliver()
    runs = await api.get(f"{path}/runs")
    told = await api.post(f"{path}/fast-forward", {"customer_id": ada})
    hastened = await api.post(f"{path}/fast-forward", {"really": True})

    assert (made["state"], made["exits"], started["state"]) == ("draft", ["reply"], "active")
    assert [(run["customer_id"], run["state"]) for run in runs["items"]] == [(ada, "waiting")]
    assert [(each["kind"], each["text"][:17]) for each in told["forecast"]] == [("message", "Still there, Ada?")]
    assert hastened["hastened"] == 1
    [run] = runs["items"]
    await api.done("DELETE", f"{path}/runs/{run['id']}")
    assert (await api.ask("DELETE", f"{path}/runs/{run['id']}"))[0] == 409
    assert (await api.ask("POST", f"{path}/runs", {"customer_ids": [ada]}))[0] == 409
    assert (await api.ask("PATCH", path, {"steps": [{"kind": "message", "text": "{{ nothing }}"}]}))[0] == 409
    await api.done("PATCH", path, {"trigger": {"event": "added"}})
    assert (await api.post(f"{path}/runs", {"customer_ids": [ada]})) == {"began": 1}
    assert (await api.ask("DELETE", path))[0] == 409
    assert (await api.post(f"{path}/pause"))["state"] == "paused"
    assert (await api.done("PATCH", path, {"exits": ["reply", "closed"]}))["exits"] == ["reply", "closed"]
    assert (await api.ask("DELETE", path))[0] == 204


@pytest.mark.parametrize(
    "change",
    [
        {"trigger": {"event": "full_moon"}},
        {"trigger": {"event": "no_answer", "after": "soon"}},
        {"steps": []},
        {"steps": [{"kind": "explode"}]},
        {"steps": [{"kind": "wait"}]},
        {"exits": ["boredom"]},
    ],
)
async def test_what_is_no_sequence_is_422(api, change):
    assert (await api.ask("POST", "/sequences", SEQUENCE | change))[0] == 422


async def test_a_sequence_that_would_advertise_without_consent_is_refused(api):
    welcome = SEQUENCE | {"trigger": {"event": "customer.created"}, "steps": [{"kind": "message", "text": "Welcome"}]}
    status, answer = await api.ask("POST", "/sequences", welcome)

    assert (status, answer["errors"][0]["field"]) == (409, "steps")


async def test_a_message_can_be_written_with_a_template_and_a_context(world, api):
    ada = await world.customer("Ada Lovelace", preferred="sms", sms="+12025550101")
    words = {"name": "shipped", "sms": "Hi {{ customer.first_name }}, order {{ context.order }} is on its way."}
    template = await api.post("/templates", words)
    body = {"customer_id": ada, "template": template["id"], "context": {"order": "4711"}}
    by_id = await api.post("/messages", body)
    by_name = await api.post("/messages", body | {"template": "shipped"})

    assert by_id["text"] == by_name["text"] == "Hi Ada, order 4711 is on its way."
    assert by_id["channel"] == "sms"


async def test_a_template_with_nothing_for_the_customers_channels_is_409(world, api):
    ada = await world.customer("Ada", email="")
    await api.post("/templates", {"name": "mail", "subject": "s", "text": "t"})

    assert (await api.ask("POST", "/messages", {"customer_id": ada, "template": "mail"}))[0] == 409
    assert (await api.ask("POST", "/messages", {"customer_id": ada, "template": "nope"}))[0] == 404


@pytest.mark.parametrize("local", [False, True])
async def test_a_time_in_the_past_sends_nothing_now(world, api, local):
    await world.customer()
    made = await api.post("/campaigns", NEW)
    asked = {"at": "2001-02-03T04:05:00Z", "local": local}
    status, problem = await api.ask("POST", f"/campaigns/{made['id']}/schedule", asked)

    assert (status, "lies in the past" in problem["detail"]) == (409, True)
    assert (await api.get(f"/campaigns/{made['id']}"))["state"] == "draft"

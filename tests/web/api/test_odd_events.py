"""Every page over every kind of event, emptied and odd: whatever the store holds, somebody sees a page."""

import ast
import re
from itertools import product
from pathlib import Path

import aiohttp
import pytest

from hub.accounts import add_account
from hub.ids import new_id
from hub.model import DeliveryState, MessageKind, Role
from hub.store import threads
from hub.store.tables import (
    addresses,
    audit,
    calls,
    campaign_recipients,
    campaigns,
    conversations,
    customers,
    deliveries,
    events,
    messages,
    sequence_runs,
    sequences,
    templates,
)
from hub.store.timeline import CONSENTS, REACTIONS
from hub.web.route import Route
from hub.web.routes import ROUTES
from hub.web.stream import FACTS

ROOT = Path(__file__).parents[3]
APPENDERS = {"append_event", "append_conversation_event", "append_merge_event", "append_complaint_event"}
KIND = re.compile(r"[a-z]+\.[a-z_]+")
ODD = (None, 7, -1, 10**18, 1.5, "x", "", [], [None], ["x", 7], {}, {"filename": None}, [{"reason": 3}], True)
PARTS = ("shared", "buttons", "reaction", "lost_files", "duration", "edits", "references", "reply_via", "values")
ENDLESS = {"/live", "/chat/{channel}/socket"}
PASSWORD = "correct horse battery"


@pytest.fixture
def engine() -> str:
    """What is shown is the same on both engines."""
    return "sqlite"


def written_kinds() -> set[str]:
    """The kinds of event that the code appends, as far as they are written out."""
    found = set()
    sources = (file.read_text("utf-8") for file in (ROOT / "hub").rglob("*.py"))
    for source in (one for one in sources if any(name in one for name in APPENDERS)):  # few, and each worker reads them
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and called(node) in APPENDERS:
                found |= {
                    arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                }
    return {kind for kind in found if KIND.fullmatch(kind)}


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


STATES = [(MessageKind.TEXT, "out", state) for state in DeliveryState]
SAID = [*((*one, DeliveryState.FAILED) for one in product(MessageKind, ("in", "out", "note"))), *STATES]  # fits a page
KINDS = sorted(written_kinds() | set(threads.SHOWN))


def test_every_kind_of_event_of_a_conversation_is_shown_or_said_to_be_quiet():
    told = ("conversation", "delivery", "address", "chat", "task", "quote", "order")
    told += ("complaint", "survey", "rule", "macro", "bot")
    about = {kind for kind in KINDS if kind.split(".")[0] in told}

    assert about == set(threads.SHOWN) | set(threads.QUIET)
    assert set(FACTS) == {*threads.SHOWN, *CONSENTS, *REACTIONS}


def fill(conn, at: int, parts: dict, facts: dict) -> dict[str, str]:
    """One customer with a message of every kind and state and an event of every kind; the ids by what they are of."""
    customer, conversation = new_id(), new_id()
    conn.execute(customers.insert(), {"id": customer, "created_at": at, "updated_at": at})
    row = {"id": conversation, "customer_id": customer, "created_at": at, "last_message_at": at}
    conn.execute(conversations.insert(), row)
    for kind in ("email", "sms", "fax"):
        one = {"id": new_id(), "customer_id": customer, "kind": kind, "handle": f"{kind}{customer}", "created_at": at}
        conn.execute(addresses.insert(), one | {"state": "odd" if kind == "fax" else "ok"})
    base = {"customer_id": customer, "conversation_id": conversation, "occurred_at": at, "created_at": at}
    for number, (kind, direction, state) in enumerate(SAID):
        id = new_id()
        channel = {"channel": "sms", "channel_type": "fax" if number % 7 == 0 else "sms"}
        conn.execute(
            messages.insert(), base | channel | {"id": id, "kind": kind, "direction": direction, "parts": parts}
        )
        delivery = {"id": new_id(), "message_id": id, "kind": "sms", "handle": "", "state": state, "due_at": 0}
        more = {"customer_id": customer, "created_at": at, "changed_at": at, "give_up_at": 0}
        conn.execute(deliveries.insert(), delivery | channel | more)
        if kind == MessageKind.CALL and number % 2:
            call = {"message_id": id, "customer_id": customer, "channel": "sms", "call_id": id, "direction": direction}
            conn.execute(calls.insert(), call | {"started_at": at, "state": "odd" if number % 3 else "missed"})
    for number, kind in enumerate(KINDS):
        event = {"id": new_id(), "customer_id": customer, "conversation_id": conversation, "type": kind, "data": facts}
        conn.execute(events.insert(), event | {"at": at + number, "agent_id": "gone"})
    return {"customers": customer, "conversations": conversation, "messages": id, "deliveries": delivery["id"]}


CAMPAIGN_STATES = ("draft", "scheduled", "sending", "paused", "stopped", "sent")
GONE_STEPS = [
    {"kind": "message", "channel": "gone", "template": "0" * 32, "purpose": "gone"},
    {"kind": "label", "name": "gone"},
]


def fill_orphans(conn, at: int) -> dict[str, list[str]]:
    """Campaigns, follow-ups and templates in every state whose template, segment, channel and customer are gone."""
    ids = {family: [new_id() for _ in CAMPAIGN_STATES] for family in ("campaigns", "sequences", "templates")}
    customer, gone, made = fill(conn, at, {}, {})["customers"], new_id(), {"created_at": at}
    changed = made | {"changed_at": at}
    times = dict.fromkeys(("scheduled_at", "started_at", "finished_at"), at)
    of_campaign = {"template_id": gone, "template_version_id": gone, "channel": "gone", "audience": {"segment": gone}}
    for id, state in zip(ids["campaigns"], CAMPAIGN_STATES, strict=True):
        conn.execute(campaigns.insert(), {"id": id, "state": state} | of_campaign | times | changed)
        recipient = {"campaign_id": id, "customer_id": customer, "delivery_id": gone, "excluded": "gone"}
        conn.execute(campaign_recipients.insert(), recipient)
    for id, state in zip(ids["sequences"], ("draft", "active", "paused") * 2, strict=True):
        trigger = {"event": "no_answer", "campaign": gone}
        conn.execute(sequences.insert(), {"id": id, "state": state, "trigger": trigger, "steps": GONE_STEPS} | changed)
        run = {"id": new_id(), "sequence_id": id, "customer_id": customer, "trigger_id": gone, "due_at": at, "step": 7}
        conn.execute(sequence_runs.insert(), run | {"state": "ended"} | changed)
    for id in ids["templates"]:
        conn.execute(templates.insert(), {"id": id, "name": id, "current_version": gone} | made)
    conn.execute(audit.insert(), {"id": new_id(), "agent_id": gone, "action": "gone", "customer_id": gone, "at": at})
    return ids


def path_of(route: Route, ids: dict[str, str]) -> str:
    family = route.path.removeprefix("/api/v1").split("/")[1]
    if family not in ids:
        ids = {family: "0" * 32}
    return re.sub(r"\{(\w+)[^}]*\}", lambda part: ids.get(family, new_id()) if part[1] == "id" else "x", route.path)


@pytest.fixture
async def owner(hub):
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await add_account(hub.store, hub.clock, "owner@example.com", "Owner", Role.OWNER, PASSWORD)
        form = {"email": "owner@example.com", "password": PASSWORD}
        async with session.post(f"{hub.base_url}/login", data=form, allow_redirects=False) as answer:
            assert answer.status == 303
        yield session


async def test_every_page_stands_over_emptied_and_odd_data(hub, api, owner):
    now, filled = hub.clock.now(), [await hub.store.write(fill, hub.clock.now(), {}, {})]
    for odd in ODD:
        facts = {name: odd for names in FACTS.values() for name in names}
        filled.append(await hub.store.write(fill, now, dict.fromkeys(PARTS, odd), facts))

    for route in ROUTES:
        if route.method != "GET" or route.path in ENDLESS:
            continue
        for path in dict.fromkeys(path_of(route, ids) for ids in filled[: len(filled) if "{id}" in route.path else 1]):
            headers = {"Authorization": f"Bearer {api.token}"} if "/api/" in path else {}
            async with owner.get(hub.base_url + path, headers=headers, allow_redirects=False) as answer:
                assert answer.status < 500 or path == "/readyz", (path, await answer.text())
                if route.path in ("/conversations/{id}", "/customers/{id}", "/api/v1/conversations/{id}/messages"):
                    assert answer.status == 200, path


async def test_every_page_stands_where_what_it_refers_to_is_gone(hub, api, owner):
    ids = await hub.store.write(fill_orphans, hub.clock.now())

    for route in ROUTES:
        family = route.path.removeprefix("/api/v1").split("/")[1]
        asked = ids.get(family, []) if "{id}" in route.path else []
        for path in [path_of(route, {family: id}) for id in asked] or [route.path] * (family in {*ids, "audit"}):
            if route.method != "GET" or "{" in path:
                continue
            headers = {"Authorization": f"Bearer {api.token}"} if "/api/" in path else {}
            async with owner.get(hub.base_url + path, headers=headers, allow_redirects=False) as answer:
                assert answer.status < 500, (path, await answer.text())


async def test_every_shown_event_says_something_when_it_is_emptied(hub, owner):
    ids = await hub.store.write(fill, hub.clock.now(), {}, {})
    async with owner.get(f"{hub.base_url}/conversations/{ids['conversations']}") as answer:
        page = await answer.text()

    lines = re.findall(r'<p class="happening" id="e-\w+">.*?<span>(.*?)</span>', page, re.DOTALL)
    assert len(lines) == len(threads.SHOWN) - 1  # that a conversation began is told by its first message
    assert all(re.search(r"\w", line) for line in lines), lines


async def test_an_erased_customer_leaves_no_open_ghost_and_a_page_that_stands(hub, api, owner):
    made = await api.post("/customers", {"name": "Ada", "addresses": [{"kind": "sms", "handle": "+12025550101"}]})
    ids = await hub.store.write(fill, hub.clock.now(), {}, {"handle": "+12025550101", "reason": "unknown user"})
    for id in (made["id"], ids["customers"]):
        await api.post(f"/customers/{id}/erasure")

    for view in ("open", "unassigned", "waiting", "snoozed", "done", "mine"):
        async with owner.get(f"{hub.base_url}/inbox?view={view}") as answer:
            assert ids["conversations"] not in await answer.text(), view
    for path in ("/conversations", f"/conversations?customer_id={ids['customers']}", "/conversations?state=closed"):
        assert (await api.get(path))["items"] == []
    for path in (f"/conversations/{ids['conversations']}", "/customers", "/search?q=Ada", "/inbox"):
        async with owner.get(hub.base_url + path) as answer:
            page = await answer.text()
            assert answer.status == 200, path
            assert "12025550101" not in page, path
    assert (await api.get(f"/conversations/{ids['conversations']}"))["state"] == "closed"

"""Every act of the pages and of the API stands in the audit log, or on a short list of those that need not."""

import pytest
from sqlalchemy import Connection, select

from hub.model import Role
from hub.store import tables
from hub.store.audit import Deed, Entry, list_audit
from hub.store.audited import audit_about, intending, together
from hub.store.campaigns import add_campaign, get_campaign
from hub.store.settings import find_setting, mark_setting
from hub.web.api.problems import PREFIX
from hub.web.api.routes import OPERATIONS
from hub.web.routes import ROUTES
from tests.web.browser import Visitor

EVERYDAY = "work on conversations and customers: the timeline and the events say who did it"
LEDGER = "the ledger of consents says who, when and from where"
WORDS = "words to write with: nothing leaves by them alone"
LOOKS = "changes nothing that stays"
ITSELF = "notes itself: nobody is signed in yet, or it makes what another route makes as well"
NOT_NOTED = {
    "/login": ITSELF,
    "/login/second": ITSELF,
    "/login/passkey": ITSELF,
    "/setup": ITSELF,
    "/password/{token}": ITSELF,
    "/agents/{id}/link": ITSELF,
    "/language": LOOKS,
    "/api/v1/mail-servers": LOOKS,
    "/settings/channels/{name}/test": LOOKS,
    "/settings/channels/new": LOOKS,
    "/settings/channels/sign-in": LOOKS,
    "/settings/channels/{name}/sign-in": LOOKS,
    "/settings/second-factor/proposal": LOOKS,
    "/campaigns/{id}/preview": LOOKS,
    "/campaigns/{id}/reach": LOOKS,
    "/segments/draft": LOOKS,
    **{f"/imports/{{id}}/{act}": "nobody is brought in yet" for act in ("rules", "removal")},
    "/set-aside/{id}/replay": EVERYDAY,
    "/u/{token}": LEDGER,
    "/e/{token}": EVERYDAY,
    "/join/{purpose}": EVERYDAY,
    "/j/{token}": LEDGER,
    "/q/{token}": EVERYDAY,
    "/s/{token}": EVERYDAY,
    "/p/{token}": LEDGER,
    "/p/{token}/data": EVERYDAY,
    "/d/{token}": "the handler says which deed it was, by the button",
    "/hooks/{channel}/{action:.+}": EVERYDAY,
    "/chat/{channel}": EVERYDAY,
    "/chat/{channel}/unread": LOOKS,
    "/chat/{channel}/files": EVERYDAY,
    **{
        f"/conversations/{{id}}/{act}": EVERYDAY for act in ("replies", "draft", "letter", "snippets", "calls", "macro")
    },
    **{
        f"/conversations/{{id}}/{act}": EVERYDAY
        for act in ("assignment", "closure", "reopening", "sorting", "snooze", "labels")
    },
    **{f"/conversations/{{id}}/{act}": EVERYDAY for act in ("priority", "reading", "unreading", "restoration")},
    "/conversations/{id}/joining": EVERYDAY,
    "/conversations/{id}/merging": EVERYDAY,
    "/conversations/{id}/number-request": EVERYDAY,
    "/conversations/{id}/telegram-link": EVERYDAY,
    "/conversations/{id}/approved": EVERYDAY,
    "/conversations/{id}/transcript": EVERYDAY,
    "/messages/{id}/invitation": EVERYDAY,
    "/conversations/{id}/reactions": EVERYDAY,
    f"{PREFIX}/messages/{{id}}/reaction": EVERYDAY,
    f"{PREFIX}/messages/{{id}}/invitation": EVERYDAY,
    f"{PREFIX}/conversations/{{id}}/transcript": EVERYDAY,
    "/conversations/{id}/typing": LOOKS,
    "/conversations/{id}/presence": LOOKS,
    "/bulk": EVERYDAY,
    "/bulk/{id}/restoration": EVERYDAY,
    "/views": LOOKS,
    "/settings/keys": LOOKS,
    "/settings/bots/preview": LOOKS,
    **{f"/settings/devices/{act}": LOOKS for act in ("key", "renewal")},
    "/settings/rules/trial": LOOKS,
    "/settings/auto-replies/preview": LOOKS,
    "/settings/state": EVERYDAY,
    "/messages/{id}/pictures": LOOKS,
    "/views/{id}/removal": LOOKS,
    **{
        f"/messages/{{id}}/{act}": EVERYDAY
        for act in ("cancellation", "dispatch", "forward", "splitting", "withdrawal")
    },
    "/deliveries/{id}/repetition": EVERYDAY,
    "/customers": EVERYDAY,
    "/customers/{id}": EVERYDAY,
    "/customers/{id}/restoration": EVERYDAY,
    "/customers/{id}/addresses": EVERYDAY,
    "/customers/{id}/calls": EVERYDAY,
    "/customers/{id}/conversations": EVERYDAY,
    "/customers/{id}/consent": LEDGER,
    **{f"/sandbox/{act}": LOOKS for act in ("texts", "telegram", "mails", "calls", "behaviour")},
    f"{PREFIX}/messages": EVERYDAY,
    f"{PREFIX}/messages/{{id}}/cancel": EVERYDAY,
    f"{PREFIX}/attachments": EVERYDAY,
    f"{PREFIX}/customers": EVERYDAY,
    f"{PREFIX}/customers/{{id}}": EVERYDAY,
    f"{PREFIX}/customers/{{id}}/addresses": EVERYDAY,
    f"{PREFIX}/customers/{{id}}/addresses/{{address_id}}": EVERYDAY,
    f"{PREFIX}/customers/{{id}}/consents": LEDGER,
    f"{PREFIX}/customers/{{id}}/telegram-link": EVERYDAY,
    f"{PREFIX}/conversations/{{id}}": EVERYDAY,
    **{
        f"{PREFIX}/conversations/{{id}}/{act}": EVERYDAY
        for act in ("assignment", "closure", "snooze", "replies", "notes")
    },
    f"{PREFIX}/labels": WORDS,
    f"{PREFIX}/labels/{{id}}": WORDS,
    **{f"/settings/snippets{act}": WORDS for act in ("", "/{id}", "/{id}/removal")},
    **{f"/settings/macros{act}": WORDS for act in ("", "/{id}", "/{id}/removal")},
    "/messages/{id}/call": EVERYDAY,
    **{f"/messages/{{id}}/{act}": EVERYDAY for act in ("hang-up", "hold", "transfer", "transfer/end", "recording")},
    "/phone/ready": EVERYDAY,
    "/phone/token": EVERYDAY,
    f"{PREFIX}/messages/{{id}}/call": EVERYDAY,
    f"{PREFIX}/macros": WORDS,
    f"{PREFIX}/macros/{{id}}": WORDS,
    f"{PREFIX}/conversations/{{id}}/macro": EVERYDAY,
    f"{PREFIX}/snippets": WORDS,
    f"{PREFIX}/snippets/{{id}}": WORDS,
    "/settings/retention/preview": LOOKS,
    f"{PREFIX}/channels/{{name}}/test": LOOKS,
    f"{PREFIX}/campaigns/{{id}}/check": LOOKS,
    f"{PREFIX}/templates/{{id}}/preview": LOOKS,
    f"{PREFIX}/sequences/{{id}}/fast-forward": LOOKS,
}
ACTS = {
    **{(route.method, route.path): route.deed for route in ROUTES if not route.path.startswith(PREFIX)},
    **{(one.method, PREFIX + one.path): one.deed for one in OPERATIONS},
}


def test_every_act_is_a_deed_or_says_why_it_is_none():
    silent = {path for (method, path), deed in ACTS.items() if method not in ("GET", "HEAD") and deed is None}

    assert silent == set(NOT_NOTED)


def test_every_deed_is_done_somewhere():
    elsewhere = {
        *("sign_in", "sign_in_refused", "link_made", "link_used", "campaign_tested", "store_armed"),
        *("backed_up", "restored", "key_changed", "imported", "let_go"),
        *("campaign_removed", "sequence_removed", "template_removed"),
    }

    assert set(Deed) == {deed for deed in ACTS.values() if deed} | elsewhere


async def told(hub) -> list[tuple[str, str]]:
    return [(one.deed, one.about) for one in reversed(await hub.store.read(list_audit)) if one.deed != "sign_in"]


async def test_acts_on_the_pages_are_noted_with_what_they_are_about(signed_in, hub):
    boss = await signed_in(Role.OWNER)
    values = {"name": "Spring", "channel": "email", "template": {}, "audience": {}}
    campaign = (await hub.store.write(add_campaign, values, hub.clock.now())).id
    await boss.post("/teams", {"name": "Sales"})
    await boss.post("/templates", {"name": "Hello"})
    await boss.post("/settings", {"name": "Olga", "theme": ""})
    await boss.post(f"/campaigns/{campaign}", {"name": "Summer"})
    await boss.post(f"/campaigns/{campaign}/state", {"action": "delete"})

    assert await told(hub) == [
        ("team_added", "Sales"),
        ("template_added", "Hello"),
        ("profile_changed", ""),
        ("campaign_changed", campaign),
        ("campaign_removed", campaign),
    ]


async def test_acts_of_programs_are_noted_with_what_they_are_about(house, hub):
    program, bearer = Visitor(house.session, house.base), house.headers
    made = await program.answer("POST", "/api/v1/teams", json={"name": "Sales"}, headers=bearer)
    id = (await made.json())["id"]
    await program.answer("PATCH", f"/api/v1/teams/{id}", json={"name": "Support"}, headers=bearer)
    await program.answer("DELETE", f"/api/v1/teams/{id}", headers=bearer)
    await program.answer("POST", "/api/v1/templates", json={"name": "Hello", "text": "x"}, headers=bearer)
    await program.answer("GET", f"/api/v1/customers/{house.one.customer}/export", headers=bearer)

    assert await told(hub) == [
        ("team_added", "Sales"),
        ("team_changed", id),
        ("team_removed", id),
        ("template_added", "Hello"),
        ("exported", house.one.customer),
    ]


async def test_what_comes_to_be_by_an_act_is_what_its_note_is_about(house, signed_in, says, hub):
    boss, program, bearer = await signed_in(Role.ADMIN), Visitor(house.session, house.base), house.headers
    one, other = [await says("Hello", sender=sender) for sender in ("+12025550171", "+12025550172")]
    pair = f"{one.customer_id} {other.customer_id}"
    complained = {"category": "other", "wish": "money back"}
    task = {"customer_id": one.customer_id, "title": "Call", "due_on": "2031-01-01"}

    async def ask(path: str, json: dict[str, str]) -> None:
        answer = await program.answer("POST", f"/api/v1{path}", json=json, headers=bearer)
        assert answer.status < 300, path

    await ask("/tasks", task)
    await ask(f"/conversations/{one.conversation_id}/complaints", complained)
    await boss.post(f"/customers/{one.customer_id}/tasks", {"title": "Call", "due_day": "2031-01-01"})
    await boss.post(f"/conversations/{other.conversation_id}/complaint", complained)
    await ask(f"/customers/{one.customer_id}/merge", {"customer_id": other.customer_id})
    await ask(f"/customers/{one.customer_id}/unmerge", {})

    tasks, complaints = await hub.store.read(_list_begun)
    notes = await told(hub)
    assert [about for deed, about in notes if deed == "task_added"] == tasks
    assert [about for deed, about in notes if deed == "complaint_added"] == complaints[-2:]
    assert [about for deed, about in notes if deed in ("merged", "unmerged")] == [pair, pair]
    assert len(tasks) == 2


def _list_begun(conn: Connection) -> tuple[list[str], list[str]]:
    """The tasks of the test above, without those that come with a complaint; and all complaints."""
    called = select(tables.tasks.c.id).where(tables.tasks.c.title == "Call").order_by(tables.tasks.c.id)
    return list(conn.scalars(called)), list(conn.scalars(select(tables.complaints.c.id).order_by("id")))


async def test_what_is_refused_is_not_noted(signed_in, house, hub):
    boss = await signed_in(Role.ADMIN)
    values = {"name": "Spring", "channel": "email", "template": {}, "audience": {}}
    campaign = (await hub.store.write(add_campaign, values, hub.clock.now())).id
    before = await told(hub)
    await boss.post("/teams", {"name": ""})
    await boss.post(f"/campaigns/{campaign}/state", {"action": "pause"})
    await boss.post(f"/campaigns/{campaign}/send", {"when": "now"})
    program = Visitor(house.session, house.base)
    gone = await program.answer("DELETE", f"/api/v1/teams/{campaign}", headers=house.headers)

    assert gone.status == 404
    assert (await hub.store.read(get_campaign, campaign)).state == "draft"
    assert await told(hub) == before


async def test_deed_and_note_stand_or_fall_together(store, clock):
    def broken(conn: Connection) -> None:
        mark_setting(conn, "a", 1)
        raise ValueError("not done")

    with pytest.raises(ValueError, match="not done"):
        async with together(store, Entry(Deed.EXPORTED, "ada"), clock.now()):
            await store.write(broken)
    assert (await store.read(find_setting, "a"), await store.read(list_audit)) == (None, [])

    with intending(Entry(Deed.EXPORTED, "ada"), clock.now()):
        audit_about("b")
        await store.write(mark_setting, "b", 1)
        await store.write(mark_setting, "c", 1)
    async with together(store, Entry(Deed.IMPORTED, "ada"), clock.now()):
        await store.read(find_setting, "b")
    assert [(one.deed, one.about) for one in await store.read(list_audit)] == [("imported", ""), ("exported", "b")]

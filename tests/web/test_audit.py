"""The audit log: what is worth asking about later is noted, shown to administrators only, handed out, and let go."""

import csv
import io

from hub.clock import DAY, MINUTE
from hub.model import Role
from hub.store.audit import Deed, Entry, add_audit, list_audit
from hub.store.retention import AUDIT, forget_due
from tests.web.browser import Visitor

PASSWORD = "correct horse battery"


async def deeds(hub, **more) -> list[tuple[str, str, str]]:
    """Oldest first."""
    notes = await hub.store.read(list_audit, **more)
    return [(one.deed, one.who, one.about) for one in reversed(notes)]


async def test_who_comes_in_and_who_does_not_is_noted_with_the_network(signed_in, browser, hub):
    await browser().answer("POST", "/login", data={"email": "eve@example.com", "password": "not this one at all"})
    visitor = await signed_in()
    await visitor.post("/settings/sessions", {"session": "others"})
    await visitor.post("/settings/password", {"old": PASSWORD, "password": "another long one"})
    await visitor.post("/logout")
    notes = await hub.store.read(list_audit)

    assert await deeds(hub) == [
        ("sign_in_refused", "eve@example.com", ""),
        ("sign_in", "agent@example.com", ""),
        ("sessions_ended", "agent@example.com", ""),
        ("password_changed", "agent@example.com", ""),
        ("sign_in", "agent@example.com", ""),
        ("sign_out", "agent@example.com", ""),
    ]
    assert {one.network for one in notes} == {"127.0.0.1"}


async def test_rights_and_links_are_noted_with_whom_they_concern(signed_in, agent, hub):
    boss = await signed_in(Role.OWNER)
    colleague = await agent(Role.AGENT, "max@example.com")
    await boss.post("/agents", {"email": "grace@example.com", "name": "Grace", "role": "agent"})
    await boss.post(f"/agents/{colleague.id}", {"role": "marketing", "active": "yes"})
    await boss.post(f"/agents/{colleague.id}/second-factor")
    told = await deeds(hub, who="owner@example.com")

    assert told[1:] == [
        ("agent_added", "owner@example.com", "grace@example.com agent"),
        ("link_made", "owner@example.com", "grace@example.com"),
        ("agent_changed", "owner@example.com", "max@example.com marketing active"),
        ("factor_reset", "owner@example.com", "max@example.com"),
    ]


async def test_programs_are_noted_by_their_token_and_once_for_a_repeated_request(house, hub):
    header = {"Idempotency-Key": "once"}
    body = {"email": "kay@example.com", "name": "Kay", "role": "agent"}
    bearer, program = house.headers, Visitor(house.session, house.base)
    for _ in range(2):
        await program.answer("POST", "/api/v1/agents", json=body, headers=header | bearer)
    listed = await program.answer("GET", "/api/v1/audit?what=agent_added", headers=bearer)

    assert await deeds(hub, deed="agent_added") == [("agent_added", "token δοκιμή", "kay@example.com agent")]
    assert [one["about"] for one in (await listed.json())["items"]] == ["kay@example.com agent"]


async def test_only_administrators_see_it_and_take_it_along_without_formulas(signed_in, hub):
    boss = await signed_in(Role.ADMIN)
    other = await signed_in(Role.AGENT)
    await hub.store.write(add_audit, Entry(Deed.SIGN_IN_REFUSED, "=HYPERLINK()<b>;=1"), hub.clock.now())
    status, page = await boss.get("/audit?what=sign_in_refused")
    table = await (await boss.post("/audit.csv", {"what": "sign_in_refused"})).text(encoding="utf-8-sig")

    assert (await other.get("/audit"))[0] == (await other.post("/audit.csv")).status == 403
    assert (status, "=HYPERLINK()&lt;b&gt;;=1" in page, "signed in</td>" in page) == (200, True, False)
    assert [row[1:3] for row in csv.reader(io.StringIO(table))] == [
        ["what", "who"],
        ["sign_in_refused", "'=HYPERLINK()<b>;'=1"],
    ]
    assert (await deeds(hub))[-1] == ("exported", "admin@example.com", "audit")


async def test_pages_lead_back_to_the_first_note(signed_in, hub, clock):
    boss = await signed_in(Role.ADMIN)
    for number in range(150):
        await hub.store.write(add_audit, Entry(Deed.ERASED, f"person {number}"), clock.now())
    _, first = await boss.get("/audit?what=erased")
    before = first.rpartition("before=")[2].partition('"')[0]
    _, second = await boss.get(f"/audit?what=erased&before={before}")

    assert ("person 149<" in first, "person 49<" in first) == (True, False)
    assert ("person 50<" in second, "person 49<" in second, "person 0<" in second) == (False, True, True)


async def test_old_notes_are_let_go(store, clock):
    await store.write(add_audit, Entry(Deed.ERASED, "a"), clock.now())
    clock.forward(DAY)
    await store.write(add_audit, Entry(Deed.ERASED, "b"), clock.now())

    assert await store.write(forget_due, AUDIT, clock.now() - MINUTE, "", clock.now())
    assert [one.who for one in await store.read(list_audit)] == ["retention", "b"]

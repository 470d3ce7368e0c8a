"""The page of API tokens: made and shown once, listed, revoked; those that can make owners are for owners only."""

import re

from hub.clock import DAY
from hub.model import Role
from hub.store.tokens import add_token, list_tokens, mark_token_used
from tests.web.browser import Visitor

ONCE = re.compile(r'<code class="once">([^<]+)</code>')


async def test_token_is_shown_once_and_works_until_it_is_revoked(signed_in, hub):
    boss = await signed_in(Role.OWNER)
    form = {"name": "Shop", "scope": "customers:read", "days": "30"}
    made = await boss.post("/settings/tokens", form)
    secret = ONCE.search(await made.text())[1]
    _, page = await boss.get("/settings/tokens")
    [token] = await hub.store.read(list_tokens)
    program, bearer = Visitor(boss.session, boss.base), {"Authorization": f"Bearer {secret}"}
    allowed = await program.answer("GET", "/api/v1/customers", headers=bearer)
    refused = await program.answer("GET", "/api/v1/agents", headers=bearer)
    revoked = await boss.post(f"/settings/tokens/{token.id}/removal")
    after = await program.answer("GET", "/api/v1/customers", headers=bearer)

    assert made.status == 201
    assert token.expires_at == token.created_at + 30 * DAY
    assert (secret in page, "customers:read" in page, "never" in page) == (False, True, True)
    assert [one.status for one in (allowed, refused, revoked, after)] == [200, 403, 303, 401]
    assert await hub.store.read(list_tokens) == []


async def test_list_says_when_each_was_used_and_ends(signed_in, hub):
    boss, now = await signed_in(Role.ADMIN), hub.clock.now()
    _, empty = await boss.get("/settings/tokens")
    await hub.store.write(add_token, "old", "a" * 43, ["*"], now - 2 * DAY, now - DAY)
    used = await hub.store.write(add_token, "<b>used", "b" * 43, ["search:read"], now)
    await hub.store.write(mark_token_used, used, now)
    _, page = await boss.get("/settings/tokens")

    assert "There is no token yet" in empty
    assert "has ended" in page
    assert "&lt;b&gt;used" in page
    assert "when it is revoked" in page


async def test_what_makes_owners_is_for_owners_only(signed_in, hub):
    boss = await signed_in(Role.ADMIN)
    for scope in ("*", "agents:write"):
        assert (await boss.post("/settings/tokens", {"name": "x", "scope": scope})).status == 403
    _, page = await boss.get("/settings/tokens")

    assert 'value="agents:write"' not in page
    assert await hub.store.read(list_tokens) == []


async def test_wrong_forms_are_answered_in_words_and_make_nothing(signed_in, hub):
    boss = await signed_in(Role.OWNER)
    for form, words in (
        ({"name": " ", "scope": "search:read"}, "Say what the token is for."),
        ({"name": "x"}, "Choose what the token may do."),
        ({"name": "x", "scope": "search:read", "days": "0"}, "Give a number of days"),
        ({"name": "x", "scope": "search:read", "days": "3651"}, "Give a number of days"),
        ({"name": "x", "scope": "search:read", "days": "²"}, "Give a number of days"),
        ({"name": "x", "scope": "everything"}, "is not offered"),
        ({"name": "x", "scope": "search:read", "team": "f" * 32}, "is not offered"),
    ):
        answer = await boss.post("/settings/tokens", form)
        assert (answer.status, words in await answer.text()) == (422, True), form
    gone = await boss.post(f"/settings/tokens/{'f' * 32}/removal")

    assert gone.status == 404
    assert await hub.store.read(list_tokens) == []

"""hub.web.login: who gets in, what is said to who does not, and that every session can be ended."""

import asyncio
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from hub.accounts import change_agent, first_sign_in, invite
from hub.clock import DAY
from hub.errors import Conflict
from hub.model import Role
from hub.passwords import hash_password
from hub.store.agents import list_agents

CHOSEN = {"password": "a long enough one"}
WRONG = {"email": "agent@example.com", "password": "not this one at all"}
RIGHT = {"email": "agent@example.com", "password": "correct horse battery"}


async def test_form_is_plain_and_needs_no_script(browser, agent):
    await agent()
    status, page = await browser().get("/login")

    assert status == 200
    assert page.count('type="email"') == page.count('type="password"') == 1
    assert re.findall(r"<script src=\S+/(\w+)\.js", page) == ["secret"]  # shows the password, and nothing else


async def test_visitor_is_led_to_the_form_and_back(browser, agent):
    await agent()
    visitor = browser()
    sent_away = await visitor.answer("GET", "/settings?tab=1")
    entered = await visitor.answer("POST", "/login", data=RIGHT | {"next": "/settings?tab=1"})

    assert parse_qs(urlsplit(sent_away.headers["Location"]).query) == {"next": ["/settings?tab=1"]}
    assert entered.headers["Location"] == "/settings?tab=1"


@pytest.mark.parametrize(
    "target", ["//evil.test", "https://evil.test", "/\\evil.test", "/\t/evil.test", "javascript:1"]
)
async def test_form_leads_to_no_other_site(browser, agent, target):
    await agent()
    entered = await browser().answer("POST", "/login", data=RIGHT | {"next": target})

    assert entered.headers["Location"] == "/"


async def test_answer_does_not_tell_whether_the_address_is_known(browser, agent):
    await agent()
    visitor = browser()
    known = await visitor.answer("POST", "/login", data=WRONG)
    unknown = await visitor.answer("POST", "/login", data=WRONG | {"email": "nobody@example.com"})
    known_page, unknown_page = await known.text(), await unknown.text()

    assert known.status == unknown.status == 422
    assert known_page.replace("agent@", "nobody@") == unknown_page


async def test_account_switched_off_gets_the_same_answer(browser, agent, hub):
    who = await agent()
    await hub.store.write(change_agent, who.id, hub.clock.now(), active=False)

    assert (await browser().answer("POST", "/login", data=RIGHT)).status == 422


async def test_guessing_is_slowed_down_and_says_for_how_long(browser, agent):
    await agent()
    visitor = browser()
    for _ in range(6):
        await visitor.answer("POST", "/login", data=WRONG)
    refused = await visitor.answer("POST", "/login", data=RIGHT)

    assert refused.status == 429
    assert "3 minutes" in await refused.text()


async def test_session_changes_at_every_sign_in_and_ends_at_sign_out(browser, agent):
    await agent()
    visitor = browser()
    first = (await visitor.answer("POST", "/login", data=RIGHT)).cookies["hub_session"]
    second = (await visitor.answer("POST", "/login", data=RIGHT)).cookies["hub_session"]
    stolen = {"Cookie": f"hub_session={first.value}"}

    assert first.value != second.value
    assert second["httponly"]
    assert second["samesite"] == "Lax"
    assert (await browser().answer("GET", "/settings", headers=stolen)).status == 303
    assert (await visitor.post("/logout")).headers["Location"] == "/login"
    assert (await visitor.answer("GET", "/settings")).status == 303


@pytest.mark.parametrize("change", ["password", "role", "active"])
async def test_every_session_dies_when_the_key_changes(signed_in, hub, change):
    visitor = await signed_in()
    other = {
        "password": {"password_hash": await hash_password("another long one")},
        "role": {"role": Role.READ_ONLY.value},
        "active": {"active": False},
    }
    [who] = await hub.store.read(list_agents)
    await hub.store.write(change_agent, who.id, hub.clock.now(), **other[change])

    assert (await visitor.answer("GET", "/settings")).status == 303


async def test_session_ends_by_itself(signed_in, clock):
    visitor = await signed_in()
    clock.forward(31 * DAY)

    assert (await visitor.answer("GET", "/settings")).status == 303


async def test_looking_at_a_one_time_link_does_not_use_it_up(browser, agent, hub):
    token = await invite(hub.store, hub.clock, await agent())
    visitor = browser()
    for method in ("GET", "HEAD", "GET"):
        assert (await visitor.answer(method, f"/password/{token}")).status == 200
    used = await visitor.answer("POST", f"/password/{token}", data={"password": "a fresh long password"})
    again = await visitor.answer("POST", f"/password/{token}", data={"password": "another long password"})

    assert used.status == 303
    assert again.status == 404


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_one_time_link_stands_in_no_log_when_the_store_is_away(browser, hub, caplog):
    link, visitor = "a-one-time-link-that-opens-an-account", browser()
    await hub.store.close()

    assert (await visitor.get(f"/password/{link}"))[0] == 503
    assert "GET /password/***" in caplog.text
    assert link not in caplog.text


async def test_short_password_leaves_the_link_good(browser, agent, hub):
    token = await invite(hub.store, hub.clock, await agent())

    assert (await browser().answer("POST", f"/password/{token}", data={"password": "short"})).status == 422
    assert (await browser().answer("GET", f"/password/{token}")).status == 200


async def test_empty_house_leads_to_the_first_account(browser, hub):
    visitor = browser()
    address = (await first_sign_in(hub)).rpartition(" ")[2]
    token = parse_qs(urlsplit(address).query)["token"][0]
    form = {"token": token, "name": "Ada", "email": "ada@example.com", "password": "a long enough password"}

    assert (await visitor.answer("GET", "/")).headers["Location"] == "/setup"
    assert (await visitor.answer("POST", "/setup", data=form | {"token": "guess"})).status == 422
    assert (await visitor.answer("POST", "/setup", data=form)).status == 303
    assert (await visitor.answer("GET", "/settings")).status == 200
    assert (await visitor.answer("GET", "/setup")).status == 404
    assert "/login" in await first_sign_in(hub)


async def test_last_owner_cannot_be_taken_away(agent, hub):
    from_above = await agent(Role.OWNER)

    with pytest.raises(Conflict):
        await hub.store.write(change_agent, from_above.id, hub.clock.now(), active=False)


async def test_a_hundred_guesses_at_once_are_counted_before_they_are_checked(browser, agent):
    await agent()
    visitor = browser()
    answers = await asyncio.gather(*(visitor.answer("POST", "/login", data=WRONG) for _ in range(100)))
    statuses = [answer.status for answer in answers]

    assert (statuses.count(422), statuses.count(429)) == (6, 94)
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status == 429)


async def test_signing_in_again_and_again_is_no_guessing(browser, agent):
    await agent()
    entered = [(await browser().answer("POST", "/login", data=RIGHT)).status for _ in range(10)]
    assert entered == [303] * 10


async def test_known_browser_is_not_locked_out_by_a_stranger(browser, agent):
    await agent()
    mine, stranger = browser(), browser()
    await mine.answer("POST", "/login", data=RIGHT)
    await mine.post("/logout")
    for _ in range(8):
        await stranger.answer("POST", "/login", data=WRONG)

    assert (await stranger.answer("POST", "/login", data=RIGHT)).status == 429
    assert (await mine.answer("POST", "/login", data=RIGHT)).status == 303


async def test_known_browser_cannot_guess_without_end(browser, agent):
    await agent()
    mine = browser()
    await mine.answer("POST", "/login", data=RIGHT)
    await mine.post("/logout")
    statuses = [(await mine.answer("POST", "/login", data=WRONG)).status for _ in range(15)]
    assert statuses == [422] * 10 + [429] * 5


async def test_made_up_links_cost_no_hash_and_hold_up_no_sign_in(browser, agent):
    await agent()
    visitor = browser()
    made_up = [visitor.answer("POST", f"/password/{n:064x}", data=CHOSEN) for n in range(80)]
    answers = await asyncio.gather(*made_up)
    statuses = {answer.status for answer in answers}

    assert statuses == {404, 429}
    assert (await browser().answer("POST", "/login", data=RIGHT)).status == 303


async def test_present_password_cannot_be_guessed_from_an_open_session(signed_in):
    visitor = await signed_in()
    for _ in range(6):
        await visitor.post("/settings/password", {"old": "not the one I use", "password": "another long one"})
    refused = await visitor.post("/settings/password", {"old": RIGHT["password"], "password": "another long one"})

    assert (refused.status, int(refused.headers["Retry-After"]) > 60) == (429, True)
    assert "Too many tries" in await refused.text()


@pytest.mark.parametrize("header", ["HX-Request", "X-Live", "X-Quiet"])
async def test_a_script_of_an_open_page_is_told_that_nobody_is_signed_in(browser, header):
    answer = await browser().answer("GET", "/inbox", headers={header: "1"})
    assert answer.status == 401

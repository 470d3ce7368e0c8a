"""The second factor: without it a password lets nobody in; codes are good once; who lost all is let in by others."""

import asyncio
import base64
import html
import json
import re

import pytest

from hub.accounts import invite
from hub.clock import MINUTE
from hub.factors.codes import reset_factors
from hub.factors.passkeys import sign_in_options
from hub.factors.totp import STEP, code_at, step_of
from hub.model import Role
from hub.store.agents import find_agent_by_email
from hub.store.audit import list_audit
from hub.store.second_factors import get_factors
from tests.web.browser import Visitor

PASSWORD = "correct horse battery"
RIGHT = {"email": "agent@example.com", "password": PASSWORD}
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of RFC 6238, appendix B
CODE = re.compile(r"<li><code>([a-z2-7-]{19})</code></li>")
PAGE = "/settings/second-factor"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        *((59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471")),
        *((1_234_567_890, "005924"), (2_000_000_000, "279037"), (20_000_000_000, "353130")),
    ],
)
def test_codes_are_those_of_the_standard(seconds, code):
    assert code_at(SECRET, seconds * 1000 // STEP) == code


def test_code_of_a_clock_that_is_half_a_minute_off_is_taken_and_none_twice():
    now = 100 * STEP
    taken = [step_of(SECRET, code_at(SECRET, 100 + off), now, -1) for off in (-2, -1, 0, 1, 2)]

    assert taken == [None, 99, 100, 101, None]
    assert step_of(SECRET, code_at(SECRET, 100), now, 100) is None
    assert step_of(SECRET, f"{code_at(SECRET, 100)[:3]} {code_at(SECRET, 100)[3:]}", now, 99) == 100


async def set_up(visitor: Visitor, clock) -> tuple[str, list[str]]:
    """The app's secret, and the recovery codes."""
    page = await (await visitor.post("/settings/second-factor/proposal")).text()
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    locked = html.unescape(re.search(r'name="locked" value="([^"]+)"', page)[1])
    form = {"locked": locked, "code": code_at(secret, clock.now() // STEP), "password": PASSWORD}
    shown = await (await visitor.post("/settings/second-factor/app", form)).text()
    clock.forward(STEP)
    return secret, CODE.findall(shown)


async def step(visitor: Visitor, code: str) -> int:
    return (await visitor.answer("POST", "/login/second", data={"code": code, "next": "/settings"})).status


async def is_in(visitor: Visitor) -> bool:
    return (await visitor.get("/settings"))[0] == 200


async def test_password_alone_lets_nobody_in_and_each_code_is_good_once(signed_in, browser, clock, hub):
    secret, codes = await set_up(await signed_in(), clock)
    visitor, other = browser(), browser()
    asked = await visitor.answer("POST", "/login", data=RIGHT | {"next": "/settings"})
    await other.answer("POST", "/login", data=RIGHT)
    code = code_at(secret, clock.now() // STEP)

    assert asked.headers["Location"] == "/login/second?next=/settings"
    assert not await is_in(visitor)
    assert "authenticator app" in (await visitor.get("/login/second"))[1]
    assert await step(visitor, "000000") == 422
    assert await step(visitor, code) == 303
    assert await is_in(visitor)
    assert (await step(other, code), await is_in(other)) == (422, False)
    assert (await step(other, codes[0].upper().replace("-", " ")), await is_in(other)) == (303, True)
    await browser().answer("POST", "/login", data=RIGHT)
    third = browser()
    await third.answer("POST", "/login", data=RIGHT)
    assert await step(third, codes[0]) == 422
    agent = await hub.store.read(find_agent_by_email, "agent@example.com")
    assert (await hub.store.read(get_factors, agent.id)).codes == len(codes) - 1 == 9


async def test_secret_and_codes_stand_nowhere_in_clear(signed_in, clock, hub):
    secret, codes = await set_up(await signed_in(), clock)
    agent = await hub.store.read(find_agent_by_email, "agent@example.com")
    factors = await hub.store.read(get_factors, agent.id)

    assert secret not in factors.totp
    assert hub.vault.unlock(f"totp {agent.id}", factors.totp) == secret
    assert len(codes) == 10


async def test_nothing_is_asked_of_who_did_not_just_give_the_password(browser, agent, signed_in, clock):
    secret, _ = await set_up(await signed_in(), clock)
    stranger, late = browser(), browser()
    await late.answer("POST", "/login", data=RIGHT)
    clock.forward(11 * MINUTE)

    assert (await stranger.get("/login/second"))[0] == 303
    assert (await step(stranger, code_at(secret, clock.now() // STEP)), await is_in(stranger)) == (303, False)
    assert (await step(late, code_at(secret, clock.now() // STEP)), await is_in(late)) == (303, False)


async def test_codes_cannot_be_guessed_however_many_browsers_ask_at_once(signed_in, browser, clock):
    secret, _ = await set_up(await signed_in(), clock)
    visitors = [browser() for _ in range(3)]
    for visitor in visitors:
        await visitor.answer("POST", "/login", data=RIGHT)
    statuses = await asyncio.gather(*(step(visitors[n % 3], f"{n:06d}") for n in range(30)))

    assert (statuses.count(422), statuses.count(429)) == (6, 24)
    late = await visitors[0].answer("POST", "/login/second", data={"code": code_at(secret, clock.now() // STEP)})
    assert (late.status, int(late.headers["Retry-After"]) > 60) == (429, True)


async def test_who_knows_the_password_too_does_not_lock_the_owner_out_of_a_known_browser(signed_in, browser, clock):
    mine, stranger = await signed_in(), browser()
    secret, _ = await set_up(mine, clock)
    await mine.post("/logout")
    await mine.answer("POST", "/login", data=RIGHT)
    await stranger.answer("POST", "/login", data=RIGHT)
    refused = [await step(stranger, f"{n:06d}") for n in range(8)]
    code = code_at(secret, clock.now() // STEP)

    assert refused == [422] * 6 + [429] * 2
    assert await step(stranger, code) == 429
    assert await step(mine, code) == 303


async def test_refused_passkeys_of_a_network_keep_no_known_browser_from_its_own(signed_in, browser):
    mine, stranger = await signed_in(), browser()
    for _ in range(61):
        refused = await stranger.answer("POST", "/login/passkey", data={"credential": ""})

    assert (refused.status, refused.headers["Retry-After"]) == (429, "15")
    assert (await mine.answer("POST", "/login/passkey", data={"credential": ""})).status == 422


async def test_one_time_link_does_not_lead_around_the_second_factor(signed_in, browser, clock, hub):
    secret, _ = await set_up(await signed_in(), clock)
    agent = await hub.store.read(find_agent_by_email, "agent@example.com")
    visitor = browser()
    used = await visitor.answer(
        "POST", f"/password/{await invite(hub.store, clock, agent)}", data={"password": "a fresh long one"}
    )

    assert used.headers["Location"].startswith("/login/second")
    assert not await is_in(visitor)
    assert await step(visitor, code_at(secret, clock.now() // STEP)) == 303
    assert await is_in(visitor)


async def test_what_protects_the_account_changes_only_with_the_password(signed_in, clock, hub):
    visitor = await signed_in()
    _, codes = await set_up(visitor, clock)
    for path in ("/app/removal", "/app"):
        assert (await visitor.post(PAGE + path, {"password": "not this one at all", "code": "000000"})).status == 422
    refused = await visitor.post("/settings/recovery-codes", {"password": "not this one at all"})
    fresh = CODE.findall(await (await visitor.post("/settings/recovery-codes", {"password": PASSWORD})).text())
    removed = await visitor.post(PAGE + "/app/removal", {"password": PASSWORD})
    agent = await hub.store.read(find_agent_by_email, "agent@example.com")
    factors = await hub.store.read(get_factors, agent.id)

    assert (refused.status, len(set(fresh) - set(codes)), removed.status) == (422, 10, 303)
    assert (factors.any, factors.codes) == (False, 0)


async def test_wrong_code_switches_nothing_on(signed_in, hub):
    visitor = await signed_in()
    page = await (await visitor.post("/settings/second-factor/proposal")).text()
    locked = html.unescape(re.search(r'name="locked" value="([^"]+)"', page)[1])
    for altered in (locked, locked[:-4], "", "v1.abc.def"):
        form = {"locked": altered, "code": "000000", "password": PASSWORD}
        assert (await visitor.post("/settings/second-factor/app", form)).status == 422
    agent = await hub.store.read(find_agent_by_email, "agent@example.com")
    assert not (await hub.store.read(get_factors, agent.id)).any


async def test_administrator_resets_the_factors_of_a_colleague_and_nobody_those_of_an_owner(
    signed_in, browser, agent, clock, hub
):
    mine = await signed_in()
    await set_up(mine, clock)
    colleague = await hub.store.read(find_agent_by_email, "agent@example.com")
    owner = await agent(Role.OWNER)
    boss = await signed_in(Role.ADMIN)
    forbidden = await boss.post(f"/agents/{owner.id}/second-factor")
    await boss.post(f"/agents/{colleague.id}/second-factor")
    again = browser()
    entered = await again.answer("POST", "/login", data=RIGHT)

    assert forbidden.status == 403
    assert not await is_in(mine)
    assert (entered.headers["Location"], await is_in(again)) == ("/", True)


async def test_answers_that_no_passkey_gave_are_refused_and_counted(browser, agent, hub):
    await agent()
    visitor = browser()
    challenge = json.loads(sign_in_options(hub))["challenge"]
    client = json.dumps({"type": "webauthn.get", "challenge": challenge, "origin": hub.base_url})
    made_up = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"clientDataJSON": b64(client)}}
    answers = ["", "[]", "1", "{}", '{"id": 1, "response": null}', "[" * 500, json.dumps(made_up)]
    statuses = [
        (await visitor.answer("POST", "/login/passkey", data={"credential": answer})).status for answer in answers
    ]
    rest = [(await visitor.answer("POST", "/login/passkey", data={"credential": ""})).status for _ in range(60)]

    noted = [(one.who, one.network) for one in await hub.store.read(list_audit, deed="sign_in_refused")]
    assert noted == [("", "127.0.0.1")] * 60
    assert statuses == [422] * len(answers)
    assert rest.count(429) == len(answers)


def b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def test_reset_on_the_command_line_ends_what_was_open(signed_in, clock, hub):
    mine = await signed_in()
    await set_up(mine, clock)
    colleague = await hub.store.read(find_agent_by_email, "agent@example.com")
    await hub.store.write(reset_factors, colleague.id, clock.now())

    assert not await is_in(mine)
    assert not (await hub.store.read(get_factors, colleague.id)).any

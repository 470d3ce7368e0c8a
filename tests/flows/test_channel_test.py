"""Whoever tests a channel sees what was tried, which step failed, why, and what can be done."""

import pytest

from hub.sandbox.twilio import Trouble
from tests.rest import program_of
from tests.running import open_office
from tests.telegram import open_world as open_telegram
from tests.texting import open_world as open_texting
from tests.twilio import ACCOUNT


@pytest.fixture
def engine() -> str:
    """What providers answer does not depend on the store."""
    return "sqlite"


async def tried(office, name: str) -> tuple[bool, list[tuple[str, bool]], dict]:
    async with program_of(office.hub) as program:
        answer = await program.must("POST", f"/channels/{name}/test", {})
    return answer["ok"], [(step["name"], step["ok"]) for step in answer["steps"]], answer["steps"][-1]


async def test_all_is_well(store_url):
    async with open_texting(store_url) as world:
        assert (await tried(world.office, "sms"))[:2] == (True, [("account", True), ("callbacks", True)])


async def test_the_step_that_fails_comes_last_with_its_reason_and_what_to_do(store_url):
    async with open_texting(store_url) as world:
        world.twilio.inject(Trouble.REFUSE, code=20003, where=f"{ACCOUNT}.json")
        ok, steps, last = await tried(world.office, "wa")

    assert (ok, steps) == (False, [("account", False)])
    assert last["problem"]
    assert "auth_token" in last["next"]


async def test_a_bot_whose_name_is_known_may_still_not_be_called(store_url):
    async with open_telegram(store_url) as world:
        await world.hello()
        world.telegram.updates.set_webhook(None)
        ok, steps, last = await tried(world.office, "bot")

    assert (ok, steps) == (False, [("token", True), ("way in", False)])
    assert "nobody" in last["problem"]


async def test_mail_is_tried_out_and_in(store_url):
    section = {
        "type": "email",
        "address": "support@hub.example",
        "smtp": {"host": "127.0.0.1", "port": 9, "security": "none"},
    }
    async with open_office(store_url, {"mail": section}) as office:
        ok, steps, last = await tried(office, "mail")

    assert (ok, steps) == (False, [("outgoing mail", False)])
    assert ".smtp" in last["next"]

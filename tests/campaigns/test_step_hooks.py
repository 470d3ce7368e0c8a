"""hub.sequences.hooking: a step tells another program of each customer, signed, and what became of it shows."""

import base64
import hmac
import json
from hashlib import sha256

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.clock import DAY, MINUTE
from hub.errors import Conflict
from hub.sequences.hooking import secret_of, tell_due
from hub.store.settings import arm, disarm
from hub.store.step_hooks import count_hooks, list_hooks
from tests.campaigns.test_branches import ADDED, begin, heard, says
from tests.campaigns.test_sequences import active

PUBLIC = "https://crm.example.com/hub"


class Program:
    """Somebody's server: keeps what it hears, answers what `statuses` says (then 200)."""

    def __init__(self):
        self.heard, self.statuses = [], []

    async def listen(self, request):
        self.heard.append((request.headers.copy(), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def program():
    somebody, app = Program(), web.Application()
    app.router.add_post("/hub", somebody.listen)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:

        async def post(url, body, headers):
            assert url == PUBLIC
            async with session.post(server.make_url("/hub"), data=body, headers=headers) as answer:
                return answer.status

        somebody.post = post
        yield somebody


def hook(url=PUBLIC):
    return {"kind": "webhook", "url": url}


async def tell(world, program):
    return await tell_due(world.hub, program.post)


async def test_each_customer_is_told_of_once_signed_and_the_run_goes_on(world, program):
    ada = await world.customer("Ada")
    sequence = await begin(world, [hook(), says("Hello")], ada)
    assert heard(world) == ["Hello"]
    assert await tell(world, program)
    assert not await tell(world, program)
    [(headers, body)] = program.heard
    told = json.loads(body)
    assert (told["type"], told["customer_id"]) == ("sequence.webhook", ada)
    assert told["data"] == {"sequence": sequence.id, "name": sequence.name, "step": 1}
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    secret = secret_of(world.hub.signer, sequence.id)
    expected = base64.b64encode(hmac.digest(secret.encode(), signed, sha256)).decode()
    assert headers["Webhook-Signature"] == f"v1,{expected}"
    [row] = await world.read(list_hooks, sequence.id, [ada])
    assert (row.state, row.problem, headers["Webhook-Id"]) == ("told", "", row.id)


async def test_a_program_that_is_away_is_told_again_and_the_outcome_of_each_shows(world, program):
    ada, grace = await world.customer("Ada"), await world.customer("Grace")
    program.statuses += [500, 410]
    sequence = await begin(world, [hook()], ada, grace)
    await tell(world, program)
    rows = await world.read(list_hooks, sequence.id, [ada, grace])
    assert sorted((row.state, row.problem) for row in rows) == [("failed", "answered 410"), ("waiting", "answered 500")]
    assert await world.read(count_hooks, sequence.id, 1) == {0: {"waiting": 1, "failed": 1}}
    await tell(world, program)
    assert len(program.heard) == 2
    world.clock.forward(MINUTE)
    await tell(world, program)
    assert await world.read(count_hooks, sequence.id, 1) == {0: {"told": 1, "failed": 1}}
    assert program.heard[2][0]["Webhook-Id"] in {headers["Webhook-Id"] for headers, _ in program.heard[:2]}


async def test_it_is_given_up_after_three_days(world, program):
    ada = await world.customer("Ada")
    program.statuses += [500] * 200
    sequence = await begin(world, [hook()], ada)
    while (await world.read(list_hooks, sequence.id, [ada]))[0].state == "waiting":
        await tell(world, program)
        world.clock.forward(90 * MINUTE)
    assert 90 * MINUTE * len(program.heard) > 2 * DAY


async def test_a_restored_copy_tells_nobody_until_it_is_armed(world, program):
    ada = await world.customer("Ada")
    await begin(world, [hook()], ada)
    await world.write(disarm, "restored", world.clock.now())
    await tell(world, program)
    assert program.heard == []
    await world.write(arm)
    await tell(world, program)
    assert len(program.heard) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1/hub", "https://"])
async def test_an_address_that_may_not_be_called_keeps_it_from_starting(world, url):
    with pytest.raises(Conflict, match="1/webhook"):
        await active(world, trigger=ADDED, steps=[hook(url)])

"""What a gateway before a provider answers, and a message that is refused the moment it is made."""

import json
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.telnyx import TelnyxChannel
from hub.channel import Channel
from hub.clock import FakeClock
from hub.errors import SendDeferred, SendDoubtful, SendError, SendRejected
from hub.model import Outbound
from tests.doors import Ledger, open_tools
from tests.people import ADA
from tests.twilio import open_twilio_channel

PROFILE = "3fa85f55-4000-4000-8000-000000000000"
KEY = "A" * 43 + "="
MESSAGE = Outbound("d" * 32, ADA.sms_address, "On its way")


class Gateway:
    """Answers everything alike."""

    status, body, origin = 200, "", ""

    async def answer(self, request: web.Request) -> web.Response:
        return web.Response(status=self.status, text=self.body, content_type="application/json")


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    made, app = Gateway(), web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    async with TestServer(app) as server:
        made.origin = str(server.make_url("")).rstrip("/")
        yield made


@pytest.fixture
async def opened(gateway: Gateway, clock: FakeClock) -> AsyncIterator[Callable[[str], Channel]]:
    async with open_tools(clock, "https://hub.example") as tools:

        def open_one(type: str) -> Channel:
            if type == "sms":
                return open_twilio_channel("sms", "line", tools, api_base=gateway.origin)
            section = {"api_key": "KEY_1", "public_key": KEY, "messaging_profile_id": PROFILE, "from": "+12025550100"}
            return TelnyxChannel("line", TelnyxChannel.Settings(**section, api_base=gateway.origin), tools)

        yield open_one


@pytest.mark.parametrize("type", ["sms", "telnyx"])
@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, SendDoubtful) for status in (302, 408, 500, 502, 503, 504)),
        *((status, SendDeferred) for status in (401, 425, 429)),
        (413, SendRejected),
    ],
)
async def test_only_what_surely_was_not_taken_is_sent_again(
    gateway: Gateway, opened: Callable[[str], Channel], type: str, status: int, error: type[SendError]
) -> None:
    gateway.status, gateway.body = status, "<html>"
    with pytest.raises(error):
        await opened(type).send(MESSAGE, Ledger())


@pytest.mark.parametrize(("code", "dead"), [(30005, True), (30006, True), (30007, False), (None, False)])
async def test_message_made_as_failed_marks_a_dead_number_as_its_receipt_would(gateway, opened, code, dead):
    gateway.status = 201
    gateway.body = json.dumps({"sid": "SM" + "1" * 32, "status": "failed", "error_code": code, "error_message": None})
    with pytest.raises(SendRejected) as refused:
        await opened("sms").send(MESSAGE, Ledger())
    assert refused.value.bounced is dead

"""Answers the provider's REST API (2010-04-01) as its published description says."""

import asyncio
import base64
import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web

from hub.sandbox.twilio_errors import RestError
from hub.sandbox.twilio_exchange import Exchange
from hub.sandbox.twilio_faults import Faults, Trouble
from hub.sandbox.twilio_json import account_json
from hub.sandbox.twilio_messages import Handsets
from hub.sandbox.twilio_request import ACCOUNT, FORM, form_of
from hub.sandbox.twilio_rest_calls import CallResources
from hub.sandbox.twilio_rest_messages import MessageResources
from hub.sandbox.twilio_seats import Seats
from hub.sandbox.twilio_state import SeenRequest, TwilioState

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_REQUEST = 2_000_000
OPEN_PATHS = ("/cdn/", "/signal")  # media need no password, as at the provider; browsers bring a token


class RestApi:
    """The door: log, authenticate, cause the trouble that was ordered, word errors as the provider does."""

    def __init__(
        self, state: TwilioState, faults: Faults, handsets: Handsets, exchange: Exchange, seats: Seats
    ) -> None:
        self.state = state
        self.faults = faults
        self._seats = seats
        self._routes = [*MessageResources(state, handsets).routes(), *CallResources(state, exchange).routes()]

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=MAX_REQUEST)
        app.router.add_get(f"{ACCOUNT}.json", self._account)
        app.router.add_get("/signal", self._seats.connect)
        app.add_routes(self._routes)
        return app

    async def _account(self, request: web.Request) -> web.Response:
        return web.json_response(account_json(self.state))

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        request[FORM] = await form_of(request)
        self._log(request)
        where = f"{request.method} {request.path}"
        try:
            self._authenticate(request)
            if refused := await self._trouble_before(request, where):
                return refused
            response = await handler(request)
        except RestError as error:
            return _error(error)
        except web.HTTPException as error:
            return _error(RestError(20404 if error.status == 404 else 20004, request.path))
        return self._trouble_after(request, where) or response

    def _log(self, request: web.Request) -> None:
        headers, now = dict(request.headers), self.state.clock.now()
        seen = SeenRequest(request.method, request.path, dict(request.query), headers, request[FORM], now)
        self.state.requests.append(seen)

    def _authenticate(self, request: web.Request) -> None:
        if request.path.startswith(OPEN_PATHS):
            return
        expected = base64.b64encode(f"{self.state.account_sid}:{self.state.auth_token}".encode())
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic" or not hmac.compare_digest(given.strip().encode(), expected):
            raise RestError(20003)
        if request.match_info.get("account", self.state.account_sid) != self.state.account_sid:
            raise RestError(20404, request.path)

    async def _trouble_before(self, request: web.Request, where: str) -> web.StreamResponse | None:
        if fault := self.faults.take(Trouble.LATENCY, where):
            await asyncio.sleep(fault.seconds)
        if fault := self.faults.take(Trouble.RATE_LIMIT, where):
            refused = _error(RestError(20429))
            refused.headers["Retry-After"] = str(round(fault.seconds) or 1)
            return refused
        if fault := self.faults.take(Trouble.SERVER_ERROR, where):
            return _error(RestError(fault.code or 20500))
        if fault := self.faults.take(Trouble.REFUSE, where):
            return _error(RestError(fault.code or 20001))
        return _reset(request) if self.faults.take(Trouble.RESET, where) else None

    def _trouble_after(self, request: web.Request, where: str) -> web.StreamResponse | None:
        if fault := self.faults.take(Trouble.ERROR_AFTER_ACCEPT, where):
            return _error(RestError(fault.code or 20500))
        return _reset(request) if self.faults.take(Trouble.RESET_AFTER_ACCEPT, where) else None


def _error(error: RestError) -> web.Response:
    return web.json_response(error.payload(), status=error.status)


def _reset(request: web.Request) -> web.Response:
    """Cut the connection before a byte of the answer."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)

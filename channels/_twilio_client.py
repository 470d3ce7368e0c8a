"""The provider's own client over the hub's HTTP session.

Loaded for the first POST, in a thread: with what it brings along it is 10 MB and half a second, which a hub that only
waits and asks need not pay (`_twilio_api.TwilioApi`).
"""

import json
import logging
from typing import Any
from urllib.parse import urlencode

import aiohttp
import twilio.rest.api  # noqa: F401 - loaded here, else the first use would, in the event loop
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from ._twilio import TwilioSettings
from ._twilio_api import exchange


class HubHttpClient(AsyncHttpClient):  # type: ignore[misc]  # the package ships no types
    """The transport of `twilio.rest.Client`: our session, our api_base, and errors that say what to do next."""

    def __init__(self, session: aiohttp.ClientSession, api_base: str) -> None:
        super().__init__(logging.getLogger("hub.channels.twilio"), is_async=True)
        self._session = session
        self._api_base = api_base

    async def request(
        self,
        method: str,
        uri: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        **_: Any,
    ) -> Response:
        url = f"{uri}{'&' if '?' in uri else '?'}{urlencode(params, doseq=True)}" if params else uri
        body = _body(data, headers) if data else None
        status, text, answered = await exchange(
            self._session, self._api_base, method, url, auth=auth, body=body, headers=headers
        )
        return Response(status, text, answered)


def _body(data: Any, headers: Any) -> bytes:
    """A form, but for the one API that takes JSON."""
    if "json" in str((headers or {}).get("Content-Type", "")):
        return json.dumps(data).encode()
    return urlencode(data, doseq=True).encode()


def open_client(settings: TwilioSettings, session: aiohttp.ClientSession) -> Any:
    """For this account; nothing is connected yet."""
    token = settings.auth_token.get_secret_value()
    transport = HubHttpClient(session, settings.api_base)
    # an empty environment would make the package look at os.environ
    return Client(settings.account_sid, token, http_client=transport, environment={"TWILIO": ""})

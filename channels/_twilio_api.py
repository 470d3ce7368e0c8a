"""Talks to the REST API with the provider's own client over the hub's HTTP session, and words its errors.

What an error means for a message: not written at all, or 429 -> SendDeferred; 4xx but 408 -> SendRejected; all else
after the POST was written -> SendDoubtful, because the provider may have it and knows no idempotency key.
"""

import logging
import mimetypes
import re
from collections.abc import Awaitable, Sequence
from functools import partial
from importlib import import_module
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from yarl import URL

from hub.channel import Step, Tools
from hub.errors import ReadDeferred, SendDeferred, SendDoubtful, SendError, Unreadable
from hub.model import Attachment, RemoteFile

from ._fates import Fate, error_of
from ._twilio import API, TwilioSettings, origin_of
from ._twilio_errors import CODES, reason_of

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10, sock_connect=5)
TOO_MANY = 20429
HOSTS = re.compile(r"^https://(api|content)\.twilio\.com")
SEAT_SECONDS = 3600

T = TypeVar("T")


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
        url = uri if self._api_base == API else HOSTS.sub(self._api_base, uri, 1)
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params, doseq=True)
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                data=urlencode(data, doseq=True).encode() if data else None,
                headers={**(headers or {}), **({"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {})},
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as response:
                return _checked(method, response, await response.text(errors="replace"))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as trouble:
            raise SendDeferred(f"Twilio cannot be reached: {trouble}") from trouble
        except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
            raise _lost(method, f"Twilio did not answer: {trouble or type(trouble).__name__}") from trouble


def open_client(settings: TwilioSettings, tools: Tools) -> Any:
    """The provider's client for this account; nothing is connected yet."""
    transport = HubHttpClient(tools.session, settings.api_base)
    token = settings.auth_token.get_secret_value()
    # an empty environment would make the package look at os.environ
    return Client(settings.account_sid, token, http_client=transport, environment={"TWILIO": ""})


def seat_token(account_sid: str, key: str, secret: str, identity: str) -> str:
    """Signed for one browser, which may take calls with it for an hour and do nothing else."""
    access: Any = import_module("twilio.jwt.access_token")  # heavy, and most houses ring desk phones
    grants: Any = import_module("twilio.jwt.access_token.grants")
    token = access.AccessToken(account_sid, key, secret, identity=identity, ttl=SEAT_SECONDS)
    token.add_grant(grants.VoiceGrant(incoming_allow=True))
    return str(token.to_jwt())


async def posted(call: Awaitable[T]) -> T:
    """The answer to a POST that must not be made twice. Raises SendDeferred, SendRejected or SendDoubtful."""
    try:
        return await call
    except TwilioRestException as error:
        raise refusal(error) from error
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        raise SendDoubtful(f"Twilio's answer cannot be read: {error}") from error


async def fetched(call: Awaitable[T]) -> T:
    """The answer to a GET. Raises Unreadable when there is no such thing (any more), else ReadDeferred."""
    try:
        return await call
    except SendError as error:
        raise ReadDeferred(str(error)) from error
    except TwilioRestException as error:
        reason = reason_of(_code(error), error.msg)
        raise (Unreadable if error.status == 404 else ReadDeferred)(reason) from error
    except TwilioException as error:  # a page of a list: (text, response)
        status = getattr(error.args[-1], "status_code", 0) if error.args else 0
        raise (Unreadable if status == 404 else ReadDeferred)(f"Twilio answered {status}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ReadDeferred(f"Twilio's answer cannot be used: {error}") from error


def account_steps(client: Any, settings: TwilioSettings, tools: Tools) -> Sequence[Step]:
    """What has to be right before the channel can work."""
    return (
        Step(
            "account",
            partial(_account_problems, client, settings),
            "Compare account_sid and auth_token with Twilio's console.",
        ),
        Step("callbacks", partial(_callback_problems, settings, tools), "Set web.base_url to the hub's https address."),
    )


async def account_problems(client: Any, settings: TwilioSettings, tools: Tools) -> list[str]:
    """What the operator has to put right before the channel can work."""
    found = [await step.check() for step in account_steps(client, settings, tools)]
    return [problem for problems in found for problem in problems]


async def _account_problems(client: Any, settings: TwilioSettings) -> list[str]:
    try:
        account = await fetched(client.api.v2010.accounts(settings.account_sid).fetch_async())
    except (ReadDeferred, Unreadable) as trouble:
        return [str(trouble)]
    return [] if account.status == "active" else [f"the Twilio account is {account.status}"]


async def _callback_problems(settings: TwilioSettings, tools: Tools) -> list[str]:
    if settings.api_base == API and not tools.base_url.startswith("https://"):
        return ["web.base_url is no https address: Twilio cannot call back"]
    return []


async def bring(
    settings: TwilioSettings, tools: Tools, file: RemoteFile, *, may_come_later: bool = False
) -> Attachment:
    """A file the provider holds; the password goes to our own api_base only.

    may_come_later: a recording is announced before it can be fetched, so that 404 means: not yet.
    """
    base = settings.api_base
    url = file.reference.replace(API, base, 1)
    ours = origin_of(url) == origin_of(base)
    auth = (settings.account_sid, settings.auth_token.get_secret_value()) if ours else None
    try:
        content, content_type = await tools.fetch(url, auth=auth, allow_origin=base)
    except Unreadable as unreadable:
        if may_come_later and str(unreadable).endswith(" 404"):
            raise ReadDeferred(f"the recording is not there yet: {unreadable}") from unreadable
        raise
    kind = content_type or file.content_type
    extension = "" if "." in file.filename else mimetypes.guess_extension(kind) or ""
    return Attachment(file.filename + extension, kind, content)


def refusal(error: TwilioRestException) -> SendError:
    """What a 4xx means for the message; a gateway's 408 does not say that nothing was taken."""
    code = _code(error)
    reason = reason_of(code, error.msg)
    if not 400 <= error.status < 500:
        return SendDoubtful(reason)
    if code in CODES:
        return error_of(CODES[code][0], reason)
    if error.status == 408:
        return SendDoubtful(reason)
    usual = Fate.SETUP if error.status == 401 else Fate.BUSY if error.status == 425 else Fate.REFUSED
    return error_of(usual, reason)


def _code(error: TwilioRestException) -> int:
    return int(error.code or 0) if str(error.code or 0).isdecimal() else 0


def _checked(method: str, response: aiohttp.ClientResponse, text: str) -> Response:
    if response.status == 429:
        raise SendDeferred(reason_of(TOO_MANY), _seconds(response.headers.get("Retry-After", "")))
    if response.status >= 500:
        raise _lost(method, f"Twilio answered {response.status}")
    return Response(response.status, text, dict(response.headers))


def _lost(method: str, reason: str) -> SendError:
    return SendDoubtful(reason) if method.upper() == "POST" else SendDeferred(reason)


def _seconds(text: str) -> float | None:
    return float(text) if text.strip().isdecimal() else None

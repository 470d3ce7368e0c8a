"""Talks to the REST API over the hub's HTTP session, and words its errors.

What changes something goes through the provider's own client. What is only asked does not: whoever waits for messages
asks now and then what was missed, and need not hold the classes of every resource for it.

What an error means for a message: not written at all, or 429 -> SendDeferred; 4xx but 408 -> SendRejected; all else
after the POST was written -> SendDoubtful, because the provider may have it and knows no idempotency key.
"""

import asyncio
import json
import mimetypes
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate
from functools import partial
from importlib import import_module
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException
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
PAGE = 1000
DATES = {"date_created", "date_sent", "start_time", "end_time"}

T = TypeVar("T")


class Record:
    """Something as the provider tells of it, by its own names (`from_` is `from`); None where it does not say. Dates
    are moments."""

    def __init__(self, told: Any) -> None:
        self._told: dict[str, Any] = told if isinstance(told, dict) else {}

    def __getattr__(self, name: str) -> Any:
        value = self._told.get(name.strip("_"))
        if name in DATES:
            date = parsedate(value) if isinstance(value, str) else None
            return datetime(*date[:6], tzinfo=UTC) if date else None
        return value


class TwilioApi:
    """One account's REST API: what is asked for is asked directly, what is done is done by the provider's client."""

    def __init__(self, settings: TwilioSettings, tools: Tools) -> None:
        self._settings, self._session = settings, tools.session
        self._account = f"/2010-04-01/Accounts/{settings.account_sid}"
        self._client: Any = None

    async def client(self) -> Any:
        """The provider's own, loaded by its first use (`_twilio_client`)."""
        if self._client is None:
            library: Any = await asyncio.to_thread(import_module, "._twilio_client", __package__)
            self._client = library.open_client(self._settings, self._session)
        return self._client

    async def posted(self, act: Callable[[Any], Awaitable[T]]) -> T:
        """The answer to a POST that must not be made twice; act: with the provider's client. Raises SendDeferred,
        SendRejected or SendDoubtful."""
        client = await self.client()
        try:
            return await act(client)
        except TwilioRestException as error:
            raise refusal(error) from error
        except (TwilioException, ValueError, KeyError, TypeError) as error:
            raise SendDoubtful(f"Twilio's answer cannot be read: {error}") from error

    async def fetched(self, path: str = "") -> Record:
        """What lies there below the account. Raises Unreadable when there is no such thing (any more), else
        ReadDeferred."""
        return Record(await self._asked(f"{self._account}{path}.json"))

    async def listed(self, path: str, limit: int = 0, **filters: str | datetime) -> list[Record]:
        """All of them, or as many as that, newest first; filters: by the provider's names, `StartTime_` for
        `StartTime>`. Raises as `fetched` does."""
        asked = {name.replace("_", ">"): _stamped(value) for name, value in filters.items()}
        there = f"{self._account}{path}.json?{urlencode(asked | {'PageSize': str(min(limit or PAGE, PAGE))})}"
        found: list[Record] = []
        while there and (not limit or len(found) < limit):
            page = await self._asked(there)
            records = next((value for value in page.values() if isinstance(value, list)), None)
            if records is None:
                raise ReadDeferred("Twilio's answer cannot be used: it is no list")
            found += map(Record, records)
            there = page.get("next_page_uri") or ""
        return found[:limit] if limit else found

    async def _asked(self, path: str) -> dict[str, Any]:
        auth = (self._settings.account_sid, self._settings.auth_token.get_secret_value())
        try:
            status, text, _ = await exchange(self._session, self._settings.api_base, "GET", API + path, auth=auth)
        except SendError as error:
            raise ReadDeferred(str(error)) from error
        try:
            told = json.loads(text)
        except ValueError as error:
            if status == 200:
                raise ReadDeferred(f"Twilio's answer cannot be used: {error}") from error
            told = None
        told = told if isinstance(told, dict) else {}
        if status != 200:
            code = str(told.get("code") or 0)
            words = str(told.get("message") or f"Twilio answered {status}")
            reason = reason_of(int(code) if code.isdecimal() else 0, words)
            raise (Unreadable if status == 404 else ReadDeferred)(reason)
        return told


async def exchange(
    session: aiohttp.ClientSession,
    api_base: str,
    method: str,
    url: str,
    *,
    auth: tuple[str, str] | None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str, dict[str, str]]:
    """(status, body, headers) of the answer; url: as if at the provider's own hosts. Raises SendDeferred or
    SendDoubtful."""
    url = url if api_base == API else HOSTS.sub(api_base, url, 1)
    try:
        async with session.request(
            method,
            URL(url, encoded=True),
            data=body,
            headers={**(headers or {}), **({"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {})},
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as response:
            return _checked(method, response, await response.text(errors="replace"))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as trouble:
        raise SendDeferred(f"Twilio cannot be reached: {trouble}") from trouble
    except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
        raise _lost(method, f"Twilio did not answer: {trouble or type(trouble).__name__}") from trouble


def seat_token(account_sid: str, key: str, secret: str, identity: str) -> str:
    """Signed for one browser, which may take calls with it for an hour and do nothing else."""
    access: Any = import_module("twilio.jwt.access_token")  # heavy, and most houses ring desk phones
    grants: Any = import_module("twilio.jwt.access_token.grants")
    token = access.AccessToken(account_sid, key, secret, identity=identity, ttl=SEAT_SECONDS)
    token.add_grant(grants.VoiceGrant(incoming_allow=True))
    return str(token.to_jwt())


async def fetched(call: Awaitable[T]) -> T:
    """The answer to a GET by the provider's client. Raises as `TwilioApi.fetched` does."""
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


def account_steps(api: TwilioApi, settings: TwilioSettings, tools: Tools) -> Sequence[Step]:
    """What has to be right before the channel can work."""
    return (
        Step(
            "account",
            partial(_account_problems, api),
            "Compare account_sid and auth_token with Twilio's console.",
        ),
        Step("callbacks", partial(_callback_problems, settings, tools), "Set web.base_url to the hub's https address."),
    )


async def account_problems(api: TwilioApi, settings: TwilioSettings, tools: Tools) -> list[str]:
    """What the operator has to put right before the channel can work."""
    found = [await step.check() for step in account_steps(api, settings, tools)]
    return [problem for problems in found for problem in problems]


async def _account_problems(api: TwilioApi) -> list[str]:
    try:
        account = await api.fetched()
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


def _checked(method: str, response: aiohttp.ClientResponse, text: str) -> tuple[int, str, dict[str, str]]:
    if response.status == 429:
        raise SendDeferred(reason_of(TOO_MANY), _seconds(response.headers.get("Retry-After", "")))
    if response.status >= 500:
        raise _lost(method, f"Twilio answered {response.status}")
    return response.status, text, dict(response.headers)


def _lost(method: str, reason: str) -> SendError:
    return SendDoubtful(reason) if method.upper() == "POST" else SendDeferred(reason)


def _seconds(text: str) -> float | None:
    return float(text) if text.strip().isdecimal() else None


def _stamped(value: str | datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value

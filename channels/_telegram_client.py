"""python-telegram-bot over the hub's own HTTP session, and its errors in the words of the outbox.

The library's own client (httpx) is slower and keeps a second connection pool; `BaseRequest` is its documented way out.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, TelegramError
from telegram.request import BaseRequest, RequestData

from hub.errors import SendDeferred, SendDoubtful, SendError

from ._fates import Fate, SetUpWrongly, error_of
from ._telegram_errors import meaning_of

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
TOO_MANY_REQUESTS = 429
TOO_LARGE = 413
NOT_WRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class NotReached(TelegramError):
    """There was no connection: Telegram cannot have seen the call."""


class FloodWait(TelegramError):
    """Telegram did not do it, because there were too many calls; seconds: when to come back."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class AnswerLost(TelegramError):
    """The call was written, and what became of it is not known."""


class SessionRequest(BaseRequest):
    """Carries the library's calls over an aiohttp session that belongs to somebody else."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @property
    def read_timeout(self) -> float:
        return ANSWER_SECONDS

    async def initialize(self) -> None:
        """The session is open already."""

    async def shutdown(self) -> None:
        """The session stays open for others."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *timeouts: Any,
        read_timeout: Any = None,
        **others: Any,
    ) -> tuple[int, bytes]:
        patience = read_timeout if isinstance(read_timeout, (int, float)) else ANSWER_SECONDS
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=patience)
        try:
            async with self._session.request(
                method, url, data=_form(request_data), timeout=timeout, allow_redirects=False
            ) as answer:
                status, body = answer.status, await answer.read()
        except NOT_WRITTEN as trouble:
            raise NotReached(f"Telegram cannot be reached ({type(trouble).__name__})") from trouble
        except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
            raise AnswerLost(f"no answer from Telegram ({type(trouble).__name__})") from trouble
        _raise_for(status, body)
        return status, body


def open_bot(token: str, api_base: str, session: aiohttp.ClientSession) -> Bot:
    request = SessionRequest(session)
    return Bot(
        token,
        base_url=f"{api_base}/bot",
        base_file_url=f"{api_base}/file/bot",
        request=request,
        get_updates_request=request,
    )


async def ask(bot: Bot, method: str, params: Mapping[str, Any], patience: float = ANSWER_SECONDS) -> Any:
    """The plain JSON of a method's answer, where the library's classes would lose what they do not know."""
    query = urlencode({name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()})
    return await bot.request.post(f"{bot.base_url}/{method}?{query}", read_timeout=patience)


def send_error(trouble: TelegramError) -> SendError:
    """What the outbox should do after a send that failed."""
    words = trouble.message
    match trouble:
        case FloodWait():
            return SendDeferred(words, trouble.seconds)
        case NotReached():
            return SendDeferred(words)
        case InvalidToken():
            return SetUpWrongly("Telegram does not accept the bot's token")
        case Forbidden():
            return error_of(*meaning_of(words, Fate.DEAD))
        case BadRequest() | ChatMigrated():
            return error_of(*meaning_of(words, Fate.REFUSED))
    return SendDoubtful(words)


def _form(request_data: RequestData | None) -> aiohttp.FormData | dict[str, str] | None:
    if not request_data:
        return None
    if not request_data.contains_files:
        return request_data.json_parameters
    # Telegram takes names as they are; percent-encoded, the customer would read the encoding
    form = aiohttp.FormData(request_data.json_parameters, quote_fields=False)
    for name, (filename, content, content_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=_one_line(filename), content_type=content_type)
    return form


def _one_line(filename: str) -> str:
    """Nothing that could end the part's header early; quotes and backslashes are escaped when it is written."""
    return "".join(sign if sign.isprintable() else " " for sign in filename)


def _raise_for(status: int, body: bytes) -> None:
    """The answers that the library itself would blur: how long to wait, and what surely did not happen."""
    if status == TOO_MANY_REQUESTS:
        raise FloodWait("Telegram asks to slow down", _retry_after(body))
    if status == TOO_LARGE:
        raise BadRequest("the file is larger than Telegram takes")


def _retry_after(body: bytes) -> float:
    try:
        return float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 5.0

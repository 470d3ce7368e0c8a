"""Calls of the Bot API over the hub's own HTTP session, and their errors in the words of the outbox.

What only asks or arranges goes this way, as plain JSON, in which nothing is lost that the library's classes do not
know. What is sent goes through the library (`_telegram_bot`), over the same session.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp

from hub.errors import SendDeferred, SendDoubtful, SendError

from ._fates import Fate, SetUpWrongly, error_of
from ._telegram_errors import meaning_of

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
TOO_MANY_REQUESTS = 429
TOO_LARGE = 413
NOT_WRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
Form = aiohttp.FormData | Mapping[str, str] | None


class Trouble(Exception):
    """A call that failed; message: in Telegram's words or in ours."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotReached(Trouble):
    """There was no connection: Telegram cannot have seen the call."""


class FloodWait(Trouble):
    """Telegram did not do it, because there were too many calls; seconds: when to come back."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class AnswerLost(Trouble):
    """The call was written, and what became of it is not known."""


class Refused(Trouble):
    """Telegram said no; status: of HTTP, which is that of the Bot API."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    @property
    def as_it_stands(self) -> bool:
        """What was to be done cannot be, whoever asks."""
        return self.status in (HTTPStatus.BAD_REQUEST, TOO_LARGE)


class Calls:
    """Of one bot."""

    def __init__(self, token: str, api_base: str, session: aiohttp.ClientSession) -> None:
        self.token, self.api_base = token, api_base
        self._session = session

    async def ask(self, method: str, params: Mapping[str, Any] | None = None, patience: float = ANSWER_SECONDS) -> Any:
        """The plain JSON of a method's answer. Raises Trouble."""
        given = {name: one if isinstance(one, str) else json.dumps(one) for name, one in (params or {}).items()}
        status, body = await self.exchange(f"{self.api_base}/bot{self.token}/{method}", given, patience)
        try:
            told = json.loads(body)
            if status < HTTPStatus.MULTIPLE_CHOICES:
                return told["result"]
            words = str(told.get("description") or _phrase(status))
        except (ValueError, KeyError, TypeError, AttributeError) as unreadable:
            if status < HTTPStatus.MULTIPLE_CHOICES:
                raise AnswerLost("Telegram's answer cannot be read") from unreadable
            words = _phrase(status)
        raise Refused(words.removeprefix("Bad Request: "), status)

    async def exchange(self, url: str, form: Form, patience: float) -> tuple[int, bytes]:
        """(status, body) of the answer to a POST. Raises Trouble."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=patience)
        try:
            async with self._session.post(url, data=form or None, timeout=timeout, allow_redirects=False) as answer:
                status, body = answer.status, await answer.read()
        except NOT_WRITTEN as trouble:
            raise NotReached(f"Telegram cannot be reached ({type(trouble).__name__})") from trouble
        except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
            raise AnswerLost(f"no answer from Telegram ({type(trouble).__name__})") from trouble
        if status == TOO_MANY_REQUESTS:
            raise FloodWait("Telegram asks to slow down", _retry_after(body))
        if status == TOO_LARGE:
            raise Refused("the file is larger than Telegram takes", status)
        return status, body


def send_error(trouble: Trouble) -> SendError:
    """What the outbox should do after a send that failed."""
    words = trouble.message
    match trouble:
        case FloodWait():
            return SendDeferred(words, trouble.seconds)
        case NotReached():
            return SendDeferred(words)
        case Refused(status=HTTPStatus.UNAUTHORIZED | HTTPStatus.NOT_FOUND):
            return SetUpWrongly("Telegram does not accept the bot's token")
        case Refused(status=HTTPStatus.FORBIDDEN):
            return error_of(*meaning_of(words, Fate.DEAD))
        case Refused() if trouble.as_it_stands:
            return error_of(*meaning_of(words, Fate.REFUSED))
    return SendDoubtful(words)


def _phrase(status: int) -> str:
    known = {one.value: one.phrase for one in HTTPStatus}
    return f"{known.get(status, 'Unknown HTTPError')} ({status})"


def _retry_after(body: bytes) -> float:
    try:
        return float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 5.0

"""Microsoft Graph, where IMAP and SMTP are switched off: signed requests, and sending as MIME.

Source: https://learn.microsoft.com/graph/api/user-sendmail and https://learn.microsoft.com/graph/errors.
"""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from hub.channel import Tools
from hub.errors import SendDeferred, SendDoubtful, SendError, SendRejected

from .._fates import SetUpWrongly
from .oauth import GRAPH, OAuth, TokenRefused
from .settings import GraphSettings

TIMEOUT = aiohttp.ClientTimeout(total=300, connect=20, sock_read=60)
MAX_JSON = 10_000_000
LARGEST_REQUEST = 4_000_000  # octets; https://learn.microsoft.com/graph/api/user-sendmail
Reading = Callable[[aiohttp.ClientResponse], Awaitable[Any]]


class GraphError(Exception):
    """A no: its HTTP status, Microsoft's code and words, and how many seconds to wait (0 = not said)."""

    def __init__(self, status: int, code: str, words: str, retry_after: float = 0.0) -> None:
        super().__init__(f"Microsoft said {status} {code}: {words}"[:500])
        self.status, self.code, self.retry_after = status, code, retry_after

    @property
    def of_setup(self) -> bool:
        """Until somebody changes something at Microsoft or here."""
        return self.status in (401, 403) or self.code in ("MailboxNotEnabledForRESTAPI", "ErrorInvalidUser")


class Graph:
    """The mailbox of one channel."""

    def __init__(self, settings: GraphSettings, address: str, oauth: OAuth, tools: Tools) -> None:
        self.settings, self.oauth, self.tools = settings, oauth, tools
        base, user = settings.api_base.rstrip("/"), settings.mailbox or ("" if oauth.acts_for_user else address)
        self.url = f"{base}/users/{quote(user)}" if user else f"{base}/me"

    async def json(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        """Raises GraphError, SendDeferred (no token), aiohttp's errors and TimeoutError."""

        async def reading(answer: aiohttp.ClientResponse) -> dict[str, Any]:
            told = json.loads(await capped(answer, MAX_JSON) or b"{}")
            return told if isinstance(told, dict) else {}

        return dict(await self.ask(method, url, reading, **more))

    async def ask(self, method: str, url: str, reading: Reading, **more: Any) -> Any:
        """What `reading` makes of the answer. The token goes to Graph alone, whatever a link that it gave leads to."""
        if URL(url).origin() != URL(self.settings.api_base).origin():
            raise GraphError(0, "foreign", f"{URL(url).origin()} is not where the mailbox is")
        headers = more.pop("headers", {})

        async def attempt(token: str) -> Any:
            signed = {**headers, "Authorization": f"Bearer {token}"}
            asked = self.tools.session.request(
                method, URL(url, encoded=True), headers=signed, timeout=TIMEOUT, allow_redirects=False, **more
            )
            async with asked as answer:
                if answer.status == 401:
                    raise TokenRefused(f"Microsoft refuses the access token: {await _refusal(answer)}")
                if answer.status >= 300:
                    raise await _refusal(answer)
                return await reading(answer)

        return await self.oauth.with_token(GRAPH, attempt)

    async def send(self, mail: bytes, committing: Callable[[], Awaitable[None]]) -> None:
        """To whom its To names. Raises SendDeferred, SendRejected or SendDoubtful."""
        body = base64.b64encode(mail)
        if len(body) > LARGEST_REQUEST:
            raise SendRejected(f"Microsoft Graph takes mails of {LARGEST_REQUEST * 3 // 4:,} bytes at most: use SMTP")
        await self.oauth.token(GRAPH)  # so that what is missing is told before the byte that cannot be taken back
        await committing()
        headers = {"Content-Type": "text/plain"}
        try:
            await self.json("POST", f"{self.url}/sendMail", data=body, headers=headers)
        except GraphError as refused:
            raise _fate(refused) from refused
        except aiohttp.ClientConnectorError as away:
            raise SendDeferred(f"Microsoft Graph cannot be reached: {away}") from away
        except (aiohttp.ClientError, TimeoutError, ValueError) as lost:
            raise SendDoubtful(f"the mail was handed over, but no answer came ({lost or 'timeout'})") from lost


def _fate(refused: GraphError) -> SendError:
    if refused.of_setup:
        return SetUpWrongly(f"the app may not send for this mailbox (Mail.Send): {refused}")
    if refused.status in (429, 503):
        return SendDeferred(str(refused), refused.retry_after or None)
    if refused.status >= 500 or refused.status < 400:
        return SendDoubtful(f"the mail may have left: {refused}")
    return SendRejected(str(refused))


async def _refusal(answer: aiohttp.ClientResponse) -> GraphError:
    try:
        told = json.loads(await capped(answer, MAX_JSON))
    except ValueError:
        told = {}
    error = told.get("error") if isinstance(told, Mapping) else None
    error = error if isinstance(error, Mapping) else {}
    wait = answer.headers.get("Retry-After", "")
    words = " ".join(str(error.get("message", answer.reason)).split())
    return GraphError(answer.status, str(error.get("code", "")), words, float(wait) if wait.isdecimal() else 0.0)


async def capped(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The content; of a longer one its first `most` octets and one more."""
    content = bytearray()
    async for piece in answer.content.iter_any():
        content += piece
        if len(content) > most:
            return bytes(content[: most + 1])
    return bytes(content)

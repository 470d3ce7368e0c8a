"""Access tokens of OAuth 2.0 (RFC 6749): one is fetched when it is needed, kept in memory until shortly before it ends,
and fetched anew once where a server says no to it.

A refresh token that the provider hands out in place of the configured one is kept by the hub. What is wrong with the
sign-in itself is `SetUpWrongly`, with what to do; a provider that is away is `SendDeferred`.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

import aiohttp

from hub.channel import Tools
from hub.clock import MINUTE, SECOND
from hub.errors import HubError, SendDeferred

from .._fates import SetUpWrongly
from .settings import OAuthSettings

MAIL, GRAPH = "mail", "graph"  # what a token is for: IMAP and SMTP, or Microsoft Graph
TIMEOUT = aiohttp.ClientTimeout(total=20)
MAX_ANSWER = 65_536
USUAL_LIFE = 3600  # seconds, where the provider does not say
MARGIN = 5 * MINUTE  # before its end a token is no longer used
YOUNG = MINUTE  # a token that is refused so soon is not refused for its age

AGAIN = "give the app access to the mailbox again and put the new refresh_token in place of the old one"
# RFC 6749, section 5.2; the last three: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
PROBLEMS = {
    "invalid_grant": f"the provider has ended this sign-in (revoked, run out, or a new password): {AGAIN}",
    "invalid_client": "the provider does not know the app like this: compare client_id and client_secret, which may "
    "have run out",
    "unauthorized_client": "the app may not sign in like this: allow it where the app is registered",
    "invalid_scope": "the provider does not grant this scope: add it where the app is registered, or change `scope`",
    "unsupported_grant_type": "the provider does not know this way to sign in: compare token_url and refresh_token",
    "interaction_required": f"the provider wants somebody to sign in again: {AGAIN}",
    "consent_required": f"the provider wants somebody to agree: {AGAIN}",
    "invalid_resource": "the provider does not know what the token is for: compare `scope` and `tenant`",
}
APP_ITSELF = {"grant_type": "client_credentials"}
LATER = ("temporarily_unavailable", "server_error", "slow_down")

log = logging.getLogger("hub.channels.email.oauth")
T = TypeVar("T")


class TokenRefused(SetUpWrongly):
    """A server does not take the access token."""


class GrantEnded(SetUpWrongly):
    """The provider does not take the refresh token (any more)."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """since, until: instants between which it is used."""

    text: str
    since: int
    until: int


class OAuth:
    """The tokens of one channel."""

    def __init__(self, channel: str, settings: OAuthSettings, tools: Tools) -> None:
        self.channel, self.settings, self.tools = channel, settings, tools
        self._tokens: dict[str, AccessToken] = {}
        self._asking = asyncio.Lock()
        self._unkept = ""  # a refresh token the store could not take yet

    @property
    def acts_for_user(self) -> bool:
        """Somebody agreed for the mailbox; else the app signs in for itself."""
        return bool(self.settings.refresh_token.get_secret_value())

    async def with_token(self, use: str, attempt: Callable[[str], Awaitable[T]]) -> T:
        """What the attempt gives; it is made again, once, with a fresh token, where it raises TokenRefused."""
        token = await self.token(use)
        try:
            return await attempt(token)
        except TokenRefused:
            fresh = await self.token(use, refused=token)
            if fresh == token:
                raise
            return await attempt(fresh)

    async def token(self, use: str, refused: str = "") -> str:
        """For MAIL or GRAPH. refused: what a server has just said no to. Raises SetUpWrongly or SendDeferred."""
        async with self._asking:
            now = self.tools.clock.now()
            held = self._tokens.get(use)
            is_old = held is not None and (now >= held.until or (held.text == refused and now - held.since >= YOUNG))
            if held is None or is_old:
                held = self._tokens[use] = await self._fetched(use)
            return held.text

    async def _fetched(self, use: str) -> AccessToken:
        refresh = await self._refresh_token()
        try:
            told = await self.ask(use, _grant(refresh))
        except GrantEnded:
            newer = await self._refresh_token()  # another process may have been handed it meanwhile
            if newer == refresh:
                raise
            refresh = newer
            told = await self.ask(use, _grant(refresh))
        rotated = told.get("refresh_token")
        if refresh and isinstance(rotated, str) and rotated not in ("", refresh):
            await self._keep(rotated)
        now = self.tools.clock.now()
        life = int(_seconds(told.get("expires_in")) * SECOND)
        return AccessToken(str(told["access_token"]), now, now + life - min(MARGIN, life // 5))

    async def ask(self, use: str, grant: Mapping[str, str]) -> Mapping[str, Any]:
        """One request to the token endpoint (sections 4.1.3, 4.4 and 6). Raises SendDeferred."""
        settings, secret = self.settings, self.settings.client_secret.get_secret_value()
        form = {
            **grant,
            "client_id": settings.client_id,
            **({"client_secret": secret} if secret else {}),
            **({"scope": scope} if (scope := settings.scope_for(use)) else {}),
        }
        url = settings.real_token_url
        try:
            sent = self.tools.session.post(url, data=form, timeout=TIMEOUT, allow_redirects=False)
            async with sent as answer:
                return _told(answer.status, await _read(answer), f"{answer.url.host} answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as away:
            raise SendDeferred(f"no access token: {url} cannot be reached: {str(away) or 'timeout'}") from away

    async def _refresh_token(self) -> str:
        """The newest: the configured one, unless the provider has handed out another in its place; "" = there is none,
        the app signs in for itself."""
        configured = self.settings.refresh_token.get_secret_value()
        if not configured:
            return ""
        if self._unkept:
            await self._keep(self._unkept)
            return self._unkept or await self._kept(configured)
        return await self._kept(configured)

    async def _kept(self, configured: str) -> str:
        try:
            kept = json.loads(await self.tools.keepsakes.find(self.channel) or "{}")
        except HubError as away:
            raise SendDeferred(f"no access token: the refresh token cannot be looked up: {away}") from away
        return str(kept["token"]) if kept.get("instead_of") == _name(configured) else configured

    async def _keep(self, rotated: str) -> None:
        told = {"instead_of": _name(self.settings.refresh_token.get_secret_value()), "token": rotated}
        try:
            await self.tools.keepsakes.mark(self.channel, json.dumps(told))
            self._unkept = ""
        except HubError as away:
            self._unkept = rotated
            log.warning("%s: the new refresh token is not kept yet: %s", self.channel, away)


def _grant(refresh: str) -> dict[str, str]:
    """Without a refresh token the app signs in for itself."""
    return {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else APP_ITSELF


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Not more of it than a token can be."""
    body = b""
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > MAX_ANSWER:
            return b""
    return body


def _told(status: int, body: bytes, said: str) -> Mapping[str, Any]:
    """Raises what stands in its way (section 5.2)."""
    try:
        told = json.loads(body)
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    if status < 300 and isinstance(told.get("access_token"), str) and told["access_token"].isascii():
        return told
    error = str(told.get("error", ""))
    words = f"{error}: {told.get('error_description', '')}"[:300].strip(": ") or said
    if status >= 500 or status == 429 or error in LATER:
        raise SendDeferred(f"no access token: {words}")
    if error not in PROBLEMS:
        raise SetUpWrongly(f"no access token: compare token_url with what the provider says: {words}")
    kind = GrantEnded if error == "invalid_grant" else SetUpWrongly
    raise kind(f"no access token: {PROBLEMS[error]} ({' '.join(words.split())})")


def _seconds(told: Any) -> float:
    """Microsoft and Google tell a number, others its digits."""
    try:
        return max(1.0, min(float(told), 10**7))
    except (TypeError, ValueError):
        return USUAL_LIFE


def _name(token: str) -> str:
    return sha256(token.encode()).hexdigest()[:16]

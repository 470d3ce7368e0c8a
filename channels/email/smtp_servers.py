"""Finds a mail server that takes a connection, and signs in to it."""

import asyncio
import base64
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import aiosmtplib

from hub.errors import SendDeferred

from .oauth import MAIL, OAuth, TokenRefused
from .sasl import bearer
from .settings import OtherSmtpSettings, SmtpSettings, tls_context
from .smtp_connection import Connection
from .wire import take_over

CONNECT_SECONDS = 30.0
SHUNNED_SECONDS = 60.0  # a server that took no connection, or said goodbye, is not asked where there is another
CHALLENGED, SIGNED_IN = 334, 235


class SmtpServers:
    """The first one and the others, in the order in which they are asked now. oauth: signs in where no password
    stands."""

    def __init__(
        self,
        settings: SmtpSettings,
        local_hostname: str,
        reach: Callable[[str], Sequence[str]],
        oauth: OAuth | None = None,
    ) -> None:
        self.settings, self.reach, self.oauth = settings, reach, oauth
        self.local_hostname = local_hostname
        self._servers: Sequence[OtherSmtpSettings] = (settings, *settings.others)
        self._shunned: dict[int, float] = {}

    async def connect(self) -> Connection:
        """A fresh, signed-in connection to the first server that gives one. Raises SendDeferred."""
        *first, last = self._in_order()
        for server in first:
            with suppress(SendDeferred):
                return await self._connect_to(server)
        return await self._connect_to(last)

    def _in_order(self) -> Sequence[OtherSmtpSettings]:
        """Those that are shunned come last, the one that waits longest before the others."""
        now = time.monotonic()
        return sorted(self._servers, key=lambda server: max(self._shunned.get(id(server), now), now))

    def shun(self, server: OtherSmtpSettings) -> None:
        self._shunned[id(server)] = time.monotonic() + SHUNNED_SECONDS

    async def _connect_to(self, server: OtherSmtpSettings) -> Connection:
        try:
            client = await self._reach_one(server)
        except SendDeferred:  # no access token, or it is refused
            self.shun(server)
            raise
        except (aiosmtplib.SMTPException, OSError, ValueError) as trouble:
            self.shun(server)
            raise SendDeferred(f"{server.host}:{server.real_port}: {_words(trouble)}") from trouble
        assert client.transport
        return Connection(take_over(client.transport), list(client.esmtp_extensions), lambda: self.shun(server))

    async def _reach_one(self, server: OtherSmtpSettings) -> aiosmtplib.SMTP:
        """At the first address that takes a connection; of the last one it is told why not."""
        *others, last = await asyncio.to_thread(self.reach, server.host)
        for address in others:
            with suppress(aiosmtplib.SMTPConnectError):
                return await self._sign_in(server, address)
        return await self._sign_in(server, last)

    async def _sign_in(self, server: OtherSmtpSettings, address: str) -> aiosmtplib.SMTP:
        if self.oauth and server.takes_token:
            return await self.oauth.with_token(MAIL, partial(self._open, server, address))
        return await self._open(server, address)

    async def _open(self, server: OtherSmtpSettings, address: str, token: str = "") -> aiosmtplib.SMTP:
        """token: an access token, in place of a password."""
        password = server.password.get_secret_value() if server.username and not token else None
        client = aiosmtplib.SMTP(
            port=server.real_port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=tls_context(server) if server.security != "none" else None,
            username=None if token else server.username or None,
            password=password,
            local_hostname=self.local_hostname,
            timeout=CONNECT_SECONDS,
        )
        try:
            await client.connect(hostname=address)
            if client.last_ehlo_response is None:
                await _greet(client)
            if token:
                await _show(client, server, token)
        except (aiosmtplib.SMTPException, OSError, ValueError, SendDeferred):
            client.close()
            raise
        return client


async def _show(client: aiosmtplib.SMTP, server: OtherSmtpSettings, token: str) -> None:
    """Sign in with an access token (RFC 4954). Raises TokenRefused."""
    signing = bearer(client.server_auth_methods, server.username, token, (server.host, server.real_port))
    opening = base64.b64encode(signing.opening)
    answer = await client.execute_command(b"AUTH", signing.mechanism.encode(), opening)
    if answer.code == CHALLENGED:  # with why not
        answer = await client.execute_command(base64.b64encode(signing.ending))
    if 400 <= answer.code < 500:
        raise aiosmtplib.SMTPAuthenticationError(answer.code, answer.message)
    if answer.code != SIGNED_IN:
        raise TokenRefused(f"our mail server refuses the access token: the server said {answer.code} {answer.message}")


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()


def _words(trouble: BaseException) -> str:
    if isinstance(trouble, aiosmtplib.SMTPResponseException):
        return f"the server said {trouble.code} {trouble.message}"[:500]
    return (str(trouble) or type(trouble).__name__)[:500]

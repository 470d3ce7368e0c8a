"""Plays the part of Microsoft Graph that mail needs: what is new in a folder, a mail as MIME, reading marks, sending.

Source: https://learn.microsoft.com/graph/api/message-delta, message-get, message-update and user-sendmail.
"""

import base64
import binascii
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from email import message_from_bytes, policy
from email.utils import getaddresses
from typing import Any

from aiohttp import web

from hub.clock import iso
from hub.sandbox.post_office import Mail, PostOffice
from hub.sandbox.tokens import TokenSandbox

VERSION = "/v1.0"
SECTION = "/{who:me|users/[^/]+}"
LARGEST = 4_000_000  # octets of a request


class Refused(Exception):
    """What Graph says no with."""

    def __init__(self, status: int, code: str, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.status, self.code, self.headers = status, code, headers


class GraphSandbox:
    """orders: what the next requests are refused with; lose_next: a mail is taken, and its answer never comes; broken:
    what a mail that is withheld is refused with."""

    def __init__(self, office: PostOffice, tokens: TokenSandbox) -> None:
        self.office, self.tokens = office, tokens
        self.orders: deque[Refused] = deque()
        self.broken = Refused(500, "ErrorMimeContentConversionFailed", "MIME content conversion failed.")
        self.lose_next = False
        self.asked: list[tuple[str, str]] = []
        self.sent: list[bytes] = []
        self._age = 0
        self._runner: web.AppRunner | None = None
        self.origin = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        app = web.Application(client_max_size=LARGEST)
        base = f"{VERSION}{SECTION}"
        app.router.add_get(f"{base}/mailFolders/inbox", self._answering(self._folder))
        app.router.add_get(f"{base}/mailFolders/inbox/messages/delta", self._answering(self._delta))
        app.router.add_get(f"{base}/mailFolders/inbox/messages", self._answering(self._listed))
        app.router.add_get(f"{base}/messages/{{id}}/$value", self._answering(self._content))
        app.router.add_get(f"{base}/messages/{{id}}", self._answering(self._message))
        app.router.add_patch(f"{base}/messages/{{id}}", self._answering(self._change))
        app.router.add_post(f"{base}/sendMail", self._answering(self._send))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.origin = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.origin

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    @property
    def api_base(self) -> str:
        return f"{self.origin}{VERSION}"

    def forget_links(self) -> None:
        """Every link given so far is too old (410)."""
        self._age += 1

    def _answering(
        self, handler: Callable[[web.Request, str], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.asked.append((request.method, request.path))
            try:
                if self.orders:
                    raise self.orders.popleft()
                return await handler(request, self._mailbox_of(request))
            except Refused as no:
                told = {"error": {"code": no.code, "message": str(no)}}
                return web.json_response(told, status=no.status, headers=no.headers)

        return handle

    def _mailbox_of(self, request: web.Request) -> str:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        user = self.tokens.user_of(token)
        if not user:
            raise Refused(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        named = request.match_info["who"].removeprefix("users/")
        if named not in ("me", user):
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return user

    async def _folder(self, request: web.Request, user: str) -> web.Response:
        return web.json_response({"id": "inbox"})

    async def _delta(self, request: web.Request, user: str) -> web.Response:
        """Links hold how far they lead; only what was created is told."""
        query = request.query
        age, after = (int(part) for part in query.get("$skiptoken", f"{self._age}.0").split("."))
        if age != self._age:
            raise Refused(410, "SyncStateNotFound", "The sync state is not found. Start over.")
        size = _page_size(request.headers.get("Prefer", ""))
        since = query.get("$filter", "").removeprefix("receivedDateTime ge ")
        fresh = [mail for mail in self.office.of(user).mails if mail.uid > after and iso(mail.at) >= since]
        page, rest = fresh[:size], fresh[size:]
        upto = page[-1].uid if page else after
        kept = "".join(f"&{name}={query[name]}" for name in ("changeType", "$select", "$filter") if name in query)
        link = f"{self.origin}{request.path}?$skiptoken={self._age}.{upto}{kept.replace(' ', '%20')}"
        told = [{"id": _id_of(mail), "isRead": "\\Seen" in mail.flags} for mail in page]
        return web.json_response({"value": told, "@odata.nextLink" if rest else "@odata.deltaLink": link})

    async def _listed(self, request: web.Request, user: str) -> web.Response:
        return web.json_response({"value": [{"id": _id_of(mail)} for mail in self.office.of(user).mails]})

    async def _content(self, request: web.Request, user: str) -> web.Response:
        mail = self._mail(request, user)
        if mail.withheld:
            raise self.broken
        return web.Response(body=mail.raw, content_type="text/plain")

    async def _message(self, request: web.Request, user: str) -> web.Response:
        return web.json_response({"id": _id_of(self._mail(request, user))})

    async def _change(self, request: web.Request, user: str) -> web.Response:
        mail, change = self._mail(request, user), await request.json()
        (mail.flags.add if change["isRead"] else mail.flags.discard)("\\Seen")
        return web.json_response({"id": _id_of(mail), "isRead": change["isRead"]})

    async def _send(self, request: web.Request, user: str) -> web.Response:
        """To everybody whom To, Cc and Bcc name; what was sent is kept."""
        try:
            raw = base64.b64decode(await request.read(), validate=True)
        except binascii.Error as wrong:
            raise Refused(
                400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content"
            ) from wrong
        mail: Any = message_from_bytes(raw, policy=policy.default)
        named = getaddresses([str(one) for name in ("To", "Cc", "Bcc") for one in mail.get_all(name, ())])
        if not named:
            raise Refused(400, "ErrorInvalidRecipients", "At least one recipient is needed.")
        for _, address in named:
            self.office.deliver(user, address, raw)
        self.sent.append(raw)
        if self.lose_next and request.transport:
            self.lose_next = False
            request.transport.abort()
        return web.Response(status=202)

    def _mail(self, request: web.Request, user: str) -> Mail:
        for mail in self.office.of(user).mails:
            if _id_of(mail) == request.match_info["id"]:
                return mail
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def _id_of(mail: Mail) -> str:
    """Of the kind that IdType="ImmutableId" asks for."""
    return base64.urlsafe_b64encode(f"immutable {mail.recipient} {mail.uid}".encode()).decode()


def _page_size(prefer: str) -> int:
    told = prefer.partition("odata.maxpagesize=")[2].partition(",")[0]
    return int(told) if told.isdecimal() else 10

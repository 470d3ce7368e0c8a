"""The SMTP side of the sandbox's post office: takes every mail, and causes trouble when told to."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from hub.sandbox.post_office import PostOffice

MAX_MAIL = 40_000_000
TROUBLES = ("slow", "defer", "reject", "reject_recipient", "drop_after_data", "drop")


@dataclass(slots=True)
class Order:
    times: int
    seconds: float = 0.0
    recipient: str = ""


class SmtpSink:
    """What it saw stands in the mailboxes; `seen` counts the mails it answered 250 or dropped after the dot."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office
        self._orders: defaultdict[str, list[Order]] = defaultdict(list)
        self._server: asyncio.Server | None = None
        self.port = 0
        self.seen = 0

    async def start(self, host: str, port: int) -> int:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, host, port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    def _session(self) -> SMTP:
        options: dict[str, Any] = {"data_size_limit": MAX_MAIL, "enable_SMTPUTF8": True, "ident": "sandbox"}
        return SMTP(self, hostname="sandbox.example", auth_require_tls=False, authenticator=_anybody, **options)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def inject(self, trouble: str, *, times: int = 1, seconds: float = 0.0, recipient: str = "") -> None:
        """slow: wait so many seconds before the 250 · defer: 451 after the dot · reject: 554 after the dot ·
        reject_recipient: 550 5.1.1 at RCPT (for one recipient, or the next) · drop_after_data: take the mail, then
        close without an answer · drop: close at RCPT."""
        if trouble not in TROUBLES:
            raise ValueError(f"{trouble!r} is none of {', '.join(TROUBLES)}")
        self._orders[trouble].append(Order(times, seconds, recipient.lower()))

    def _ordered(self, trouble: str, recipient: str = "") -> Order | None:
        for order in self._orders[trouble]:
            if order.times > 0 and order.recipient in ("", recipient.lower()):
                order.times -= 1
                return order
        return None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._ordered("drop", address):
            return _close(server)
        if self._ordered("reject_recipient", address):
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipient = envelope.rcpt_tos[0]
        if self._ordered("defer", recipient):
            return "451 4.3.0 Try again later"
        if self._ordered("reject", recipient):
            return "554 5.6.0 Message refused"
        content = envelope.original_content or b""
        for one in envelope.rcpt_tos:
            self._office.deliver(envelope.mail_from or "", one, content)
        self.seen += 1
        if self._ordered("drop_after_data", recipient):
            return _close(server)
        slow = self._ordered("slow", recipient)
        if slow:
            await asyncio.sleep(slow.seconds)
        return "250 2.0.0 OK: queued"


def _close(server: SMTP) -> str:
    if server.transport is not None:
        server.transport.abort()  # type: ignore[attr-defined]
    return "421 4.3.2 Closing"


def _anybody(*_: object) -> Any:
    """The sandbox believes every user name and password."""
    return AuthResult(success=True)

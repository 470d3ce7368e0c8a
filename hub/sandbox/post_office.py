"""Mailboxes on loopback: where mails are filed, numbered and - when ordered - returned as undeliverable."""

import asyncio
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, make_msgid

from hub.clock import SECOND, Clock

KEPT = 10_000  # mails in one mailbox; the oldest go first


@dataclass(slots=True)
class Mail:
    """One mail in one mailbox. at: milliseconds since 1970 UTC; withheld: it is listed, and what it says is lost."""

    uid: int
    raw: bytes
    at: int
    envelope_from: str = ""
    recipient: str = ""
    flags: set[str] = field(default_factory=set)
    withheld: bool = False


class Mailbox:
    """The mails of one address, numbered as IMAP wants it (RFC 3501 section 2.3.1.1)."""

    def __init__(self, uid_validity: int = 1) -> None:
        self.mails: deque[Mail] = deque(maxlen=KEPT)
        self.uid_next = 1
        self.uid_validity = uid_validity
        self.news = asyncio.Event()

    def add(self, raw: bytes, at: int, envelope_from: str = "", recipient: str = "") -> Mail:
        mail = Mail(self.uid_next, raw, at, envelope_from, recipient)
        self.uid_next += 1
        self.mails.append(mail)
        self.news.set()
        self.news = asyncio.Event()
        return mail


class PostOffice:
    """All mailboxes, by address without its +tag."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        # numbered anew at every start: whoever kept a cursor must not miss the mails that follow
        validity = max(1, clock.now() // SECOND % 2**32)
        self.mailboxes: defaultdict[str, Mailbox] = defaultdict(lambda: Mailbox(validity))
        self.passwords: dict[str, str] = {}
        self.bounces: Counter[str] = Counter()
        self.full = False  # mailboxes take nothing from programs any more

    def of(self, address: str) -> Mailbox:
        return self.mailboxes[base_address(address)]

    def sent(self, address: str) -> Mailbox:
        """What a program put into the folder for sent mails."""
        return self.mailboxes[f"sent of {base_address(address)}"]

    def deliver(self, envelope_from: str, recipient: str, raw: bytes) -> None:
        """File a mail that was handed in; or return it when its recipient is ordered to bounce."""
        if self.bounces[recipient.lower()] > 0:
            self.bounces[recipient.lower()] -= 1
            if envelope_from:
                self.of(envelope_from).add(bounce(envelope_from, recipient, raw), self.clock.now(), "", envelope_from)
            return
        self.of(recipient).add(raw, self.clock.now(), envelope_from, recipient)


def base_address(address: str) -> str:
    """support+tag@example.com -> support@example.com, in lower case."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def bounce(sender: str, recipient: str, raw: bytes) -> bytes:
    """A delivery status notification as RFC 3464 describes it, with the original's header."""
    boundary = "=_sandbox_bounce"
    head = raw.partition(b"\r\n\r\n")[0]
    domain = recipient.rpartition("@")[2]
    parts = (
        f"From: Mail Delivery System <MAILER-DAEMON@{domain}>\r\nTo: {sender}\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nDate: {format_datetime(datetime.now(UTC))}\r\n"
        f"Message-ID: {make_msgid(domain=domain)}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        f"Your mail to <{recipient}> could not be delivered: the mailbox does not exist.\r\n\r\n"
        f"--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mail.{domain}\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\n"
        f"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <{recipient}>: Recipient address rejected\r\n\r\n"
        f"--{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\n"
    ).encode()
    return parts + head + f"\r\n\r\n--{boundary}--\r\n".encode()

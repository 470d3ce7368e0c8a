"""The sandbox's post office: what is handed in by SMTP lands in mailboxes that can be read by IMAP.

It is the customers' provider and the hub's at once: the hub sends through its SMTP side and fetches its own
mailbox from its IMAP side.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from hub.clock import Clock
from hub.sandbox.imap import ImapServer
from hub.sandbox.post_office import Mail, PostOffice, base_address
from hub.sandbox.smtp import SmtpSink


class MailSandbox:
    """start() gives the two ports; mailbox(address) is what a customer received; write() is what one sends."""

    def __init__(self, clock: Clock) -> None:
        self.office = PostOffice(clock)
        self.smtp = SmtpSink(self.office)
        self.imap = ImapServer(self.office)

    async def start(self, host: str = "127.0.0.1", smtp_port: int = 0, imap_port: int = 0) -> tuple[int, int]:
        """Listens; returns (SMTP port, IMAP port)."""
        return await self.smtp.start(host, smtp_port), await self.imap.start(host, imap_port)

    async def stop(self) -> None:
        await self.imap.stop()
        await self.smtp.stop()

    def account(self, address: str, password: str) -> None:
        """Whoever signs in as this address must know the password (others need none)."""
        self.office.passwords[base_address(address)] = password

    def mailbox(self, address: str) -> list[Mail]:
        """What arrived there, oldest first."""
        return list(self.office.of(address).mails)

    def deliver(self, from_: str, to: str, raw: bytes) -> None:
        """Put bytes as they are into somebody's mailbox."""
        self.office.deliver(from_, to, raw)

    def write(
        self,
        from_: str,
        to: str,
        subject: str,
        text: str,
        *,
        html: str = "",
        name: str = "",
        attachments: Sequence[tuple[str, str, bytes]] = (),
        answers: Mail | None = None,
    ) -> str:
        """A person writes a mail; attachments are (filename, content type, bytes). Returns its Message-ID."""
        message = compose(from_, to, subject, text, name=name, answers=answers)
        if html:
            message.add_alternative(html, subtype="html")
        for filename, content_type, content in attachments:
            kind, _, subkind = content_type.partition("/")
            message.add_attachment(content, maintype=kind, subtype=subkind, filename=filename)
        self.office.deliver(from_, to, message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        return str(message["Message-ID"]).strip("<>")

    def bounce(self, recipient: str, times: int = 1) -> None:
        """The next mails to this address are accepted and then returned as undeliverable."""
        self.office.bounces[recipient.lower()] += times

    def inject(self, trouble: str, *, times: int = 1, seconds: float = 0.0, recipient: str = "") -> None:
        """Order trouble on the SMTP side; see `SmtpSink.inject`."""
        self.smtp.inject(trouble, times=times, seconds=seconds, recipient=recipient)


def compose(
    from_: str, to: str, subject: str, text: str, *, name: str = "", answers: Mail | None = None
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f'"{name}" <{from_}>' if name else from_
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=from_.rpartition("@")[2] or "localhost")
    if answers is not None:
        original = header(answers.raw, "Message-ID")
        message["In-Reply-To"] = original
        message["References"] = " ".join(filter(None, (header(answers.raw, "References"), original)))
    message.set_content(text)
    return message


def header(raw: bytes, name: str) -> str:
    """A header's unfolded text, or nothing."""
    wanted = name.lower().encode() + b":"
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ")
    lines = (line for line in head.split(b"\r\n") if line.lower().startswith(wanted))
    return next(lines, b":").partition(b":")[2].strip().decode("latin-1")

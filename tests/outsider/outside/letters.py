"""Mails as strangers write them."""

from email.message import EmailMessage
from email.utils import format_datetime, localtime
from uuid import uuid4


def letter(sender: str, to: str, text: str, subject: str = "A question", **headers: str) -> EmailMessage:
    """A plain mail. Header names are given with underscores: In_Reply_To."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(localtime())
    mail["Message-ID"] = f"<{uuid4().hex}@stranger.example>"
    for name, value in headers.items():
        name = name.replace("_", "-")
        del mail[name]
        mail[name] = value
    mail.set_content(text)
    return mail


def bounce(original: bytes, recipient: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    """A delivery status notification (RFC 3464) about a mail of the hub's."""
    headers = original.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    return (
        f"""\
From: MAILER-DAEMON@relay.example
To: bounces@company.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <{uuid4().hex}@relay.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user here

--edge
Content-Type: message/rfc822-headers

{headers}
--edge--
""".replace("\r\n", "\n")
        .replace("\n", "\r\n")
        .encode()
    )

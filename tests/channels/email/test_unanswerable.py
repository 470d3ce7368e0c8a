"""What a mail says against being answered by a machine, whoever wrote it (RFC 3834)."""

import pytest

from channels.email.inbound import read_mail
from hub.model import Inbound, Sort


def forbidden(**headers: str) -> str:
    named = {"From": "Ada <ada@example.com>", "To": "support@hub.example", "Subject": "Where is it?", **headers}
    mail = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items()) + "\r\nHello\r\n"
    [event] = read_mail("mail", "1", mail.encode(), {})
    assert isinstance(event, Inbound)
    return str(event.parts.get("unanswerable", ""))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Auto_Submitted": "no"},
        {"X_Auto_Response_Suppress": "DR, RN, NRN"},
        {"Precedence": "first-class"},
        {"From": "Noreen Plyer <noreen@example.com>"},
    ],
)
def test_a_persons_mail_may_be_answered(headers):
    assert forbidden(**headers) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-forwarded"},
        {"Auto_Submitted": "auto-generated", "From": "forms@shop.example", "Reply_To": "ada@customer.example"},
        {"X_Auto_Response_Suppress": "DR, OOF"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Hub_Loop": "auto-reply"},
        {"Precedence": "bulk"},
        {"X_Precedence": "list"},
        {"List_Id": "<list.example.com>"},
        {"List_Unsubscribe": "<https://shop.example/u/1>"},
        {"Return_Path": "<>", "Reply_To": "ada@customer.example"},
        {"From": "MAILER-DAEMON@example.com"},
        {"From": "Postmaster <postmaster@example.com>"},
        {"From": "no-reply@example.com"},
        {"From": "donotreply-orders@example.com"},
        {"From": "owner-list@example.com"},
        {"From": "list-request@example.com"},
        {"From": "abuse@example.com"},
        {"From": "root@example.com"},
    ],
)
def test_what_forbids_it_is_named(headers):
    assert forbidden(**headers)


def test_the_header_of_our_own_automatic_replies_is_a_machines():
    mail = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Closed\r\nX-Hub-Loop: auto-reply\r\n\r\nClosed\r\n"
    [event] = read_mail("mail", "1", mail, {})
    assert isinstance(event, Inbound)
    assert (event.sorted_as, event.sorted_because) == (Sort.AUTO_REPLY, "X-Hub-Loop: auto-reply")

#!/bin/sh
# Python's EmailMessage, sent by aiosmtplib 5.1.3, encodes Message-IDs and list headers that are longer than a line.
#
# Guess: what has no blank to fold at stays as it is on one line; RFC 5322 allows 998 octets.
# Seen:  where one word is longer than 78 octets it becomes encoded words, which may stand in no msg-id (RFC 2047 section
#        5) and no List-* header: In-Reply-To and References of an answer to Outlook, whose ids are 80 to 90 octets, name
#        nothing any more and the thread falls apart; List-Unsubscribe with a signed address is no address, and the button
#        is gone. Only Message-ID itself is spared. It depends on the length alone, so a test's short ones never show it. A
#        policy of 998 octets helps only where the message is handed over as bytes: aiosmtplib writes a message by a policy
#        of its own. Seen with Python 3.11 and 3.13; email.mime writes the same headers whole.
# So:    write the octets oneself and hand those over.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check aiosmtplib==5.1.3 aiosmtpd==1.4.6
"$dir/venv/bin/python" - <<'PYTHON'
import asyncio
import socket
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.text import MIMEText

import aiosmtplib
from aiosmtpd.controller import Controller

ID = "<AS8PR04MB8788C1A2B3C4D5E6F708192A3B4C5D6E7F80@AS8PR04MB8788.eurprd04.prod.outlook.example>"
SIGNED = f"<https://news.example.com/u/{'x' * 70}>"
HEADERS = {"Message-ID": ID, "In-Reply-To": ID, "References": f"<1@example.com> {ID}", "List-Unsubscribe": SIGNED}


class Inbox:
    async def handle_DATA(self, server, session, envelope):
        self.mail = envelope.content
        return "250 OK"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def arrived(message, as_bytes=False):
    """The headers as they are in the octets, unfolded."""
    message["From"], message["To"] = "a@example.com", "b@example.com"
    for name, value in HEADERS.items():
        message[name] = value
    inbox, port = Inbox(), free_port()
    door = Controller(inbox, hostname="127.0.0.1", port=port)
    door.start()
    handed = message.as_bytes() if as_bytes else message
    who = {"sender": "a@example.com", "recipients": ["b@example.com"]}
    asyncio.run(aiosmtplib.send(handed, hostname="127.0.0.1", port=port, start_tls=False, **who))
    door.stop()
    seen = message_from_bytes(inbox.mail, policy=policy.compat32)
    return {name: " ".join(seen[name].split()) for name in HEADERS}


def words(policy_):
    message = EmailMessage(policy=policy_)
    message.set_content("x")
    return message


print("Python", sys.version.split()[0], "| one id has", len(ID), "octets")
long = policy.default.clone(max_line_length=998)
for what, message, as_bytes, whole in (
    ("EmailMessage", words(policy.default), False, {"Message-ID"}),
    ("EmailMessage, max_line_length=998", words(long), False, {"Message-ID"}),
    ("EmailMessage, max_line_length=998, handed over as bytes", words(long), True, set(HEADERS)),
    ("email.mime", MIMEText("x"), False, set(HEADERS)),
):
    seen = arrived(message, as_bytes)
    print(what)
    for name, value in seen.items():
        print(f"    {name}: {value}")
    same = {name for name, value in seen.items() if value == HEADERS[name]}
    assert same == whole, f"{what}: whole were {sorted(whole)}, now {sorted(same)}"
PYTHON

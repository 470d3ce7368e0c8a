#!/bin/sh
# flufl.bounce, Mailman's reader of bounces, finds nobody in a delivery report about an address with an umlaut.
#
# Guess: a report after RFC 6533 (message/global-delivery-status, "Final-Recipient: utf-8; grå@example.org") names its
#        recipient like one after RFC 3464 does; so does the older type with the address in the encoding for seven bits.
# Seen:  flufl.bounce 6.0.0 names the recipient of "rfc822;" and nobody for "utf-8;", in either type and spelling: neither as
#        failed nor as delayed, so that the address is written to again and again.
# So:    read both types; take "\x{E5}" back into its letter (RFC 6533 section 3), as the hub does.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check flufl.bounce==6.0.0
"$dir/venv/bin/python" - <<'PYTHON'
from email import message_from_bytes
from importlib.metadata import version

from flufl.bounce import all_failures

REPORT = """From: MAILER-DAEMON@mx.example.net
To: news@shop.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Your message could not be delivered.

--b
Content-Type: message/{kind}

Reporting-MTA: dns; mx.example.net

Final-Recipient: {recipient}
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

From: news@shop.example
Subject: News

Hello
--b--
"""
CASES = {
    ("delivery-status", "rfc822; ada@example.org"): {b"ada@example.org"},
    ("delivery-status", r"utf-8; gr\x{E5}@example.org"): set(),
    ("global-delivery-status", "utf-8; grå@example.org"): set(),
    ("global-delivery-status", "rfc822; ada@example.org"): set(),
}
for (kind, recipient), expected in CASES.items():
    delayed, failed = all_failures(message_from_bytes(REPORT.format(kind=kind, recipient=recipient).encode()))
    print(f"flufl.bounce {version('flufl.bounce')}: {kind}, {recipient}: failed {set(failed)}, delayed {set(delayed)}")
    assert (set(failed), set(delayed)) == (expected, set()), (failed, delayed)
PYTHON

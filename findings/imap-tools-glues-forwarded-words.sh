#!/bin/sh
# imap-tools 1.16.0 glues the words of an attached mail to those of the one who sends it, and mixes two kinds of dates.
#
# Guess: `text` is what the sender wrote; an attached mail (message/rfc822) is an attachment; `date` is always aware.
# Seen:  the attached mail's words stand behind the sender's without a blank or a line between them, so that a customer is
#        quoted with the shop's own words; its HTML becomes the mail's `html`, its files the mail's files. A file of text shown
#        inline is kept apart. `date` is aware for "GMT" and "+0100", naive for "CET" and "-0000", and 1 January 1900
#        where there is none: sorting a mailbox by it raises TypeError at the first mail of the other kind.
# So:    walk `obj` oneself and stop at message/rfc822, and make dates of the header oneself, as the hub does.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check imap-tools==1.16.0
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from imap_tools import MailMessage

print("imap-tools", version("imap-tools"))


def mail(kind, disposition, inner):
    lines = ["From: ada@example.com", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=outer", ""]
    lines += ["--outer", "Content-Type: text/plain", "", "Please cancel my order."]
    lines += ["--outer", f"Content-Type: {kind}", f"Content-Disposition: {disposition}", "", *inner, "--outer--", ""]
    return MailMessage.from_bytes("\r\n".join(lines).encode())


FORWARDED = ["From: shop@example.com", "Subject: Your order", "", "Thank you! All sales are final."]
found = mail("message/rfc822", 'attachment; filename="order.eml"', FORWARDED)
print("text:", repr(found.text), "| files:", [file.filename for file in found.attachments])
assert found.text == "Please cancel my order.Thank you! All sales are final.", found.text

HTML = [*FORWARDED[:2], "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=inner", "", "--inner"]
HTML += ["Content-Type: text/html", "", "<p>Thank you!", "--inner", 'Content-Type: application/pdf; name="bill.pdf"', "", "x"]
found = mail("message/rfc822", "attachment", [*HTML, "--inner--"])
print("html:", repr(found.html), "| files:", [file.filename for file in found.attachments])
assert (found.html, found.attachments[-1].filename) == ("<p>Thank you!", "bill.pdf"), found.html

found = mail("text/plain", 'inline; filename="note.txt"', ["a note"])
assert (found.text, found.attachments[0].filename) == ("Please cancel my order.", "note.txt"), found.text

for zone, aware in (("+0100", True), ("GMT", True), ("CET", False), ("-0000", False)):
    date = MailMessage.from_bytes(f"Date: Sat, 28 Nov 2026 10:00:00 {zone}\r\n\r\nx".encode()).date
    print(f"10:00:00 {zone}: {date.isoformat()}")
    assert (date.tzinfo is not None) == aware, date
undated = MailMessage.from_bytes(b"Subject: x\r\n\r\nx").date
print("no date:", undated)
assert undated.isoformat() == "1900-01-01T00:00:00", undated
PYTHON

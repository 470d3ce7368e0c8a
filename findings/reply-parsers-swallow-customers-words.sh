#!/bin/sh
# email-reply-parser 0.5.12 and mail-parser-reply 1.36 take a customer's own words for a quote.
#
# Guess: with no quote in a mail, its latest reply is all of it.
# Seen:  an order with lines "From: Berlin / To: Hamburg / Date: ... / Subject: ..." ends above them in both, so does a
#        letter at a sentence "On Monday ..., and he wrote:"; the first also ends at a ruled line between two paragraphs,
#        and leaves a German attribution standing. What is behind is in no reply that they give out, or in one that passes
#        for an older mail.
# So:    fold only what is proven to repeat: an address in the block, marks below the attribution; hide nothing for good.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check email-reply-parser==0.5.12 mail-parser-reply==1.36
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from email_reply_parser import EmailReplyParser as First
from mailparser_reply import EmailReplyParser as Second

print("email-reply-parser", version("email-reply-parser"), "mail-parser-reply", version("mail-parser-reply"))
ORDER = "Hello,\nFrom: Berlin\nTo: Hamburg\nDate: 5 May\nSubject: two seats\nPlease book."
LETTER = "Dear team,\n\nOn Monday I was told by your colleague, and he wrote:\nplease wait for two days. I did.\n\nRegards Ada"
RULED = "first part\n\n-----\n\nsecond part"
GERMAN = "Danke.\n\nAm Mo., 23. Nov. 2026 um 09:15 Uhr schrieb Shop <s@shop.example>:\n\n> Hallo\n"
for text, first, second in (
    (ORDER, "Hello,", "Hello,"),
    (LETTER, "Dear team,", "Dear team,"),
    (RULED, "first part", RULED),
    (GERMAN, GERMAN.partition("\n\n> ")[0], "Danke."),
):
    found = (First.parse_reply(text), Second(languages=["en", "de"]).read(text).latest_reply)
    print(f"{text!r}\n  first  {found[0]!r}\n  second {found[1]!r}")
    assert found == (first, second), found
PYTHON

#!/bin/sh
# In Python's email package a footer that a list writes below base64 decides by its length what becomes of the mail.
#
# Guess: decoding ends at the padding or at the first line that is no code; what is no base64 at all is given back.
# Seen:  every letter, digit, + and / below counts as code. Only where their number leaves 1 when divided by 4 the whole
#        body is given back, encoded words and all; else the footer is decoded to noise behind the words, or plain words
#        to nothing but noise. Nothing is raised; of `defects`, "invalid characters" is also what one stray "!" gives.
#        mail-parser 4.8.0, which builds on it, shows the same.
# So:    plain words must be found before the decoder sees them; neither defects nor a decoded text can tell.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check mail-parser==4.8.0
"$dir/venv/bin/python" - <<'PYTHON'
import email
from email.policy import default

import mailparser

HEAD = "From: a@example.com\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
CODE, WORDS = "VGVpbCBlaW5z", "Teil eins"
for body, begins, lost in (
    (f"{CODE}\n", WORDS, ""),
    (f"{CODE[:8]}!{CODE[8:]}\n", WORDS, ""),
    (f"{CODE}\n\n____\nlist mailing list\n", WORDS, "mailing"),  # 15 letters
    (f"{CODE}\n\n____\nlist of friends\n", CODE, WORDS),  # 13 letters
    ("Hello, this was never encoded.\n", "", "Hello"),
):
    message = email.message_from_string(HEAD + body, policy=default)
    words = message.get_content()
    parsed = mailparser.parse_from_string(HEAD + body).body
    print(ascii(body), "->", ascii(words), [type(one).__name__ for one in message.defects], "| mail-parser:", ascii(parsed))
    for shown in (words, parsed):
        assert shown.startswith(begins), f"{shown!r} no longer begins with {begins!r}"
        assert not lost or lost not in shown, f"{lost!r} is kept now: {shown!r}"
PYTHON

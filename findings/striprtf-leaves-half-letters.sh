#!/bin/sh
# striprtf 0.0.35 makes an emoji of RTF two half letters, which no file and no database takes.
#
# Guess: what Word writes for an emoji (two \u words, one for each half of the UTF-16 pair) becomes one letter, as \u252 does.
# Seen:  the text holds two lone surrogates: one letter too many, and it cannot be encoded as UTF-8 - far from where it was
#        read. `errors="ignore"` does not help.
# So:    put the pairs together: text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"). The hub reads RTF
#        itself.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check striprtf==0.0.35
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from striprtf.striprtf import rtf_to_text

print(f"striprtf {version('striprtf')}")
assert rtf_to_text(r"{\rtf1\ansi\ansicpg1252\uc1 M\u252 ?ller}") == "M\xfcller"
for errors in ("strict", "ignore"):
    text = rtf_to_text(r"{\rtf1\ansi\ansicpg1252\uc1 Thanks \u-10179?\u-8704?}", errors=errors)
    try:
        text.encode()
        told = "can be kept"
    except UnicodeEncodeError as refused:
        told = f"{refused.reason}"
    print(f"errors={errors}: {text!a}, {len(text)} letters: {told}")
    assert (text, told) == ("Thanks \ud83d\ude00", "surrogates not allowed"), text
mended = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
assert mended == "Thanks \U0001f600", mended
PYTHON

#!/bin/sh
# phonenumbers 9.0.43 reads WhatsApp's business-scoped ids as telephone numbers.
#
# Guess: an id like DE.AbC134912086553 is refused by parse(), because it has letters and no plus.
# Seen:  parse() starts at the first digit, drops what stands before it, puts the default country in front, and
#        is_possible_number() agrees: "DE.AbC134912086553" becomes +49134912086553. Only is_valid_number() says no, and
#        an id of many digits is refused as too long: the answer depends on the id's length, not on its letters.
# So:    an id must be told from a number by its own shape before a phone library sees it.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43
"$dir/venv/bin/python" - <<'PYTHON'
import phonenumbers

def seen(text):
    try:
        number = phonenumbers.parse(text, "DE")
    except phonenumbers.NumberParseException as refused:
        return f"refused ({refused.error_type})"
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164} possible={phonenumbers.is_possible_number(number)} valid={phonenumbers.is_valid_number(number)}"

expected = {
    "DE.AbC134912086553": "+49134912086553 possible=True valid=False",
    "DE.ENT.xYz118157992128": "+49118157992128 possible=True valid=False",
    "US.13491208655302741918": "refused (4)",
}
for text, want in expected.items():
    got = seen(text)
    print(f"{text}: {got}")
    assert got == want, f"{text}: {want} before, {got} now"
PYTHON

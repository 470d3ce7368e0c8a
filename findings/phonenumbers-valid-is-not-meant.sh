#!/bin/sh
# phonenumbers 9.0.43: is_valid_number() accepts numbers that nobody has, and refuses some that a plan sets aside.
#
# Guess: a German mobile number that lost its + is no valid national number, so "valid" tells the two readings apart;
#        words behind a number are refused; numbers reserved for fiction are valid in every country that has them.
# Seen:  4915112345678 is "valid" in Germany with a second 49 in front, while 4930123456 is read as if it had its +: the
#        plan's lengths are wide, and the country code is taken off only where the digits fit nowhere else. 555 1234 is
#        "valid" without an area code. Three letters anywhere make the whole text a vanity number, so a name behind a
#        number becomes more digits, and the result is "valid". Ofcom's 07700 900123 is not valid, but 020 7946 0123 is.
# So:    digits alone are read both ways and by their length, words are cut off first, reserved ranges are known apart.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43
"$dir/venv/bin/python" - <<'PYTHON'
import phonenumbers

expected = {
    ("4915112345678", "DE"): "+494915112345678 valid=True",
    ("4930123456", "DE"): "+4930123456 valid=True",
    ("555 1234", "DE"): "+495551234 valid=True",
    ("030 123456 Anna", "DE"): "+49301234562662 valid=True",
    ("07700 900123", "GB"): "+447700900123 valid=False",
    ("020 7946 0123", "GB"): "+442079460123 valid=True",
}
for (text, country), want in expected.items():
    number = phonenumbers.parse(text, country)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    got = f"{e164} valid={phonenumbers.is_valid_number(number)}"
    print(f"{text} ({country}): {got}")
    assert got == want, f"{text}: {want} before, {got} now"
PYTHON

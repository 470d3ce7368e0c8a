#!/bin/sh
# libphonenumber-js 1.13.16 finds telephone numbers in days, customer numbers and postcodes, where phonenumbers finds none.
#
# Guess: its search in a text gives what Google's gives: both check that a find is no date and is grouped as numbers are.
# Seen:  "Rechnung vom 28.11.2026" holds +49 2811 2026, "am 2026-11-28" +49 2026 1128, "Kunde 4711-0815" a number of Bremerhaven,
#        with the smallest metadata "10115 Berlin", too. phonenumbers 9.0.43 finds none of them, and both find the real ones.
#        A link to call, or a key to merge customers by, made from such a find reaches a stranger.
# So:    search texts on the server, and take finds for what a person may confirm.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43
(cd "$dir" && npm init --yes > npm.log && npm install --silent --no-audit --no-fund libphonenumber-js@1.13.16 >> npm.log)
cat > "$dir/find.js" <<'NODE'
const small = require("libphonenumber-js"), large = require("libphonenumber-js/max");
const found = (library, text) => library.findPhoneNumbersInText(text, "DE").map((one) => one.number.number);
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => [found(small, text), found(large, text)])));
NODE
"$dir/venv/bin/python" - "$dir" <<'PYTHON'
import json
import subprocess
import sys
from importlib.metadata import version

from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number

CASES = {  # text: (libphonenumber-js with its smallest metadata, with all, phonenumbers)
    "Rechnung vom 28.11.2026": (["+4928112026"], ["+4928112026"], []),
    "am 2026-11-28 um zehn": (["+4920261128"], ["+4920261128"], []),
    "Kunde 4711-0815": (["+4947110815"], ["+4947110815"], []),
    "PLZ 10115 Berlin": (["+4910115"], [], []),
    "Tel. 0171/1234567": (["+491711234567"],) * 3,
    "+49 (0)30 123456": (["+4930123456"],) * 3,
}
answer = subprocess.run(
    ["node", "find.js"], cwd=sys.argv[1], input=json.dumps(list(CASES)), capture_output=True, text=True, check=True
)
print("phonenumbers", version("phonenumbers"))
for (text, want), (small, large) in zip(CASES.items(), json.loads(answer.stdout), strict=True):
    google = [format_number(match.number, PhoneNumberFormat.E164) for match in PhoneNumberMatcher(text, "DE")]
    print(f"{text}: smallest {small}, all {large}, phonenumbers {google}")
    assert (small, large, google) == want, f"{want} before"
PYTHON

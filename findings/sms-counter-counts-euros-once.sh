#!/bin/sh
# sms-counter 1.0.0 (npm) counts a sign of GSM's second table once, and parts an emoji between two messages.
#
# Guess: it gives the parts that smsutil 1.1.3 and Twilio's sms-segments-calculator 1.3.0 give, which agree with each other.
# Seen:  80 euro signs fill a message (3GPP TS 23.038: each takes an escape as well), and 160 are "one message with none left";
#        brackets and braces, as in a price list, are the same: three are sent and paid for where one was shown. It names the
#        encoding GSM_7BIT_EX and does not heed it. 67 emoji are two messages by dividing, but no part may end inside a pair
#        of halves, so there are three. Texts without such signs are counted right, and a test has those.
# So:    count as the sender parts: signs of the second table twice, pairs whole.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check smsutil==1.1.3
packages="sms-counter@1.0.0 sms-segments-calculator@1.3.0"
# shellcheck disable=SC2086
(cd "$dir" && npm init --yes > npm.log && npm install --silent --no-audit --no-fund $packages >> npm.log)
cat > "$dir/count.js" <<'NODE'
const counter = require("sms-counter");
const { SegmentedMessage } = require("sms-segments-calculator");
const count = (counter.SmsCounter || counter.default || counter).count;
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => [count(text).messages, new SegmentedMessage(text).segmentsCount])));
NODE
"$dir/venv/bin/python" - "$dir" <<'PYTHON'
import json
import subprocess
import sys

import smsutil

CASES = (  # what, text, parts by sms-counter, right
    ("160 letters", "a" * 160, 1, 1),
    ("161 letters", "a" * 161, 2, 2),
    ("80 euro signs", "\u20ac" * 80, 1, 1),
    ("81 euro signs", "\u20ac" * 81, 1, 2),
    ("160 brackets", "[" * 160, 1, 3),
    ("a letter between 40 and 121", "x" * 121 + "\u20ac" * 40, 2, 2),
    ("66 letters, an emoji, 66 letters", "x" * 66 + "\U0001f600" + "y" * 66, 2, 3),
    ("67 emoji", "\U0001f600" * 67, 2, 3),
)
asked = json.dumps([text for _, text, _, _ in CASES])
answer = subprocess.run(["node", "count.js"], cwd=sys.argv[1], input=asked, capture_output=True, text=True, check=True)
for (what, text, wrong, right), (counter, twilio) in zip(CASES, json.loads(answer.stdout), strict=True):
    python = len(smsutil.split(text).parts)
    print(f"{what}: sms-counter {counter}, sms-segments-calculator {twilio}, smsutil {python}")
    assert (counter, twilio, python) == (wrong, right, right), f"{wrong}, {right} before"
PYTHON

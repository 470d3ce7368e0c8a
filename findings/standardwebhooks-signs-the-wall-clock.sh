#!/bin/sh
# standardwebhooks 1.1.0 and svix 2.9.1 sign an aware datetime at its wall clock, so its own receivers refuse the event.
#
# Guess: sign(id, timestamp, payload) signs the instant that the datetime names, as the header webhook-timestamp does.
# Seen:  the offset is thrown away and the wall clock taken for UTC: 12:00+01:00 is signed as 12:00Z. The signature fits no
#        header that a sender makes by int(timestamp.timestamp()), and verify() of the same package refuses it. A naive
#        datetime is taken for UTC as well, where Python itself takes it for local time. With UTC it never shows: a server in
#        UTC passes every test, one that reads times from a database with another zone has all its events refused.
# So:    astimezone(UTC) before signing, and send the seconds of that same value.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check standardwebhooks==1.1.0 svix==2.9.1
"$dir/venv/bin/python" - <<'PYTHON'
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone
from importlib.metadata import version

import standardwebhooks
import svix.webhooks

SECRET = "whsec_" + b64encode(b"k" * 24).decode()
NOW = datetime.now(UTC).replace(microsecond=0)
BERLIN = NOW.astimezone(timezone(timedelta(hours=1)))
PAYLOAD = '{"event": "message.received"}'

for name, webhook, prefix in (
    ("standardwebhooks", standardwebhooks.Webhook(SECRET), "webhook"),
    ("svix", svix.webhooks.Webhook(SECRET), "svix"),
):
    assert NOW == BERLIN
    for what, moment, want in (("UTC", NOW, "taken"), ("+01:00", BERLIN, "refused"), ("naive UTC", NOW.replace(tzinfo=None), "taken")):
        signature = webhook.sign("msg_1", moment, PAYLOAD)
        headers = {"id": "msg_1", "timestamp": str(int(NOW.timestamp())), "signature": signature}
        try:
            webhook.verify(PAYLOAD, {f"{prefix}-{key}": value for key, value in headers.items()})
        except (standardwebhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError):
            seen = "refused"
        else:
            seen = "taken"
        print(f"{name} {version(name)}, the same instant in {what}: {seen}")
        assert seen == want, f"{want} before, {seen} now"
    as_utc = webhook.sign("msg_1", BERLIN.replace(tzinfo=UTC), PAYLOAD)
    assert webhook.sign("msg_1", BERLIN, PAYLOAD) == as_utc, "the offset is heeded now"
PYTHON

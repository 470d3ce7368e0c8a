#!/bin/sh
# twilio 9.13.0 sends an aware datetime at the wrong hour, and takes lists and dicts apart in silence.
#
# Guess: `send_at` and `date_sent_after` of 12:00+02:00 leave as 10:00Z; what a parameter cannot hold is refused.
# Seen:  they leave as 12:00:00Z: the offset is dropped, so a message is scheduled and a list cut two hours late, unless
#        the datetime was in UTC. A dict for `content_variables` goes into the form by its keys alone: "ContentVariables=1",
#        the values are gone (json.dumps is wanted). A list that `calls.create` takes for status_callback_event is
#        written into TwiML as Python writes it, "['initiated', 'answered']", where names with blanks between are wanted.
# So:    astimezone(UTC) before every call, json.dumps for variables, " ".join for attributes of TwiML.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check twilio==9.13.0
"$dir/venv/bin/python" - <<'PYTHON'
import json
from datetime import datetime, timedelta, timezone

import twilio
from requests import Request
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.twiml.voice_response import Dial


class Wire(HttpClient):
    """Keeps what would be sent, as the package's own client would write it."""

    def request(self, method, url, params=None, data=None, **more):
        self.sent = Request(method, url, params=params, data=data).prepare()
        return Response(200, json.dumps({"messages": [], "page": 0} if method == "GET" else {"sid": "SM1"}))


wire = Wire(None, False, None)
client = Client("AC" + "1" * 32, "token", http_client=wire)
noon = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
print("twilio", twilio.__version__)

client.messages.create(to="+1", messaging_service_sid="MG1", schedule_type="fixed", send_at=noon, body="x")
print(noon.isoformat(), "as send_at:", wire.sent.body)
assert "SendAt=2026-07-01T12%3A00%3A00Z" in wire.sent.body, wire.sent.body

client.messages.list(date_sent_after=noon, limit=1)
print(noon.isoformat(), "as date_sent_after:", wire.sent.url)
assert "DateSent%3E=2026-07-01T12%3A00%3A00Z" in wire.sent.url, wire.sent.url

client.messages.create(to="+1", from_="+2", content_sid="HX1", content_variables={"1": "Ada"})
print("a dict as content_variables:", wire.sent.body)
assert "ContentVariables=1" in wire.sent.body and "Ada" not in wire.sent.body, wire.sent.body

client.calls.create(to="+1", from_="+2", url="https://example.com/", status_callback_event=["initiated", "answered"])
assert "StatusCallbackEvent=initiated&StatusCallbackEvent=answered" in wire.sent.body, wire.sent.body
dial = Dial()
dial.number("+1", status_callback_event=["initiated", "answered"])
print("a list in TwiML:", dial)
assert """statusCallbackEvent="['initiated', 'answered']\"""" in str(dial), str(dial)
PYTHON

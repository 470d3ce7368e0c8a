"""Whatever the bytes of a stored Twilio webhook: they are read, or said to be unreadable, and nothing else happens."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.sms import SmsChannel
from channels.voice import VoiceChannel
from channels.whatsapp import WhatsappChannel
from hub.channel import Raw
from hub.errors import Unreadable
from tests.twilio import ACCOUNT, LINE, TOKEN

NAMES = """MessageSid SmsSid From To Body NumMedia MediaUrl0 MediaContentType0 ProfileName Latitude Longitude Label
OptOutType MessageStatus SmsStatus ErrorCode ErrorMessage HubSentAt HubBeganAt CallSid ParentCallSid CallStatus
DialCallStatus DialCallDuration RecordingUrl RecordingSid RecordingStatus RecordingDuration RecordingSource""".split()
WORDS = ["", "queued", "delivered", "undelivered", "completed", "busy", "in-progress", "9" * 5000, "٣", "-1", "\0", "1"]
VALUES = st.sampled_from(WORDS) | st.text(max_size=30)
KNOWN = {"MessageSid": "SM1", "CallSid": "CA1", "From": "+12025550101"}
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=12).map(lambda fields: KNOWN | fields)
QUERY = st.dictionaries(
    st.sampled_from(["ref", "customer", "agent", "leg", "of", "step", "last"]),
    st.sampled_from(["", "agent", "customer", "call", "+12025550101", "0", "x" * 99]),
    max_size=4,
)
TEXT_KINDS = ["message", "status"]
CALL_KINDS = ["call", "dialed", "voicemail", "recording", "status", "bridge", "bridged", "unheard-of"]


class Nowhere:
    """The tools of a channel that only reads."""

    session = None
    base_url = "https://hub.example.com"


def opened(adapter):
    section = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE}
    return adapter("line", adapter.Settings.model_validate(section), Nowhere())


CHANNELS = [(opened(SmsChannel), TEXT_KINDS), (opened(WhatsappChannel), TEXT_KINDS), (opened(VoiceChannel), CALL_KINDS)]


def read(channel, kind: str, body: bytes, query: dict[str, str]) -> None:
    try:
        events = channel.read(Raw(kind, "id", body, query))
    except Unreadable:
        return
    assert "\\u0000" not in json.dumps([repr(event) for event in events])
    assert all("\\x00" not in repr(event) for event in events)


@pytest.mark.parametrize(("channel", "kinds"), CHANNELS, ids=lambda value: getattr(value, "type", ""))
@settings(max_examples=150, deadline=None)
@given(fields=FIELDS, query=QUERY, data=st.data())
def test_any_fields_are_read_or_unreadable(channel, kinds, fields, query, data):
    kind = data.draw(st.sampled_from(kinds))
    body = data.draw(st.sampled_from([urlencode(fields).encode(), json.dumps(fields).encode()]))

    read(channel, kind, body, query)


@pytest.mark.parametrize(("channel", "kinds"), CHANNELS, ids=lambda value: getattr(value, "type", ""))
@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=200), data=st.data())
def test_any_bytes_are_read_or_unreadable(channel, kinds, body, data):
    read(channel, data.draw(st.sampled_from(kinds)), body, {})


@pytest.mark.parametrize("body", [b"{" * 100_000, b'{"a":' * 50_000, b"a=" + b"%" * 100_000, b"&" * 100_000, b"{}"])
def test_hostile_bytes_take_no_time(body):
    for channel, kinds in CHANNELS:
        read(channel, kinds[0], body, {})

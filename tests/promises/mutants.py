"""Reads mails, webhooks and updates that were changed at random: `python -m tests.promises.mutants --count 100000`.

Each is read, or said to be unreadable, within two seconds; anything else is printed with its seed, which repeats it:
`--seed 4711 --count 1`.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from channels.email.inbound import read_mail
from channels.sms import SmsChannel
from channels.telegram import TelegramChannel
from channels.telnyx import TelnyxChannel
from channels.voice import VoiceChannel
from channels.webchat import WebchatChannel
from channels.whatsapp import WhatsappChannel
from hub.channel import Channel, Raw
from hub.cleaning import cleaned
from hub.errors import ReadDeferred, Unreadable
from hub.model import Event, Inbound
from hub.sanitise import safe_html
from tests.telegram import TOKEN as BOT
from tests.twilio import ACCOUNT, LINE, TOKEN

FIXTURES = Path(__file__).parents[1] / "fixtures"
LONGEST = 2.0  # seconds
CHANGES = 4  # at most, of one unit
# what breaks parsers: ends of lines and parts, quotes, charsets, numbers out of range, signs no store can keep
TOKENS = (
    *(b"\r\n", b"\n", b"\0", b"\r", b"--", b'"', b"<", b">", b"&", b"=?utf-8?q?=FF?=", b"=?x?b?AAAA?=", b"%00"),
    *(b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"{", b"}", b"[", b"]", b"null", b"-1", b"1e999", b"9" * 40, b";;"),
    *(b"Content-Type: multipart/mixed; boundary=x\r\n", b"Content-Transfer-Encoding: base64\r\n", b"charset=utf-7"),
    *(b"Date: Tue, 99 Xyz 99999 99:99:99 +9999\r\n", b"<table>" * 30, b"</div>" * 30, b"(" * 300, b"\xe2\x80\xae"),
)
ODD: Sequence[Any] = (None, True, -1, 2**70, 1e308, "", "\0", "\ud800", "x" * 5000, [], {}, [[]], {"": {}}, "9" * 40)
UPDATE = {
    "update_id": 9,
    "message": {
        "message_id": 5,
        "message_thread_id": 2,
        "is_topic_message": True,
        "business_connection_id": "bc",
        "from": {"id": 7001, "is_bot": False, "first_name": "Ada", "language_code": "de"},
        "chat": {"id": 7001, "type": "private", "first_name": "Ada"},
        "date": 1_795_000_000,
        "text": "see our offer 👍",
        "entities": [{"type": "text_link", "offset": 4, "length": 9, "url": "https://shop.example/77"}],
        "reply_to_message": {"message_id": 3, "text": "before"},
        "quote": {"text": "before"},
    },
}
REACTION = {"chat": {"id": 7001, "type": "private"}, "message_id": 5, "user": {"id": 7001, "is_bot": False}, "date": 1}
UPDATES = (
    UPDATE,
    {"update_id": 1, "business_message": UPDATE["message"]},
    {"update_id": 2, "message_reaction": REACTION | {"new_reaction": [{"type": "emoji", "emoji": "👍"}]}},
    {"update_id": 3, "deleted_business_messages": {"chat": {"id": 7001, "type": "private"}, "message_ids": [1, 2]}},
)
TEXT = {
    "MessageSid": "SM1",
    "AccountSid": ACCOUNT,
    "From": "+12025550101",
    "To": LINE,
    "Body": "Hallo 👋",
    "NumMedia": "1",
}
TEXT |= {"MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/png", "MessageStatus": "delivered"}
CALL = {"CallSid": "CA1", "AccountSid": ACCOUNT, "From": "+12025550101", "To": LINE, "CallStatus": "completed"}
CHAT = {"visitor": "a" * 32, "client_id": "c1", "text": "Hello", "language": "de", "files": [], "phone": "+491"}


class Nowhere:
    """The tools of a channel that only reads."""

    session = None
    secret = b"secret"
    base_url = "https://hub.example.com"


@dataclass(frozen=True)
class Door:
    """One way in: what comes there as a rule, and what reads it."""

    name: str
    seeds: Sequence[bytes]
    read: Callable[[bytes], Sequence[Event]]


@dataclass
class Found:
    """counts: how many were read or unreadable, by door; faults: (door, seed, what happened)."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, int, str]] = field(default_factory=list)
    slowest: float = 0.0


def doors() -> list[Door]:
    mails = [file.read_bytes() for file in sorted((FIXTURES / "email").rglob("*.eml"))]
    twilio = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": LINE}
    telnyx = {"api_key": "k", "public_key": "A" * 43 + "=", "messaging_profile_id": "p"}
    texts = [urlencode(TEXT).encode(), json.dumps(TEXT).encode()]
    return [
        Door("mail", mails, lambda body: read_mail("mail", "id", body, {})),
        _door("update", TelegramChannel, {"token": BOT}, _as_json(*UPDATES)),
        _door("message", SmsChannel, twilio, texts),
        _door("status", SmsChannel, twilio, texts),
        _door("message", WhatsappChannel, twilio, texts),
        _door("call", VoiceChannel, twilio, [urlencode(CALL).encode()]),
        _door("message", TelnyxChannel, telnyx, [(FIXTURES / "telnyx" / "message.json").read_bytes()]),
        _door("message", WebchatChannel, {}, _as_json(CHAT)),
    ]


def _as_json(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def _door(kind: str, adapter: type[Channel], section: dict[str, Any], seeds: Sequence[bytes]) -> Door:
    tools: Any = Nowhere()
    channel = adapter("line", adapter.Settings.model_validate(section), tools)
    return Door(f"{adapter.type} {kind}", seeds, partial(_read, channel, kind))


def _read(channel: Channel, kind: str, body: bytes) -> Sequence[Event]:
    return channel.read(Raw(kind, "id", body, {}))


def mutant(door: Door, chance: random.Random) -> bytes:
    """A unit of that door, changed in one place or some."""
    body = chance.choice(door.seeds)
    if body[:1] == b"{" and chance.random() < 0.5:
        return json.dumps(_misshapen(json.loads(body), chance)).encode()
    for _ in range(chance.randint(1, CHANGES)):
        body = _changed(body, door, chance)
    return body


def _changed(body: bytes, door: Door, chance: random.Random) -> bytes:
    start, end = sorted((chance.randint(0, len(body)), chance.randint(0, len(body))))
    match chance.randrange(6):
        case 0:
            return body[:start] + bytes([chance.randrange(256)]) + body[start + 1 :]
        case 1:
            return body[:start] + body[end:]
        case 2:
            return body[:start] + body[start:end] * chance.randint(2, 9) + body[end:]
        case 3:
            return body[:start] + chance.choice(TOKENS) * chance.choice((1, 1, 2, 40)) + body[start:]
        case 4:
            return body[:start] + chance.choice(door.seeds)[start:]
        case _:
            return body[:end]


def _misshapen(value: Any, chance: random.Random) -> Any:
    """The same with a value of another shape somewhere, or without it, or under another name."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.2:
        return chance.choice(ODD)
    if isinstance(value, list):
        place = chance.randrange(len(value))
        return [_misshapen(one, chance) if at == place else one for at, one in enumerate(value)]
    name, changed = chance.choice(list(value)), dict(value)
    old = changed.pop(name)
    if chance.random() < 0.9:
        changed[name if chance.random() < 0.9 else "unheard_of"] = _misshapen(old, chance)
    return changed


def read_mutants(first: int, count: int) -> Found:
    """Of so many seeds from the first on; the doors in turn."""
    found, ways = Found(), doors()
    for seed in range(first, first + count):
        door = ways[seed % len(ways)]
        body = mutant(door, random.Random(seed))
        began = time.perf_counter()
        trouble = next(_troubles(door, body), "")
        seconds = time.perf_counter() - began
        found.counts[door.name] += 1
        found.slowest = max(found.slowest, seconds)
        if seconds > LONGEST:
            trouble = trouble or f"{seconds:.1f} s"
        if trouble:
            found.faults.append((door.name, seed, trouble))
    return found


def _troubles(door: Door, body: bytes) -> Iterator[str]:
    try:
        for event in cleaned(door.read(body)):  # as the hub does before it looks at them
            if isinstance(event, Inbound) and event.html:
                safe_html(event.html)
    except (Unreadable, ReadDeferred):
        return
    except Exception as fault:
        yield f"{type(fault).__name__}: {fault}"


def main() -> int:
    asked = argparse.ArgumentParser(description="Reads units that were changed at random.")
    asked.add_argument("--count", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    found = read_mutants(given.seed, given.count)
    for door, seed, trouble in found.faults:
        print(f"{door}, seed {seed}: {trouble[:300]}")
    print(f"{sum(found.counts.values()):,} read, {len(found.faults)} faults, slowest {found.slowest:.2f} s")
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main())

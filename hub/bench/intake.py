"""Measures intake: signed webhooks, durable before the 200, against an aiohttp handler that does nothing.

The hub is the real one, `hub serve` with every role, on SQLite with synchronous=FULL unless --store says
otherwise; 64 connections wait for their answers. The sides take turns, each frozen while the other is measured.
"""

import asyncio
import base64
import hmac
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from hashlib import sha1
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from hub.bench import Options
from hub.bench._load import Tally, load
from hub.bench._rounds import paired, percentile
from hub.bench._served import Served, served

CONNECTIONS = 64
READY_MADE = 9_000  # requests per measured second at most
PATH = "/hooks/sms/message"
ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "0" * 32, "+4930901820"
CONFIG = """
[store]
url = "{store}"
[web]
host = "127.0.0.1"
[log]
level = "warning"
[channels.sms]
type = "sms"
account_sid = "{account}"
auth_token = "{token}"
from = "{number}"
api_base = "http://127.0.0.1:9"
backfill_seconds = 86400
"""


def run(options: Options) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        store = options.store or f"sqlite:///{folder}/hub.db"
        config.write_text(CONFIG.format(store=store, account=ACCOUNT, token=TOKEN, number=NUMBER), "utf-8")
        with (
            served("-m", "hub", "serve", "--config", str(config), "--port", "0") as hub,
            served("-m", "hub.bench._bare") as bare,
        ):
            return _measure(options, hub, bare)


def _measure(options: Options, hub: Served, bare: Served) -> dict[str, Any]:
    tallies: list[Tally] = []

    def ours() -> float:
        requests = list(signed_messages(hub.port, round(READY_MADE * options.seconds)))
        with bare.paused():
            tallies.append(asyncio.run(load(hub.port, iter(requests), CONNECTIONS, options.seconds)))
        return tallies[-1].per_second

    def theirs() -> float:
        requests = cycle(list(signed_messages(bare.port, 2_000)))
        with hub.paused():
            return asyncio.run(load(bare.port, requests, CONNECTIONS, options.seconds)).per_second

    ours(), theirs()  # warm up
    tallies.clear()
    result = paired(options.rounds, ours, theirs)
    latencies = [latency for tally in tallies for latency in tally.latencies]
    statuses = sum((tally.statuses for tally in tallies), Counter[int]())
    return {
        "benchmark": "intake",
        "unit": "requests per second: ours = hub serve, theirs = bare aiohttp handler",
        "connections": CONNECTIONS,
        **result,
        "statuses": dict(statuses),
        "p50_ms": round(percentile(latencies, 0.5) * 1000, 2),
        "p99_ms": round(percentile(latencies, 0.99) * 1000, 2),
    }


def signed_messages(port: int, count: int) -> Iterator[bytes]:
    """Signed inbound messages as Twilio sends them, each with a MessageSid of its own."""
    url = f"http://127.0.0.1:{port}{PATH}"
    for number in range(count):
        name = "SM" + uuid.uuid4().hex
        params = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "Body": f"Where is my order {number}?",
            "From": f"+49151{number % 5_000:08d}",
            "FromCountry": "DE",
            "MessageSid": name,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsMessageSid": name,
            "SmsSid": name,
            "SmsStatus": "received",
            "To": NUMBER,
            "ToCountry": "DE",
        }
        signed = (url + "".join(key + params[key] for key in sorted(params))).encode()
        signature = base64.b64encode(hmac.digest(TOKEN.encode(), signed, sha1)).decode()
        body = urlencode(params).encode()
        yield (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Twilio-Signature: {signature}\r\n"
            f"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

"""A third-party channel whose bytes say how reading them goes wrong; test_poison.py installs it by entry point."""

import os
import sys
from hashlib import sha256

from hub.channel import Channel, Raw, Received, Webhook
from hub.model import Address, Event, Inbound


class PoisonChannel(Channel):
    type = "poison"
    reads_in_child = True

    async def receive(self, webhook: Webhook) -> Received:
        return Received((Raw("message", sha256(webhook.body).hexdigest(), webhook.body),))

    def read(self, raw: Raw) -> tuple[Event, ...]:
        match raw.body:
            case b"raise":
                raise ValueError("this mail makes the parser raise")
            case b"recurse":
                sys.setrecursionlimit(10**9)
                return self.read(raw)
            case b"eat memory":
                eaten = [bytearray(64_000_000)]
                while True:
                    eaten.append(bytearray(64_000_000))
            case b"loop":
                while True:
                    pass
            case b"die":
                os._exit(1)
        return (Inbound(Address("telegram", "5"), raw.provider_id, raw.body.decode()),)

"""The smallest complete channel, for tests of what the hub does around adapters: its provider is a list."""

import asyncio
import hmac
import json
from typing import Any

from hub.channel import Capabilities, Channel, ChannelSettings, Committing, Raw, Received, Tools, Webhook
from hub.errors import SendError, Unreadable, WebhookForged
from hub.model import Address, DeliveryState, Event, Inbound, Outbound, Receipt, Sent, Sort


class PagerSettings(ChannelSettings):
    token: str = "t0p"
    address: str = ""


class PagerChannel(Channel):
    """Speaks for any address kind; `provider` is what the provider saw, `trouble` what it answers next."""

    Settings = PagerSettings

    def __init__(self, name: str, settings: Any, tools: Tools, kind: str = "sms", **able: Any) -> None:
        super().__init__(name, settings, tools)
        self.type = kind  # type: ignore[misc]
        self.capabilities = Capabilities(**able)  # type: ignore[misc]
        self.provider: list[Outbound] = []
        self.trouble: list[SendError] = []
        self.gate: asyncio.Event | None = None  # the provider answers only when it opens

    async def receive(self, webhook: Webhook) -> Received:
        if not hmac.compare_digest(webhook.headers.get("X-Token", ""), self.settings.token):
            raise WebhookForged(self.name)
        return Received((page(**json.loads(webhook.body)),))

    def read(self, raw: Raw) -> tuple[Event, ...]:
        if raw.kind == "status":
            told = json.loads(raw.body)
            return (
                Receipt(
                    told["id"],
                    DeliveryState(told["state"]),
                    told.get("reason", ""),
                    complaint=bool(told.get("complaint")),
                ),
            )
        try:
            said = json.loads(raw.body)
        except ValueError as broken:
            raise Unreadable(f"not JSON: {broken}") from broken
        return (
            Inbound(
                Address(self.type, said["from"]),
                said["id"],
                said["text"],
                sender_name=said.get("name", ""),
                references=tuple(said.get("references", ())),
                reply_addresses=tuple(said.get("reply_addresses", ())),
                keyword=said.get("keyword", ""),
                subject=said.get("subject", ""),
                sorted_as=Sort(said.get("sorted_as", "person")),
                sorted_because=said.get("sorted_because", ""),
                parts=said.get("parts", {}),
            ),
        )

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        if self.trouble:
            raise self.trouble.pop(0)
        await committing()
        self.provider.append(message)
        name = f"page-{len(self.provider)}"
        if self.gate:
            await self.gate.wait()
        return Sent(name)


def page(**said: Any) -> Raw:
    """What the pager's provider posts: from, id, text."""
    return Raw("message", said["id"], json.dumps(said).encode())


def status(id: str, state: str, reason: str = "", **more: object) -> Raw:
    body = json.dumps({"id": id, "state": state, "reason": reason, **more}).encode()
    return Raw("status", f"{id}/{state}", body)

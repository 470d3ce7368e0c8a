"""Providers that keep calling until they hear "ok", each with its own log of what was acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from email import policy
from itertools import count, takewhile
from typing import Any

import aiohttp

from tests.outsider.outside.letters import letter
from tests.outsider.outside.smtp import dotted
from tests.outsider.outside.world import SMS, SUPPORT, WHATSAPP, World

WORKERS, VISITORS = 6, 24
TROUBLE = (aiohttp.ClientError, OSError, asyncio.IncompleteReadError, TimeoutError, AssertionError)
PAUSE = 0.1
CHANNELS = ("sms", "wa", "bot", "mail", "chat")


class Load:
    """`count` messages over every channel; `acknowledged[channel]` are the texts the hub said ok to."""

    def __init__(self, world: World, count: int, channels: tuple[str, ...] = CHANNELS) -> None:
        self.world, self.count, self.channels = world, count, channels
        self.acknowledged: dict[str, list[str]] = {channel: [] for channel in channels}
        self.tries = 0
        self._over = False

    def start(self) -> None:
        self._job = self.world.loop.start(self._run())

    def done(self) -> bool:
        return self._job.done()

    def finish(self, seconds: float) -> None:
        self._job.result(seconds)

    async def _run(self) -> None:
        jobs = []
        for channel in self.channels:
            workers = VISITORS if channel == "chat" else WORKERS
            for worker in range(workers):
                numbers = range(worker, self.count, workers)
                jobs.append(self._chat(numbers) if channel == "chat" else self._send(channel, numbers))
        await asyncio.gather(*jobs)

    async def _send(self, channel: str, numbers: range) -> None:
        attempt = {"sms": self._sms, "wa": self._whatsapp, "bot": self._telegram, "mail": self._mail}[channel]
        for number in numbers:
            await self._until_acknowledged(channel, f"{channel} {number}", attempt(f"{channel} {number}", number))

    async def _until_acknowledged(self, channel: str, text: str, attempt: Callable[[], Awaitable[bool]]) -> None:
        while True:
            self.tries += 1
            try:
                if await attempt():
                    self.acknowledged[channel].append(text)
                    return
            except TROUBLE:
                pass
            await asyncio.sleep(PAUSE)

    def _sms(self, text: str, number: int) -> Callable[[], Awaitable[bool]]:
        params = self.world.twilio.inbound(f"+4915140{number % 40:06d}", SMS, text)
        return lambda: self._webhook("/hooks/sms/message", params)

    def _whatsapp(self, text: str, number: int) -> Callable[[], Awaitable[bool]]:
        sender = f"whatsapp:+4915141{number % 40:06d}"
        params = self.world.twilio.inbound(sender, f"whatsapp:{WHATSAPP}", text)
        return lambda: self._webhook("/hooks/wa/message", params)

    async def _webhook(self, path: str, params: dict[str, str]) -> bool:
        return (await self.world.twilio.deliver(path, params)).status in (200, 204)

    def _telegram(self, text: str, number: int) -> Callable[[], Awaitable[bool]]:
        update = self.world.telegram.update(9_000_000 + number % 40, text)

        async def attempt() -> bool:
            return (await self.world.telegram.deliver(update)).status == 200

        return attempt

    def _mail(self, text: str, number: int) -> Callable[[], Awaitable[bool]]:
        sender = f"reader{number % 40}@example.com"
        content = letter(sender, SUPPORT, text).as_bytes(policy=policy.SMTP)
        return lambda: self._smtp(sender, content)

    async def _smtp(self, sender: str, content: bytes) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.world.listen)
        try:
            lines = ["EHLO load.example", f"MAIL FROM:<{sender}>", f"RCPT TO:<{SUPPORT}>", "DATA"]
            await _reply(reader)
            for line in lines:
                writer.write(f"{line}\r\n".encode())
                if (await _reply(reader))[:1] not in (b"2", b"3"):
                    return False
            writer.write(dotted(content))
            return (await _reply(reader)).startswith(b"250")
        finally:
            writer.transport.abort()

    async def _chat(self, numbers: range) -> None:
        """One visitor: reconnects with the token, repeats what was not accepted under its client_id."""
        waiting = [f"chat {number}" for number in numbers]
        token = ""
        while waiting:
            try:
                async with aiohttp.ClientSession() as session:
                    url = f"{self.world.base}/chat/chat/socket"
                    async with session.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=1)) as socket:
                        await socket.send_json({"type": "hello", **({"token": token} if token else {})})
                        token = (await _frame(socket, "welcome"))["token"]
                        while waiting:
                            self.tries += 1
                            text = waiting[0]
                            await socket.send_json({"type": "message", "client_id": text, "text": text})
                            await _frame(socket, "accepted", client_id=text)
                            self.acknowledged["chat"].append(waiting.pop(0))
            except TROUBLE:
                await asyncio.sleep(PAUSE)


def _address(number: int) -> dict[str, str]:
    kind = ("sms", "telegram", "email")[number % 3]
    handles = {"sms": f"+4915142{number:06d}", "telegram": str(8_000_000 + number), "email": f"o{number}@x.example"}
    return {"kind": kind, "handle": handles[kind]}


async def _reply(reader: asyncio.StreamReader) -> bytes:
    while True:
        line = await asyncio.wait_for(reader.readuntil(b"\n"), 30)
        if line[3:4] != b"-":
            return line


async def _frame(socket: aiohttp.ClientWebSocketResponse, kind: str, **fields: str) -> Any:
    while True:
        message = await asyncio.wait_for(socket.receive(), 30)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        frame = message.json()
        if frame["type"] == kind and all(frame.get(key) == value for key, value in fields.items()):
            return frame


class Answers:
    """An integration that sends messages through the API until told to stop, repeating each until it hears 201."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ids: dict[str, str] = {}
        self._over = False

    def start(self) -> None:
        self._jobs = [self.world.loop.start(self._run(count(worker, 3))) for worker in range(3)]

    def stop(self) -> None:
        self._over = True

    def done(self) -> bool:
        return all(job.done() for job in self._jobs)

    async def _run(self, numbers: Iterator[int]) -> None:
        for number in takewhile(lambda _: not self._over, numbers):
            await asyncio.sleep(PAUSE)
            text = f"out {number}"
            body = {"to": _address(number), "text": text}
            while text not in self.ids:
                try:
                    answer = await self.world.rest.fetch(
                        "POST", "messages", body, headers={"Idempotency-Key": f"{self.world.port}-{number}"}
                    )
                    if answer.status == 201:
                        self.ids[text] = answer.json["id"]
                        await self._receipt(text)
                        continue
                except TROUBLE:
                    pass
                await asyncio.sleep(PAUSE)

    async def _receipt(self, text: str) -> None:
        """Twilio says `delivered` for what it took so far; some of it is repeated or lost."""
        for message in self.world.twilio.sent()[-3:]:
            params = {
                "MessageSid": message.sid,
                "MessageStatus": "delivered",
                "AccountSid": self.world.twilio.account,
                "To": message.params["To"],
                "From": message.params["From"],
            }
            path = message.params["StatusCallback"].removeprefix(self.world.base)
            try:
                await self.world.twilio.deliver(path, params)
            except TROUBLE:
                return

    def arrived(self) -> dict[str, int]:
        """How often each text reached its provider, by the providers' own logs."""
        seen: dict[str, int] = dict.fromkeys(self.ids, 0)
        texts = [message.text for message in self.world.twilio.sent()]
        texts += [str(message.get("text")) for message in self.world.telegram.sent]
        texts += [mail.text.strip() for mail in self.world.relay.mails]
        for text in texts:
            if text in seen:
                seen[text] += 1
        return seen

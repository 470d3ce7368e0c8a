"""Telegram: a bot's private chats, by webhook or long polling, through python-telegram-bot.

A bot cannot write first: a customer is reachable after pressing Start. Telegram reports no deliveries.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from hub.channel import Capabilities, Channel, Committing, Raw, Received, Step, Tools, Webhook
from hub.errors import ReadDeferred, SendDoubtful, SendError, Unreadable, WebhookForged
from hub.model import Address, Attachment, Event, Outbound, RemoteFile, Sent

from ._telegram_buttons import MOST, Presses
from ._telegram_calls import Calls, FloodWait, NotReached, Refused, Trouble, send_error
from ._telegram_groups import Groups
from ._telegram_parts import MAX_PARTS, MAX_TEXT, Part, parts_of
from ._telegram_reactions import SIGNS, put_sign
from ._telegram_settings import TelegramSettings
from ._telegram_text import MISSHAPEN
from ._telegram_updates import READ, events_of
from ._telegram_ways import Way, way_of

LINK = "https://t.me/"
MAX_UPLOAD = 50_000_000
MAX_DOWNLOAD = 20_000_000
PER_SECOND = 25  # Telegram refuses more than about 30 to different chats
POLL_SECONDS = 25
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
PATIENCE_BETWEEN_PARTS = 30.0
WANTED = list(READ)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name

log = logging.getLogger("hub.channels.telegram")


class TelegramChannel(Channel):
    type = "telegram"
    capabilities = Capabilities(
        max_attachment_bytes=MAX_UPLOAD,
        max_text=MAX_PARTS * MAX_TEXT,
        typing=True,
        invites=True,
        reactions=SIGNS,
        buttons=MOST,
        starts_conversations=False,
        rate=PER_SECOND,
    )
    Settings = TelegramSettings

    def __init__(self, name: str, settings: TelegramSettings, tools: Tools) -> None:
        super().__init__(name, settings, tools)
        self.calls = Calls(settings.token.get_secret_value(), settings.api_base, tools.session)
        self._sender: Any = None
        self._groups, self._presses = Groups(self.calls), Presses(self.calls)
        self._announcing: asyncio.Task[None] | None = None
        self._standstill: str | None = None

    @property
    def secret(self) -> str:
        given: SecretStr | None = self.settings.secret_token
        made = hmac.new(self.tools.secret, f"telegram webhook {self.name}".encode(), sha256).hexdigest()
        return given.get_secret_value() if given else made

    @property
    def webhook_url(self) -> str:
        return f"{self.tools.base_url}/hooks/{self.name}/update"

    async def open(self) -> None:
        if self.settings.mode == "webhook":
            self._announcing = asyncio.create_task(self._announce())

    async def close(self) -> None:
        await self._groups.close()
        await self._presses.close()
        if self._announcing:
            self._announcing.cancel()
            await asyncio.wait([self._announcing])

    async def check(self) -> list[str]:
        return await self._check_token() or await self._check_way_in()

    def steps(self) -> Sequence[Step]:
        return (
            Step("token", self._check_token, "Take the token that @BotFather shows for the bot."),
            Step("way in", self._check_way_in, "Restart the hub, which tells Telegram where it is; see web.base_url."),
        )

    async def _check_token(self) -> list[str]:
        try:
            await self.calls.ask("getMe")
        except Trouble as trouble:
            return [f"{self.name}: {send_error(trouble)}"]
        return []

    async def _check_way_in(self) -> list[str]:
        try:
            info = await self.calls.ask("getWebhookInfo")
        except Trouble as trouble:
            return [f"{self.name}: {send_error(trouble)}"]
        if self.settings.mode == "polling":
            return [f"{self.name}: a webhook is set, so nothing can be polled"] if info.get("url") else []
        problems = [f"{self.name}: Telegram calls {info.get('url') or 'nobody'} instead of {self.webhook_url}"]
        problems = [] if info.get("url") == self.webhook_url else problems
        if info.get("last_error_message") and info.get("pending_update_count"):
            problems.append(f"{self.name}: Telegram cannot deliver to us: {info['last_error_message']}")
        return problems

    async def receive(self, webhook: Webhook) -> Received:
        shown = webhook.headers.get(SECRET_HEADER, "")
        if webhook.action != "update" or not hmac.compare_digest(shown.encode(), self.secret.encode()):
            raise WebhookForged(f"{self.name}: the secret token does not match")
        self._notice(webhook.body)
        return Received((_raw(webhook.body),))

    def poll(self, cursor: str) -> AsyncIterator[tuple[str, Sequence[Raw]]] | None:
        return self._updates(int(cursor or 0)) if self.settings.mode == "polling" else None

    def read(self, raw: Raw) -> tuple[Event, ...]:
        return events_of(raw.body)

    async def fetch(self, file: RemoteFile) -> Attachment:
        try:
            found: dict[str, Any] = await self.calls.ask("getFile", {"file_id": file.reference})
        except Trouble as trouble:
            if isinstance(trouble, Refused) and trouble.as_it_stands:
                raise Unreadable(f"Telegram does not give the file out: {trouble.message}") from trouble
            raise ReadDeferred(trouble.message) from trouble
        base, token = self.settings.api_base, self.settings.token.get_secret_value()
        url = f"{base}/file/bot{token}/{quote(str(found.get('file_path', '')))}"
        content, _ = await self.tools.fetch(url, max_bytes=MAX_DOWNLOAD, allow_origin=base)
        return Attachment(file.filename, file.content_type, content)

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        way, parts = way_of(message), parts_of(message)
        await self._library()
        await committing()
        first = await self._send_first(way, parts[0], message.reply_to_provider_id)
        for number, part in enumerate(parts[1:], start=1):
            try:
                await self._send_next(way, part)
            except SendError as trouble:
                raise SendDoubtful(f"only {number} of {len(parts)} parts arrived: {trouble}") from trouble
        return Sent(first)

    async def invitation(self, token: str) -> str:
        try:
            me: dict[str, Any] = await self.calls.ask("getMe")
        except Trouble as trouble:
            raise ReadDeferred(f"Telegram does not tell the bot's name: {trouble.message}") from trouble
        return f"{LINK}{me.get('username')}?start={token}"

    @property
    def standstill(self) -> str | None:
        return self._standstill

    async def typing(self, recipient: Address) -> None:
        with suppress(Trouble, ValueError):
            await self.calls.ask("sendChatAction", {"chat_id": int(recipient.handle), "action": "typing"})

    def can_react(self, provider_id: str) -> bool:
        return provider_id.isdecimal()  # neither a press nor what came to a business account

    async def react(self, recipient: Address, provider_id: str, sign: str) -> None:
        await put_sign(self.calls, recipient, provider_id, sign)

    async def _announce(self) -> None:
        """Tell Telegram where we are, until it has heard."""
        where = {"url": self.webhook_url, "secret_token": self.secret, "allowed_updates": WANTED}
        pause = FIRST_PAUSE
        while True:
            try:
                await self.calls.ask("setWebhook", where)
            except Trouble as trouble:
                self._standstill = f"setWebhook: {trouble.message}"
                log.warning("%s: setWebhook: %s; again in %.0f s", self.name, trouble.message, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._standstill = ""
                log.info("%s: Telegram calls %s", self.name, self.webhook_url)
                return

    async def _updates(self, offset: int) -> AsyncIterator[tuple[str, Sequence[Raw]]]:
        """Asking with the next offset is what confirms an update, and that happens only after it was stored."""
        pause, webhook_gone = FIRST_PAUSE, False
        while True:
            try:
                webhook_gone = webhook_gone or await self.calls.ask("deleteWebhook")
                updates = await self._ask(offset)
            except Trouble as trouble:
                wait = max(pause, trouble.seconds) if isinstance(trouble, FloodWait) else pause
                self._standstill = f"getUpdates: {trouble.message}"
                log.warning("%s: getUpdates: %s; again in %.0f s", self.name, trouble.message, wait)
                await asyncio.sleep(wait)
                pause = min(pause * 2, LONGEST_PAUSE)
                webhook_gone = False
                continue
            pause, self._standstill = FIRST_PAUSE, ""
            if updates:
                offset = updates[-1]["update_id"] + 1
                bodies = [json.dumps(update).encode() for update in updates]
                for body in bodies:
                    self._notice(body)
                yield str(offset), [_raw(body) for body in bodies]

    def _notice(self, body: bytes) -> None:
        """What has to be answered at once, whatever the hub makes of it."""
        self._groups.notice(body)
        self._presses.notice(body)

    async def _ask(self, offset: int) -> list[dict[str, Any]]:
        asked = {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": WANTED}
        updates: list[dict[str, Any]] = await self.calls.ask("getUpdates", asked, POLL_SECONDS + 10)
        return updates

    async def _send_first(self, way: Way, part: Part, reply_to: str) -> str:
        try:
            return await self._post(way, part, reply_to)
        except Trouble as trouble:
            raise send_error(trouble) from trouble
        except Exception as trouble:  # after the POST nothing else may come out: it would be sent again
            raise SendDoubtful(f"unexpected answer from Telegram: {type(trouble).__name__}") from trouble

    async def _send_next(self, way: Way, part: Part) -> None:
        """A later part may wait a little: the first one cannot be taken back."""
        try:
            await self._post(way, part)
        except (FloodWait, NotReached) as trouble:
            wait = trouble.seconds if isinstance(trouble, FloodWait) else FIRST_PAUSE
            if wait > PATIENCE_BETWEEN_PARTS:
                raise send_error(trouble) from trouble
            await asyncio.sleep(wait)
            await self._send_first(way, part, "")
        except Trouble as trouble:
            raise send_error(trouble) from trouble

    async def _library(self) -> Any:
        """What sends, loaded by the first message (`_telegram_bot`)."""
        if self._sender is None:
            library: Any = await asyncio.to_thread(import_module, "._telegram_bot", __package__)
            self._sender = library.Sender(self.calls)
        return self._sender

    async def _post(self, way: Way, part: Part, reply_to: str = "") -> str:
        sent: str = await (await self._library()).post(way, part, reply_to)
        return sent


def _raw(body: bytes) -> Raw:
    """Under its update_id; what is no update keeps its hash, and is set aside when it is read."""
    try:
        number = str(int(json.loads(body)["update_id"]))
    except (*MISSHAPEN, RecursionError):
        number = sha256(body).hexdigest()
    return Raw("update", number, body)

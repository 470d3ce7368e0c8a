"""What SMS and WhatsApp share: both are the provider's one messaging API, told apart by a prefix."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hub.channel import Channel, Committing, FoundInPart, Raw, Received, Step, Tools, Webhook
from hub.errors import SendRejected, Unreadable, WebhookForged
from hub.model import (
    Address,
    Attachment,
    ChatChanged,
    Event,
    Inbound,
    Outbound,
    RemoteFile,
    Sent,
)

from ._fates import is_dead
from ._text_limits import check_contents
from ._texting_listing import find_sent, list_since
from ._texting_receipts import receipt_of, state_of
from ._texting_words import SENT_AT, files_of, is_unsaid, keyword_in, names_of, parts_of, words_of
from ._twilio import (
    EMPTY_TWIML,
    TWIML_TYPE,
    TwilioSettings,
    fields_of,
    fingerprint,
    genuine,
    hook_url,
    number_of,
    query_of,
    scope_of,
    text_of,
)
from ._twilio_api import TwilioApi, account_problems, account_steps, bring
from ._twilio_errors import CODES, reason_of

MAX_TEXT = 1600
MAX_MEDIA = 10
RCS = "rcs:"
MOST_INSTANT = 10**14


class TextingChannel(Channel):
    """prefix: what stands before the number in the provider's addresses; max_media: files in one request."""

    Settings = TwilioSettings
    prefix: ClassVar[str] = ""
    max_media: ClassVar[int] = MAX_MEDIA
    settings: TwilioSettings

    def __init__(self, name: str, settings: TwilioSettings, tools: Tools) -> None:
        super().__init__(name, settings, tools)
        self._api = TwilioApi(settings, tools)

    @property
    def scope(self) -> str:
        return self.settings.account_sid

    async def check(self) -> list[str]:
        return await account_problems(self._api, self.settings, self.tools)

    def steps(self) -> Sequence[Step]:
        return account_steps(self._api, self.settings, self.tools)

    async def receive(self, webhook: Webhook) -> Received:
        fields = genuine(self.name, self.settings, webhook)
        sid = text_of(fields, "MessageSid", "SmsSid", "SmsMessageSid") or fingerprint(webhook.body)
        if webhook.action == "message" and (fields.get("From") or names_of(fields)):
            return Received((Raw("message", sid, webhook.body),), EMPTY_TWIML, TWIML_TYPE)
        if webhook.action == "status":
            status = text_of(fields, "MessageStatus", "SmsStatus")
            envelope = {"ref": query_of(webhook).get("ref", "")}
            return Received((Raw("status", f"{sid}/{status}", webhook.body, envelope),))
        raise WebhookForged(f"{self.name}: there is no /{webhook.action}")

    def read(self, raw: Raw) -> tuple[Event, ...]:
        fields = fields_of(raw)
        if raw.kind == "status":
            return (receipt_of(fields, str(raw.envelope.get("ref", ""))),)
        names = names_of(fields)
        if not names:
            raise Unreadable("a message that names no sender")
        sender, *aliases = map(self._address, names)
        return (ChatChanged(sender, "reaction") if is_unsaid(fields) else self._inbound(fields, sender, aliases),)

    def _inbound(self, fields: Mapping[str, str], sender: Address, aliases: Sequence[Address]) -> Inbound:
        text, shared = words_of(fields)
        parts = parts_of(fields) | ({"shared": shared} if shared else {})
        if sender.kind == "sms" and fields["From"].startswith(RCS):  # answered at the agent it was written to
            parts["reply_via"] = {"from": fields.get("To", ""), "to": fields["From"]}
        elif sender.handle.startswith("+") and self._is_one_of_several(fields.get("To", "")):  # on the number they know
            parts["reply_via"] = {"from": fields["To"], "to": fields["From"]}
        return Inbound(
            sender=sender,
            provider_id=text_of(fields, "MessageSid", "SmsSid", "SmsMessageSid"),
            text=text,
            sender_name=text_of(fields, "ProfileName") or text_of(fields, "ProfileUsername", "Username"),
            recipient=fields.get("To", "").rpartition(":")[2],
            occurred_at=number_of(fields.get(SENT_AT), MOST_INSTANT),
            files=files_of(fields),
            references=tuple(filter(None, [fields.get("OriginalRepliedMessageSid", "")])),
            keyword=keyword_in(fields, sender.handle),
            aliases=tuple(aliases),
            parts=parts,
        )

    def _address(self, name: str) -> Address:
        """`whatsapp:+49...`, `rcs:+49...` or a number; WhatsApp's own ids are kept letter for letter."""
        kind, _, handle = name.partition(":") if ":" in name else ("", "", name)
        kind = {"": self.address_kind, "rcs": "sms"}.get(kind, kind)
        return Address(
            kind, handle, "" if handle.startswith("+") or kind != "whatsapp" else scope_of(handle, self.scope)
        )

    def _route(self, message: Outbound) -> tuple[str, str]:
        """(From, To) as the provider spells them: on the very way the customer wrote, where that is another. No From:
        the messaging service chooses."""
        via, handle = message.options.get("reply_via") or {}, message.recipient.handle
        own = "" if self.service else self.prefix + self.sender_for(handle)
        return str(via.get("from") or own), str(via.get("to") or self.prefix + handle)

    def _is_one_of_several(self, number: str) -> bool:
        return number in self.numbers()[1:] or bool(self.service and number.startswith("+"))

    async def fetch(self, file: RemoteFile) -> Attachment:
        return await bring(self.settings, self.tools, file)

    async def contents_of(self, message: Outbound) -> dict[str, Any]:
        """What stands in the POST besides the addresses. Raises SendRejected, SendDeferred."""
        media = tuple(message.options.get("media_urls", ()))
        check_contents(message, media, MAX_TEXT, self.max_media)
        return {**({"body": message.text} if message.text else {}), **({"media_url": list(media)} if media else {})}

    async def send(self, message: Outbound, committing: Committing) -> Sent:
        contents = await self.contents_of(message)
        from_, to = self._route(message)
        await committing()
        created = await self._api.posted(
            lambda client: client.messages.create_async(
                to=to,
                **({"from_": from_} if from_ else {}),
                **({"messaging_service_sid": self.service} if self.service else {}),
                status_callback=hook_url(self.tools.base_url, self.name, "status", ref=message.delivery_id),
                **contents,
            )
        )
        if created.status in ("failed", "undelivered"):
            code = created.error_code or 0
            raise SendRejected(reason_of(code, created.error_message or ""), bounced=is_dead(CODES, code))
        return Sent(created.sid, state_of(created.status))

    async def look_up(self, message: Outbound, since: int) -> Sent | None:
        """Files without words look all alike: only their receipts tell, which carry the delivery's id."""
        if not message.text.strip():
            return None
        one = await find_sent(self._api, *self._route(message), message.text, since)
        return Sent(one.sid, state_of(one.status)) if one else None

    async def backfill(self, since: int) -> Sequence[Raw]:
        """Of all our numbers; those that can be had come, whatever is missing of another."""
        found: list[Raw] = []
        problem = ""
        for number in self.numbers():
            try:
                found += await list_since(self._api, self.settings.api_base, self.prefix + number, since)
            except FoundInPart as part:
                found += part.found
                problem = str(part)
        if problem:
            raise FoundInPart(found, problem)
        return found

    @property
    def service(self) -> str:
        """The messaging service that messages leave through; "" = none."""
        return ""

    def numbers(self) -> tuple[str, ...]:
        """Ours, without the prefix."""
        return (self.settings.from_,)

    def sender_for(self, handle: str) -> str:
        """The number of ours that writes to this one."""
        return self.settings.from_

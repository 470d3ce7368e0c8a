"""Chatwoot's conversations, by its application API (developers.chatwoot.com, Conversations and Messages)."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from hub.history.asking import Asking, File
from hub.history.people import reached
from hub.history.told import Told
from hub.model import Address, Direction

KIND = "chatwoot"  # of address: of contacts of whom nothing else is known
CHANNELS = {
    "Channel::Email": "email",
    "Channel::WebWidget": "webchat",
    "Channel::Whatsapp": "whatsapp",
    "Channel::TwilioSms": "sms",
    "Channel::Sms": "sms",
    "Channel::Telegram": "telegram",
}
INCOMING, ACTIVITY = 0, 2  # message_type; the others are ours

Row = Mapping[str, Any]


class Chatwoot:
    """account: which of the installation's."""

    def __init__(self, asking: Asking, account: int, country: str) -> None:
        self._ask, self._country = asking, country
        self._at = f"api/v1/accounts/{account}/conversations"

    async def conversations(self) -> AsyncIterator[Row]:
        """Oldest first, so that those which come meanwhile move no page."""
        page = 1
        while rows := await self._page(page):
            for row in rows:
                yield row
            page += 1

    async def _page(self, page: int) -> list[Row]:
        found = await self._ask.json(self._at, status="all", assignee_type="all", sort_by="created_at_asc", page=page)
        rows: list[Row] = found["data"]["payload"]
        return rows

    async def messages(self, conversation: Row) -> list[Told]:
        """What somebody said in it, oldest first."""
        said: list[Row] = []
        asked: dict[str, int] = {}
        while rows := (await self._ask.json(f"{self._at}/{conversation['id']}/messages", **asked))["payload"]:
            said = [*rows, *said]
            asked = {"before": min(row["id"] for row in rows)}
        return [await self._told(conversation, row) for row in said if row["message_type"] != ACTIVITY]

    async def _told(self, conversation: Row, row: Row) -> Told:
        contact = conversation["meta"]["sender"]
        channel = CHANNELS.get(str(conversation["meta"].get("channel")), KIND)
        addresses = [*reached(contact.get("email"), contact.get("phone_number"), self._country, channel)]
        addresses.append(Address(KIND, f"{self._ask.host} {contact['id']}"))
        mail = (row.get("content_attributes") or {}).get("email") or {}
        came = row["message_type"] == INCOMING
        files = await self._files(row)
        sender = row.get("sender") or {}
        return Told(
            where=f"{self._ask.base} conversation {conversation['id']}, message {row['id']}",
            id=str(mail.get("message_id") or "") or f"chatwoot {self._ask.host} {row['id']}",
            thread=f"chatwoot {self._ask.host} conversation {conversation['id']}",
            direction=Direction.IN if came else Direction.NOTE if row.get("private") else Direction.OUT,
            at=int(row["created_at"]) * 1000,
            channel_type=channel,
            customer=addresses[0],
            also=tuple(addresses[1:]),
            name=str(contact.get("name") or ""),
            by_name="" if came else str(sender.get("name") or ""),
            subject=str(mail.get("subject") or ""),
            text=str(row.get("content") or ""),
            html=str((mail.get("html_content") or {}).get("full") or ""),
            files=tuple(files),
        )

    async def _files(self, row: Row) -> list[File]:
        urls = [str(file["data_url"]) for file in row.get("attachments") or () if file.get("data_url")]
        return [await self._ask.file(url, url.rpartition("/")[2].partition("?")[0]) for url in urls]

"""FreeScout's conversations, by its API and Webhooks module (api-docs.freescout.net, Conversations)."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from hub.clock import parse_iso
from hub.history.asking import Asking
from hub.history.people import readable
from hub.history.told import Told
from hub.model import Address, Direction

KIND = "freescout"  # of address: of customers of whom nothing else is known
PER_PAGE = 50
DIRECTIONS = {"customer": Direction.IN, "message": Direction.OUT, "note": Direction.NOTE}  # what else is, nobody said

Row = Mapping[str, Any]


class FreeScout:
    """What the key may see."""

    def __init__(self, asking: Asking, country: str) -> None:
        self._ask, self._country = asking, country

    async def conversations(self) -> AsyncIterator[Row]:
        """Oldest first, with all that was said."""
        page, pages = 1, 1
        asked = {"embed": "threads", "sortField": "createdAt", "sortOrder": "asc", "pageSize": PER_PAGE}
        while page <= pages:
            found = await self._ask.json("api/conversations", **asked, page=page)
            pages = int(found["page"]["totalPages"])
            for row in found["_embedded"]["conversations"]:
                yield row
            page += 1

    async def messages(self, conversation: Row) -> list[Told]:
        """Oldest first."""
        threads = conversation["_embedded"]["threads"]
        said = [row for row in threads if row["type"] in DIRECTIONS and row.get("state") != "draft"]
        return [await self._told(conversation, row) for row in sorted(said, key=lambda row: int(row["id"]))]

    async def _told(self, conversation: Row, row: Row) -> Told:
        customer = conversation.get("customer") or {}
        addresses = list(filter(None, [readable("email", customer.get("email"), self._country)]))
        addresses.append(Address(KIND, f"{self._ask.host} {customer.get('id') or conversation['id']}"))
        by = row.get("createdBy") or {}
        files = [
            await self._ask.file(str(file["fileUrl"]), str(file["fileName"]), str(file.get("mimeType") or ""))
            for file in (row.get("_embedded") or {}).get("attachments") or ()
        ]
        came = DIRECTIONS[row["type"]] == Direction.IN
        return Told(
            where=f"{self._ask.base} conversation {conversation.get('number')}, thread {row['id']}",
            id=f"freescout {self._ask.host} {row['id']}",
            thread=f"freescout {self._ask.host} conversation {conversation['id']}",
            direction=DIRECTIONS[row["type"]],
            at=parse_iso(str(row["createdAt"])),
            channel_type="email" if addresses[0].kind == "email" else KIND,
            customer=addresses[0],
            also=tuple(addresses[1:]),
            name=_name(customer),
            by_name="" if came else _name(by),
            by_address="" if came else str(by.get("email") or "").lower(),
            subject=str(conversation.get("subject") or ""),
            html=str(row.get("body") or ""),
            files=tuple(files),
        )


def _name(person: Row) -> str:
    return " ".join(str(person.get(part) or "") for part in ("firstName", "lastName")).strip()

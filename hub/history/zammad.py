"""Zammad's tickets, by its REST API (docs.zammad.org, Tickets and Articles; with `expand`, names in place of ids)."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from hub.clock import parse_iso
from hub.history.asking import Asking, File
from hub.history.people import mailbox, readable
from hub.history.told import Told
from hub.model import Address, Direction

KIND = "zammad"  # of address: of customers of whom nothing else is known
PER_PAGE = 100
CHANNELS = {"sms": "sms", "whatsapp message": "whatsapp", "telegram personal-message": "telegram"}
SPOKEN = ("note", "phone")  # what nobody wrote to the customer

Row = Mapping[str, Any]


class Zammad:
    """What the token may see."""

    def __init__(self, asking: Asking, country: str) -> None:
        self._ask, self._country = asking, country

    async def conversations(self) -> AsyncIterator[Row]:
        """Tickets, in the order of their ids."""
        page = 1
        while rows := await self._ask.json("api/v1/tickets", expand="true", page=page, per_page=PER_PAGE):
            for row in rows:
                yield row
            page += 1

    async def messages(self, ticket: Row) -> list[Told]:
        """Its articles, oldest first."""
        articles = await self._ask.json(f"api/v1/ticket_articles/by_ticket/{ticket['id']}", expand="true")
        customer = await self._ask.json(f"api/v1/users/{ticket['customer_id']}")
        rows = sorted(articles, key=lambda article: article["id"])
        return [await self._told(ticket, customer, row) for row in rows]

    async def _told(self, ticket: Row, customer: Row, row: Row) -> Told:
        addresses = [*self._addresses(customer), Address(KIND, f"{self._ask.host} {ticket['customer_id']}")]
        came = row.get("sender") == "Customer"
        aside = row.get("internal") or row.get("sender") == "System" or (not came and row.get("type") in SPOKEN)
        is_html = "html" in str(row.get("content_type"))
        body = str(row.get("body") or "")
        name, address = mailbox(row.get("from"))
        files = [await self._file(ticket, row, file) for file in row.get("attachments") or ()]
        return Told(
            where=f"{self._ask.base} ticket {ticket['number']}, article {row['id']}",
            id=str(row.get("message_id") or "").strip("<> ") or f"zammad {self._ask.host} {row['id']}",
            thread=f"zammad {self._ask.host} ticket {ticket['id']}",
            direction=Direction.NOTE if aside else Direction.IN if came else Direction.OUT,
            at=parse_iso(str(row["created_at"])),
            channel_type=CHANNELS.get(str(row.get("type")), "email" if addresses[0].kind == "email" else KIND),
            customer=addresses[0],
            also=tuple(addresses[1:]),
            name=" ".join(str(customer.get(part) or "") for part in ("firstname", "lastname")).strip(" -"),
            by_name="" if came else name or str(row.get("created_by") or ""),
            by_address="" if came else address.lower(),
            subject=str(row.get("subject") or ticket.get("title") or ""),
            text="" if is_html else body,
            html=body if is_html else "",
            files=tuple(files),
        )

    def _addresses(self, customer: Row) -> list[Address]:
        told = (("email", customer.get("email")), ("sms", customer.get("mobile")), ("sms", customer.get("phone")))
        found = (readable(kind, handle, self._country) for kind, handle in told)
        return list(dict.fromkeys(filter(None, found)))

    async def _file(self, ticket: Row, row: Row, file: Row) -> File:
        path = f"api/v1/ticket_attachment/{ticket['id']}/{row['id']}/{file['id']}"
        told = file.get("preferences") or {}
        kind = str(told.get("Mime-Type") or told.get("Content-Type") or "").partition(";")[0]
        return await self._ask.file(path, str(file.get("filename") or file["id"]), kind)

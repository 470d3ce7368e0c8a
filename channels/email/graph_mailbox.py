"""Follows one folder of a mailbox by Microsoft Graph: every mail once, also when Graph forgets where we were.

Source: https://learn.microsoft.com/graph/ and there api/message-delta, outlook-get-mime-message, outlook-immutable-id.
The cursor is the link Graph gave; a unit's id is made of the immutable id of its mail, so that a folder that is read
again is not stored twice.
"""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence, Set
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import aiohttp

from hub.channel import Raw
from hub.clock import iso
from hub.errors import SendDeferred

from .graph import Graph, GraphError, capped
from .withheld import TRIES, withheld

PAGE = 25
BATCH_BYTES = 10_000_000
HEADERS = 100_000  # octets kept of a mail that is too large
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0
PREFER = {"Prefer": f'odata.maxpagesize={PAGE}, IdType="ImmutableId"'}
GONE = 410  # the link is too old
OF_SERVER = (429, 502, 503, 504)  # nothing is said by these of the mail that was asked for
TROUBLE = (GraphError, SendDeferred, aiohttp.ClientError, TimeoutError, OSError, ValueError)

log = logging.getLogger("hub.channels.email.graph")
Batch = tuple[str, Sequence[Raw]]


@dataclass(frozen=True, slots=True)
class Cursor:
    """link: what to ask next, "" = from the beginning; since: mails that came before it are not ours to read; 0 = all
    are."""

    link: str = ""
    since: int = 0

    @classmethod
    def read(cls, text: str) -> "Cursor":
        try:
            return cls(**json.loads(text)) if text else cls()
        except (ValueError, TypeError):
            log.warning("the cursor %r is not one of Graph: the mailbox is read from its beginning", text[:80])
            return cls()

    def __str__(self) -> str:
        return json.dumps(asdict(self))


class GraphMailbox:
    """`follow` is endless."""

    def __init__(self, graph: Graph, max_bytes: int) -> None:
        self.graph, self.settings, self.max_bytes = graph, graph.settings, max_bytes
        self.trouble = ""
        self._refused: Counter[str] = Counter()

    async def follow(self, text: str) -> AsyncIterator[Batch]:
        cursor, pause = Cursor.read(text), FIRST_PAUSE
        if not text and self.settings.start == "new":
            cursor = Cursor(since=self.graph.tools.clock.now())
            yield str(cursor), ()
        while True:
            try:
                async for moved, raws in self._page(cursor):
                    cursor, pause, self.trouble = moved, FIRST_PAUSE, ""
                    yield str(cursor), raws
                await asyncio.sleep(self.settings.poll_seconds)
            except TROUBLE as trouble:
                self._note(trouble)
                if isinstance(trouble, GraphError) and trouble.status == GONE:
                    cursor = Cursor(since=cursor.since)
                wait = trouble.retry_after if isinstance(trouble, GraphError) else 0.0
                await asyncio.sleep(wait or pause * (0.5 + random.random() / 2))  # noqa: S311 - spreads load
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _page(self, cursor: Cursor) -> AsyncIterator[tuple[Cursor, Sequence[Raw]]]:
        """One round: page after page until Graph has told everything. What was stored is marked as read."""
        url = cursor.link or self._beginning(cursor.since)
        while url:
            page = await self.graph.json("GET", url, headers=PREFER)
            following = str(page.get("@odata.nextLink") or "")
            moved = replace(cursor, link=following or str(page.get("@odata.deltaLink") or ""))
            items = [item for item in page.get("value", ()) if isinstance(item, dict) and "@removed" not in item]
            for batch in self._batches([str(item["id"]) for item in items if "id" in item]):
                raws = [raw for id in batch if (raw := await self._fetched(id))]
                last = batch[-1:] == [str(items[-1].get("id"))]
                yield (moved if last else cursor), raws
                await self._mark_read(items, {raw.envelope["graph"] for raw in raws if "withheld" not in raw.envelope})
            if not items and moved != cursor:
                yield moved, ()
            cursor, url = moved, following

    def _beginning(self, since: int) -> str:
        only = f"&$filter=receivedDateTime%20ge%20{iso(since)}" if since else ""
        folder = quote(self.settings.folder)
        return f"{self.graph.url}/mailFolders/{folder}/messages/delta?changeType=created&$select=id,isRead{only}"

    def _batches(self, ids: Sequence[str]) -> list[Sequence[str]]:
        """Few enough to be held in memory, were each as large as it may be."""
        some = max(1, min(PAGE, BATCH_BYTES // self.max_bytes))
        return [ids[at : at + some] for at in range(0, len(ids), some)]

    async def _fetched(self, id: str) -> Raw | None:
        """None: somebody deleted it meanwhile."""

        async def reading(answer: aiohttp.ClientResponse) -> tuple[bytes, int]:
            body = await capped(answer, self.max_bytes)
            return body, max(len(body), answer.content_length or 0)

        try:
            body, size = await self.graph.ask("GET", f"{self._message(id)}/$value", reading, headers=PREFER)
        except GraphError as refused:
            if refused.status == 404:
                return None
            if refused.of_setup or refused.status in OF_SERVER or not await self._withholds(id):
                raise
            log.warning("the mailbox does not give a mail: %s", refused)
            return withheld(f"graph {id}", {"graph": id}, str(refused))
        seal = sha256(f"graph {id}".encode()).hexdigest()
        if size > self.max_bytes:
            head = body[:HEADERS].partition(b"\r\n\r\n")[0]
            return Raw("mail", seal, head, {"graph": id, "too_large": size})
        return Raw("mail", seal, body, {"graph": id})

    async def _withholds(self, id: str) -> bool:
        """Was it refused often enough, while Graph gives another of the folder? Raises GraphError if it does not."""
        self._refused[id] += 1
        if self._refused[id] < TRIES:
            return False
        folder = f"{self.graph.url}/mailFolders/{quote(self.settings.folder)}"
        page = await self.graph.json("GET", f"{folder}/messages?$select=id&$top={PAGE}", headers=PREFER)
        others = [str(item["id"]) for item in page.get("value", ()) if item["id"] != id]
        if not others:
            return False
        other = self._message(random.choice(others))  # noqa: S311 - guards nothing
        return bool(await self.graph.ask("GET", f"{other}/$value", lambda answer: capped(answer, 1000), headers=PREFER))

    async def _mark_read(self, items: Sequence[dict[str, Any]], given: Set[str]) -> None:
        unread = [str(item["id"]) for item in items if item.get("id") in given and item.get("isRead") is False]
        for id in unread if self.settings.mark_seen else ():
            try:
                await self.graph.json("PATCH", self._message(id), json={"isRead": True}, headers=PREFER)
            except GraphError as refused:
                log.warning("a mail cannot be marked as read: %s", refused)

    def _message(self, id: str) -> str:
        return f"{self.graph.url}/messages/{quote(id, safe='')}"

    def _note(self, trouble: BaseException) -> None:
        words = (str(trouble) or type(trouble).__name__)[:300]
        if words != self.trouble:
            log.warning("the mailbox cannot be read: %s", words)
        self.trouble = words


async def try_folder(graph: Graph) -> str:
    """Looks at the folder; what went wrong in words, or ""."""
    try:
        await graph.json("GET", f"{graph.url}/mailFolders/{quote(graph.settings.folder)}?$select=id")
    except TROUBLE as trouble:
        return str(trouble) or type(trouble).__name__
    return ""

"""Brings the pictures that a mail names elsewhere, when somebody asks to see them: the hub fetches, no browser does.

They are kept with the message, so that each is fetched once, whoever looks; what could not be had is not asked
for again.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from hub.channel import Fetcher
from hub.errors import ReadDeferred, Unreadable
from hub.html.safe_html import raster_of
from hub.model import Attachment
from hub.store.addresses import mark_pictures
from hub.store.blobs import FETCHED, add_attachment
from hub.store.customers import lock_customer
from hub.store.events import append_event
from hub.store.messages import Message, get_message, mark_message

MOST = 40  # pictures of one mail
AT_ONCE = 6
LARGEST, TOGETHER = 5_000_000, 20_000_000  # octets
PATIENCE = 12.0  # seconds for all of them: somebody waits

log = logging.getLogger("hub.inbound.pictures")


async def fetch_pictures(fetch: Fetcher, urls: Sequence[str], own: str) -> list[Attachment | None]:
    """In order; None for one that cannot be had or is no picture. own: our origin, whose pictures come back quoted."""
    slots, room = asyncio.Semaphore(AT_ONCE), [TOGETHER]

    async def bring(number: int, url: str) -> Attachment | None:
        async with slots:
            try:
                content, _ = await fetch(url, max_bytes=min(LARGEST, room[0]), allow_origin=own)
            except (ReadDeferred, Unreadable) as trouble:
                log.info("a picture is not shown: %s", trouble)
                return None
        kind = raster_of(content)
        room[0] -= len(content)
        return Attachment(f"picture-{number}.{kind}", f"image/{kind}", content, inline=True) if kind else None

    tasks = [asyncio.ensure_future(bring(number, url)) for number, url in enumerate(urls[:MOST])]
    if tasks:
        await asyncio.wait(tasks, timeout=PATIENCE)
    for task in tasks:
        task.cancel()
    return [task.result() if task.done() and not task.cancelled() else None for task in tasks]


def keep_pictures(
    conn: Connection, message_id: str, found: Sequence[Attachment | None], at: int, *, always: bool
) -> Message:
    """always: of this sender from now on. Raises NotFound."""
    lock_customer(conn, get_message(conn, message_id).customer_id)  # two who ask at once would both keep them
    message = get_message(conn, message_id)
    about: dict[str, Any] = {"customer_id": message.customer_id, "message_id": message.id}
    if "pictures" not in message.parts:
        kept: Mapping[str, str] = {
            str(number): add_attachment(conn, file, at, **about, position=FETCHED + number) if file else ""
            for number, file in enumerate(found)
        }
        mark_message(conn, message.id, parts={**message.parts, "pictures": kept})
    if always:
        mark_pictures(conn, message.customer_id, message.peer)
    append_event(conn, "message.completed", at=at, conversation_id=message.conversation_id, **about)
    return message

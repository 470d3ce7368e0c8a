"""Buttons below a message of the bot: what stands on them, and what a press says.

https://core.telegram.org/bots/api#inlinekeyboardmarkup, https://core.telegram.org/bots/api#callbackquery - a press goes
on turning on the customer's phone until the bot has answered it.
"""

import asyncio
import json
import re
from contextlib import suppress

from hub.model import Address, Inbound

from ._telegram_calls import Calls, Trouble
from ._telegram_text import MISSHAPEN, Json
from ._telegram_ways import id_of, parts_of_way

MOST = 10
MAX_DATA = 64  # octets
NUMBER = re.compile(r"^[0-9]{1,2}:")


def data_of(number: int, title: str) -> str:
    """Which it is, as long titles may begin alike, and what stands on it as far as there is room: a press below an old
    message tells nothing else."""
    return f"{number}:{title}".encode()[:MAX_DATA].decode(errors="ignore")


def pressed(query: Json) -> Inbound:
    """What stands on the button; of a message too old to be told, what we gave it to carry."""
    ours, person = query["message"], query["from"]
    rows = (ours.get("reply_markup") or {}).get("inline_keyboard") or ()
    titles = (one["text"] for row in rows for one in row if one.get("callback_data") == query["data"])
    return Inbound(
        sender=Address("telegram", str(int(person["id"]))),
        provider_id=f"press-{query['id']}",
        text=str(next(titles, NUMBER.sub("", query["data"]))),
        sender_name=" ".join(str(person[part]) for part in ("first_name", "last_name") if person.get(part)),
        references=(id_of(ours),),
        language=str(person.get("language_code", "")),
        parts={"shared": ["choice"]} | parts_of_way(ours),
    )


class Presses:
    """notice: with every update that comes; close: before the bot is let go."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._answering: set[asyncio.Task[None]] = set()

    def notice(self, body: bytes) -> None:
        """What is no press is none of our business; nothing waits for this."""
        if b'"callback_query"' not in body:
            return
        with suppress(*MISSHAPEN, RecursionError):
            task = asyncio.create_task(self._answer(str(json.loads(body)["callback_query"]["id"])))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def close(self) -> None:
        for task in [*self._answering]:
            task.cancel()
            await asyncio.wait([task])

    async def _answer(self, id: str) -> None:
        with suppress(Trouble):  # it ends by itself after a while
            await self._calls.ask("answerCallbackQuery", {"callback_query_id": id})

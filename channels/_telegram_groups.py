"""Groups and channels are no customer: whoever adds the bot to one is told so, once, and the bot leaves."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from ._telegram_calls import Calls, Trouble
from ._telegram_text import MISSHAPEN

COMES = frozenset(("member", "administrator", "restricted"))
WAS_AWAY = frozenset(("left", "kicked"))
WORDS = {
    "en": "I answer in private only. Write to me here: https://t.me/{name}",
    "de": "Ich antworte nur unter vier Augen. Schreiben Sie mir hier: https://t.me/{name}",
}


class Groups:
    """notice: with every update that comes; close: before the bot is let go."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._leaving: dict[int, asyncio.Task[None]] = {}

    def notice(self, body: bytes) -> None:
        """What is no invitation to a group is none of our business; nothing waits for this."""
        if b'"my_chat_member"' not in body:
            return
        with suppress(*MISSHAPEN, RecursionError):
            group, language = _invited(json.loads(body))
            if group and group not in self._leaving:
                task = self._leaving[group] = asyncio.create_task(self._leave(group, language))
                task.add_done_callback(lambda _: self._leaving.pop(group, None))

    async def close(self) -> None:
        for task in [*self._leaving.values()]:
            task.cancel()
            await asyncio.wait([task])

    async def _leave(self, group: int, language: str) -> None:
        with suppress(Trouble, KeyError, TypeError):  # where it may not speak it goes without a word
            name = (await self._calls.ask("getMe"))["username"]
            words = WORDS.get(language[:2], WORDS["en"]).format(name=name)
            await self._calls.ask("sendMessage", {"chat_id": group, "text": words})
        with suppress(Trouble):
            await self._calls.ask("leaveChat", {"chat_id": group})


def _invited(update: dict[str, Any]) -> tuple[int, str]:
    """The group that somebody adds the bot to just now, and that person's language; 0 when it is none."""
    change = update["my_chat_member"]
    comes = change["new_chat_member"]["status"] in COMES and change["old_chat_member"]["status"] in WAS_AWAY
    if change["chat"]["type"] == "private" or not comes:
        return 0, ""
    return int(change["chat"]["id"]), str(change["from"].get("language_code", ""))

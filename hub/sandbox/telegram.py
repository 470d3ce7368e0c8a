"""Plays Telegram on loopback: one bot, its private chats, and a person who writes to it.

`telegram_world` remembers, `telegram_api` answers the bot's calls, `telegram_updates` brings the bot what people
wrote. Unlike the real one it takes webhooks on plain http and on any port, as a local Bot API server does.
"""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from hub.clock import Clock
from hub.sandbox.telegram_api import routes
from hub.sandbox.telegram_world import Fault, Person, TelegramWorld

MAX_REQUEST = 60_000_000


class TelegramSandbox(TelegramWorld):
    """start() gives the origin for `api_base`; say() is what a customer types; sent is what the bot answered."""

    def __init__(self, token: str, clock: Clock) -> None:
        super().__init__(token, clock)
        self.origin = ""
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        app = web.Application(client_max_size=MAX_REQUEST)
        app.add_routes(routes(self))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        await self.updates.start()
        self.origin = f"http://{host}:{self._runner.addresses[0][1]}"
        return self.origin

    async def stop(self) -> None:
        await self.updates.stop()
        if self._runner:
            await self._runner.cleanup()

    async def say(
        self,
        user_id: int,
        text: str = "",
        *,
        name: str = "",
        username: str = "",
        photo: bytes = b"",
        document: tuple[str, str, bytes] | None = None,
        reply_to: int | None = None,
        **fields: Any,
    ) -> int:
        """A person writes to the bot; gives the message id. fields: anything else a Message may hold."""
        person = self._person(user_id, name, username, fields.pop("language", ""))
        message = self.new_message(person, by_bot=False) | fields
        if text:
            message["caption" if photo or document else "text"] = text
        if photo:
            message["photo"] = self.media("photo", self.keep("photo.jpg", "image/jpeg", photo, "photos"))
        if document:
            message["document"] = self.media("document", self.keep(*document))
        if reply_to is not None:
            message["reply_to_message"] = self.messages.get((user_id, reply_to), {"message_id": reply_to})
        self.messages[user_id, message["message_id"]] = message
        self.updates.add("business_message" if "business_connection_id" in message else "message", message)
        return int(message["message_id"])

    def answer_as_business(self, user_id: int, text: str, connection: str, owner: int = 9000) -> None:
        """The owner of the business account writes to the person from an app of their own."""
        chat, person = self._person(user_id).chat(), Person(owner, "Owner")
        message = self.new_message(person, by_bot=False) | {"chat": chat, "text": text}
        self.updates.add("business_message", message | {"business_connection_id": connection})

    def delete(self, user_id: int, message_ids: Sequence[int], connection: str) -> None:
        """A person deletes messages to a business account; of other chats Telegram tells a bot nothing."""
        gone = {"business_connection_id": connection, "chat": self._person(user_id).chat()}
        self.updates.add("deleted_business_messages", gone | {"message_ids": list(message_ids)})

    def press(self, user_id: int, message_id: int, title: str) -> None:
        """A person presses a button below a message of the bot."""
        message = self.messages[user_id, message_id]
        buttons = [one for row in message["reply_markup"]["inline_keyboard"] for one in row]
        data = next(one["callback_data"] for one in buttons if one["text"] == title)
        self._last_id += 1
        press = {"id": str(self._last_id), "from": self._person(user_id).user(), "message": message, "data": data}
        self.turning.add(press["id"])
        self.updates.add("callback_query", press | {"chat_instance": str(user_id)})

    def react(self, user_id: int, message_id: int, *emoji: str) -> None:
        """A person puts these at a message of the bot, or takes back what stood there."""
        person = self._person(user_id)
        change = {"chat": person.chat(), "message_id": message_id, "user": person.user(), "date": self.now()}
        signs = [{"type": "emoji", "emoji": one} for one in emoji]
        self.updates.add("message_reaction", change | {"old_reaction": [], "new_reaction": signs})

    def add_to_group(self, group_id: int, user_id: int, title: str = "Family") -> None:
        """A person takes the bot into a group (whose id is negative)."""
        self.people[group_id] = Person(group_id, title)
        chat, who = {"id": group_id, "type": "group", "title": title}, self._person(user_id).user()
        change = {"chat": chat, "from": who, "date": self.now()}
        states = {"old_chat_member": "left", "new_chat_member": "member"}
        states_of_bot = {name: {"user": self.bot, "status": status} for name, status in states.items()}
        self.updates.add("my_chat_member", change | states_of_bot)

    async def edit(
        self,
        user_id: int,
        message_id: int,
        text: str = "",
        *,
        document: tuple[str, str, bytes] | None = None,
        **fields: Any,
    ) -> None:
        """A person changes the words, replaces the file, or anything else the message holds (a live place, say)."""
        message = self.messages[user_id, message_id]
        message |= fields | {"edit_date": self.now()}
        if document:
            message["document"] = self.media("document", self.keep(*document))
        if text:
            message["caption" if "document" in message or "photo" in message else "text"] = text
        self.updates.add("edited_message", message)

    async def forward(self, user_id: int, text: str, origin: str, **fields: Any) -> int:
        """A person passes on what somebody wrote who hides the account behind a name."""
        hidden = {"type": "hidden_user", "sender_user_name": origin, "date": self.now()}
        return await self.say(user_id, text, forward_origin=hidden, **fields)

    def block(self, user_id: int, *, blocked: bool = True) -> None:
        """The person blocks the bot, or lets it back in."""
        person = self._person(user_id)
        old, new = (self._membership(blocked=state) for state in (person.blocked, blocked))
        person.blocked = blocked
        change = {"chat": person.chat(), "from": person.user(), "date": self.now()}
        self.updates.add("my_chat_member", change | {"old_chat_member": old, "new_chat_member": new})

    def fail_next(self, method: str = "", **trouble: Any) -> None:
        """Plan a Fault for the next call of the method; trouble: its fields."""
        self.faults.append(Fault(method, **trouble))

    def _membership(self, *, blocked: bool) -> dict[str, Any]:
        return {"user": self.bot} | ({"status": "kicked", "until_date": 0} if blocked else {"status": "member"})

    def _person(self, user_id: int, name: str = "", username: str = "", language: str = "") -> Person:
        person = self.people.setdefault(user_id, Person(user_id, name or f"Person {user_id}"))
        person.name, person.username = name or person.name, username or person.username
        person.language = language or person.language
        return person

"""Remembers what Telegram's servers would: people, chats, messages, files, and what the bot asked for."""

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.clock import Clock
from hub.sandbox.telegram_updates import Updates

KEPT_CALLS = 10_000


@dataclass
class Fault:
    """Trouble for the next calls of a method (empty: any): wait, then answer with an error, or hang up.

    after=True lets the call take effect first, which is what makes a lost answer dangerous.
    """

    method: str = ""
    status: int = 0
    description: str = ""  # instead of the usual one of that status
    retry_after: int = 0
    reset: bool = False
    delay: float = 0.0
    after: bool = False
    times: int = 1


@dataclass
class Person:
    """A Telegram user as the bot sees one."""

    id: int
    name: str
    username: str = ""
    language: str = "en"
    blocked: bool = False

    def user(self) -> dict[str, Any]:
        known = {"username": self.username, "language_code": self.language}
        return {"id": self.id, "is_bot": False} | self._names() | {key: text for key, text in known.items() if text}

    def chat(self) -> dict[str, Any]:
        username = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": "private"} | self._names() | username

    def _names(self) -> dict[str, str]:
        first, _, last = self.name.partition(" ")
        return {"first_name": first} | ({"last_name": last} if last else {})


@dataclass(frozen=True)
class StoredFile:
    """A file Telegram keeps, under the id it gave out."""

    id: str
    unique_id: str
    path: str
    filename: str
    content_type: str
    content: bytes

    def described(self) -> dict[str, Any]:
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.content)}


@dataclass(frozen=True)
class BotRequest:
    """A request of the bot, and the status it was answered with."""

    method: str
    params: Mapping[str, Any]
    at: int
    status: int


@dataclass(frozen=True)
class SentMessage:
    """What the bot sent into a chat; text is the caption where there are files."""

    chat_id: int
    message_id: int
    text: str
    files: tuple[StoredFile, ...] = ()
    reply_to: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


class TelegramWorld:
    """Ids go on after a restart where they stopped: what an earlier run gave out is never given out again."""

    def __init__(self, token: str, clock: Clock) -> None:
        self.token = token
        self.clock = clock
        self.people: dict[int, Person] = {}
        self.files: dict[str, StoredFile] = {}
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self.sent: list[SentMessage] = []
        self.typing: list[int] = []
        self.reactions: dict[tuple[int, int], str] = {}  # what the bot put at a message
        self.turning: set[str] = set()  # presses that the bot has not answered yet
        self.left: list[int] = []  # groups the bot has gone from
        self.calls: deque[BotRequest] = deque(maxlen=KEPT_CALLS)
        self.faults: list[Fault] = []
        self._last_id = (clock.now() // 10) % 2**31
        self.updates = Updates(clock, first_id=self._last_id)

    @property
    def bot(self) -> dict[str, Any]:
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Sandbox",
            "username": "hub_sandbox_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def now(self) -> int:
        return self.clock.now() // 1000

    def new_message(self, person: Person, *, by_bot: bool) -> dict[str, Any]:
        self._last_id += 1
        sender = {key: self.bot[key] for key in ("id", "is_bot", "first_name", "username")} if by_bot else person.user()
        return {"message_id": self._last_id, "from": sender, "chat": person.chat(), "date": self.now()}

    def keep(self, filename: str, content_type: str, content: bytes, folder: str = "documents") -> StoredFile:
        path = f"{folder}/file_{len(self.files)}.{filename.rpartition('.')[2][:8] or 'bin'}"
        file = StoredFile(secrets.token_urlsafe(40), secrets.token_urlsafe(11), path, filename, content_type, content)
        self.files[file.id] = file
        return file

    def media(self, kind: str, file: StoredFile) -> Any:
        """The file as a Message shows it: a photo comes in several sizes, the largest last."""
        if kind != "photo":
            return file.described() | {"file_name": file.filename, "mime_type": file.content_type}
        small = self.keep("thumb.jpg", "image/jpeg", file.content[:64], "thumbnails")
        return [small.described() | {"width": 90, "height": 68}, file.described() | {"width": 800, "height": 600}]

    def history(self, user_id: int) -> list[dict[str, Any]]:
        """Both sides of one chat in order, as Message objects."""
        return [message for (chat_id, _), message in sorted(self.messages.items()) if chat_id == user_id]

"""The Bot API's methods, with the limits and the error words Telegram answers with.

https://core.telegram.org/bots/api#available-methods
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from hub.sandbox.telegram_updates import WebhookSet, listed
from hub.sandbox.telegram_world import Person, SentMessage, StoredFile, TelegramWorld

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_PHOTO = 10_485_760
MAX_DOCUMENT = 52_428_800
MAX_DOWNLOAD = 20_971_520
MAX_ALBUM = 10
MAX_DATA = 64
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Refused(Exception):
    """The call failed; becomes {"ok": false, "error_code", "description"}."""

    def __init__(self, code: int, description: str, retry_after: int = 0) -> None:
        super().__init__(description)
        self.code, self.description, self.retry_after = code, description, retry_after


@dataclass
class Asked:
    """One call: its parameters, and the files that came with it by part name."""

    world: TelegramWorld
    params: dict[str, Any]
    uploads: dict[str, StoredFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return str(self.params.get(name, ""))

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.params.get(name) or default)
        except (TypeError, ValueError):
            raise Refused(400, f"Bad Request: can't parse {name}") from None

    def value(self, name: str) -> Any:
        """A parameter that holds JSON: sent as such, or as text in a form."""
        given = self.params.get(name)
        try:
            return json.loads(given) if isinstance(given, str) and given else given
        except ValueError:
            raise Refused(400, f"Bad Request: can't parse {name} JSON object") from None


Method = Callable[[Asked], Awaitable[Any]]


async def get_me(asked: Asked) -> Any:
    return asked.world.bot


async def set_webhook(asked: Asked) -> Any:
    url, secret = asked.text("url"), asked.text("secret_token")
    if not url:
        return await delete_webhook(asked)
    if not re.match(r"https?://[^/]+", url):
        raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not SECRET.fullmatch(secret):
        raise Refused(400, "Bad Request: secret token contains unallowed characters")
    connections = asked.number("max_connections", 40)
    asked.world.updates.allowed = frozenset(listed(asked.value("allowed_updates")))
    _drop_if_asked(asked)
    asked.world.updates.set_webhook(WebhookSet(url, secret, min(max(connections, 1), 100)))
    return True


async def delete_webhook(asked: Asked) -> Any:
    _drop_if_asked(asked)
    asked.world.updates.set_webhook(None)
    return True


def _drop_if_asked(asked: Asked) -> None:
    if asked.text("drop_pending_updates").lower() in ("true", "1"):
        asked.world.updates.drop()


async def get_webhook_info(asked: Asked) -> Any:
    updates = asked.world.updates
    info: dict[str, Any] = {
        "url": updates.webhook.url if updates.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": updates.pending,
    }
    if updates.webhook:
        info["max_connections"] = updates.webhook.max_connections
    if updates.last_error:
        info["last_error_date"], info["last_error_message"] = updates.last_error
    return info | ({"allowed_updates": sorted(updates.allowed)} if updates.allowed else {})


async def get_updates(asked: Asked) -> Any:
    updates = asked.world.updates
    if updates.webhook:
        raise Refused(
            409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
        )
    if "allowed_updates" in asked.params:
        updates.allowed = frozenset(listed(asked.value("allowed_updates")))
    limit = min(max(asked.number("limit", 100), 1), 100)
    taken = await updates.take(asked.number("offset"), limit, min(max(asked.number("timeout"), 0), 50))
    if taken is None:
        raise Refused(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        )
    return taken


async def get_file(asked: Asked) -> Any:
    file = asked.world.files.get(asked.text("file_id"))
    if not file:
        raise Refused(400, "Bad Request: invalid file_id")
    if len(file.content) > MAX_DOWNLOAD:
        raise Refused(400, "Bad Request: file is too big")
    return file.described() | {"file_path": file.path}


async def send_chat_action(asked: Asked) -> Any:
    asked.world.typing.append(recipient(asked).id)
    return True


async def send_message(asked: Asked) -> Any:
    person = recipient(asked)
    text = _text(asked.text("text"), MAX_TEXT, "message is too long")
    if not text:
        raise Refused(400, "Bad Request: message text is empty")
    return _post(asked, person, {"text": text} | _entities("entities", asked.value("entities"), text))


async def send_photo(asked: Asked) -> Any:
    person = recipient(asked)
    file = _uploaded(asked, asked.text("photo"), "photo")
    if len(file.content) > MAX_PHOTO:
        raise Refused(413, "Request Entity Too Large")
    if not file.content_type.startswith("image/"):
        raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
    return _post(asked, person, {"photo": asked.world.media("photo", file)} | _caption(asked.params), (file,))


async def send_document(asked: Asked) -> Any:
    person = recipient(asked)
    file = _uploaded(asked, asked.text("document"), "document")
    if len(file.content) > MAX_DOCUMENT:
        raise Refused(413, "Request Entity Too Large")
    return _post(asked, person, {"document": asked.world.media("document", file)} | _caption(asked.params), (file,))


async def send_media_group(asked: Asked) -> Any:
    person = recipient(asked)
    items = asked.value("media") or []
    kinds = {item.get("type") for item in items}
    if not 2 <= len(items) <= MAX_ALBUM:
        raise Refused(400, "Bad Request: wrong number of media in the album: 2-10 are allowed")
    if len(kinds) > 1 and "document" in kinds:
        raise Refused(400, "Bad Request: document can't be mixed with other media types")
    album = {"media_group_id": str(asked.world.now())}
    files = [_uploaded(asked, str(item.get("media", "")), "media") for item in items]
    bodies = [
        {item["type"]: asked.world.media(item["type"], file)} | _caption(item) | album
        for item, file in zip(items, files, strict=True)
    ]
    return [_post(asked, person, body, (file,)) for body, file in zip(bodies, files, strict=True)]


async def edit_message_text(asked: Asked) -> Any:
    person = recipient(asked)
    message = asked.world.messages.get((person.id, asked.number("message_id")))
    if not message or not message["from"]["is_bot"]:
        raise Refused(400, "Bad Request: message to edit not found")
    text = _text(asked.text("text"), MAX_TEXT, "message is too long")
    if message.get("text") == text:
        raise Refused(400, "Bad Request: message is not modified")
    message |= {"text": text, "edit_date": asked.world.now()}
    return message


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "getUpdates": get_updates,
    "getFile": get_file,
    "sendChatAction": send_chat_action,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
    "editMessageText": edit_message_text,
}


def recipient(asked: Asked) -> Person:
    person = asked.world.people.get(asked.number("chat_id"))
    if not person:
        raise Refused(400, "Bad Request: chat not found")
    if person.blocked:
        raise Refused(403, "Forbidden: bot was blocked by the user")
    return person


def _text(text: str, limit: int, complaint: str) -> str:
    """Telegram trims, and counts UTF-16 units."""
    if len(text.encode("utf-16-le")) // 2 > limit:
        raise Refused(400, f"Bad Request: {complaint}")
    return text.strip()


def _caption(params: dict[str, Any]) -> dict[str, Any]:
    caption = _text(str(params.get("caption", "")), MAX_CAPTION, "message caption is too long")
    given = params.get("caption_entities")
    entities = json.loads(given) if isinstance(given, str) else given
    return {"caption": caption, **_entities("caption_entities", entities, caption)} if caption else {}


def _entities(name: str, entities: Any, text: str) -> dict[str, Any]:
    """As Telegram keeps them: each within the text."""
    end = len(text.encode("utf-16-le")) // 2
    if any(one["offset"] < 0 or one["length"] < 1 or one["offset"] + one["length"] > end for one in entities or ()):
        raise Refused(400, "Bad Request: entity beyond the message text")
    return {name: entities} if entities else {}


def _uploaded(asked: Asked, reference: str, name: str) -> StoredFile:
    """A new upload, a part named by attach://, or a file Telegram already has."""
    part = reference.removeprefix("attach://") if reference.startswith("attach://") else name
    file = asked.uploads.get(part) or asked.world.files.get(reference)
    if not file:
        raise Refused(400, f"Bad Request: there is no {name} in the request")
    if not file.content:
        raise Refused(400, "Bad Request: file must be non-empty")
    return file


def _keyboard(markup: dict[str, Any]) -> dict[str, Any]:
    """Of buttons that carry data."""
    for button in (one for row in markup.get("inline_keyboard", ()) for one in row):
        if not str(button.get("text", "")).strip():
            raise Refused(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        if not 1 <= len(str(button.get("callback_data", "")).encode()) <= MAX_DATA:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return markup


def _post(asked: Asked, person: Person, body: dict[str, Any], files: tuple[StoredFile, ...] = ()) -> dict[str, Any]:
    world = asked.world
    reply = asked.value("reply_parameters") or {}
    message = world.new_message(person, by_bot=True) | body
    if connection := asked.text("business_connection_id"):
        message["business_connection_id"] = connection
    if markup := asked.value("reply_markup"):
        message["reply_markup"] = _keyboard(markup)
    if topic := asked.number("message_thread_id"):
        message |= {"message_thread_id": topic, "is_topic_message": True}
    answered = world.messages.get((person.id, reply.get("message_id", 0)))
    if answered:
        message["reply_to_message"] = {key: value for key, value in answered.items() if key != "reply_to_message"}
    elif reply and not reply.get("allow_sending_without_reply"):
        raise Refused(400, "Bad Request: message to be replied not found")
    world.messages[person.id, message["message_id"]] = message
    text = str(body.get("text", body.get("caption", "")))
    reply_to = answered["message_id"] if answered else None
    world.sent.append(SentMessage(person.id, message["message_id"], text, files, reply_to, message))
    return message

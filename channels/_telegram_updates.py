"""Reads one Telegram update: what a person wrote or changed, or that he blocked the bot.

https://core.telegram.org/bots/api#update - read by hand, because an update that the library cannot build into
its classes must still be readable to us.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from hub.errors import Unreadable
from hub.model import Address, AddressState, Edited, Event, Inbound, Reachability, RemoteFile

KIND = "telegram"
Json = Mapping[str, Any]

# what holds a file: the field's name -> (file name if Telegram gives none, its type)
FILES = {
    "document": ("document", "application/octet-stream"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "voice": ("voice.ogg", "audio/ogg"),
    "animation": ("animation.mp4", "video/mp4"),
}
STICKERS = {"is_animated": ("sticker.tgs", "application/x-tgsticker"), "is_video": ("sticker.webm", "video/webm")}
KEYWORDS = {"/stop": "stop", "/start": "start"}


def events_of(body: bytes) -> tuple[Event, ...]:
    """Nothing for what concerns us not: groups, channels, kinds of updates we did not ask for."""
    try:
        update = json.loads(body)
        if not isinstance(update, dict):
            raise TypeError("not an object")
        return _events(update)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        raise Unreadable(f"not a Telegram update: {type(trouble).__name__}: {trouble}") from trouble


def _events(update: Json) -> tuple[Event, ...]:
    if "message" in update and _private(update["message"]):
        return (_inbound(update["message"]),)
    if "edited_message" in update and _private(update["edited_message"]):
        return (_edited(update["edited_message"]),)
    if "my_chat_member" in update and _private(update["my_chat_member"]):
        return _blocked(update["my_chat_member"])
    return ()


def _private(message: Json) -> bool:
    return bool(message["chat"]["type"] == "private") and not message["from"].get("is_bot", False)


def _inbound(message: Json) -> Inbound:
    person = message["from"]
    text = _text(message)
    answered = message.get("reply_to_message")
    return Inbound(
        sender=Address(KIND, str(int(person["id"]))),
        provider_id=str(int(message["message_id"])),
        text=text,
        sender_name=_name(person),
        occurred_at=int(message["date"]) * 1000,
        files=_files(message),
        references=(str(answered["message_id"]),) if answered else (),
        keyword=KEYWORDS.get(_command(text), ""),
        language=str(person.get("language_code", "")),
        parts=_parts(message, person, text),
    )


def _edited(message: Json) -> Edited:
    return Edited(
        sender=Address(KIND, str(int(message["from"]["id"]))),
        provider_id=str(int(message["message_id"])),
        text=_text(message),
        occurred_at=int(message.get("edit_date", message["date"])) * 1000,
    )


def _blocked(change: Json) -> tuple[Event, ...]:
    """A person shut the door on the bot, or let it back in: about his address, not about one message."""
    person = Address(KIND, str(int(change["from"]["id"])))
    if change["new_chat_member"]["status"] == "kicked":
        return (Reachability(person, AddressState.BLOCKED, "the customer blocked the bot"),)
    return (Reachability(person, AddressState.OK),)


def _name(person: Json) -> str:
    return " ".join(part for part in (person.get("first_name"), person.get("last_name")) if part)


def _text(message: Json) -> str:
    """What the person typed, else what he shared, in words."""
    typed = message.get("text") or message.get("caption")
    if typed:
        return str(typed)
    for kind, words in SHARED.items():
        if kind in message:
            return words(message[kind])
    known = {"photo", "sticker", *FILES}
    return "" if known & message.keys() else "(a kind of Telegram message the hub cannot show)"


def _command(text: str) -> str:
    """The first word without the bot's name ("/start@our_bot order-1"), "" for anything but a command."""
    first = text.split(maxsplit=1)[:1]
    return first[0].partition("@")[0].lower() if first and first[0].startswith("/") else ""


def _place(place: Json) -> str:
    latitude, longitude = float(place["latitude"]), float(place["longitude"])
    return f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"


def _contact(contact: Json) -> str:
    return f"{_name(contact)}: {contact['phone_number']}"


def _venue(venue: Json) -> str:
    return f"{venue['title']}, {venue['address']}\n{_place(venue['location'])}"


def _poll(poll: Json) -> str:
    return "\n- ".join([str(poll["question"]), *(str(option["text"]) for option in poll["options"])])


def _dice(dice: Json) -> str:
    return f"{dice['emoji']} {dice['value']}"


def _emoji(sticker: Json) -> str:
    return str(sticker.get("emoji", ""))


SHARED: Mapping[str, Callable[[Json], str]] = {  # a venue comes with its location, so it is asked first
    "venue": _venue,
    "location": _place,
    "contact": _contact,
    "dice": _dice,
    "poll": _poll,
    "sticker": _emoji,
}


def _files(message: Json) -> tuple[RemoteFile, ...]:
    if message.get("photo"):
        largest = max(message["photo"], key=lambda size: int(size["width"]) * int(size["height"]))
        return (RemoteFile(str(largest["file_id"]), "photo.jpg", "image/jpeg"),)
    if "sticker" in message:
        return (_sticker(message["sticker"]),)
    # an animation repeats itself as a document
    kind = "animation" if "animation" in message else next((kind for kind in FILES if kind in message), "")
    if not kind:
        return ()
    file, (filename, content_type) = message[kind], FILES[kind]
    return (
        RemoteFile(
            str(file["file_id"]), str(file.get("file_name") or filename), str(file.get("mime_type") or content_type)
        ),
    )


def _sticker(sticker: Json) -> RemoteFile:
    filename, content_type = next(
        (named for flag, named in STICKERS.items() if sticker.get(flag)), ("sticker.webp", "image/webp")
    )
    return RemoteFile(str(sticker["file_id"]), filename, content_type)


def _parts(message: Json, person: Json, text: str) -> dict[str, Any]:
    """What only Telegram knows, as data."""
    parts: dict[str, Any] = {}
    if person.get("username"):
        parts["username"] = str(person["username"])
    payload = text.split(maxsplit=1)[1:]
    if payload and _command(text) == "/start":
        parts["start"] = payload[0].strip()
    if message.get("media_group_id"):
        parts["album"] = str(message["media_group_id"])
    if "location" in message:
        parts["location"] = {key: message["location"][key] for key in ("latitude", "longitude")}
    return parts

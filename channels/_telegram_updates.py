"""Reads one Telegram update: what a person wrote or changed, what happened to the chat, or that they blocked the bot.

https://core.telegram.org/bots/api#update - read by hand, because an update that the library cannot build into
its classes must still be readable to us.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from hub.errors import Unreadable
from hub.model import Address, AddressState, Attachment, ChatChanged, Edited, Event, Inbound, Reachability

from ._stop_words import keyword_of
from ._telegram_buttons import pressed
from ._telegram_content import CONTENT, answered_of, content_of, name_of, origin_of
from ._telegram_files import FILES, HOLDING, files_of
from ._telegram_format import formatting_of
from ._telegram_service import SERVICE, SHOWN, service_of
from ._telegram_text import MISSHAPEN, Json, typed, with_links
from ._telegram_ways import CONNECTION, id_of, parts_of_way

KIND = "telegram"
START = re.compile(r"/start(?:@\w+)?(?:\s+([\w-]{1,64}))?\s*", re.ASCII | re.IGNORECASE)
STOP = re.compile(r"/stop(?:@\w+)?\W*", re.IGNORECASE)
WORDS = frozenset({"text", "caption", "photo", *FILES})
# about the message, not in it
ABOUT = frozenset(
    "message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count sender_business_bot "
    "sender_tag business_connection_id date chat is_topic_message is_automatic_forward is_from_offline is_paid_post "
    "reply_to_message external_reply quote reply_to_story reply_to_checklist_task_id reply_to_poll_option_id via_bot "
    "edit_date has_protected_content media_group_id author_signature paid_star_count entities caption_entities "
    "link_preview_options suggested_post_info effect_id show_caption_above_media has_media_spoiler reply_markup "
    "receiver_user ephemeral_message_id guest_bot_caller_chat guest_bot_caller_user guest_query_id "
    "forward_origin forward_from forward_from_chat forward_from_message_id forward_signature forward_sender_name "
    "forward_date".split()
)
KNOWN = frozenset((*WORDS, *ABOUT, *CONTENT, *SERVICE))


def events_of(body: bytes) -> tuple[Event, ...]:
    """Nothing for what concerns us not: groups, channels, kinds of updates we did not ask for."""
    try:
        update = json.loads(body)
        if not isinstance(update, dict):
            raise TypeError("not an object")
        return _events(update)
    except (*MISSHAPEN, RecursionError) as trouble:
        raise Unreadable(f"not a Telegram update: {type(trouble).__name__}: {trouble}") from trouble


def _events(update: Json) -> tuple[Event, ...]:
    for field, read in READ.items():
        if field in update and _private(update[field]):
            return read(update[field])
    return ()


def _private(message: Json) -> bool:
    """A person's chat; of what only a chat is named for, the person it is with."""
    somebody = message.get("from") or message.get("user") or {}
    return bool((message.get("message") or message)["chat"]["type"] == "private") and not somebody.get("is_bot", False)


def _said(message: Json) -> tuple[Event, ...]:
    return (_changed(message) or _inbound(message),)


def _said_to_business(message: Json) -> tuple[Event, ...]:
    """What the account's owner answers from an app of their own stands in the stream, and is nobody's question."""
    if message["from"]["id"] == message["chat"]["id"]:
        return _said(message)
    if "sender_business_bot" in message:  # our own words
        return ()
    text = " ".join(_shown(message)[0].split())[:SHOWN]
    return (ChatChanged(Address(KIND, str(int(message["chat"]["id"]))), "answered", text, _instant(message)),)


def _deleted(gone: Json) -> tuple[Event, ...]:
    """Telegram tells it of business accounts only; what was said stays with us."""
    number = len(gone["message_ids"])
    return (ChatChanged(Address(KIND, str(int(gone["chat"]["id"]))), "deleted", str(number) if number > 1 else ""),)


def _reacted(change: Json) -> tuple[Event, ...]:
    """What stands at one of our messages now; nothing where it was taken back."""
    signs = [str(one.get("emoji", "⭐" if one.get("type") == "paid" else "❇")) for one in change["new_reaction"]]
    sender = Address(KIND, str(int(change["user"]["id"])))
    what = "reacted" if signs else "reaction"
    return (ChatChanged(sender, what, " ".join(signs), _instant(change), about=id_of(change)),)


def _pressed(query: Json) -> tuple[Event, ...]:
    return (pressed(query),)


def _instant(message: Json) -> int:
    return int(message["date"]) * 1000


def _changed(message: Json) -> ChatChanged | None:
    happened = service_of(message)
    if happened is None:
        return None
    what, detail = happened
    return ChatChanged(_sender(message), what, detail, int(message["date"]) * 1000)


def _inbound(message: Json) -> Inbound:
    person = message["from"]
    answered = message.get("reply_to_message")
    language = str(person.get("language_code", ""))
    text, parts = _shown(message)
    return Inbound(
        sender=_sender(message),
        provider_id=id_of(message),
        text=text,
        html=formatting_of(message, text),
        sender_name=_name(person),
        quoted_text=answered_of(message),
        occurred_at=int(message["date"]) * 1000,
        attachments=_card(message),
        files=files_of(message),
        references=(id_of(message, answered["message_id"]),) if answered else (),
        keyword=_keyword(message, language),
        language=language,
        parts=_about_sender(person, message) | parts | parts_of_way(message),
    )


def _edited(message: Json) -> tuple[Event, ...]:
    if CONNECTION in message and message["from"]["id"] != message["chat"]["id"]:
        return ()  # by the account's owner
    text, parts = _shown(message)
    edited = Edited(
        sender=_sender(message),
        provider_id=id_of(message),
        text=text,
        html=formatting_of(message, text),
        occurred_at=int(message.get("edit_date", message["date"])) * 1000,
        files=files_of(message),
        parts=parts,
    )
    return (edited,)


def _blocked(change: Json) -> tuple[Event, ...]:
    """A person shut the door on the bot, or let it back in: about the address, not about one message."""
    person = _sender(change)
    if change["new_chat_member"]["status"] == "kicked":
        return (Reachability(person, AddressState.BLOCKED, "the customer blocked the bot"),)
    return (Reachability(person, AddressState.OK),)


def _sender(message: Json) -> Address:
    return Address(KIND, str(int(message["from"]["id"])))


def _name(person: Json) -> str:
    return " ".join(part for part in (person.get("first_name"), person.get("last_name")) if part)


def _shown(message: Json) -> tuple[str, dict[str, Any]]:
    """The text as a reader needs it, and what the message holds besides typed words, by name."""
    kind, words = content_of(message)
    said = with_links(typed(message), message.get("entities") or message.get("caption_entities") or ())
    text = "\n".join(filter(None, (said, words)))
    shared = [kind] if kind else []
    if not KNOWN.issuperset(message):
        shared.append("unknown")
        text = text or f"({', '.join(sorted(set(message) - KNOWN))})"
    if not text and not files_of(message) and (lost := sorted(HOLDING.intersection(message))):
        shared.append("unknown")
        text = f"({', '.join(lost)})"
    origin = origin_of(message)
    if origin is not None:
        shared.insert(0, "forwarded")
        mark = f"↪ {origin}:\n" if origin else "↪ "
        text = f"{mark}{text}" if text else f"↪ {origin}".strip()
    parts: dict[str, Any] = {"shared": shared} if shared else {}
    if kind == "place" and "location" in message:
        parts["location"] = {key: message["location"][key] for key in ("latitude", "longitude")}
    return text, parts


def _keyword(message: Json, language: str) -> str:
    """What stands alone, in the customer's own words."""
    text = message.get("text", "")
    if not text or origin_of(message) is not None:
        return ""
    if text.startswith("/"):
        return "start" if START.fullmatch(text) else "stop" if STOP.fullmatch(text) else ""
    return keyword_of(text, language)


def _about_sender(person: Json, message: Json) -> dict[str, Any]:
    """What only Telegram knows, as data."""
    parts: dict[str, Any] = {}
    if person.get("username"):
        parts["username"] = str(person["username"])
    text = message.get("text", "")
    started = START.fullmatch(text) if text.startswith("/") else None
    if started and started[1]:
        parts["start"] = started[1]
    contact = message.get("contact")
    if isinstance(contact, dict) and contact.get("user_id") == person["id"] and contact.get("phone_number"):
        parts["own_number"] = f"+{str(contact['phone_number']).removeprefix('+')}"
    if message.get("media_group_id"):
        parts["album"] = str(message["media_group_id"])
    return parts


def _card(message: Json) -> tuple[Attachment, ...]:
    """A shared contact as the file that other programs read."""
    contact = message.get("contact")
    if not isinstance(contact, dict) or not contact.get("vcard"):
        return ()
    name = name_of(contact) or "contact"
    return (Attachment(f"{name}.vcf", "text/vcard", str(contact["vcard"]).encode("utf-8", "replace")),)


# what we ask for, and how it is read
READ: Mapping[str, Callable[[Json], tuple[Event, ...]]] = {
    "message": _said,
    "edited_message": _edited,
    "my_chat_member": _blocked,
    "business_message": _said_to_business,
    "edited_business_message": _edited,
    "deleted_business_messages": _deleted,
    "message_reaction": _reacted,
    "callback_query": _pressed,
}

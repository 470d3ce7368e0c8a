"""What Telegram reports about a chat that nobody said: a timer, a pin, a title. It makes no customer wait.

https://core.telegram.org/bots/api#message, its service messages.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ._telegram_content import money, name_of
from ._telegram_text import MISSHAPEN, Json, typed

SHOWN = 120  # characters of a pinned message
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def _timer(timer: Json) -> str:
    seconds = int(timer["message_auto_delete_time"])
    size, unit = next((one for one in UNITS if seconds and not seconds % one[0]), UNITS[-1])
    return f"{seconds // size} {unit}"


def _pinned(message: Json) -> str:
    return " ".join(typed(message).split())[:SHOWN]


def _title(title: Any) -> str:
    return str(title)


def _members(members: Any) -> str:
    return ", ".join(name_of(one) for one in (members if isinstance(members, list) else [members]))


def _refund(payment: Json) -> str:
    return f"{money(payment['total_amount'], str(payment['currency']))} · {payment.get('invoice_payload', '')}"


def _named(change: Json) -> str:
    return str(change.get("name") or change.get("web_app_name") or "")


def _near(alert: Json) -> str:
    return f"{alert['distance']} m"


def _option(change: Json) -> str:
    return str(change.get("option_text") or "")


def _nothing(change: Any) -> str:
    return ""


# the field that says so -> (what happened, a detail that needs no language)
SERVICE: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "message_auto_delete_timer_changed": ("timer", _timer),
    "pinned_message": ("pinned", _pinned),
    "new_chat_title": ("title", _title),
    "new_chat_photo": ("picture", _nothing),
    "delete_chat_photo": ("picture", _nothing),
    "chat_background_set": ("picture", _nothing),
    "new_chat_members": ("members", _members),
    "left_chat_member": ("members", _members),
    "chat_owner_left": ("members", _nothing),
    "chat_owner_changed": ("members", _nothing),
    "group_chat_created": ("chat", _nothing),
    "supergroup_chat_created": ("chat", _nothing),
    "channel_chat_created": ("chat", _nothing),
    "community_chat_added": ("chat", _nothing),
    "community_chat_removed": ("chat", _nothing),
    "migrate_to_chat_id": ("chat", _nothing),
    "migrate_from_chat_id": ("chat", _nothing),
    "refunded_payment": ("refund", _refund),
    "connected_website": ("access", _title),
    "write_access_allowed": ("access", _named),
    "managed_bot_created": ("access", _nothing),
    "proximity_alert_triggered": ("near", _near),
    "boost_added": ("price", _nothing),
    "paid_message_price_changed": ("price", _nothing),
    "direct_message_price_changed": ("price", _nothing),
    "forum_topic_created": ("topic", _named),
    "forum_topic_edited": ("topic", _named),
    "forum_topic_closed": ("topic", _nothing),
    "forum_topic_reopened": ("topic", _nothing),
    "general_forum_topic_hidden": ("topic", _nothing),
    "general_forum_topic_unhidden": ("topic", _nothing),
    "giveaway_created": ("giveaway", _nothing),
    "giveaway_completed": ("giveaway", _nothing),
    "poll_option_added": ("poll", _option),
    "poll_option_deleted": ("poll", _option),
    "suggested_post_approved": ("post", _nothing),
    "suggested_post_approval_failed": ("post", _nothing),
    "suggested_post_declined": ("post", _nothing),
    "suggested_post_paid": ("post", _nothing),
    "suggested_post_refunded": ("post", _nothing),
    "video_chat_scheduled": ("call", _nothing),
    "video_chat_started": ("call", _nothing),
    "video_chat_ended": ("call", _nothing),
    "video_chat_participants_invited": ("call", _nothing),
}


def service_of(message: Json) -> tuple[str, str] | None:
    """(what happened, a detail) when the message is one of the chat's own and not the customer's."""
    if SERVICE.keys().isdisjoint(message):
        return None
    for field, (what, detail) in SERVICE.items():
        if field in message:
            try:
                return what, detail(message[field])
            except MISSHAPEN:
                return what, ""
    return None

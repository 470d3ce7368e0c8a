"""Reads what is handed in to the Content API: the kinds that hold choices, with the provider's limits.

https://www.twilio.com/docs/content/content-api-resources
"""

import json
from typing import Any

from hub.sandbox.twilio_errors import RestError
from hub.sandbox.twilio_state import Content, new_sid

MAX_BODY, MOST_ACTIONS, MOST_ITEMS = 1024, 10, 10
MAX_TITLE, MAX_ITEM, MAX_OPENS = 20, 24, 20


def content_in(body: bytes) -> Content:
    try:
        asked = json.loads(body)
        ((kind, parts),) = asked["types"].items()
        titles, fits = _choices(kind, parts)
        text, language, name = str(parts["body"]), str(asked["language"]), str(asked["friendly_name"])
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise RestError(20001, f"Invalid Parameter: {wrong!r}") from wrong
    if not (fits and titles and 0 < len(text) <= MAX_BODY and all(titles)):
        raise RestError(20001, f"Invalid Parameter: {kind}")
    return Content(new_sid("HX"), name, language, text, {}, "unsubmitted", choices=titles)


def _choices(kind: str, parts: dict[str, Any]) -> tuple[tuple[str, ...], bool]:
    """What can be chosen, and whether it keeps to the limits of its kind."""
    if kind == "twilio/quick-reply":
        titles = tuple(one["title"] for one in parts["actions"])
        return titles, len(titles) <= MOST_ACTIONS and all(len(one) <= MAX_TITLE for one in titles)
    if kind == "twilio/list-picker":
        titles = tuple(one["item"] for one in parts["items"])
        short = all(len(one) <= MAX_ITEM for one in titles) and 0 < len(parts["button"]) <= MAX_OPENS
        return titles, len(titles) <= MOST_ITEMS and short
    raise KeyError(kind)

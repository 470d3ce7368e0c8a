"""Buttons and lists of WhatsApp: the provider wants them as a content of its own, which a message then names.

https://www.twilio.com/docs/content/twilio-quick-reply, https://www.twilio.com/docs/content/twilio-list-picker - nobody
has to approve of them within 24 hours after the customer wrote.
"""

import json
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from hub.errors import SendDeferred, SendDoubtful

from ._twilio_api import TwilioApi

MOST_BUTTONS, MOST_ROWS = 3, 10  # more than these buttons are a list
MAX_TITLE, MAX_WORDS = 20, 1024
KEPT = 200
OPENS = {"en": "Choose", "de": "Auswählen"}  # what stands on the button that opens a list


class Choices:
    """Remembers what it has handed in, so that the same words are one content."""

    def __init__(self, api: TwilioApi) -> None:
        self._api = api
        self._known: OrderedDict[str, str] = OrderedDict()

    async def named(self, text: str, titles: Sequence[str], language: str) -> str:
        """The content's sid. Nothing has left yet: raises SendDeferred where it is not known whether it was taken."""
        tongue = language[:2] if language[:2] in OPENS else "en"
        content = {"language": tongue, "variables": {}, "types": _types(text, titles, OPENS[tongue])}
        name = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
        if name not in self._known:
            self._known[name] = await self._handed_in({"friendly_name": f"choice_{name}", **content})
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return self._known[name]

    async def _handed_in(self, content: dict[str, Any]) -> str:
        try:
            made: Any = await self._api.posted(
                lambda client: client.content.v1.contents.create_async(_Request(content))
            )
        except SendDoubtful as lost:  # a content that nobody names does no harm
            raise SendDeferred(str(lost)) from lost
        return str(made.sid)


class _Request:
    """As the library wants it, whose own would name every kind of content there is, each with nothing in it."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def to_dict(self) -> dict[str, Any]:
        return self._content


def _types(text: str, titles: Sequence[str], opens: str) -> dict[str, Any]:
    if len(titles) <= MOST_BUTTONS:
        actions = [{"title": title, "id": title} for title in titles]
        return {"twilio/quick-reply": {"body": text, "actions": actions}}
    items = [{"item": title, "id": title, "description": ""} for title in titles]
    return {"twilio/list-picker": {"body": text, "button": opens, "items": items}}

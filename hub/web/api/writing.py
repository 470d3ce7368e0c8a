"""What a reply, a new message and a note may hold."""

import logging
import re
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from hub.cleaning import SAID
from hub.errors import NotFound
from hub.outbound.approved import by_approved_words
from hub.outbound.buttons import BUTTONS, LONGEST, MOST
from hub.outbound.compose import Reply as Queueable
from hub.outbound.copies import MAX_COPIES
from hub.web.api.call import ApiRequest
from hub.web.api.fields import Body, Html, Id, Instant, OneLine, Seconds, Text
from hub.web.api.handles import EMAIL, EmailAddress
from hub.web.api.shapes import Message

log = logging.getLogger("hub.api")
PREFERRED = ("", "preferred")
Copies = Annotated[tuple[Annotated[str, Field(pattern=EMAIL, max_length=320)], ...], Field(max_length=MAX_COPIES)]


def says_something(*more: str) -> dict[str, Any]:
    """In JSON Schema: text, or html, or a file, or what else says something."""
    words = {name: {"type": "string", "pattern": SAID} for name in ("text", "html", *more)}
    ways: dict[str, Any] = {**words, "attachments": {"type": "array", "minItems": 1}}
    ways["whatsapp_template"] = {"type": "object"}
    return {"anyOf": [{"required": [name], "properties": {name: way}} for name, way in ways.items()]}


class WhatsappTemplate(Body):
    """Words that WhatsApp has approved of (`GET channels/{name}/templates`), with what fills their gaps."""

    content_sid: Annotated[str, Field(pattern=r"^HX[0-9a-fA-F]{32}$")]
    variables: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$")], OneLine] = Field(
        default_factory=dict, max_length=100
    )


class Outgoing(Body):
    """What is said, and when it leaves. channel: a configured name, a type, or absent: the preferred one.
    whatsapp_template: instead of words and files; the channel is WhatsApp where none is named. buttons: what the
    customer may choose from; where the channel has none they stand as numbered lines below the text."""

    text: Text = ""
    html: Html = ""
    subject: OneLine = ""
    channel: OneLine = ""
    attachments: Annotated[tuple[Id, ...], Field(max_length=50)] = ()
    not_before: Instant | None = None
    hold_seconds: Seconds = 0
    cancel_on_inbound: bool = False
    whatsapp_template: WhatsappTemplate | None = None
    buttons: Annotated[tuple[Annotated[OneLine, Field(max_length=LONGEST)], ...], Field(max_length=MOST)] = ()

    @property
    def is_empty(self) -> bool:
        said = re.search(SAID, self.text) or re.search(SAID, self.html)
        return not (said or self.attachments or self.whatsapp_template)


class Reply(Outgoing):
    """cc, bcc: mail addresses besides the customer; reply_all: copies to everybody the customer's last mail went to.
    forward_of: a mail of this conversation that goes on to others (to), with its files."""

    cc: Copies = ()
    bcc: Copies = ()
    reply_all: bool = False
    forward_of: Id | None = None
    to: Annotated[tuple[EmailAddress, ...], Field(max_length=MAX_COPIES)] = ()

    model_config = ConfigDict(json_schema_extra=says_something("forward_of"))

    @model_validator(mode="after")
    def _not_empty(self) -> "Reply":
        if self.is_empty and not self.forward_of:
            raise ValueError("says nothing: give text, html or attachments")
        return self


class Note(Body):
    text: Annotated[str, Field(pattern=rf"^[^\x00]*{SAID}[^\x00]*$", max_length=100_000)]


def known_channel(call: ApiRequest, wanted: str) -> None:
    """Raises NotFound when no channel has this name or type."""
    if wanted not in PREFERRED and call.hub.channels.find(wanted) is None:
        raise NotFound(f"there is no channel {wanted!r}")


async def reply_of(call: ApiRequest, body: Outgoing, **more: Any) -> Queueable:
    """Raises InvalidInput."""
    reply = Queueable(
        text=body.text,
        html=body.html,
        subject=body.subject,
        channel=body.channel,
        attachments=body.attachments,
        not_before=body.not_before,
        hold_ms=body.hold_seconds * 1000,
        cancel_on_inbound=body.cancel_on_inbound,
        author_name=call.token.name if call.token else "",
        options={BUTTONS: body.buttons} if body.buttons else {},
        **more,
    )
    approved = body.whatsapp_template
    if approved is None:
        return reply
    return await by_approved_words(call.hub.channels, reply, approved.content_sid, approved.variables)


def told(message: Message) -> None:
    """The first line of the log about a message that goes out."""
    log.info("message queued", extra={"message_id": message.id, "customer_id": message.customer_id})

"""What a customer is told of a quotation or an order: a template's words, through the one door out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from hub.campaigns.content import RenderDeps
from hub.campaigns.single import fill
from hub.config import CompanySettings
from hub.conversations import open_for
from hub.model import Attachment
from hub.outbound.channel_choice import list_open_channels
from hub.outbound.compose import Reply
from hub.outbound.deps import OutboxDeps
from hub.outbound.outbox import Queued, queue_message, queue_reply
from hub.store.blobs import add_attachment


@dataclass(frozen=True, slots=True)
class Telling:
    """The way out of whoever tells it (deps.who), and what templates are rendered with."""

    deps: OutboxDeps
    words: RenderDeps

    @property
    def company(self) -> CompanySettings:
        return self.words.settings.company


def queue_words(
    conn: Connection,
    telling: Telling,
    customer_id: str,
    template: str,
    context: Mapping[str, Any],
    reply: Reply,
    at: int,
    files: Sequence[Attachment] = (),
) -> Queued:
    """On the channel the reply names, else the preferred one; files go along where it is a mail. Raises Conflict,
    InvalidInput."""
    deps = telling.deps
    open_channels = list_open_channels(conn, deps.channels, deps.who, None)
    filled = fill(conn, telling.words, open_channels, reply, template, customer_id, context, at)
    if deps.channels[filled.channel].address_kind == "email":
        ids = [add_attachment(conn, file, at, customer_id=customer_id) for file in files]
        filled = replace(filled, attachments=ids)
    if deps.who.has_all_teams:
        return queue_message(conn, deps, customer_id, filled, at)
    conversation = open_for(conn, deps.who, customer_id, filled.subject, at)
    return queue_reply(conn, deps, conversation.id, filled, at)

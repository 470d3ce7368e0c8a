"""Remembers web chat visitors and their keys, and lists what a visitor may see: their own chat, nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, case, delete, func, select

from hub.model import Address, DeliveryState
from hub.store.blobs import StoredFile, list_attachments
from hub.store.customers import find_customer
from hub.store.dialect import upsert
from hub.store.tables import addresses, deliveries, events, messages, webchat_tokens, webchat_visitors

KIND = "webchat"
SHOWN_BY = ("message.received", "delivery.sent")  # what makes a message visible to the visitor, and gives it its place
UNSEEN = (DeliveryState.SENT, DeliveryState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Visitor:
    """id is the handle of the visitor's webchat address."""

    id: str
    channel: str
    external_id: str | None

    @property
    def address(self) -> Address:
        return Address(KIND, self.id)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message as the visitor sees it; seq is its place among everything that happened."""

    seq: int
    id: str
    direction: str
    author_name: str
    text: str
    client_id: str
    occurred_at: int


@dataclass(frozen=True, slots=True)
class Page:
    """Lines after a place, with their files by message id; customer_id is None before the first word."""

    customer_id: str | None
    lines: Sequence[ChatMessage] = ()
    files: Mapping[str, Sequence[StoredFile]] = field(default_factory=dict)


_VISITOR = (webchat_visitors.c.id, webchat_visitors.c.channel, webchat_visitors.c.external_id)


def find_visitor(conn: Connection, channel: str, token_hash: str) -> Visitor | None:
    """Whose key it is."""
    query = select(*_VISITOR).join(webchat_tokens, webchat_tokens.c.visitor_id == webchat_visitors.c.id)
    row = conn.execute(
        query.where(webchat_tokens.c.token_hash == token_hash, webchat_visitors.c.channel == channel)
    ).first()
    return Visitor(*row) if row else None


def find_known_visitor(conn: Connection, channel: str, external_id: str) -> Visitor | None:
    """By what the company's own site calls them."""
    query = select(*_VISITOR).where(
        webchat_visitors.c.channel == channel, webchat_visitors.c.external_id == external_id
    )
    row = conn.execute(query).first()
    return Visitor(*row) if row else None


def add_visitor(conn: Connection, visitor: Visitor, at: int) -> bool:
    """False when another device was faster in naming them."""
    row = {"id": visitor.id, "channel": visitor.channel, "external_id": visitor.external_id, "created_at": at}
    return bool(conn.execute(upsert(conn, webchat_visitors).on_conflict_do_nothing(), row).rowcount)


def add_visitor_token(conn: Connection, token_hash: str, visitor_id: str, at: int) -> None:
    row = {"token_hash": token_hash, "visitor_id": visitor_id, "created_at": at}
    conn.execute(upsert(conn, webchat_tokens).on_conflict_do_nothing(), row)


def forget_visitors(conn: Connection, customer_id: str) -> None:
    """The customer's keys and what the site calls them; before the addresses go, which lead to them."""
    handles = select(addresses.c.handle).where(addresses.c.customer_id == customer_id, addresses.c.kind == KIND)
    conn.execute(delete(webchat_tokens).where(webchat_tokens.c.visitor_id.in_(handles)))
    conn.execute(delete(webchat_visitors).where(webchat_visitors.c.id.in_(handles)))


def mark_visitor_known(conn: Connection, visitor_id: str, external_id: str) -> None:
    """The site vouches for somebody who chatted before as a stranger."""
    conn.execute(
        webchat_visitors.update()
        .where(webchat_visitors.c.id == visitor_id, webchat_visitors.c.external_id.is_(None))
        .values(external_id=external_id)
    )


def list_page(conn: Connection, visitor: Visitor, since: int, limit: int) -> Page:
    customer_id = find_customer(conn, visitor.address)
    if customer_id is None:
        return Page(None)
    lines = list_lines(conn, customer_id, visitor, since, limit)
    return Page(customer_id, lines, list_attachments(conn, [line.id for line in lines]) if lines else {})


def count_unseen(conn: Connection, channel: str, token_hash: str) -> int:
    """How many answers wait for whoever holds this key."""
    visitor = find_visitor(conn, channel, token_hash)
    customer_id = find_customer(conn, visitor.address) if visitor else None
    return len(list_unseen(conn, customer_id, visitor)) if visitor and customer_id else 0


def list_lines(conn: Connection, customer_id: str, visitor: Visitor, since: int, limit: int) -> list[ChatMessage]:
    """What the visitor wrote and what was sent to them after that place, oldest first."""
    query = (
        select(
            events.c.seq,
            messages.c.id,
            messages.c.direction,
            case((messages.c.author_id.is_(None), ""), else_=messages.c.author_name),  # a token's name is ours
            messages.c.text,
            func.coalesce(messages.c.provider_id, ""),
            messages.c.occurred_at,
        )
        .join(messages, messages.c.id == events.c.message_id)
        .where(*_between(customer_id, visitor), events.c.seq > since, messages.c.deleted_at.is_(None))
        .order_by(events.c.seq)
        .limit(limit)
    )
    return [ChatMessage(*row) for row in conn.execute(query)]


def list_places(conn: Connection, customer_id: str, visitor: Visitor, message_ids: Sequence[str]) -> dict[str, int]:
    """Message id -> its seq, of those that stand in the visitor's chat."""
    query = select(messages.c.id, func.max(events.c.seq)).join(messages, messages.c.id == events.c.message_id)
    query = query.where(*_between(customer_id, visitor), events.c.seq.is_not(None), messages.c.id.in_(message_ids))
    return {row[0]: row[1] for row in conn.execute(query.group_by(messages.c.id))}


def _between(customer_id: str, visitor: Visitor) -> tuple[ColumnElement[bool], ...]:
    """Of messages and events: what the visitor wrote and what was sent back."""
    return (
        events.c.customer_id == customer_id,
        events.c.type.in_(SHOWN_BY),
        messages.c.channel == visitor.channel,
        messages.c.channel_type == KIND,
        messages.c.peer == visitor.id,
    )


def list_unseen(
    conn: Connection, customer_id: str, visitor: Visitor, states: Sequence[DeliveryState] = UNSEEN
) -> list[tuple[str, str]]:
    """(delivery id, message id) of what was sent to the visitor and stands in one of these states, oldest first."""
    query = (
        select(deliveries.c.id, deliveries.c.message_id)
        .where(deliveries.c.customer_id == customer_id, deliveries.c.channel == visitor.channel)
        .where(deliveries.c.handle == visitor.id, deliveries.c.state.in_(states))
        .order_by(deliveries.c.sent_at, deliveries.c.id)
    )
    return [(row[0], row[1]) for row in conn.execute(query)]

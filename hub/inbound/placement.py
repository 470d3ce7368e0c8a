"""Where a message belongs: to what it provably answers, to the customer's open case, to a recent one, or a new one.

A case that was closed is opened again by what its customer says (`hub.store.conversations`), not by being chosen here.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.clock import DAY
from hub.conversations import ACTIVE, start
from hub.errors import NotFound
from hub.model import Address, ConversationState, Direction, Inbound, Sort
from hub.signing import Signer
from hub.store.conversations import Conversation, find_latest, get_conversation
from hub.store.deliveries import Delivery, find_by_provider_id, find_delivery
from hub.store.messages import find_provider_message
from hub.store.teams import goes_on_at


@dataclass(frozen=True, slots=True)
class Reference:
    """What a message provably answers."""

    customer_id: str
    conversation_id: str | None
    delivery: Delivery | None = None


def find_reference(
    conn: Connection, signer: Signer, channel: str, sender: Address, inbound: Inbound
) -> Reference | None:
    """The first that proves itself, in the order in which the message names them: our signed Message-ID of a mail, on
    other channels the provider's id of something we sent to this very sender; after them all, our signed reply address.
    Subjects and unsigned addresses prove nothing."""
    for reference in inbound.references[:50]:
        delivery_id = signer.delivery_of(reference) if sender.kind == "email" else None
        delivery = find_delivery(conn, delivery_id) if delivery_id else None
        if delivery:
            return Reference(delivery.customer_id, delivery.conversation_id, delivery)
        if sender.kind != "email":
            ours = find_provider_message(conn, channel, Direction.OUT, sender.handle, reference)
            if ours:
                return Reference(ours.customer_id, ours.conversation_id)
            part = find_by_provider_id(conn, channel, reference)
            if part and part.handle == sender.handle:
                return Reference(part.customer_id, part.conversation_id)
    for address in inbound.reply_addresses[:50]:
        conversation_id = signer.conversation_of(address)
        if conversation_id:
            try:
                conversation = get_conversation(conn, conversation_id)
            except NotFound:
                continue
            return Reference(conversation.customer_id, conversation.id)
    return None


def place(
    conn: Connection,
    customer_id: str,
    reference: Reference | None,
    subject: str,
    reopen_days: int,
    at: int,
    sort: Sort = Sort.PERSON,
    channel: str = "",
) -> Conversation:
    """The conversation a message of this customer belongs to, the first of these that there is:

    1. the one the reference leads to, in whatever state, if it is this customer's;
    2. for an automatic reply or a bounce: an open or snoozed one in which persons speak;
    3. an open or snoozed one of its own sort (persons speak in it, or it stands apart: lists, bulk mail, machines);
    4. a closed one of its own sort whose last message is at most reopen_days old;
    5. a new one.

    2 to 4: of several the one with the newest message, and only those that go on at this channel: a team's channel
    leads to the team's cases, and to any that was held there last (`goes_on_at`). What stands apart neither wakes a
    case that is done nor lies in it unseen. sort: whose word it is by `sort_again` (hub.inbound.sorting), not by its
    headers alone.
    """
    if reference and reference.conversation_id and reference.customer_id == customer_id:
        return get_conversation(conn, reference.conversation_id)
    apart, among = sort != Sort.PERSON, goes_on_at(channel)
    since = at - reopen_days * DAY
    case = find_latest(conn, customer_id, ACTIVE, among=among) if sort in (Sort.AUTO_REPLY, Sort.BOUNCE) else None
    return (
        case
        or find_latest(conn, customer_id, ACTIVE, apart=apart, among=among)
        or find_latest(conn, customer_id, (ConversationState.CLOSED,), since, apart=apart, among=among)
        or start(conn, customer_id, subject, at, sort, channel)
    )

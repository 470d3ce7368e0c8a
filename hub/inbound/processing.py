"""What a raw unit holds lands in the store: whose it is, where it belongs, once, and what follows from it.

Everything here runs inside one transaction; nothing waits for a network.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from hub.clock import HOUR
from hub.errors import ReadDeferred, Unreadable
from hub.inbound.addresses import clean_name, normalise_sender
from hub.inbound.authors import Author, author_of
from hub.inbound.calls import CallDeps, land_call
from hub.inbound.changes import change, note_change
from hub.inbound.identity import Identified, identify, identify_claimed
from hub.inbound.media import FILES, Brought, complete
from hub.inbound.own_addresses import OwnAddresses
from hub.inbound.placement import Reference, find_reference, place
from hub.inbound.reactions import Heard, Reaction, react
from hub.inbound.sorting import sort_again
from hub.model import (
    Address,
    Appended,
    Attachment,
    CallUpdate,
    ChatChanged,
    Direction,
    Edited,
    Inbound,
    Reachability,
    Receipt,
    Report,
)
from hub.outbound.receipts import apply_reachability, apply_receipt, apply_report
from hub.platform import crash
from hub.signing import Signer
from hub.store.blobs import add_attachments
from hub.store.conversations import Conversation, Utterance, mark_utterance
from hub.store.customers import find_customer, lock_customer, name_nameless
from hub.store.deliveries import Delivery, find_delivery
from hub.store.events import append_event
from hub.store.messages import (
    NewMessage,
    append_message,
    find_provider_message,
    find_raw_message,
    get_message,
)
from hub.store.raw import StoredRaw, append_raws, mark_read

EDIT_TRIES = 4  # of finding what was edited


@dataclass(frozen=True, slots=True)
class ProcessingDeps:
    """What landing a message needs to know besides the message.

    reactions: what else follows from a customer's word, in the same transaction (sequences end, campaigns count).
    own: the addresses of our mail channels, as they are now.
    """

    signer: Signer
    country: str
    reopen_days: int
    reactions: tuple[Reaction, ...] = ()
    own: Callable[[], frozenset[str]] = frozenset


def land(
    conn: Connection,
    deps: ProcessingDeps,
    channel: str,
    channel_type: str,
    kept: StoredRaw,
    brought: Brought,
    at: int,
) -> list[Appended | Delivery]:
    """Everything one raw unit holds, in one transaction; nothing when somebody else has landed it."""
    if not mark_read(conn, kept.id):
        return []
    if brought.late:
        append_raws(conn, channel, [brought.late], at)
    landed: list[Appended | Delivery] = []
    files = brought.files
    for event in brought.events:
        if isinstance(event, Inbound | Edited) and kept.raw.kind == FILES:
            complete(conn, channel, normalise_sender(event.sender, deps.country), event, files, at)
        elif isinstance(event, Inbound):
            landed.append(receive(conn, deps, channel, channel_type, kept, event, files, at))
        elif isinstance(event, CallUpdate):
            call = CallDeps(deps.country, deps.reopen_days, channel, channel_type)
            land_call(conn, call, kept.id, event, files, at)
        elif isinstance(event, Edited):
            landed += _edit(conn, deps, channel, channel_type, kept, event, files, at)
        elif isinstance(event, ChatChanged):
            note_change(conn, channel, event, at)
        elif isinstance(event, Reachability):
            apply_reachability(conn, event, channel, at)
        else:
            crash.point("delivery.receipt")
            if isinstance(event, Receipt):
                landed.append(apply_receipt(conn, deps.signer, channel, event, at))
            elif settled := apply_report(conn, deps.signer, channel, event, at):
                landed += settled
            else:
                landed.append(receive(conn, deps, channel, channel_type, kept, _unasked(event), files, at))
    return landed


def receive(
    conn: Connection,
    deps: ProcessingDeps,
    channel: str,
    channel_type: str,
    kept: StoredRaw,
    inbound: Inbound,
    files: Mapping[str, Attachment],
    at: int,
) -> Appended:
    """One message: identify, place, append, react."""
    if known := _our_own(conn, deps, inbound):
        return known
    sender, own = normalise_sender(inbound.sender, deps.country), OwnAddresses(deps.own(), deps.signer)
    if inbound.aliases:
        inbound = replace(inbound, aliases=tuple(normalise_sender(one, deps.country) for one in inbound.aliases))
    reference = find_reference(conn, deps.signer, channel, sender, inbound)
    inbound = sort_again(conn, own, sender, reference, inbound)
    author = author_of(own, sender, inbound, known=find_customer(conn, sender) is not None)
    who = _whose(conn, author, inbound, reference, at)
    lock_customer(conn, who.customer_id)
    if name := clean_name(author.name):
        name_nameless(conn, who.customer_id, name, at)
    days = deps.reopen_days
    conversation = place(conn, who.customer_id, reference, inbound.subject, days, at, inbound.sorted_as)
    new = _message(channel, channel_type, kept, inbound, author, conversation, at)
    message_id = append_message(conn, new)
    if message_id is None:
        return _known(conn, new, who.customer_id, conversation.id)
    attached = (*inbound.attachments, *(files[file.reference] for file in inbound.files if file.reference in files))
    add_attachments(conn, who.customer_id, message_id, attached, at)
    mark_utterance(conn, conversation, _utterance(new, attached))
    _append_received_event(conn, new, message_id, who, reference)
    campaign_id = reference.delivery.campaign_id if reference and reference.delivery else None
    heard = Heard(who.customer_id, conversation.id, message_id, campaign_id, sender.kind, at)
    react(conn, deps.reactions, sender, inbound, heard)
    return Appended(who.customer_id, conversation.id, message_id, fresh=True)


def _whose(conn: Connection, author: Author, inbound: Inbound, reference: Reference | None, at: int) -> Identified:
    answers = _vouched_for(reference, author.address) if author.address else None
    if author.claimed or author.address is None:
        return identify_claimed(conn, author.address, author.name, author.by_whom, answers, at)
    return identify(conn, author.address, inbound, answers, at)


def _our_own(conn: Connection, deps: ProcessingDeps, inbound: Inbound) -> Appended | None:
    """A mail of ours that came back to us, by a list or because the customer's address is one of ours: it stands in
    its conversation already, and taking it for an answer would be the first turn of a loop."""
    delivery_id = deps.signer.delivery_of(inbound.provider_id) if inbound.sender.kind == "email" else None
    delivery = find_delivery(conn, delivery_id) if delivery_id else None
    if delivery is None or get_message(conn, delivery.message_id).from_handle.lower() != inbound.sender.handle:
        return None  # who answers with the Message-ID of our mail is heard
    return Appended(delivery.customer_id, delivery.conversation_id or "", delivery.message_id, fresh=False)


def _message(
    channel: str,
    channel_type: str,
    kept: StoredRaw,
    inbound: Inbound,
    author: Author,
    conversation: Conversation,
    at: int,
) -> NewMessage:
    occurred_at = inbound.occurred_at or kept.received_at
    written_by = author.by_whom or (author.address.handle if author.address else "")
    more = {"references": list(inbound.references[:50])} | ({"answer_to": author.answer_to} if author.answer_to else {})
    return NewMessage(
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        channel=channel,
        channel_type=channel_type,
        direction=Direction.IN,
        kind=inbound.kind,
        provider_id=inbound.provider_id or None,
        peer=author.address.handle if author.address else "",
        raw_id=kept.id,
        author_name=author.name[:200],
        from_handle=written_by,
        to_handle=inbound.recipient,
        subject=inbound.subject[:1000],
        text=inbound.text,
        html=inbound.html,
        quoted_text=inbound.quoted_text,
        parts={**inbound.parts, **more},
        automatic=inbound.automatic,
        sorted_as=inbound.sorted_as,
        sorted_because=inbound.sorted_because,
        # a sender's clock is not believed about the future: the message would stand below the answer to it
        occurred_at=min(occurred_at, kept.received_at)
        if inbound.sender.kind != "email"
        else _mail_time(kept, occurred_at),
        created_at=at,
    )


def _mail_time(kept: StoredRaw, stated: int) -> int:
    """The Date header is the sender's word; when we received it is ours, and keeps the stream in order."""
    return min(stated, kept.received_at) if kept.received_at - stated > 24 * HOUR * 30 else kept.received_at


def _utterance(new: NewMessage, files: Sequence[Attachment]) -> Utterance:
    names = [*(file.filename for file in files), *(lost["filename"] for lost in new.parts.get("lost_files", ()))]
    preview = new.text or new.subject or ", ".join(names)
    return Utterance(
        new.channel,
        new.channel_type,
        new.direction,
        new.kind,
        preview,
        new.subject,
        new.occurred_at,
        automatic=new.automatic,
        sorted_as=new.sorted_as,
    )


def _known(conn: Connection, new: NewMessage, customer_id: str, conversation_id: str) -> Appended:
    found = find_provider_message(conn, new.channel, new.direction, new.peer, new.provider_id or "")
    found = found or find_raw_message(conn, new.raw_id or "")
    message_id = found.id if found else ""
    return Appended(customer_id, conversation_id, message_id, fresh=False)


def _vouched_for(reference: Reference | None, sender: Address) -> str | None:
    """We wrote to exactly this address, and the signed id of that very message came back."""
    if reference and reference.delivery and reference.delivery.address == sender:
        return reference.customer_id
    return None


def _append_received_event(
    conn: Connection, new: NewMessage, message_id: str, who: Identified, reference: Reference | None
) -> None:
    data: dict[str, object] = {"channel": new.channel, "channel_type": new.channel_type, "direction": "in"}
    if who.suggestions:
        data["suggestions"] = list(who.suggestions)
    if reference and reference.customer_id != who.customer_id:
        data["possible_reply_to"] = reference.conversation_id
    append_event(
        conn,
        "message.received",
        at=new.created_at,
        customer_id=who.customer_id,
        conversation_id=new.conversation_id,
        message_id=message_id,
        data=data,
    )


def _edit(
    conn: Connection,
    deps: ProcessingDeps,
    channel: str,
    channel_type: str,
    kept: StoredRaw,
    edited: Edited,
    files: Mapping[str, Attachment],
    at: int,
) -> list[Appended | Delivery]:
    """What was edited may be on its way still; when it does not come, what was edited is the message."""
    message = find_provider_message(conn, channel, Direction.IN, edited.sender.handle, edited.provider_id)
    if message is None and kept.attempts < EDIT_TRIES:
        raise ReadDeferred("the edited message is not here yet")
    if message is None:
        anew = {name: getattr(edited, name) for name in Edited.__dataclass_fields__}
        return [receive(conn, deps, channel, channel_type, kept, Inbound(**anew), files, at)]
    change(conn, message, edited, [files[file.reference] for file in edited.files if file.reference in files], at)
    return []


def _unasked(report: Report) -> Inbound:
    if report.message is None:
        raise Unreadable("a report about a mail that is not ours, and it names no sender")
    return report.message

"""What a raw unit holds lands in the store: whose it is, where it belongs, once, and what follows from it.

Everything here runs inside one transaction; nothing waits for a network.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.errors import Unreadable
from hub.inbound.addresses import clean_name, normalise_sender, with_one_spelling
from hub.inbound.authors import Author, author_of
from hub.inbound.calls import CallDeps, land_call
from hub.inbound.changes import edit, keep_change
from hub.inbound.identity import Identified, identify, identify_claimed
from hub.inbound.invitations import follow_invitation, note_own_number
from hub.inbound.landed import Appended, note_whom
from hub.inbound.media import FILES, Brought, complete
from hub.inbound.own_addresses import OwnAddresses, came_back
from hub.inbound.placement import Reference, find_reference, place
from hub.inbound.reactions import Heard, Reaction, react
from hub.inbound.rows import Unit, append_received, message_of, utterance_of
from hub.inbound.sorting import sort_again
from hub.inbound.twins import joined
from hub.model import (
    Address,
    CallUpdate,
    ChatChanged,
    ConversationState,
    Edited,
    Event,
    Inbound,
    Reachability,
    Receipt,
    Report,
)
from hub.outbound.address_state import apply_reachability
from hub.outbound.receipts import apply_receipt, apply_report
from hub.platform import crash
from hub.signing import Signer
from hub.store.blobs import add_attachments
from hub.store.conversations import mark_utterance
from hub.store.customers import find_customer, lock_customer, name_nameless
from hub.store.deliveries import Delivery
from hub.store.messages import NewMessage, append_message, find_provider_message, find_raw_message
from hub.store.raw import StoredRaw, append_raws, mark_read


@dataclass(frozen=True, slots=True)
class ProcessingDeps:
    """What landing a message needs to know besides the message.

    reactions: what else follows from a customer's word, in the same transaction (sequences end, campaigns count).
    own: the addresses of our mail channels, as they are now. writes_down: an engine has the words of voicemails.
    """

    signer: Signer
    country: str
    reopen_days: int
    reactions: tuple[Reaction, ...] = ()
    own: Callable[[], frozenset[str]] = frozenset
    writes_down: bool = False


def land(
    conn: Connection, deps: ProcessingDeps, channel: str, channel_type: str, kept: StoredRaw, brought: Brought, at: int
) -> list[Appended | Delivery]:
    """Everything one raw unit holds, in one transaction; nothing when somebody else has landed it."""
    if not mark_read(conn, kept.id):
        return []
    if brought.late:
        append_raws(conn, channel, [brought.late], at)
    unit = Unit(channel, channel_type, kept, brought.files, at)
    landed = (note_whom(conn, deps.country, kept.id, event, _land(conn, deps, unit, event)) for event in brought.events)
    return [one for of_event in landed for one in of_event]


def _land(conn: Connection, deps: ProcessingDeps, unit: Unit, event: Event) -> Sequence[Appended | Delivery]:
    channel, files, at = unit.channel, unit.files, unit.at
    if isinstance(event, Inbound | Edited) and unit.kept.raw.kind == FILES:
        complete(conn, channel, normalise_sender(event.sender, deps.country), event, files, at)
    elif isinstance(event, Inbound):
        return [receive(conn, deps, unit, event)]
    elif isinstance(event, Edited):
        return [receive(conn, deps, unit, anew)] if (anew := edit(conn, unit, event)) else []
    elif isinstance(event, CallUpdate):
        call = CallDeps(deps.country, deps.reopen_days, channel, unit.channel_type, deps.writes_down)
        land_call(conn, call, unit.kept.id, event, files, at)
    elif isinstance(event, ChatChanged):
        keep_change(conn, channel, event, at)
    elif isinstance(event, Reachability):
        apply_reachability(conn, event, channel, at)
    elif isinstance(event, Receipt):
        crash.point("delivery.receipt")
        return [apply_receipt(conn, deps.signer, channel, event, at)]
    else:
        crash.point("delivery.receipt")
        return apply_report(conn, deps.signer, channel, event, at) or [receive(conn, deps, unit, _unasked(event))]
    return []


def receive(conn: Connection, deps: ProcessingDeps, unit: Unit, inbound: Inbound) -> Appended:
    """One message: identify, place, append, react."""
    if known := came_back(conn, deps.signer, inbound):
        return known
    inbound = with_one_spelling(inbound, deps.country)
    reference = find_reference(conn, deps.signer, unit.channel, inbound.sender, inbound)
    who, author, inbound = whose(conn, deps, reference, follow_invitation(conn, deps.signer, inbound, unit.at), unit.at)
    lock_customer(conn, who.customer_id)
    if name := clean_name(author.name):
        name_nameless(conn, who.customer_id, name, unit.at)
    note_own_number(conn, who.customer_id, inbound, deps.country, unit.at)
    about = (inbound.subject, deps.reopen_days, unit.at, inbound.sorted_as, unit.channel)
    conversation = place(conn, who.customer_id, reference, *about)
    new, attached = message_of(unit, inbound, author, conversation), unit.attached(inbound)
    if twin := joined(conn, new, attached):
        return Appended(who.customer_id, conversation.id, twin.id, fresh=False)
    message_id = append_message(conn, new)
    if message_id is None:
        return _known(conn, new, who.customer_id, conversation.id)
    add_attachments(conn, who.customer_id, message_id, attached, unit.at)
    mark_utterance(conn, conversation, utterance_of(new, attached))
    append_received(conn, new, message_id, who, reference)
    campaign_id = reference.delivery.campaign_id if reference and reference.delivery else None
    told = (conversation.state == ConversationState.CLOSED, inbound.keyword, inbound.occurred_at or unit.at)
    heard = Heard(who.customer_id, conversation.id, message_id, campaign_id, inbound.sender.kind, unit.at, *told)
    react(conn, deps.reactions, inbound.sender, inbound, heard)
    return Appended(who.customer_id, conversation.id, message_id, fresh=True)


def whose(
    conn: Connection, deps: ProcessingDeps, reference: Reference | None, inbound: Inbound, at: int
) -> tuple[Identified, Author, Inbound]:
    """Who wrote it, which need not be the sender, and whether a person did; the customer that makes."""
    own, known = OwnAddresses(deps.own(), deps.signer), find_customer(conn, inbound.sender) is not None
    author = author_of(own, inbound.sender, inbound, known=known)
    inbound = sort_again(conn, own, inbound.sender, author, reference, inbound)
    answers = _vouched_for(reference, author.address) if author.address else None
    if author.claimed or author.address is None:
        return identify_claimed(conn, author.address, author.name, author.by_whom, answers, at), author, inbound
    return identify(conn, author.address, inbound, answers, at), author, inbound


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


def _unasked(report: Report) -> Inbound:
    if report.message is None:
        raise Unreadable("a report about a mail that is not ours, and it names no sender")
    return report.message

"""Past messages as rows: whose they are, which belong together, each once however often it is brought."""

from collections import ChainMap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from hub.history.past import Past
from hub.inbound.addresses import clean_name, with_one_spelling
from hub.inbound.authors import Author
from hub.inbound.identity import Identified
from hub.inbound.processing import ProcessingDeps, whose
from hub.model import Address, Direction, Inbound
from hub.store.blobs import add_attachments
from hub.store.conversations import recount
from hub.store.customers import NewCustomer, add_address, add_owner, find_customer, lock_customer, name_nameless
from hub.store.messages import NewMessage, append_message
from hub.store.past import add_past_conversation, find_past_message, mark_over


class Threads(dict[tuple[str, str], str]):
    """(customer, name of a message, thread or topic) -> conversation; (@handle, name) -> the customer it was about."""


Known = ChainMap[tuple[str, str], str]


@dataclass
class Landed:
    """What one batch did; threads: what is known besides, once it is committed."""

    added: int = 0
    known: int = 0
    conversations: int = 0
    customers: int = 0
    threads: Threads = field(default_factory=Threads)


def land_past(
    conn: Connection, deps: ProcessingDeps, threads: Threads, batch: Sequence[Past], source: str, at: int
) -> Landed:
    """All of them or none. source: what is said of the addresses of new customers."""
    landed = Landed()
    known = ChainMap(landed.threads, threads)
    touched: dict[str, None] = {}
    for past in batch:
        who, author, said = _whose(conn, deps, known, past, source, at)
        landed.customers += who.is_new
        lock_customer(conn, who.customer_id)
        new = _row(who, author, said, past, at)
        stood = find_past_message(conn, new)
        conversation_id = stood or _find(known, who.customer_id, past)
        if conversation_id is None:
            conversation_id = add_past_conversation(conn, new)
            landed.conversations += 1
        known.update({(who.customer_id, name): conversation_id for name in (*past.threads, _topic(past)) if name})
        known.update({(f"@{new.peer}", name): who.customer_id for name in past.threads})
        if stood:
            landed.known += 1
        else:
            _append(conn, new, conversation_id, said, at)
            landed.added += 1
            touched[conversation_id] = None
    for conversation_id in touched:
        recount(conn, conversation_id)
        mark_over(conn, conversation_id)
    return landed


def _find(known: Known, customer_id: str, past: Past) -> str | None:
    names = (*past.threads, _topic(past) if past.goes_on else "")
    return next((found for name in names if name and (found := known.get((customer_id, name)))), None)


def _topic(past: Past) -> str:
    return f"about {past.topic}" if past.topic else ""


def _whose(
    conn: Connection, deps: ProcessingDeps, known: Known, past: Past, source: str, at: int
) -> tuple[Identified, Author, Inbound]:
    """Of a mail that came as of any (a form writes for somebody); of one that we wrote, who was there in the thread
    under this address, else whoever has it; of what another system tells, whom that names."""
    said = with_one_spelling(past.said, deps.country)
    if past.direction == Direction.IN and not past.also:
        who, author, said = whose(conn, deps, None, said, at)
        if name := clean_name(author.name):
            name_nameless(conn, who.customer_id, name, at)
        return who, author, said
    author = Author(said.sender, past.by_name)
    for name in past.threads:
        if customer_id := known.get((f"@{said.sender.handle}", name)):
            return Identified(customer_id, is_new=False), author, said
    return _owner(conn, (said.sender, *past.also), said, source, at), author, said


def _owner(conn: Connection, addresses: Sequence[Address], said: Inbound, source: str, at: int) -> Identified:
    """The customer who has the first address that anybody has; the others become theirs, as far as they are free."""
    owner = next(filter(None, (find_customer(conn, address) for address in addresses)), None)
    new = NewCustomer(name=clean_name(said.sender_name), language=said.language[:2].lower())
    customer_id, is_new = (owner, False) if owner else add_owner(conn, addresses[0], new, at, source)
    for address in addresses:
        if find_customer(conn, address) is None:
            add_address(conn, customer_id, address, verified=True, at=at, source=source)
    name_nameless(conn, customer_id, new.name, at)
    return Identified(customer_id, is_new)


def _row(who: Identified, author: Author, said: Inbound, past: Past, at: int) -> NewMessage:
    came, note = past.direction == Direction.IN, past.direction == Direction.NOTE
    peer = author.address.handle if author.address else ""
    theirs = author.by_whom or peer
    more = {"references": list(said.references[:50])} | ({"answer_to": author.answer_to} if author.answer_to else {})
    return NewMessage(
        customer_id=who.customer_id,
        conversation_id=None,
        channel="" if note else past.channel,
        channel_type="" if note else past.channel_type,
        direction=past.direction,
        kind=said.kind,
        provider_id=said.provider_id or None,
        peer=peer,
        author_name=author.name[:200],
        from_handle=theirs if came else past.by_address,
        to_handle=said.recipient if came else peer,
        subject=said.subject[:1000],
        text=said.text,
        html=said.html,
        quoted_text=said.quoted_text,
        parts={**said.parts, **more},
        automatic=said.automatic,
        sorted_as=said.sorted_as if came else "",
        sorted_sign=said.sorted_sign if came else "",
        sorted_because=said.sorted_because if came else "",
        occurred_at=min(past.at, at),
        created_at=at,
    )


def _append(conn: Connection, new: NewMessage, conversation_id: str, said: Inbound, at: int) -> None:
    message_id = append_message(conn, replace(new, conversation_id=conversation_id))
    if message_id:
        add_attachments(conn, new.customer_id, message_id, said.attachments, at)

"""Who is behind a message, as far as the mail itself cannot know: our own groups, answers to us, what an agent said."""

from dataclasses import replace

from sqlalchemy import Connection

from hub.inbound.authors import Author
from hub.inbound.own_addresses import OwnAddresses
from hub.inbound.placement import Reference
from hub.model import Address, Inbound, Sort
from hub.store.claims import is_person

TO_MANY = (Sort.LIST, Sort.BULK)


def sort_again(
    conn: Connection,
    own: OwnAddresses,
    sender: Address,
    author: Author,
    reference: Reference | None,
    inbound: Inbound,
) -> Inbound:
    """Only what looks like a list's or like bulk mail may turn out to be a person's; a machine stays one."""
    if inbound.sorted_as not in TO_MANY:
        return inbound
    because = _person_because(conn, own, sender, author, reference, inbound)
    return replace(inbound, sorted_as=Sort.PERSON, sorted_because=because) if because else inbound


def _person_because(
    conn: Connection,
    own: OwnAddresses,
    sender: Address,
    author: Author,
    reference: Reference | None,
    inbound: Inbound,
) -> str:
    if reference is not None:
        return "it answers a message of ours"
    if is_person(conn, sender) or (author.address and is_person(conn, author.address)):
        return "an agent said so"
    if own.includes(sender.handle):
        return "it was sent in our name, as by a form"
    group = own.name_of_group(list(inbound.parts.get("list", ())), sender.handle)
    return f"the list is our own: {group}" if group else ""

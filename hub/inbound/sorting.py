"""Who is behind a message, as far as the mail itself cannot know: our own groups, answers to us, what an agent said."""

from dataclasses import replace

from sqlalchemy import Connection

from hub.inbound.authors import Author
from hub.inbound.own_addresses import OwnAddresses
from hub.inbound.placement import Reference
from hub.model import Address, Inbound, Sort
from hub.reasons import Reason, Why
from hub.store.addresses import is_person

TO_MANY = (Sort.LIST, Sort.BULK)
FORMS_TOO = ("Precedence: ", "X-Precedence: ", "List-Unsubscribe: ")  # what they write besides newsletters


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
    why = _person_because(conn, own, sender, author, reference, inbound)
    return replace(inbound, sorted_as=Sort.PERSON, sorted_sign=why.code, sorted_because=why.detail) if why else inbound


def _of_one_house(sender: str, answers: str) -> bool:
    """A shop that names its own desk for answers speaks for itself: whoever fills in a form writes from elsewhere."""
    here, there = (handle.rpartition("@")[2].casefold().split(".") for handle in (sender, answers))
    return here[-2:] == there[-2:] if len(here[-2]) > 3 else here[-3:] == there[-3:]


def _person_because(
    conn: Connection,
    own: OwnAddresses,
    sender: Address,
    author: Author,
    reference: Reference | None,
    inbound: Inbound,
) -> Reason | None:
    if reference is not None:
        return Reason(Why.ANSWERS_US)
    if is_person(conn, sender) or (author.address and is_person(conn, author.address)):
        return Reason(Why.AGENT_SAID)
    if own.includes(sender.handle):
        return Reason(Why.IN_OUR_NAME)
    bulk_by_word = inbound.sorted_as == Sort.BULK and inbound.sorted_because.startswith(FORMS_TOO)
    if author.claimed and author.address and bulk_by_word and not _of_one_house(sender.handle, author.address.handle):
        return Reason(Why.BY_A_FORM)
    writer = author.address.handle if author.address else sender.handle
    group = own.name_of_group(list(inbound.parts.get("list", ())), writer)
    return Reason(Why.OWN_LIST, group) if group else None

"""Who wrote a mail: its From, unless a form or a group wrote it in somebody's stead.

A Reply-To proves nothing (R21): it never leads to a verified customer. What a form says becomes a customer of its own
whose address is only claimed, until somebody answers from there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hub.errors import InvalidInput
from hub.inbound.addresses import normalise
from hub.inbound.own_addresses import OwnAddresses
from hub.model import Address, Inbound, Sort

FORM = re.compile(
    r"(?:no|do-?not)[-_.]?reply|form|kontakt|contact|website|web[-_.]?(?:site|master|server|shop|mail)|wordpress|"
    r"modulo\b|contatt|contacto|contato|www|mailer|notif|anfrage|shop|nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre|apache|nobody|root\b|system",
    re.IGNORECASE,
)
PROGRAM = re.compile(  # nobody writes from there: whatever name it bears is its visitor's
    r"(?:no|do-?not)[-_.]?reply|(?:forms?|formular|formulaire|submissions?|notifications?|wordpress|www|www-data|mailer|"
    r"apache|nobody|root|nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre)\Z",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Author:
    """address: whose customer this is; None when nobody is named. claimed: only somebody's word for it, by_whom's.
    answer_to: where the answer is wanted, when that is elsewhere."""

    address: Address | None
    name: str
    claimed: bool = False
    by_whom: str = ""
    answer_to: str = ""


def author_of(own: OwnAddresses, sender: Address, inbound: Inbound, *, known: bool) -> Author:
    """known: the sender's address is a customer's already."""
    if sender.kind != "email":
        return Author(sender, inbound.sender_name)
    others = list(_others(own, sender, inbound))
    if own.includes(sender.handle):
        name, address = others[0] if others else ("", None)
        return Author(address, name, claimed=True, by_whom=sender.handle)
    if others and (_is_list(sender, inbound) or _is_form(own, sender, inbound, *others[0], known=known)):
        return Author(others[0][1], others[0][0], claimed=True, by_whom=sender.handle)
    return Author(sender, inbound.sender_name, answer_to=_answer_to(own, sender, inbound))


def _answer_to(own: OwnAddresses, sender: Address, inbound: Inbound) -> str:
    """Where somebody wants to be answered when that is not where they wrote from; "" otherwise."""
    named = (address.handle for _, address in _readable(inbound.parts.get("reply_to", ())))
    first = next((handle for handle in named if not own.includes(handle)), "")
    return "" if first == sender.handle else first


def _others(own: OwnAddresses, sender: Address, inbound: Inbound) -> Iterator[tuple[str, Address]]:
    """Whom the mail names besides its From and us: Reply-To, then whom a group replaced (X-Original-From)."""
    for field in ("reply_to", "original_from"):
        for name, address in _readable(inbound.parts.get(field, ())):
            if address != sender and not own.includes(address.handle):
                yield name, address


def _readable(boxes: object) -> Iterator[tuple[str, Address]]:
    for box in boxes if isinstance(boxes, list | tuple) else ():
        try:
            yield str(box.get("name", "")), normalise("email", str(box.get("address", "")))
        except InvalidInput:
            continue  # what is no address cannot be answered


def _is_list(sender: Address, inbound: Inbound) -> bool:
    """A list that puts its own address in the place of its members', whose domains forbid others to write for them
    (DMARC, RFC 7960 section 4.1.3.3; Google Groups, Mailman)."""
    names = inbound.parts.get("list", ())
    return sender.handle in names or sender.handle.replace("@", ".") in names


def _is_form(own: OwnAddresses, sender: Address, inbound: Inbound, name: str, other: Address, *, known: bool) -> bool:
    """A form or shop writes for whoever filled it in; a person with a second address goes by one name at both. That
    the names differ decides only about a sender who is no customer yet."""
    if inbound.sorted_as not in (Sort.PERSON, Sort.LIST, Sort.BULK) or inbound.parts.get("list"):
        return False
    local, _, home = sender.handle.rpartition("@")
    other_local, _, there = other.handle.rpartition("@")
    if home == there:
        return False
    if PROGRAM.match(local):
        return True
    said, at_other = inbound.sender_name.lower(), name.lower()
    if {*WORD.findall(f"{said} {local}")} & {*WORD.findall(f"{at_other} {other_local}")}:
        return False
    if own.is_home(sender.handle) or FORM.search(local) or FORM.search(said):
        return True
    return bool(said and at_other) and not known

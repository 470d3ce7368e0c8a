"""Whose message it is: addresses in one spelling, and the customer who owns them."""

import re
from dataclasses import dataclass, replace

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Connection

from hub.errors import InvalidInput
from hub.inbound.aliases import find_by_names, own_names
from hub.inbound.phones import possible_phone, read_phone
from hub.kinds import is_phone, is_word
from hub.lines import spellings_of
from hub.model import Address, Inbound
from hub.store.claims import find_claimant
from hub.store.customers import (
    NewCustomer,
    add_address,
    add_customer,
    add_owner,
    add_spelling,
    find_address,
    find_customer,
    list_claimants,
)

MAX_HANDLE = 320
NUMBER = re.compile(r"\+[1-9][0-9]{4,19}")
SHORT_CODE = re.compile(r"[1-9]\d{2,7}")  # how services send texts: no subscriber's number, in no country
WHATSAPP_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,160}")  # business-scoped: DE.1a2B, of a whole concern DE.ENT.1a2B
SPELLED_BY_US = ("email", "sms", "voice")  # names that mean the same in any case; other kinds' are the provider's ids
_LETTER = re.compile(r"[^\W\d_]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Identified:
    """suggestions: customers for whom somebody noted this address without proof."""

    customer_id: str
    is_new: bool
    suggestions: tuple[str, ...] = ()


def normalise(kind: str, handle: str, country: str = "DE") -> Address:
    """The one spelling of an address. Raises InvalidInput naming what is wrong.

    E-mail: lower case, the domain by IDNA (RFC 5890); phone kinds: E.164, valid by the numbering plan, numbers without
    + read as of `country` (`read_phone`); Telegram: the numeric id; WhatsApp's own ids letter for letter; any other
    kind as it is written.
    """
    if not is_word(kind):
        raise InvalidInput(f"{kind[:40]!r} is no kind of address", "kind")
    handle = handle.strip()
    if not handle or len(handle) > 2000 or _CONTROL.search(handle):
        raise InvalidInput(f"{handle[:40]!r} is no {kind} address", "handle", "handle")
    if kind == "email":
        return Address(kind, _email(handle))
    if kind == "whatsapp" and WHATSAPP_ID.fullmatch(handle.removeprefix("whatsapp:")):
        return Address(kind, handle.removeprefix("whatsapp:"))
    if is_phone(kind):
        return Address(kind, read_phone(handle, country))
    if kind == "telegram" and not re.fullmatch(r"-?[1-9][0-9]{0,19}", handle):
        raise InvalidInput(f"{handle[:40]!r} is no numeric Telegram id", "handle", "handle")
    return Address(kind, handle)


def normalise_sender(address: Address, country: str) -> Address:
    """Like normalise, but what a provider hands us is never refused nor spelled otherwise: short codes, alphanumeric
    senders, numbers of ranges that are newer than our plan, an older spelling of a line."""
    if is_phone(address.kind) and (SHORT_CODE.fullmatch(address.handle) or NUMBER.fullmatch(address.handle)):
        return address
    named = is_phone(address.kind) and _LETTER.search(address.handle)  # the 24 of INFO24 is nobody's number
    try:
        return (
            _literal(address)
            if named
            else replace(normalise(address.kind, address.handle, country), scope=address.scope)
        )
    except InvalidInput:
        possible = possible_phone(address.handle, country) if is_phone(address.kind) else ""
        return replace(address, handle=possible) if possible else _literal(address)


def _literal(address: Address) -> Address:
    handle = _CONTROL.sub("", address.handle).strip()[:MAX_HANDLE] or "unknown"
    return replace(address, handle=handle.lower() if address.kind in SPELLED_BY_US else handle)


def identify(conn: Connection, sender: Address, inbound: Inbound, vouched_for: str | None, at: int) -> Identified:
    """The customer who owns the address. Only verified addresses join; a claimed one stays a suggestion, unless
    `vouched_for` names the customer to whom we wrote at exactly this address and whose signed reference came back."""
    if owners := find_by_names(conn, (sender, *inbound.aliases), at):
        _learn_spelling(conn, owners[0], sender, at)
        return Identified(owners[0], is_new=False, suggestions=tuple(owners[1:]))
    if vouched_for and find_address(conn, vouched_for, sender.kind, sender.handle):
        add_address(conn, vouched_for, sender, verified=True, at=at, source="answered our message")
        return Identified(vouched_for, is_new=False)
    claimants = tuple(list_claimants(conn, sender))
    new = NewCustomer(name=clean_name(inbound.sender_name), language=inbound.language[:2].lower())
    customer_id, is_new = add_owner(conn, sender, new, at, source=f"wrote by {sender.kind}")
    own_names(conn, customer_id, inbound.aliases, (sender, *inbound.aliases), at)
    return Identified(customer_id, is_new, claimants)


def identify_claimed(
    conn: Connection, address: Address | None, name: str, by_whom: str, answers: str | None, at: int
) -> Identified:
    """The customer of whom only a form or a group speaks: their own, however often the same one names them, and never a
    verified one. answers: the customer whom we wrote to at exactly this address, and whose signed id came back."""
    if address is None:
        return Identified(add_customer(conn, NewCustomer(name=clean_name(name)), at), is_new=True)
    source = f"named by {by_whom}"[:300]
    owner = find_customer(conn, address)
    known = (answers if owner is None else None) or find_claimant(conn, address, source)
    others = [id for id in (owner, *list_claimants(conn, address)) if id and id != known]
    if known:
        return Identified(known, is_new=False, suggestions=tuple(others))
    customer_id = add_customer(conn, NewCustomer(name=clean_name(name)), at)
    add_address(conn, customer_id, address, verified=False, at=at, source=source)
    return Identified(customer_id, is_new=True, suggestions=tuple(others))


def _learn_spelling(conn: Connection, customer_id: str, sender: Address, at: int) -> None:
    """An answer goes to exactly the spelling of the line that the customer wrote from."""
    spellings = spellings_of(sender.handle)
    if len(spellings) > 1 and find_address(conn, customer_id, sender.kind, sender.handle) is None:
        add_spelling(conn, customer_id, sender, at, source=f"wrote by {sender.kind}")


def clean_name(name: str) -> str:
    return " ".join(_CONTROL.sub(" ", name).split())[:200]


def _email(handle: str) -> str:
    try:
        found = validate_email(handle, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError as wrong:
        raise InvalidInput(f"{handle[:80]!r} is no e-mail address: {wrong}", "handle", "email") from wrong
    return f"{found.local_part}@{found.ascii_domain}".lower()

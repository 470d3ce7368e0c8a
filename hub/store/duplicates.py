"""Customers who may be one person, and what speaks for it: only ever a suggestion."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number
from sqlalchemy import Connection, or_, select
from sqlalchemy.sql import ColumnElement

from hub.kinds import is_phone
from hub.model import Direction, MessageKind
from hub.phone_spellings import spellings_of
from hub.store.customers import get_customer, list_addresses
from hub.store.tables import addresses, customer_merges, customers, messages
from hub.store.visibility import Visibility, list_seen_customers

MOST = 10
NAMESAKES = 50  # of whom the domains are compared
LOOKED, SIGNATURE, LINE, TRIES = 5, 15, 200, 20  # messages; lines of each; characters of each; numbers that are none
SPOKEN = "voice"  # the kind of address
_DIGITS = re.compile(r"\d(?:\D{0,3}\d){6}")
SHARED = frozenset(  # domains at which strangers have their mail
    "gmail.com googlemail.com gmx.de gmx.net gmx.at web.de outlook.com outlook.de hotmail.com hotmail.de live.com "
    "live.de yahoo.com yahoo.de icloud.com me.com t-online.de freenet.de aol.com posteo.de mailbox.org proton.me "
    "protonmail.com orange.fr free.fr laposte.net libero.it".split()
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """what: address (the same number or mail address), signature (a number of the other one, at the end of a message of
    this one), domain (the same name and the same domain), name (the same name
    of several words, reached on other channels only); detail: the handle, the domain, the name."""

    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    customer_id: str
    evidence: tuple[Evidence, ...]


def list_duplicates(conn: Connection, customer_id: str, visibility: Visibility, country: str = "") -> list[Duplicate]:
    """The best founded first; country: of numbers that are written without one. Whoever was merged with this one and
    taken apart again is not suggested any more."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    mine = list_addresses(conn, customer_id)
    for other, handle in _sharing(conn, customer_id, [(one.kind, one.handle) for one in mine]):
        if Evidence("address", handle) not in found[other]:
            found[other].append(Evidence("address", handle))
    for other, handle in _signed(conn, customer_id, {one.handle for one in mine}, country):
        if Evidence("address", handle) not in found[other]:
            found[other].append(Evidence("signature", handle))
    name = get_customer(conn, customer_id).name
    if name:
        domains = {one.handle.rpartition("@")[2] for one in mine if one.kind == "email"} - SHARED
        for other, theirs in _namesakes(conn, customer_id, name).items():
            common = sorted(domains & {handle.rpartition("@")[2] for kind, handle in theirs if kind == "email"})
            if common:
                found[other].append(Evidence("domain", common[0]))
            elif " " in name.strip() and not {kind for kind, _ in theirs} & {one.kind for one in mine}:
                found[other].append(Evidence("name", name))
    possible = list_seen_customers(conn, visibility, found.keys() - _decided(conn, customer_id))
    weight = ("address", "signature", "domain", "name")
    ordered = sorted(possible, key=lambda id: (min(weight.index(one.what) for one in found[id]), id))
    return [Duplicate(id, tuple(found[id])) for id in ordered[:MOST]]


def _living(customer_id: str) -> tuple[ColumnElement[bool], ...]:
    return customers.c.id != customer_id, customers.c.merged_into.is_(None), customers.c.erased_at.is_(None)


def _sharing(conn: Connection, customer_id: str, mine: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """(customer, handle) of those who are noted with one of these addresses."""
    if not mine:
        return []
    spelled = [(kind, spellings_of(handle) if is_phone(kind) else (handle,)) for kind, handle in mine]
    same = or_(*((addresses.c.kind == kind) & addresses.c.handle.in_(handles) for kind, handles in spelled))
    query = select(addresses.c.customer_id, addresses.c.handle).join(
        customers, customers.c.id == addresses.c.customer_id
    )
    rows = conn.execute(query.where(same, *_living(customer_id)).order_by(addresses.c.id).limit(NAMESAKES))
    return [(row.customer_id, row.handle) for row in rows]


def _signed(conn: Connection, customer_id: str, own: Collection[str], country: str) -> list[tuple[str, str]]:
    """(customer, number) of those whose number stands where this one signs."""
    m = messages.c
    query = select(m.text, m.quoted_text).where(m.customer_id == customer_id, m.direction == Direction.IN)
    latest = conn.execute(
        query.where(m.kind == MessageKind.TEXT).order_by(m.occurred_at.desc(), m.id.desc()).limit(LOOKED)
    )
    signed = {number for text, folded in latest for number in numbers_in(_end_of(text, folded), country)}
    shared = _sharing(conn, customer_id, [(SPOKEN, number) for number in sorted(signed - set(own))])
    return list(dict.fromkeys(shared))


def _end_of(text: str, folded: str) -> str:
    """Where a signature stands: the last lines, and what was folded as one."""
    below = folded.strip() if folded.lstrip().startswith("--") else ""
    lines = [*text.splitlines()[-SIGNATURE:], *below.splitlines()[:SIGNATURE]]
    return "\n".join(line[:LINE] for line in lines if _DIGITS.search(line))


def numbers_in(text: str, country: str) -> list[str]:
    """The valid phone numbers in it, in E.164; country: of those written without one, or ""."""
    matches = PhoneNumberMatcher(text, country or None, max_tries=TRIES)
    return [format_number(match.number, PhoneNumberFormat.E164) for match in matches]


def _namesakes(conn: Connection, customer_id: str, name: str) -> Mapping[str, list[tuple[str, str]]]:
    """Customers of that very name, with their addresses."""
    named = select(customers.c.id).where(customers.c.name == name, *_living(customer_id))
    ids = list(conn.scalars(named.order_by(customers.c.id.desc()).limit(NAMESAKES)))
    found: dict[str, list[tuple[str, str]]] = {id: [] for id in ids}
    query = select(addresses.c.customer_id, addresses.c.kind, addresses.c.handle)
    for row in conn.execute(query.where(addresses.c.customer_id.in_(ids))):
        found[row.customer_id].append((row.kind, row.handle))
    return found


def _decided(conn: Connection, customer_id: str) -> set[str]:
    """Those of whom somebody has decided that they are not this one."""
    keep, absorbed = customer_merges.c.customer_id, customer_merges.c.absorbed_id
    query = select(keep, absorbed).where(
        or_(keep == customer_id, absorbed == customer_id), customer_merges.c.undone_at.is_not(None)
    )
    return {id for row in conn.execute(query) for id in row} - {customer_id}

"""Judges one record of a file before it changes anything: what the API would refuse is refused here too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module

from hub.errors import InvalidInput
from hub.exchange.places import country_in, letter_to
from hub.exchange.records import Record
from hub.inbound.addresses import normalise
from hub.kinds import WELL_KNOWN, is_phone
from hub.model import Address

MAX_NAME = 500  # as in the API
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Judged:
    """A record that may be taken; wanted: its addresses in their one spelling, and whether they are surely theirs."""

    record: Record
    wanted: Sequence[tuple[Address, bool]]


def judge(record: Record, country: str) -> Judged:
    """country: of numbers and addresses without one, unless the record says in which it lives. Raises InvalidInput."""
    record = _with_letter(_checked(record), country)
    there = country_in(record.fields) or country
    wanted = tuple(_wanted(*address, there, country) for address in record.addresses)
    if not (record.id or record.name or wanted):
        raise InvalidInput("neither a name nor an address")
    return Judged(record, wanted)


def _wanted(kind: str, handle: str, verified: bool, there: str, country: str) -> tuple[Address, bool]:
    """A number that the plan of their own country does not know is taken for one of `country`, and proves nothing."""
    if kind != "phone" and not is_phone(kind):
        return normalise(kind, handle, country), verified
    kind = "sms" if kind == "phone" else kind
    try:
        return normalise(kind, handle, there), verified
    except InvalidInput:
        return normalise(kind, handle, country), False


def _with_letter(record: Record, country: str) -> Record:
    """Several share one house: no letter proves who somebody is."""
    has_one = any(kind == "letter" for kind, _, _ in record.addresses)
    letter = letter_to(record.fields, country) if record.is_post and not has_one else ""
    return replace(record, addresses=(*record.addresses, ("letter", letter, False))) if letter else record


@cache
def _preferable() -> list[str]:
    """Well-known kinds of address, and the types of channel there are adapters for; few files name one."""
    return list(dict.fromkeys((*WELL_KNOWN, *import_module("hub.registry").list_types())))


def _checked(record: Record) -> Record:
    """What the API would refuse is refused here too."""
    name = " ".join(_CONTROL.sub(" ", record.name).split())
    if len(name) > MAX_NAME:
        raise InvalidInput(f"the name is longer than {MAX_NAME} characters", "name")
    reached = (kind for kind, _, _ in record.addresses)
    wanted = record.preferred_channel
    if wanted and wanted not in {*WELL_KNOWN, *reached} and wanted not in _preferable():
        known = ", ".join(_preferable())
        raise InvalidInput(f"{wanted[:40]!r} is no channel to prefer ({known})", "preferred_channel")
    if odd := [id for kind, id, _ in record.addresses if kind == "telegram" and id.lstrip("-").startswith("0")]:
        raise InvalidInput(f"{odd[0][:40]!r} is no Telegram id: it begins with 0", "telegram")
    return replace(record, name=name)

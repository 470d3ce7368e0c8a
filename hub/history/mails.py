"""A kept mail as one message of the customer whom it came from or went to."""

import hashlib
import re
from dataclasses import replace
from typing import Any

from hub.channel import Channel, Raw
from hub.cleaning import cleaned
from hub.errors import InvalidInput, Unreadable
from hub.history.boxes import Kept
from hub.history.ours import Ours
from hub.history.past import LeftOut, Past
from hub.inbound.addresses import normalise
from hub.inbound.parse_pool import Reading
from hub.model import Address, Direction, Event, Inbound, Report

ANSWERED = re.compile(
    r"(?:\s*(?:re|aw|antw|sv|vs|r|odp|ynt|ref|fwd?|wg|tr|rv|i|enc)(?:\[\d+\])?\s*[:：])+\s*", re.IGNORECASE
)


async def read_kept(reading: Reading, channel: Channel, ours: Ours, kept: Kept) -> Past | LeftOut:
    """Never raises for what a mail holds."""
    known_as = hashlib.sha256(kept.raw).hexdigest()
    try:
        events = cleaned(await reading.read(channel, Raw("mail", known_as, kept.raw)))
    except Unreadable as unreadable:
        return LeftOut(kept.where, str(unreadable))
    inbound = _said(events)
    if inbound is None:
        return LeftOut(kept.where, "a report about another mail, which names no sender")
    if inbound.occurred_at is None:
        return LeftOut(kept.where, "it says nowhere when it was written")
    customer = _written_to(ours, inbound, "to", "cc", "bcc") if ours.includes(inbound.sender.handle) else None
    if customer is None and _is_from_us_alone(ours, inbound):
        return LeftOut(kept.where, "from us to ourselves", fault=False)
    if customer is None:
        return _past(channel, inbound, Direction.IN, inbound.occurred_at)
    name, address = customer
    past = _past(channel, replace(inbound, sender=address, sender_name=name), Direction.OUT, inbound.occurred_at)
    return replace(past, by_name=inbound.sender_name, by_address=inbound.sender.handle)


def _is_from_us_alone(ours: Ours, inbound: Inbound) -> bool:
    """A form that writes in our name says by Reply-To who filled it in."""
    return ours.includes(inbound.sender.handle) and _written_to(ours, inbound, "reply_to") is None


def _said(events: tuple[Event, ...]) -> Inbound | None:
    for event in events:
        if isinstance(event, Inbound):
            return event
        if isinstance(event, Report):
            return event.message
    return None


def _past(channel: Channel, said: Inbound, direction: Direction, at: int) -> Past:
    names = tuple(dict.fromkeys((said.provider_id, *said.references)))
    topic = " ".join(ANSWERED.sub("", said.subject, count=1).split()).casefold()
    goes_on = bool(topic and not said.references and ANSWERED.match(said.subject))
    return Past(said, direction, channel.name, channel.type, at, names, topic, goes_on)


def _written_to(ours: Ours, inbound: Inbound, *fields: str) -> tuple[str, Address] | None:
    """The first there who is none of us."""
    boxes: list[Any] = [box for field in fields for box in inbound.parts.get(field, ())]
    for box in boxes:
        try:
            address = normalise("email", str(box.get("address", "")))
        except InvalidInput:
            continue
        if not ours.includes(address.handle):
            return str(box.get("name", "")), address
    return None

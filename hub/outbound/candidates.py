"""What a customer might be answered on: every configured channel, with the address it would reach or why it cannot."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from hub.channel import Capabilities, Channel
from hub.errors import InvalidInput
from hub.model import SHUT, Address, Direction
from hub.phone_spellings import spellings_of
from hub.registry import Registry
from hub.store.conversations import Conversation
from hub.store.customers import Reached, find_address, find_spelling
from hub.store.messages import Message, find_last_channel, find_last_inbound, find_last_peer


@dataclass(frozen=True, slots=True)
class Choice:
    """One channel on which this customer might be answered.

    reason: a code the pages translate - why it is preselected (online, preferred, last_asked, most_used, verified,
    reachable) or why it cannot be used (not_connected, bounced, blocked, claimed, customer_must_start). own: our side's
    address. answer_to: where the customer asked to be answered, when that is not the address itself. kind: of the
    addresses the channel reaches; able: what it can do; part: of a message template, for it.
    """

    channel: str
    type: str
    address: Address | None
    reachable: bool
    reason: str
    asked_here: bool = False
    preselected: bool = False
    kind: str = ""
    able: Capabilities = field(default_factory=Capabilities)
    part: str = ""
    own: str = ""
    answer_to: str = ""

    @property
    def recipient(self) -> Address | None:
        """Where a person's answer goes: where the customer asked for it, else to the address."""
        return Address(self.address.kind, self.answer_to) if self.address and self.answer_to else self.address


def list_candidates(
    conn: Connection,
    channels: Registry,
    customer_id: str,
    conversation: Conversation | None,
    reached: Sequence[Reached],
    asked: Message | None,
) -> list[Choice]:
    """The likeliest first. reached: the customer's addresses; asked: what they wrote last in this conversation."""
    mail = _last_mail(conn, channels, conversation) if conversation else None
    ordered = _ordered(channels, _asked_on(conn, channels, customer_id, conversation))
    return [_choice(conn, channel, reached, asked, mail) for channel in ordered]


def choice_of(channel: Channel, address: Address | None, reason: str = "") -> Choice:
    return Choice(
        channel=channel.name,
        type=channel.type,
        address=address,
        reachable=address is not None,
        reason=reason,
        kind=channel.address_kind,
        able=channel.capabilities,
        part=channel.template_part,
        own=channel.own_handle if address else "",
    )


def serves(channel: Channel, address: Reached | None) -> bool:
    """An id of a provider's account is reached from that account only."""
    return address is None or address.scope in ("", channel.scope)


def choice_for(conn: Connection, channels: Registry, customer_id: str, to: Address, wanted: str) -> Choice:
    """For an address that is given: of the channels that reach it, the one named or the one the customer wrote to.
    Raises InvalidInput."""
    to = find_spelling(conn, customer_id, to)
    asked_on = _asked_on(conn, channels, customer_id, None, to.handle)
    noted = find_address(conn, customer_id, to.kind, to.handle)
    able = [channel for channel in _ordered(channels, asked_on) if channel.address_kind == to.kind]
    named = [c for c in able if serves(c, noted) and wanted in ("", "preferred", c.name, c.type, to.kind)]
    if not named:
        raise InvalidInput(f"there is no channel for {to.kind} addresses", "channel", "unreachable")
    return choice_of(min(named, key=lambda channel: channel.type != to.kind), to, "given")


def mailbox_for(conn: Connection, channels: Registry, customer_id: str, handle: str) -> Channel | None:
    """Where mails leave from that nobody chose a channel for: the mailbox that the customer knows, as that handle
    where they wrote so, else the first."""
    able = [channel for channel in channels.of_kind("email") if channel.capabilities.writes]
    known = _asked_on(conn, channels, customer_id, None, handle).values()
    return next((channel for channel in able if channel.name in known), next(iter(able), None))


def _last_mail(conn: Connection, channels: Registry, conversation: Conversation) -> Message | None:
    types = sorted({channel.type for channel in channels.of_kind("email")})
    found = (find_last_inbound(conn, conversation.id, type) for type in types)
    return max(filter(None, found), key=lambda mail: mail.occurred_at, default=None)


def _asked_on(
    conn: Connection, channels: Registry, customer_id: str, conversation: Conversation | None, handle: str = ""
) -> Mapping[str, str]:
    """Type -> the channel the customer wrote to (from that handle, where they did), or else got our words from, where
    several are of one type: the others answer from elsewhere."""
    several = [type for type, number in Counter(c.type for c in channels.values()).items() if number > 1]
    places = dict.fromkeys(((conversation.id if conversation else "", handle), ("", "")))
    asked = [
        {"conversation_id": place, "peer": peer, "direction": direction}
        for place, peer in places
        for direction in (Direction.IN, Direction.OUT)
    ]
    found = {
        type: next(filter(None, (find_last_channel(conn, customer_id, type, **said) for said in asked)), None)
        for type in several
    }
    return {type: name for type, name in found.items() if name}


def _ordered(channels: Registry, asked_on: Mapping[str, str]) -> list[Channel]:
    def place(channel: Channel) -> tuple[int, bool, str]:
        return channel.preference, asked_on.get(channel.type) != channel.name, channel.name

    return sorted(channels.values(), key=place)


def _choice(
    conn: Connection, channel: Channel, reached: Sequence[Reached], asked: Message | None, mail: Message | None
) -> Choice:
    mine = [r for r in reached if r.kind == channel.address_kind and serves(channel, r)]
    usable = [r for r in mine if r.state not in SHUT]
    asked_here = bool(asked and asked.channel == channel.name)
    if not usable:
        return replace(choice_of(channel, None), reason=_why_not(channel, mine), asked_here=asked_here)
    heard = mail if channel.address_kind == "email" else asked if asked_here else None
    return replace(_reaching(conn, channel, usable, heard), asked_here=asked_here)


def _reaching(conn: Connection, channel: Channel, usable: Sequence[Reached], heard: Message | None) -> Choice:
    """The address that wrote last, else the surest. heard: what it wrote; a mail may ask to be answered elsewhere."""
    peer = heard.peer if heard else _wrote_from(conn, channel, usable)
    best = max(usable, key=lambda r: (r.handle == peer, r.verified, not r.is_id))
    asks = heard if heard and best.kind == "email" and heard.peer == best.handle else None
    return replace(choice_of(channel, best.address), answer_to=asks.parts.get("answer_to", "") if asks else "")


def _why_not(channel: Channel, shut: Sequence[Reached]) -> str:
    """shut: the customer's addresses there, none of which may be written to."""
    if shut:
        return shut[0].state
    return "not_connected" if channel.capabilities.starts_conversations else "customer_must_start"


def _wrote_from(conn: Connection, channel: Channel, usable: Sequence[Reached]) -> str:
    """Of several spellings of one line the one that came last on this channel."""
    if not any(len(spellings_of(one.handle)) > 1 for one in usable[1:]):
        return ""
    return find_last_peer(conn, usable[0].customer_id, channel.type)

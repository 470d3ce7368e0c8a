"""On which channel a customer is answered, and why: the preferred-channel rule, in words for the composer.

The first that applies: a live web chat, the explicit preference, the channel of the last inbound message, the
one they used most in 180 days, verified e-mail, any - but none that merely shares the number of one they stopped.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from hub.channel import Capabilities, Channel
from hub.clock import DAY, MINUTE
from hub.errors import InvalidInput
from hub.lines import spellings_of
from hub.model import Address, AddressState
from hub.registry import Registry
from hub.store.conversations import Conversation
from hub.store.customers import Customer, Reached, find_address, get_customer, list_addresses
from hub.store.messages import Message, count_answers, find_last_channel, find_last_inbound, find_last_peer

IS_WAITING = 2 * MINUTE
LOOK_BACK = 180 * DAY


@dataclass(frozen=True, slots=True)
class Choice:
    """One channel on which this customer might be answered.

    reason: a code the pages translate - why it is preselected (online, preferred, last_asked, most_used, verified,
    reachable) or why it cannot be used (not_connected, bounced, blocked, customer_must_start). own: our side's
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


def list_choices(
    conn: Connection, channels: Registry, customer_id: str, conversation: Conversation | None, at: int
) -> list[Choice]:
    """Every configured channel, at most one of them preselected."""
    customer = get_customer(conn, customer_id)
    reached = list_addresses(conn, customer_id)
    asked = find_last_inbound(conn, conversation.id) if conversation else None
    mail = _last_mail(conn, channels, conversation) if conversation else None
    ordered = _ordered(channels, _asked_on(conn, channels, customer_id, conversation))
    choices = [_choice(conn, channel, reached, asked, mail) for channel in ordered]
    usable = [(n, choice) for n, choice in enumerate(choices) if choice.reachable and choice.able.writes]
    shut = [one for one in reached if one.state == AddressState.BLOCKED]
    stopped = {spelling for one in shut for spelling in spellings_of(one.handle)}
    best = _best(conn, usable, customer, asked, at, stopped) if usable else None
    if best is None:
        return choices
    index, reason = best
    return [
        replace(choice, preselected=True, reason=reason) if n == index else choice for n, choice in enumerate(choices)
    ]


def choose(
    conn: Connection,
    channels: Registry,
    customer_id: str,
    conversation: Conversation | None,
    wanted: str,
    at: int,
) -> Choice:
    """The channel to answer on: by name, by type, or ("" or "preferred") by the rule. Raises InvalidInput."""
    choices = list_choices(conn, channels, customer_id, conversation, at)
    if wanted in ("", "preferred"):
        found = next((choice for choice in choices if choice.preselected), None)
        if found is None:
            raise InvalidInput("this customer cannot be reached on any channel", "channel", "unreachable")
        return found
    matching = (
        [c for c in choices if c.channel == wanted]
        or [c for c in choices if c.type == wanted]
        or [c for c in choices if c.kind == wanted]
    )
    if not matching:
        raise InvalidInput(f"there is no channel {wanted!r}", "channel", "unreachable")
    found = next((choice for choice in matching if choice.reachable), matching[0])
    if not found.reachable:
        raise InvalidInput(
            f"the customer cannot be reached by {wanted}: {found.reason.replace('_', ' ')}", "channel", "unreachable"
        )
    return found


def serves(channel: Channel, address: Reached | None) -> bool:
    """An id of a provider's account is reached from that account only."""
    return address is None or address.scope in ("", channel.scope)


def choose_for(conn: Connection, channels: Registry, customer_id: str, to: Address, wanted: str) -> Channel | None:
    """For an address that is given: of the channels that reach it, the one named or the one the customer wrote to."""
    asked_on = _asked_on(conn, channels, customer_id, None)
    noted = find_address(conn, customer_id, to.kind, to.handle)
    able = [channel for channel in _ordered(channels, asked_on) if channel.address_kind == to.kind]
    named = [c for c in able if serves(c, noted) and wanted in ("", "preferred", c.name, c.type, to.kind)]
    return min(named, key=lambda channel: channel.type != to.kind, default=None)


def _last_mail(conn: Connection, channels: Registry, conversation: Conversation) -> Message | None:
    types = sorted({channel.type for channel in channels.of_kind("email")})
    found = (find_last_inbound(conn, conversation.id, type) for type in types)
    return max(filter(None, found), key=lambda mail: mail.occurred_at, default=None)


def _asked_on(
    conn: Connection, channels: Registry, customer_id: str, conversation: Conversation | None
) -> Mapping[str, str]:
    """Type -> the channel the customer wrote to, where several are of one type: the others answer from elsewhere."""
    several = [type for type, number in Counter(c.type for c in channels.values()).items() if number > 1]
    here = conversation.id if conversation else ""
    found = {
        type: find_last_channel(conn, customer_id, type, here) or find_last_channel(conn, customer_id, type)
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
    usable = [r for r in mine if r.state not in ("bounced", "blocked")]
    asked_here = bool(asked and asked.channel == channel.name)
    if usable:
        heard = mail if channel.address_kind == "email" else asked if asked_here else None
        peer = heard.peer if heard else _wrote_from(conn, channel, usable)
        best = max(usable, key=lambda r: (r.handle == peer, r.verified, not r.is_id))
        elsewhere = mail.parts.get("answer_to", "") if mail and mail.peer == best.handle else ""
        found = choice_of(channel, best.address)
        return replace(found, asked_here=asked_here, answer_to=elsewhere if best.kind == "email" else "")
    reason = mine[0].state if mine else "not_connected"
    if not mine and not channel.capabilities.starts_conversations:
        reason = "customer_must_start"
    return replace(choice_of(channel, None), reason=reason, asked_here=asked_here)


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


def _wrote_from(conn: Connection, channel: Channel, usable: Sequence[Reached]) -> str:
    """Of several spellings of one line the one that came last on this channel."""
    if not any(len(spellings_of(one.handle)) > 1 for one in usable[1:]):
        return ""
    return find_last_peer(conn, usable[0].customer_id, channel.type)


def _best(
    conn: Connection,
    usable: Sequence[tuple[int, Choice]],
    customer: Customer,
    asked: Message | None,
    at: int,
    stopped: Set[str],
) -> tuple[int, str] | None:
    """Index and reason of the channel to preselect."""
    if asked and at - asked.occurred_at < IS_WAITING:
        here = _first(usable, lambda choice: choice.able.waiting and choice.channel == asked.channel)
        if here is not None:
            return here, "online"
    wish = customer.preferred_channel
    if wish:
        preferred = _first(usable, lambda choice: wish in (choice.channel, choice.type))
        preferred = preferred if preferred is not None else _first(usable, lambda choice: choice.kind == wish)
        if preferred is not None:
            return preferred, "preferred"
    if asked:
        same = _first(usable, lambda choice: choice.channel == asked.channel)
        same = same if same is not None else _first(usable, lambda choice: choice.type == asked.channel_type)
        if same is not None:
            return same, "last_asked"
    return _habit(conn, usable, customer, at) or _any(usable, stopped)


def _habit(
    conn: Connection, usable: Sequence[tuple[int, Choice]], customer: Customer, at: int
) -> tuple[int, str] | None:
    counts = count_answers(conn, customer.id, at - LOOK_BACK)
    most, choice = max(usable, key=lambda pair: counts.get(pair[1].type, 0))
    if counts.get(choice.type):
        return most, "most_used"
    mail = _first(usable, lambda choice: choice.kind == "email")
    return (mail, "verified") if mail is not None else None


def _any(usable: Sequence[tuple[int, Choice]], stopped: Set[str]) -> tuple[int, str] | None:
    free = _first(usable, lambda choice: choice.address is not None and choice.address.handle not in stopped)
    return None if free is None else (free, "reachable")


def _first(usable: Sequence[tuple[int, Choice]], fits: Callable[[Choice], bool]) -> int | None:
    return next((n for n, choice in usable if fits(choice)), None)

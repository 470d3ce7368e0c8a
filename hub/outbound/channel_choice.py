"""On which channel a customer is answered, and why: the preferred-channel rule, in words for the composer.

The first that applies: a live web chat, the explicit preference, the channel of the last inbound message, the
one they used most in 180 days, verified e-mail, any - but none that merely shares the number of one they stopped.
hub.outbound.candidates says what there is to choose from.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import replace

from sqlalchemy import Connection

from hub.clock import DAY, MINUTE
from hub.errors import InvalidInput
from hub.model import AddressState
from hub.outbound.candidates import Choice, list_candidates
from hub.phone_spellings import spellings_of
from hub.registry import Registry
from hub.store.conversations import Conversation
from hub.store.customers import Customer, get_customer, list_addresses
from hub.store.messages import Message, count_answers, find_last_inbound
from hub.store.teams import list_channels_apart
from hub.store.visibility import Visibility

IS_WAITING = 2 * MINUTE
LOOK_BACK = 180 * DAY


def list_open_channels(
    conn: Connection, channels: Registry, who: Visibility, conversation: Conversation | None
) -> Registry:
    """Those on which this person may answer: none of a team of others, but the one the customer wrote on in this
    conversation, which may have been handed over."""
    apart = list_channels_apart(conn, who)
    asked = find_last_inbound(conn, conversation.id) if apart and conversation else None
    return channels.without(apart - {asked.channel} if asked else apart)


def list_choices(
    conn: Connection, channels: Registry, customer_id: str, conversation: Conversation | None, at: int
) -> list[Choice]:
    """Every configured channel, at most one of them preselected."""
    customer = get_customer(conn, customer_id)
    reached = list_addresses(conn, customer_id)
    asked = find_last_inbound(conn, conversation.id) if conversation else None
    choices = list_candidates(conn, channels, customer_id, conversation, reached, asked)
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
